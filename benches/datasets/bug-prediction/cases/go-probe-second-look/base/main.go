package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"time"

	"uptime.example/probe/check"
)

func load(path string) ([]check.Target, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var targets []check.Target
	err = json.Unmarshal(data, &targets)
	return targets, err
}

func main() {
	targets, err := load(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	client := &http.Client{Timeout: 10 * time.Second}
	for range time.Tick(30 * time.Second) {
		for _, target := range targets {
			result := check.Check(context.Background(), client, target)
			if result.Err != nil {
				log.Printf("%s DOWN: %v", target.Name, result.Err)
				continue
			}
			log.Printf("%s up, %s", target.Name, result.Took.Round(time.Millisecond))
		}
	}
}
