package main

import (
	"log"
	"net/http"
	"os"
	"strings"
)

func main() {
	words, err := os.ReadFile("words.txt")
	if err != nil {
		log.Fatal(err)
	}
	index := NewIndex(strings.Fields(string(words)))
	http.Handle("/suggest", &Handler{index: index})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
