package main

import (
	"sort"
	"strings"
)

// Index finds words by their beginning.
type Index struct {
	words []string
}

// NewIndex takes ownership of the words.
func NewIndex(words []string) *Index {
	sort.Strings(words)
	return &Index{words: words}
}

// Find returns up to limit words that begin with the prefix.
func (i *Index) Find(prefix string, limit int) []string {
	at := sort.SearchStrings(i.words, prefix)
	var found []string
	for ; at < len(i.words) && len(found) < limit; at++ {
		if !strings.HasPrefix(i.words[at], prefix) {
			break
		}
		found = append(found, i.words[at])
	}
	return found
}
