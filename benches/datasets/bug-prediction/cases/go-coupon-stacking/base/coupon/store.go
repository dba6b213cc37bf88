// Package coupon keeps the coupons of the shop.
package coupon

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Coupon takes a share off the price of the goods.
type Coupon struct {
	Code      string
	Percent   int
	ExpiresAt time.Time
	Stackable bool
}

// Valid tells whether the coupon may be used at that time.
func (c *Coupon) Valid(at time.Time) bool {
	return at.Before(c.ExpiresAt)
}

// Store reads coupons from the database.
type Store struct{ DB *sql.DB }

// ByCode returns the coupon of a code, and nil without an error if there is none.
func (s *Store) ByCode(ctx context.Context, code string) (*Coupon, error) {
	c := Coupon{Code: code}
	row := s.DB.QueryRowContext(ctx, "SELECT percent, expires_at, stackable FROM coupon WHERE code = $1", code)
	err := row.Scan(&c.Percent, &c.ExpiresAt, &c.Stackable)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &c, nil
}
