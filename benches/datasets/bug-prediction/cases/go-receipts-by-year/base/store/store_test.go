package store

import (
	"os"
	"path/filepath"
	"testing"
)

func TestOpen(t *testing.T) {
	s := &Store{Root: t.TempDir()}
	if err := os.Mkdir(filepath.Join(s.Root, "t1"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.Root, "t1", "a.pdf"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := s.Open("t1", "a.pdf")
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
}
