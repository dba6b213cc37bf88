// Package cache keeps answers of the upstream servers until they expire.
package cache

import (
	"sync"
	"time"
)

type entry struct {
	addrs   []string
	expires time.Time
}

// Cache is safe for use by many goroutines.
type Cache struct {
	mu      sync.RWMutex
	entries map[string]*entry
	hits    map[string]int64
}

// New returns an empty cache.
func New() *Cache {
	return &Cache{entries: make(map[string]*entry), hits: make(map[string]int64)}
}

// Get returns the addresses of a name unless they are unknown or expired.
func (c *Cache) Get(name string, now time.Time) ([]string, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.entries[name]
	if !ok || now.After(e.expires) {
		return nil, false
	}
	c.hits[name]++
	return e.addrs, true
}

// Hits returns how often each name was answered from the cache, and counts anew.
func (c *Cache) Hits() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	hits := c.hits
	c.hits = make(map[string]int64, len(hits))
	return hits
}

// Put keeps the addresses of a name.
func (c *Cache) Put(name string, addrs []string, expires time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries[name] = &entry{addrs: addrs, expires: expires}
}

// Sweep removes what is expired and returns how much that was.
func (c *Cache) Sweep(now time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for name, e := range c.entries {
		if now.After(e.expires) {
			delete(c.entries, name)
			n++
		}
	}
	return n
}
