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
	"strings"
)

const batchSize = 500

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
	rows, err := readBatch(reader)
	for err == nil && len(rows) > 0 {
		if err := insert(ctx, tx, rows); err != nil {
			break
		}
		n += len(rows)
		rows, err = readBatch(reader)
	}
	return n, err
}

// readBatch reads up to batchSize rows; none at the end of the file.
func readBatch(reader *csv.Reader) ([]Row, error) {
	var rows []Row
	for len(rows) < batchSize {
		row, err := next(reader)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func insert(ctx context.Context, tx *sql.Tx, rows []Row) error {
	places := make([]string, len(rows))
	args := make([]any, 0, 2*len(rows))
	for i, row := range rows {
		places[i] = "(?, ?)"
		args = append(args, row.SKU, row.Count)
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO stock (sku, count) VALUES "+strings.Join(places, ", "), args...)
	return err
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
