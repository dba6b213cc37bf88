// Package sync takes notes over from a phone.
package sync

import (
	"time"

	"notes.example/api/store"
)

// Change is what the phone did to a note while it was offline.
type Change struct {
	At      time.Time
	Note    store.Note
	Deleted bool
}

// Apply takes changes over, the oldest first, and stops at the first failure.
// Notes that both sides have deleted are no failure.
func Apply(s *store.Store, changes []Change) error {
	for _, change := range changes {
		if !change.Deleted {
			s.Put(change.Note)
			continue
		}
		if err := s.Delete(change.Note.ID); err != nil && err != store.ErrNotFound {
			return err
		}
	}
	return nil
}
