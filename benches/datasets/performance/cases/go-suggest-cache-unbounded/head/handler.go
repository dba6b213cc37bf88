package main

import (
	"encoding/json"
	"net/http"
)

// Handler answers GET /suggest?q=...
type Handler struct {
	index *Index
	cache *Cache
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text := r.URL.Query().Get("q")
	body, ok := h.cache.Get(text)
	if !ok {
		var err error
		body, err = json.Marshal(h.index.Find(text, 10))
		if err != nil {
			http.Error(w, "internal error", http.StatusInternalServerError)
			return
		}
		h.cache.Put(text, body)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}
