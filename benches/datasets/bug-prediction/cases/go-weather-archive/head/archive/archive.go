// Package archive writes the days of the weather stations away.
package archive

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Sample is what a station measured.
type Sample struct {
	At      time.Time
	Celsius float64
	Percent float64
}

func name(dir, station string, day time.Time) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%s.csv.gz", station, day.Format("20060102")))
}

// finish closes or flushes, and keeps the first error.
func finish(do func() error, err *error) {
	if e := do(); *err == nil {
		*err = e
	}
}

func writeAll(out io.Writer, samples []Sample) error {
	for _, s := range samples {
		if _, err := fmt.Fprintf(out, "%s;%.1f;%.0f\n", s.At.Format(time.RFC3339), s.Celsius, s.Percent); err != nil {
			return err
		}
	}
	return nil
}

// Write puts a station's day into a file of the folder, packed, and gives
// its name.
func Write(dir, station string, day time.Time, samples []Sample) (path string, err error) {
	path = name(dir, station, day)
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer finish(file.Close, &err)

	out := bufio.NewWriter(file)
	packed := gzip.NewWriter(out)
	defer finish(packed.Close, &err)
	defer finish(out.Flush, &err)

	return path, writeAll(packed, samples)
}
