package main

import (
	"fmt"
	"log"
	"os"

	"prices.example/pricelist"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: import LIST")
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	prices, err := pricelist.Read(file)
	if err != nil {
		log.Fatalf("%s: %v", os.Args[1], err)
	}
	for _, p := range prices {
		fmt.Printf("%s\t%s\t%d\t%t\n", p.Article, p.Unit, p.Cents, p.Special)
	}
	log.Printf("%d prices", len(prices))
}
