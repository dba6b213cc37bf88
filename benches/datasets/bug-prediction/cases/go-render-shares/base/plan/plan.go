// Package plan shares the frames of a film among the machines of the farm.
package plan

import "errors"

// Machine renders frames.
type Machine struct {
	Name string
	// Draining machines finish what they have and take nothing new.
	Draining bool
}

// Share is what one machine renders: frames First to Last, both included.
type Share struct {
	Machine     string
	First, Last int
}

// ErrNoMachine is returned as long as there is nobody to render.
var ErrNoMachine = errors.New("no machine")

// Split shares the frames 0 to frames-1 evenly, the rest among the first.
func Split(frames int, machines []Machine) ([]Share, error) {
	if len(machines) == 0 {
		return nil, ErrNoMachine
	}
	each, rest := frames/len(machines), frames%len(machines)
	shares := make([]Share, 0, len(machines))
	first := 0
	for i, m := range machines {
		n := each
		if i < rest {
			n++
		}
		if n == 0 {
			break
		}
		shares = append(shares, Share{Machine: m.Name, First: first, Last: first + n - 1})
		first += n
	}
	return shares, nil
}
