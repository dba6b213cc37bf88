// Package rates asks the central service for exchange rates.
package rates

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Client is safe for use by many goroutines.
type Client struct {
	base string
	http *http.Client
}

// NewClient makes a client; all of a process share one.
func NewClient(base string) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxConnsPerHost = 8
	return &Client{base: base, http: &http.Client{Transport: transport, Timeout: 10 * time.Second}}
}

// Rate is how many units of `to` one unit of `from` buys.
func (c *Client) Rate(ctx context.Context, from, to string) (float64, error) {
	query := url.Values{"from": {from}, "to": {to}}
	var rate struct {
		Value float64 `json:"value"`
	}
	if err := c.get(ctx, "/rate?"+query.Encode(), &rate); err != nil {
		return 0, fmt.Errorf("rate %s-%s: %w", from, to, err)
	}
	return rate.Value, nil
}

func (c *Client) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("rates: %s", resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
