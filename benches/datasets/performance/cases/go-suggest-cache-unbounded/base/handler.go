package main

import (
	"encoding/json"
	"net/http"
)

// Handler answers GET /suggest?q=...
type Handler struct {
	index *Index
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := json.Marshal(h.index.Find(r.URL.Query().Get("q"), 10))
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}
