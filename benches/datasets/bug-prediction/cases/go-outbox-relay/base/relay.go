// Package relay moves the shop's events from its outbox to the queue.
package relay

import (
	"context"
	"fmt"
	"log"
	"time"
)

// Event is a row of the outbox.
type Event struct {
	ID   string `json:"id"`
	Body string `json:"body"`
}

// Outbox is the table that the shop writes its events to.
type Outbox interface {
	Oldest(ctx context.Context, limit int) ([]Event, error)
	Delete(ctx context.Context, events []Event) error
}

// Run moves events until ctx is done.
func Run(ctx context.Context, cfg Config, outbox Outbox, queue *Queue) error {
	for ctx.Err() == nil {
		n, err := relayOnce(ctx, cfg.BatchSize, outbox, queue)
		if err != nil {
			log.Printf("relay: %v", err)
		}
		if n == 0 {
			time.Sleep(cfg.Pause)
		}
	}
	return ctx.Err()
}

func relayOnce(ctx context.Context, limit int, outbox Outbox, queue *Queue) (int, error) {
	events, err := outbox.Oldest(ctx, limit)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	if err := queue.SendBatch(ctx, events); err != nil {
		return 0, fmt.Errorf("%d events from %s on: %w", len(events), events[0].ID, err)
	}
	return len(events), outbox.Delete(ctx, events)
}
