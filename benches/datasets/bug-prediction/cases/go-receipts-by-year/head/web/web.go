// Package web hands receipts to the browser.
package web

import (
	"errors"
	"io"
	"net/http"
	"os"

	"archive.example/receipts/store"
)

// Tenant tells whose receipts a request may see. The gateway has checked it.
func Tenant(r *http.Request) string {
	return r.Header.Get("X-Tenant")
}

// Receipt answers `GET /receipt?file=2026/a.pdf` with a scan.
func Receipt(s *store.Store) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		file, err := s.Open(Tenant(r), r.URL.Query().Get("file"))
		if errors.Is(err, store.ErrName) || errors.Is(err, os.ErrNotExist) {
			http.NotFound(w, r)
			return
		}
		if err != nil {
			http.Error(w, "not readable", http.StatusInternalServerError)
			return
		}
		defer file.Close()
		w.Header().Set("Content-Type", "application/pdf")
		io.Copy(w, file)
	}
}
