// Package pricelist reads the wholesaler's price list.
package pricelist

import (
	"fmt"
	"strconv"
	"strings"
)

// Price is what one article costs.
type Price struct {
	Article string
	Unit    string
	Cents   int64
	Special bool
}

// parsePrice reads a record with a price: kind;article;unit;cents.
func parsePrice(line string) (Price, error) {
	fields := strings.Split(line, ";")
	cents, err := strconv.ParseInt(fields[3], 10, 64)
	if err != nil {
		return Price{}, fmt.Errorf("article %s: %w", fields[1], err)
	}
	return Price{
		Article: fields[1],
		Unit:    fields[2],
		Cents:   cents,
		Special: fields[0] == "S",
	}, nil
}
