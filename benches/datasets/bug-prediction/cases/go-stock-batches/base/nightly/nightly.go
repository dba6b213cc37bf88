// Package nightly has the jobs of the night.
package nightly

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"

	"stock.example/importer/importer"
)

// Stock imports the file that the warehouse has left. db is the job runner's
// pool on MySQL (InnoDB); an error shows in the runner and is mailed.
func Stock(ctx context.Context, db *sql.DB, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	n, err := importer.Import(ctx, db, file)
	if err != nil {
		return fmt.Errorf("%s after %d rows, the old stock stays: %w", path, n, err)
	}
	log.Printf("imported %d rows", n)
	return os.Remove(path)
}
