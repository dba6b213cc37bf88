package main

import (
	"log"
	"net/http"

	"dns.example/resolver/cache"
	"dns.example/resolver/serve"
)

func main() {
	c := cache.New()
	go serve.SweepForever(c)
	http.Handle("/resolve", serve.Handler(c))
	log.Fatal(http.ListenAndServe(":8053", nil))
}
