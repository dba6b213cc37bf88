// Package plots keeps who has which plot of the allotment.
package plots

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrTaken is returned for a plot that somebody has.
var ErrTaken = errors.New("plot is taken")

// Store is the office's database.
type Store struct {
	db *sql.DB
}

// NewStore makes a store upon an open database.
func NewStore(db *sql.DB) *Store {
	return &Store{db: db}
}

// post writes a posting of a gardener; what they owe is negative.
func (s *Store) post(ctx context.Context, gardener string, cents int64, text string) error {
	_, err := s.db.ExecContext(ctx,
		`INSERT INTO postings (gardener, cents, text) VALUES ($1, $2, $3)`, gardener, cents, text)
	if err != nil {
		return fmt.Errorf("posting of %q: %w", text, err)
	}
	return nil
}

// deposit is asked for the key of the gate, once for each plot.
const deposit = 2500

// Hand gives a plot to a gardener, who pays the year's rent and a deposit.
func (s *Store) Hand(ctx context.Context, plot int, gardener string, cents int64) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()

	if err := s.post(ctx, gardener, -cents, fmt.Sprintf("rent of plot %d", plot)); err != nil {
		return err
	}
	if err := s.post(ctx, gardener, -deposit, fmt.Sprintf("deposit of plot %d", plot)); err != nil {
		return err
	}
	done, err := tx.ExecContext(ctx,
		`UPDATE plots SET gardener = $2 WHERE number = $1 AND gardener IS NULL`, plot, gardener)
	if err != nil {
		return fmt.Errorf("plot %d: %w", plot, err)
	}
	n, err := done.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrTaken
	}
	return tx.Commit()
}
