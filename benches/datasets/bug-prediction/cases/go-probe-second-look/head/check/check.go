// Package check asks pages whether they are up.
package check

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Target is a page and the text that must be on it.
type Target struct {
	Name string
	URL  string
	Want string
}

// Result is what a check found. Err is nil if the page is up.
type Result struct {
	Target Target
	Took   time.Duration
	Err    error
}

const (
	maxBody  = 1 << 20
	attempts = 3
	pause    = 2 * time.Second
)

// Check asks for the page, up to three times while it fails.
func Check(ctx context.Context, client *http.Client, target Target) Result {
	began := time.Now()
	err := ask(ctx, client, target)
	return Result{Target: target, Took: time.Since(began), Err: err}
}

func ask(ctx context.Context, client *http.Client, target Target) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.URL, nil)
	if err != nil {
		return err
	}
	var last error
	for i := 0; i < attempts; i++ {
		if i > 0 {
			time.Sleep(pause)
		}
		resp, err := client.Do(req)
		if err != nil {
			last = err
			continue
		}
		if resp.StatusCode != http.StatusOK {
			last = fmt.Errorf("answered %s", resp.Status)
			continue
		}
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
		resp.Body.Close()
		if err != nil {
			last = err
			continue
		}
		if strings.Contains(string(body), target.Want) {
			return nil
		}
		last = fmt.Errorf("no %q on the page", target.Want)
	}
	return last
}
