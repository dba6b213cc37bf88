// Package fares works out what a crossing costs.
package fares

import (
	"fmt"
	"time"

	"ferry.example/tariff/zones"
)

// Crossing is a leg between two harbours, as the kiosk sends it: at the
// harbour's local time.
type Crossing struct {
	From, To string
	At       time.Time
	Persons  int64
}

// Desk answers what a crossing costs.
type Desk struct {
	Zones *zones.Table
}

// Fare is the price of a crossing in cents: that of the dearer zone.
func (d *Desk) Fare(c Crossing) (int64, error) {
	from := d.Zones.Of(c.From)
	to := d.Zones.Of(c.To)
	if from == nil || to == nil {
		return 0, fmt.Errorf("no tariff from %q to %q", c.From, c.To)
	}
	cents := from.Cents
	if to.Cents > cents {
		cents = to.Cents
	}
	return cents * c.Persons, nil
}
