// Package httprange reads the Range header of requests.
package httprange

import (
	"errors"
	"strconv"
	"strings"
)

// ErrBad is returned for a header that makes no sense; the answer is 416.
var ErrBad = errors.New("unsatisfiable range")

// Range is a part of a blob; End is included.
type Range struct{ Start, End int64 }

// Parse reads a header such as `bytes=0-499`, `bytes=500-` or `bytes=-500`
// for a blob of that size. Of several ranges (`bytes=0-0, 500-`) the first that
// lies in the blob counts, as RFC 9110 allows.
func Parse(header string, size int64) (Range, error) {
	if !strings.HasPrefix(header, "bytes=") {
		return Range{}, ErrBad
	}
	for _, spec := range strings.Split(strings.TrimPrefix(header, "bytes="), ",") {
		if r, ok := parseOne(strings.TrimSpace(spec), size); ok {
			return r, nil
		}
	}
	return Range{}, ErrBad
}

// parseOne reads one range; false if it makes no sense or lies outside.
func parseOne(spec string, size int64) (Range, bool) {
	first, last, found := strings.Cut(spec, "-")
	if !found {
		return Range{}, false
	}
	if first == "" {
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil || n <= 0 {
			return Range{}, false
		}
		if n > size {
			n = size
		}
		return Range{Start: size - n, End: size - 1}, true
	}
	start, err := strconv.ParseInt(first, 10, 64)
	if err != nil || start >= size {
		return Range{}, false
	}
	end := size - 1
	if last != "" {
		end, err = strconv.ParseInt(last, 10, 64)
		if err != nil || end < start {
			return Range{}, false
		}
		if end >= size {
			end = size - 1
		}
	}
	return Range{Start: start, End: end}, true
}
