// Package cart computes what a customer pays.
package cart

import (
	"context"
	"time"

	"shop.example/checkout/coupon"
)

// Coupons finds coupons; *coupon.Store does.
type Coupons interface {
	ByCode(ctx context.Context, code string) (*coupon.Coupon, error)
}

// Item is a line of the cart. Prices are in cents.
type Item struct {
	SKU   string
	Price int
	Count int
}

// Sum adds up the goods.
func Sum(items []Item) int {
	sum := 0
	for _, item := range items {
		sum += item.Price * item.Count
	}
	return sum
}

// Price returns what the goods cost with a coupon. Codes that are unknown or
// expired change nothing: people mistype them.
func Price(ctx context.Context, coupons Coupons, items []Item, code string, now time.Time) (int, error) {
	sum := Sum(items)
	if code == "" {
		return sum, nil
	}
	c, err := coupons.ByCode(ctx, code)
	if err != nil {
		return 0, err
	}
	if c == nil || !c.Valid(now) {
		return sum, nil
	}
	return sum - sum*c.Percent/100, nil
}
