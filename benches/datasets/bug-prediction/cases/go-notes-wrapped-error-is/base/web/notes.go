// Package web is the HTTP interface of the notes.
package web

import (
	"encoding/json"
	"errors"
	"log"
	"net/http"

	"notes.example/api/store"
)

// Notes answers `/notes?id=...`.
func Notes(s *store.Store) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("id")
		switch r.Method {
		case http.MethodGet:
			note, err := s.Get(id)
			if err != nil {
				fail(w, err)
				return
			}
			json.NewEncoder(w).Encode(note)
		case http.MethodDelete:
			if err := s.Delete(id); err != nil {
				fail(w, err)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		default:
			http.Error(w, "GET or DELETE", http.StatusMethodNotAllowed)
		}
	}
}

func fail(w http.ResponseWriter, err error) {
	if errors.Is(err, store.ErrNotFound) {
		http.Error(w, "no such note", http.StatusNotFound)
		return
	}
	log.Print(err)
	http.Error(w, "internal error", http.StatusInternalServerError)
}
