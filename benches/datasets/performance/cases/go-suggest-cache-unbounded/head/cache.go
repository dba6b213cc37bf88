package main

import "sync"

// Cache keeps answers by the text that was asked for.
type Cache struct {
	mu      sync.RWMutex
	answers map[string][]byte
}

// NewCache returns an empty cache.
func NewCache() *Cache {
	return &Cache{answers: make(map[string][]byte)}
}

// Get returns the stored answer, if there is one.
func (c *Cache) Get(text string) ([]byte, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	body, ok := c.answers[text]
	return body, ok
}

// Put stores an answer.
func (c *Cache) Put(text string, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers[text] = body
}
