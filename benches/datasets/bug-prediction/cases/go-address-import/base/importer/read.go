// Package importer imports lists of addresses.
package importer

import (
	"encoding/csv"
	"errors"
	"io"
)

// Read reads a list: street, zip, city.
func Read(r io.Reader) ([]Address, error) {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = 3
	var addresses []Address
	for line := 1; ; line++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return addresses, nil
		}
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, Address{Line: line, Street: row[0], Zip: row[1], City: row[2]})
	}
}
