// Package upload takes the files that stations send every hour.
package upload

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"sensors.example/ingest/store"
)

// Saver is what uploads need of the store.
type Saver interface {
	Save(ctx context.Context, readings []store.Reading) error
}

// Load stores a station's file; a full one has 86,400 rows.
func Load(ctx context.Context, file io.Reader, to Saver) error {
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return err
	}
	readings := make([]store.Reading, 0, len(rows))
	for _, row := range rows {
		at, err := time.Parse(time.RFC3339, row[1])
		if err != nil {
			return err
		}
		value, err := strconv.ParseFloat(row[2], 64)
		if err != nil {
			return err
		}
		readings = append(readings, store.Reading{Sensor: row[0], At: at, Value: value})
	}
	return to.Save(ctx, readings)
}
