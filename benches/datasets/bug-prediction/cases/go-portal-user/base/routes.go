package app

import (
	"net/http"

	"portal.example/app/auth"
	"portal.example/app/pages"
)

// Routes returns the portal. What everybody may read needs no session.
func Routes(sessions auth.Sessions, docs pages.Documents) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/documents/mine", auth.Required(sessions, pages.Mine(docs)))
	mux.Handle("/documents/public", pages.Public(docs))
	return mux
}
