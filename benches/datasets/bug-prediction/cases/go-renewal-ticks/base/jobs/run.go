package jobs

import (
	"context"
	"log"
	"sync"
	"time"
)

// Work does what a job is for, by its name.
type Work func(ctx context.Context, tenant, job string) error

// Run runs all jobs of a file until ctx is done.
func Run(ctx context.Context, f File, work Work) {
	var wg sync.WaitGroup
	for _, job := range f.Jobs {
		job := job
		wg.Add(1)
		go func() {
			defer wg.Done()
			runJob(ctx, f.Tenant, job, work)
		}()
	}
	wg.Wait()
}

func runJob(ctx context.Context, tenant string, job Job, work Work) {
	ticker := time.NewTicker(time.Duration(job.Every))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			once, cancel := context.WithTimeout(ctx, time.Duration(job.Timeout))
			if err := work(once, tenant, job.Name); err != nil {
				log.Printf("%s/%s: %v", tenant, job.Name, err)
			}
			cancel()
		}
	}
}
