package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"time"

	"metrics.example/agent/registry"
	"metrics.example/agent/sender"
)

func main() {
	reg := registry.New()
	out := &sender.Sender{
		URL:      os.Getenv("COLLECTOR_URL"),
		Interval: 10 * time.Second,
		Registry: reg,
		Client:   &http.Client{Timeout: 5 * time.Second},
	}
	go out.Run(context.Background())

	http.HandleFunc("/count", func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Query().Get("name")
		if name == "" {
			http.Error(w, "no name", http.StatusBadRequest)
			return
		}
		reg.Add(name, 1)
		w.WriteHeader(http.StatusNoContent)
	})
	log.Fatal(http.ListenAndServe(":9125", nil))
}
