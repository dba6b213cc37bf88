package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Queue is the client of the hosted queue.
type Queue struct {
	URL    string
	Client *http.Client
}

// maxEntries is how many entries the queue takes in one request.
const maxEntries = 10

// SendBatch sends events in their order, in parts that the queue takes. If
// it fails, the first parts may have been sent; receivers know repeated ids.
func (q *Queue) SendBatch(ctx context.Context, events []Event) error {
	for len(events) > maxEntries {
		if err := q.send(ctx, events[:maxEntries]); err != nil {
			return err
		}
		events = events[maxEntries:]
	}
	return q.send(ctx, events)
}

func (q *Queue) send(ctx context.Context, events []Event) error {
	body, err := json.Marshal(map[string]any{"Entries": events})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, q.URL+"/batch", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := q.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 500))
		return fmt.Errorf("queue: %s: %s", resp.Status, text)
	}
	return nil
}
