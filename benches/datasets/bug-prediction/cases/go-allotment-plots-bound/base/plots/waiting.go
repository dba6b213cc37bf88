package plots

import (
	"context"
	"errors"
)

// Offer goes through those who wait for a plot until one is handed over.
func (s *Store) Offer(ctx context.Context, free []int, gardener string, cents int64) (int, error) {
	for _, plot := range free {
		err := s.Hand(ctx, plot, gardener, cents)
		if errors.Is(err, ErrTaken) {
			continue // somebody was quicker
		}
		if err != nil {
			return 0, err
		}
		return plot, nil
	}
	return 0, ErrTaken
}
