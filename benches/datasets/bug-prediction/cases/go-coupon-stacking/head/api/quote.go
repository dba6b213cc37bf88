// Package api answers the shop's pages.
package api

import (
	"encoding/json"
	"net/http"
	"time"

	"shop.example/checkout/cart"
)

// Quote is what the cart page asks for whenever something changes.
type Quote struct {
	Items   []cart.Item `json:"items"`
	Coupons []string    `json:"coupons"`
	Coupon  string      `json:"coupon"` // of pages that were loaded before coupons stacked
}

// QuoteHandler answers with the price in cents.
func QuoteHandler(coupons cart.Coupons) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var quote Quote
		if err := json.NewDecoder(r.Body).Decode(&quote); err != nil {
			http.Error(w, "malformed quote", http.StatusBadRequest)
			return
		}
		codes := quote.Coupons
		if quote.Coupon != "" {
			codes = append(codes, quote.Coupon)
		}
		price, err := cart.Price(r.Context(), coupons, quote.Items, codes, time.Now())
		if err != nil {
			http.Error(w, "try again later", http.StatusServiceUnavailable)
			return
		}
		json.NewEncoder(w).Encode(map[string]int{"price": price})
	}
}
