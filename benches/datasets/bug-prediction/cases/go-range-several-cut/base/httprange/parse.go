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
// for a blob of that size. Of several ranges only one is supported.
func Parse(header string, size int64) (Range, error) {
	if !strings.HasPrefix(header, "bytes=") {
		return Range{}, ErrBad
	}
	parts := strings.Split(strings.TrimPrefix(header, "bytes="), "-")
	if len(parts) != 2 {
		return Range{}, ErrBad
	}
	if parts[0] == "" {
		n, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil || n <= 0 {
			return Range{}, ErrBad
		}
		if n > size {
			n = size
		}
		return Range{Start: size - n, End: size - 1}, nil
	}
	start, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || start >= size {
		return Range{}, ErrBad
	}
	end := size - 1
	if parts[1] != "" {
		end, err = strconv.ParseInt(parts[1], 10, 64)
		if err != nil || end < start {
			return Range{}, ErrBad
		}
		if end >= size {
			end = size - 1
		}
	}
	return Range{Start: start, End: end}, nil
}
