// Command nightly moves yesterday's samples from the database to files.
package main

import (
	"log"
	"time"

	"weather.example/archive/archive"
)

// Source is the database of the last days.
type Source interface {
	Stations() []string
	Day(station string, day time.Time) ([]archive.Sample, error)
	Forget(station string, day time.Time) error
}

func move(source Source, dir string, day time.Time) error {
	for _, station := range source.Stations() {
		samples, err := source.Day(station, day)
		if err != nil {
			return err
		}
		path, err := archive.Write(dir, station, day, samples)
		if err != nil {
			return err
		}
		log.Printf("%s: %d samples", path, len(samples))
		if err := source.Forget(station, day); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if err := move(open(), "/srv/archive", time.Now().UTC().AddDate(0, 0, -1)); err != nil {
		log.Fatal(err)
	}
}
