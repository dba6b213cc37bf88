// Package store writes readings to PostgreSQL.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Reading is one value of a sensor.
type Reading struct {
	Sensor string
	At     time.Time
	Value  float64
}

// batch is below a third of the 65535 parameters that a statement may have.
const batch = 5000

// Store is the table readings.
type Store struct {
	DB *sql.DB
}

// Save writes readings; one that is there already gets the new value.
func (s *Store) Save(ctx context.Context, readings []Reading) error {
	readings = latest(readings)
	for len(readings) > 0 {
		n := len(readings)
		if n > batch {
			n = batch
		}
		if err := s.insert(ctx, readings[:n]); err != nil {
			return err
		}
		readings = readings[n:]
	}
	return nil
}

func (s *Store) insert(ctx context.Context, readings []Reading) error {
	var text strings.Builder
	text.WriteString("INSERT INTO readings (sensor, at, value) VALUES ")
	args := make([]any, 0, 3*len(readings))
	for i, r := range readings {
		if i > 0 {
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "($%d, $%d, $%d)", 3*i+1, 3*i+2, 3*i+3)
		args = append(args, r.Sensor, r.At.UTC(), r.Value)
	}
	text.WriteString(" ON CONFLICT (sensor, at) DO UPDATE SET value = excluded.value")
	_, err := s.DB.ExecContext(ctx, text.String(), args...)
	return err
}

// latest leaves the last of several values for a sensor and time: a statement may not
// touch a row twice.
func latest(readings []Reading) []Reading {
	type key struct {
		sensor string
		at     int64
	}
	at := make(map[key]int, len(readings))
	kept := make([]Reading, 0, len(readings))
	for _, r := range readings {
		k := key{r.Sensor, r.At.UnixNano()}
		if i, ok := at[k]; ok {
			kept[i] = r
			continue
		}
		at[k] = len(kept)
		kept = append(kept, r)
	}
	return kept
}
