// Package importer loads the warehouse's nightly stock file.
package importer

import (
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Row is a line of the file.
type Row struct {
	SKU   string
	Count int
}

// Import replaces the stock by the file's, all or nothing. It returns the
// number of rows.
func Import(ctx context.Context, db *sql.DB, file io.Reader) (n int, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			tx.Rollback()
			return
		}
		err = tx.Commit()
	}()
	if _, err = tx.ExecContext(ctx, "DELETE FROM stock"); err != nil {
		return 0, err
	}
	reader := csv.NewReader(file)
	for {
		row, err := next(reader)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO stock (sku, count) VALUES (?, ?)", row.SKU, row.Count); err != nil {
			return n, err
		}
		n++
	}
}

func next(reader *csv.Reader) (Row, error) {
	record, err := reader.Read()
	if err != nil {
		return Row{}, err
	}
	if len(record) != 2 {
		return Row{}, fmt.Errorf("%d fields instead of 2", len(record))
	}
	count, err := strconv.Atoi(record[1])
	if err != nil {
		return Row{}, fmt.Errorf("count of %s: %w", record[0], err)
	}
	return Row{SKU: record[0], Count: count}, nil
}
