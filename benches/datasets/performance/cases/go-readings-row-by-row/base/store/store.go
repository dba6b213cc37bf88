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

// Save writes readings in as few statements as possible.
func (s *Store) Save(ctx context.Context, readings []Reading) error {
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
		args = append(args, r.Sensor, r.At, r.Value)
	}
	_, err := s.DB.ExecContext(ctx, text.String(), args...)
	return err
}
