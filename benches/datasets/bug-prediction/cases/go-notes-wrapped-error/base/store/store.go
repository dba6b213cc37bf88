// Package store keeps notes in memory.
package store

import (
	"errors"
	"sync"
)

// ErrNotFound is returned for ids that no note has.
var ErrNotFound = errors.New("not found")

// Note is a text with an id.
type Note struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Store is safe for use by many goroutines.
type Store struct {
	mu    sync.RWMutex
	notes map[string]Note
}

// New returns an empty store.
func New() *Store { return &Store{notes: map[string]Note{}} }

// Get returns a note.
func (s *Store) Get(id string) (Note, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	note, ok := s.notes[id]
	if !ok {
		return Note{}, ErrNotFound
	}
	return note, nil
}

// Put adds or replaces a note.
func (s *Store) Put(note Note) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes[note.ID] = note
}

// Delete removes a note.
func (s *Store) Delete(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.notes[id]; !ok {
		return ErrNotFound
	}
	delete(s.notes, id)
	return nil
}
