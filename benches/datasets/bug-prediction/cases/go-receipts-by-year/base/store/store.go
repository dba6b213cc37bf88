// Package store finds scanned receipts on disk.
package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// ErrName is returned for names that no receipt has.
var ErrName = errors.New("no such receipt")

// Store is a folder with a folder for each tenant.
type Store struct{ Root string }

// Open opens a receipt of a tenant, by the file's name.
func (s *Store) Open(tenant, name string) (*os.File, error) {
	if strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
		return nil, ErrName
	}
	return os.Open(filepath.Join(s.Root, tenant, name))
}
