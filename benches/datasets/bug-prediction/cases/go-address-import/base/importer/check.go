package importer

import (
	"context"
	"fmt"
)

// Address is a line of the list.
type Address struct {
	Line   int
	Street string
	Zip    string
	City   string
}

// Place is where an address lies.
type Place struct {
	Lat, Lon float64
}

// Geocoder finds addresses. It may be asked by many at once.
type Geocoder interface {
	Find(ctx context.Context, street, zip, city string) (Place, error)
}

// Result is what came of a list.
type Result struct {
	Places map[int]Place
	Failed []int
}

// Check looks all addresses up. A failed one does not stop the others.
func Check(ctx context.Context, geocoder Geocoder, addresses []Address) (Result, error) {
	result := Result{Places: make(map[int]Place, len(addresses))}
	for _, a := range addresses {
		place, err := geocoder.Find(ctx, a.Street, a.Zip, a.City)
		if err != nil {
			result.Failed = append(result.Failed, a.Line)
			continue
		}
		result.Places[a.Line] = place
	}
	if len(addresses) > 0 && len(result.Failed) == len(addresses) {
		return result, fmt.Errorf("none of %d addresses found", len(addresses))
	}
	return result, ctx.Err()
}
