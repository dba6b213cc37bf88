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

// Drain takes all counters out of the registry.
func (r *Registry) Drain() map[string]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.counts
	r.counts = nil
	return out
}

// Restore adds counters that were drained but could not be sent.
func (r *Registry) Restore(counts map[string]int64) {
	for name, n := range counts {
		r.Add(name, n)
	}
}
