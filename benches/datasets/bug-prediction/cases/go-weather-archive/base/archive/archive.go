// Package archive writes the days of the weather stations away.
package archive

import (
	"bufio"
	"fmt"
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
	return filepath.Join(dir, fmt.Sprintf("%s-%s.csv", station, day.Format("20060102")))
}

// Write puts a station's day into a file of the folder and gives its name.
func Write(dir, station string, day time.Time, samples []Sample) (path string, err error) {
	path = name(dir, station, day)
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer func() {
		if e := file.Close(); err == nil {
			err = e
		}
	}()

	out := bufio.NewWriter(file)
	for _, s := range samples {
		if _, err := fmt.Fprintf(out, "%s;%.1f;%.0f\n", s.At.Format(time.RFC3339), s.Celsius, s.Percent); err != nil {
			return "", err
		}
	}
	if err := out.Flush(); err != nil {
		return "", err
	}
	return path, nil
}
