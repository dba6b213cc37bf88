package relay

import (
	"os"
	"time"
)

// Config is what the relay is started with.
type Config struct {
	QueueURL string
	// BatchSize is how many events are read from the outbox and sent at once.
	BatchSize int
	// Pause is the time between two looks into the outbox when it was empty.
	Pause time.Duration
}

// LoadConfig reads the environment; all but the queue's address is fixed.
func LoadConfig() Config {
	return Config{
		QueueURL:  os.Getenv("QUEUE_URL"),
		BatchSize: 10,
		Pause:     2 * time.Second,
	}
}
