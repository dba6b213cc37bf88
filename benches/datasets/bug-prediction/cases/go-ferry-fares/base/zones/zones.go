// Package zones knows which harbour lies in which tariff zone.
package zones

import "strings"

// Zone is a part of the network with one price for each crossing.
type Zone struct {
	Name  string
	Cents int64
	// Night is added to crossings after ten in the evening.
	Night int64
}

// Table finds the zone of a harbour.
type Table struct {
	byHarbour map[string]*Zone
}

// New makes a table of zones and the harbours that lie in them.
func New(zones map[*Zone][]string) *Table {
	t := &Table{byHarbour: map[string]*Zone{}}
	for zone, harbours := range zones {
		for _, harbour := range harbours {
			t.byHarbour[strings.ToLower(harbour)] = zone
		}
	}
	return t
}

// Of is the zone of a harbour.
func (t *Table) Of(harbour string) *Zone {
	return t.byHarbour[strings.ToLower(harbour)]
}
