// Command intake takes a walker's list from standard input.
package main

import (
	"fmt"
	"log"
	"os"

	"meters.example/intake/reading"
)

func main() {
	readings, bad, err := reading.List(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	for _, each := range readings {
		fmt.Printf("%s %s %.3f %c\n", each.Meter, each.Day.Format("02.01.2006"), each.Cubic, each.Kind)
	}
	for _, each := range bad {
		log.Print(each)
	}
}
