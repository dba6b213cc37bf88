// Package pages has the portal's pages.
package pages

import (
	"encoding/json"
	"log"
	"net/http"

	"portal.example/app/auth"
)

// Documents finds documents; nobody's are those that are public.
type Documents interface {
	ByOwner(owner string) ([]string, error)
	Public() ([]string, error)
}

// Mine lists the documents of the user.
func Mine(docs Documents) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, ok := auth.From(r.Context())
		if !ok {
			http.Error(w, "sign in first", http.StatusUnauthorized)
			return
		}
		names, err := docs.ByOwner(user.ID)
		answer(w, names, err)
	}
}

// Public lists what everybody may read.
func Public(docs Documents) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		names, err := docs.Public()
		if user, ok := auth.From(r.Context()); ok {
			log.Printf("public documents for %s", user.ID)
		}
		answer(w, names, err)
	}
}

func answer(w http.ResponseWriter, names []string, err error) {
	if err != nil {
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	json.NewEncoder(w).Encode(names)
}
