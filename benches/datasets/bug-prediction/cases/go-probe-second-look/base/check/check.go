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

const maxBody = 1 << 20

// Check asks for the page once.
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
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return err
	}
	if !strings.Contains(string(body), target.Want) {
		return fmt.Errorf("no %q on the page", target.Want)
	}
	return nil
}
