// Package jobs runs the periodic work on subscriptions.
package jobs

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Job is one entry of a file of jobs.
type Job struct {
	Name    string   `json:"name"`
	Every   Duration `json:"every"`
	Timeout Duration `json:"timeout"`
}

// Defaults apply to the jobs of a file that do not say otherwise.
type Defaults struct {
	Every Duration `json:"every"`
}

// File is a file of jobs; each tenant has one.
type File struct {
	Tenant   string   `json:"tenant"`
	Defaults Defaults `json:"defaults"`
	Jobs     []Job    `json:"jobs"`
}

// Duration is written as "10m" in JSON.
type Duration time.Duration

func (d *Duration) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	parsed, err := time.ParseDuration(text)
	*d = Duration(parsed)
	return err
}

// Load reads a file of jobs.
func Load(r io.Reader) (File, error) {
	var f File
	if err := json.NewDecoder(r).Decode(&f); err != nil {
		return f, fmt.Errorf("jobs: %w", err)
	}
	for i := range f.Jobs {
		job := &f.Jobs[i]
		if job.Every <= 0 {
			job.Every = f.Defaults.Every
		}
		if job.Timeout <= 0 {
			job.Timeout = Duration(time.Minute)
		}
	}
	return f, nil
}
