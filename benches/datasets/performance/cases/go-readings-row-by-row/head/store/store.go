// Package store writes readings to PostgreSQL.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Reading is one value of a sensor.
type Reading struct {
	Sensor string
	At     time.Time
	Value  float64
}

// Store is the table readings, which has one row for a sensor and time.
type Store struct {
	DB *sql.DB
}

const upsert = `INSERT INTO readings (sensor, at, value) VALUES ($1, $2, $3)
	ON CONFLICT (sensor, at) DO UPDATE SET value = excluded.value`

// Save writes readings; one that is there already gets the new value.
func (s *Store) Save(ctx context.Context, readings []Reading) error {
	for _, r := range readings {
		if _, err := s.DB.ExecContext(ctx, upsert, r.Sensor, r.At.UTC(), r.Value); err != nil {
			return fmt.Errorf("reading of %s at %s: %w", r.Sensor, r.At, err)
		}
	}
	return nil
}
