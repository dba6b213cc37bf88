// Package queue hands films to the farm.
package queue

import (
	"context"
	"errors"
	"log"
	"time"

	"render.example/farm/plan"
)

// Farm lists the machines that have reported in the last minute.
type Farm interface {
	Machines(ctx context.Context) ([]plan.Machine, error)
	Send(ctx context.Context, film string, share plan.Share) error
}

// Film is a job that waits.
type Film struct {
	Name   string
	Frames int
}

// Start sends a film out, and waits as long as there is no machine.
func Start(ctx context.Context, farm Farm, film Film, pause time.Duration) error {
	for {
		machines, err := farm.Machines(ctx)
		if err != nil {
			return err
		}
		shares, err := plan.Split(film.Frames, machines)
		if errors.Is(err, plan.ErrNoMachine) {
			log.Printf("%s waits for a machine", film.Name)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(pause):
			}
			continue
		}
		if err != nil {
			return err
		}
		for _, share := range shares {
			if err := farm.Send(ctx, film.Name, share); err != nil {
				return err
			}
		}
		return nil
	}
}
