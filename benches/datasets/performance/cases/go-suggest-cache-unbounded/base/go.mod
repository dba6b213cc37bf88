module search.example/suggest

go 1.19
