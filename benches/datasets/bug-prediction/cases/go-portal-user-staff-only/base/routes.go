package app

import (
	"net/http"

	"portal.example/app/auth"
	"portal.example/app/pages"
)

// Routes returns the portal. It is for staff only: all of it needs a session.
func Routes(sessions auth.Sessions, docs pages.Documents) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/documents/mine", pages.Mine(docs))
	mux.Handle("/documents/public", pages.Public(docs))
	return auth.Required(sessions, mux)
}
