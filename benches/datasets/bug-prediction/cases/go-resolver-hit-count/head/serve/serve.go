// Package serve answers questions for names over HTTP.
package serve

import (
	"encoding/json"
	"log"
	"net"
	"net/http"
	"time"

	"dns.example/resolver/cache"
)

const ttl = time.Minute

// Handler answers `GET /resolve?name=...` with a list of addresses.
func Handler(c *cache.Cache) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Query().Get("name")
		now := time.Now()
		addrs, ok := c.Get(name, now)
		if !ok {
			var err error
			addrs, err = net.DefaultResolver.LookupHost(r.Context(), name)
			if err != nil {
				http.Error(w, "no such name", http.StatusNotFound)
				return
			}
			c.Put(name, addrs, now.Add(ttl))
		}
		json.NewEncoder(w).Encode(addrs)
	})
}

// SweepForever removes expired answers each minute.
func SweepForever(c *cache.Cache) {
	for now := range time.Tick(time.Minute) {
		log.Printf("hits: %v", c.Hits())
		log.Printf("swept %d answers", c.Sweep(now))
	}
}
