// Package sender hands counters to the collector.
package sender

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"time"

	"metrics.example/agent/registry"
)

// Sender posts counters to URL every Interval.
type Sender struct {
	URL      string
	Interval time.Duration
	Registry *registry.Registry
	Client   *http.Client
}

// Run sends until the context ends.
func (s *Sender) Run(ctx context.Context) {
	ticker := time.NewTicker(s.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		counts := s.Registry.Snapshot()
		if err := s.send(ctx, counts); err != nil {
			log.Printf("send: %v", err)
			continue
		}
		s.Registry.Reset()
	}
}

func (s *Sender) send(ctx context.Context, counts map[string]int64) error {
	body, err := json.Marshal(counts)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := s.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("collector answered %s", resp.Status)
	}
	return nil
}
