package httprange

import "testing"

func TestParse(t *testing.T) {
	for header, want := range map[string]Range{
		"bytes=0-499":   {0, 499},
		"bytes=500-":    {500, 999},
		"bytes=-100":    {900, 999},
		"bytes=0-99999": {0, 999},

		"bytes=2000-, 0-0": {0, 0},
	} {
		got, err := Parse(header, 1000)
		if err != nil || got != want {
			t.Errorf("%s: %v, %v", header, got, err)
		}
	}
}
