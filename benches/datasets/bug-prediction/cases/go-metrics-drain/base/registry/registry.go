// Package registry counts events until they are sent.
package registry

import "sync"

// Registry holds counters by name. It is safe for use by many goroutines.
type Registry struct {
	mu     sync.Mutex
	counts map[string]int64
}

// New returns an empty registry.
func New() *Registry {
	return &Registry{counts: make(map[string]int64)}
}

// Add adds n to a counter.
func (r *Registry) Add(name string, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[name] += n
}

// Snapshot returns a copy of all counters.
func (r *Registry) Snapshot() map[string]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[string]int64, len(r.counts))
	for name, n := range r.counts {
		out[name] = n
	}
	return out
}

// Reset sets all counters to nothing.
func (r *Registry) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name := range r.counts {
		delete(r.counts, name)
	}
}
