// Package reading reads the lists that the walkers of the water works send.
package reading

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Reading is one line of a list: what a meter showed on a day.
type Reading struct {
	Meter string
	Day   time.Time
	Cubic float64
}

// ErrLine is a line that is no reading; the walker is asked about it.
var ErrLine = errors.New("no reading")

func parse(record []string) (Reading, error) {
	if len(record) < 3 {
		return Reading{}, fmt.Errorf("%w: %q", ErrLine, record)
	}
	day, err := time.Parse("2006-01-02", record[1])
	if err != nil {
		return Reading{}, fmt.Errorf("%w: %v", ErrLine, err)
	}
	cubic, err := strconv.ParseFloat(record[2], 64)
	if err != nil {
		return Reading{}, fmt.Errorf("%w: %v", ErrLine, err)
	}
	return Reading{Meter: record[0], Day: day, Cubic: cubic}, nil
}

// List reads a walker's list: meter, day, cubic metres and a remark or nothing.
// Lines that are no readings are given back as errors beside the good ones.
func List(r io.Reader) (readings []Reading, bad []error, err error) {
	lines := csv.NewReader(r)
	lines.FieldsPerRecord = 4
	for {
		record, err := lines.Read()
		if err == io.EOF {
			return readings, bad, nil
		}
		if errors.Is(err, csv.ErrFieldCount) {
			bad = append(bad, fmt.Errorf("%w: %v", ErrLine, err))
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		one, err := parse(record)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		readings = append(readings, one)
	}
}
