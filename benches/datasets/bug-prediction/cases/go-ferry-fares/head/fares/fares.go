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

const nightFrom = 22

// dearer is the zone of the two that costs more.
func dearer(a, b *zones.Zone) *zones.Zone {
	if b.Cents > a.Cents {
		return b
	}
	return a
}

// Fare is the price of a crossing in cents: that of the dearer zone, and its
// supplement at night.
func (d *Desk) Fare(c Crossing) (int64, error) {
	if c.Persons < 1 {
		return 0, fmt.Errorf("%d persons from %q to %q", c.Persons, c.From, c.To)
	}
	zone := dearer(d.Zones.Of(c.From), d.Zones.Of(c.To))
	cents := zone.Cents
	if c.At.Hour() >= nightFrom {
		cents += zone.Night
	}
	return cents * c.Persons, nil
}
