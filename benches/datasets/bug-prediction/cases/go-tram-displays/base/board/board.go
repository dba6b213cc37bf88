// Package board makes the lines of a stop's display.
package board

import (
	"fmt"

	"tram.example/board/timetable"
)

// Options are what a display asks for.
type Options struct {
	Now   int // minute of the day
	Lines int
}

// Board answers the displays.
type Board struct {
	Table *timetable.Timetable
}

// Next are the texts of the next departures of a stop.
func (b *Board) Next(stop string, o Options) []string {
	var texts []string
	for _, d := range b.Table.At(stop) {
		if d.Minute < o.Now {
			continue
		}
		if len(texts) == o.Lines {
			break
		}
		texts = append(texts, fmt.Sprintf("%s %s %d min", d.Line, d.To, d.Minute-o.Now))
	}
	return texts
}
