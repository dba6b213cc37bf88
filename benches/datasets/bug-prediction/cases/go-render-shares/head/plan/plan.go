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

// ready are the machines that take something new, in their order.
func ready(machines []Machine) []Machine {
	out := make([]Machine, 0, len(machines))
	for _, m := range machines {
		if !m.Draining {
			out = append(out, m)
		}
	}
	return out
}

// Split shares the frames 0 to frames-1 evenly among the machines that are
// not draining, the rest among the first.
func Split(frames int, machines []Machine) ([]Share, error) {
	if len(machines) == 0 {
		return nil, ErrNoMachine
	}
	takers := ready(machines)
	each, rest := frames/len(takers), frames%len(takers)
	shares := make([]Share, 0, len(takers))
	first := 0
	for i, m := range takers {
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
