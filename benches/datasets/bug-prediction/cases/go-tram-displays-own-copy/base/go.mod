module tram.example/board

go 1.19
