// Package store finds scanned receipts on disk.
package store

import (
	"errors"
	"os"
	"path/filepath"
)

// ErrName is returned for names that no receipt has.
var ErrName = errors.New("no such receipt")

// Store is a folder with a folder for each tenant.
type Store struct{ Root string }

// Open opens a receipt of a tenant, by the file's name or its year and name.
func (s *Store) Open(tenant, name string) (*os.File, error) {
	if name == "" {
		return nil, ErrName
	}
	if filepath.Ext(name) == "" {
		name += ".pdf"
	}
	return os.Open(filepath.Join(s.Root, tenant, filepath.FromSlash(name)))
}
