// Package auth knows who is signed in.
package auth

import (
	"context"
	"net/http"
)

// User is who is signed in.
type User struct {
	ID    string
	Name  string
	Admin bool
}

type key struct{}

// Sessions finds users by their session cookie.
type Sessions interface {
	User(cookie string) (*User, bool)
}

// Required lets requests with a session pass and refuses others.
func Required(sessions Sessions, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("session")
		if err != nil {
			http.Error(w, "sign in first", http.StatusUnauthorized)
			return
		}
		user, ok := sessions.User(cookie.Value)
		if !ok {
			http.Error(w, "sign in again", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, user)))
	})
}

// From returns the user that Required has let through.
func From(ctx context.Context) *User {
	return ctx.Value(key{}).(*User)
}
