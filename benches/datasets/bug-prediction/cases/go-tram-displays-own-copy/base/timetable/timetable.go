// Package timetable has the departures of all stops.
package timetable

import "sync"

// Departure is a tram that leaves a stop.
type Departure struct {
	Line    string
	To      string
	Minute  int // of the day
	Stepped bool
}

// Timetable is filled at night and read by all requests of the day.
type Timetable struct {
	mu    sync.RWMutex
	stops map[string][]Departure
}

// Fill replaces what is known of a stop; departures are in order of time.
func (t *Timetable) Fill(stop string, departures []Departure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stops == nil {
		t.stops = map[string][]Departure{}
	}
	t.stops[stop] = departures
}

// At are the departures of a stop, in order of time, as a list of the
// caller's own.
func (t *Timetable) At(stop string) []Departure {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return append([]Departure(nil), t.stops[stop]...)
}
