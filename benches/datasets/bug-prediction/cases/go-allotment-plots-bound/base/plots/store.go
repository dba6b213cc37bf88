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

// querier is what a database and a transaction can both do.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Store is the office's database, or a transaction upon it.
type Store struct {
	pool *sql.DB
	db   querier
}

// NewStore makes a store upon an open database.
func NewStore(pool *sql.DB) *Store {
	return &Store{pool: pool, db: pool}
}

// within runs work on a store that is bound to one transaction, and commits
// it if the work does not fail.
func (s *Store) within(ctx context.Context, work func(*Store) error) error {
	tx, err := s.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := work(&Store{pool: s.pool, db: tx}); err != nil {
		return err
	}
	return tx.Commit()
}

// Hand gives a plot to a gardener, who pays the year's rent.
func (s *Store) Hand(ctx context.Context, plot int, gardener string, cents int64) error {
	return s.within(ctx, func(s *Store) error {
		return s.hand(ctx, plot, gardener, cents)
	})
}

// hand does the work of Hand in the transaction of the store.
func (s *Store) hand(ctx context.Context, plot int, gardener string, cents int64) error {
	if _, err := s.db.ExecContext(ctx,
		`INSERT INTO postings (gardener, cents, text) VALUES ($1, $2, $3)`,
		gardener, -cents, fmt.Sprintf("rent of plot %d", plot)); err != nil {
		return fmt.Errorf("posting: %w", err)
	}
	done, err := s.db.ExecContext(ctx,
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
	return nil
}
