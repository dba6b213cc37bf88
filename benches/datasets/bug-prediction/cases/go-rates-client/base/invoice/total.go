// Package invoice sums up invoices.
package invoice

import (
	"context"
	"math"
)

// Rates yields exchange rates.
type Rates interface {
	Rate(ctx context.Context, from, to string) (float64, error)
}

// Position is a line of an invoice.
type Position struct {
	Cents    int64
	Currency string
}

// Total is the sum of the positions in one currency.
func Total(ctx context.Context, rates Rates, positions []Position, currency string) (int64, error) {
	var sum int64
	for _, p := range positions {
		if p.Currency == currency {
			sum += p.Cents
			continue
		}
		rate, err := rates.Rate(ctx, p.Currency, currency)
		if err != nil {
			return 0, err
		}
		sum += int64(math.Round(float64(p.Cents) * rate))
	}
	return sum, nil
}
