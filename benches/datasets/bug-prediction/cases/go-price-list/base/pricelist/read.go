package pricelist

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Read reads a whole list. Its records begin with a letter:
//
//	H;20260501;EUR          head
//	A;10017;pc;1299         article
//	N;Netting from 12 pcs   note to the reader, anywhere
//	E;4711                  end
func Read(r io.Reader) ([]Price, error) {
	var prices []Price
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if !strings.HasPrefix(line, "A;") {
			continue
		}
		price, err := parsePrice(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		prices = append(prices, price)
	}
	return prices, lines.Err()
}
