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
	// StepFree shows trams without steps only.
	StepFree bool
}

// Board answers the displays.
type Board struct {
	Table *timetable.Timetable
}

// shown says whether a display asks for a departure.
func (o Options) shown(d timetable.Departure) bool {
	return d.Minute >= o.Now && !(o.StepFree && d.Stepped)
}

// keep takes the departures out of a list that are not asked for.
func keep(list []timetable.Departure, o Options) []timetable.Departure {
	kept := list[:0]
	for _, d := range list {
		if o.shown(d) {
			kept = append(kept, d)
		}
	}
	return kept
}

// Next are the texts of the next departures of a stop.
func (b *Board) Next(stop string, o Options) []string {
	var texts []string
	for _, d := range keep(b.Table.At(stop), o) {
		if len(texts) == o.Lines {
			break
		}
		texts = append(texts, fmt.Sprintf("%s %s %d min", d.Line, d.To, d.Minute-o.Now))
	}
	return texts
}
