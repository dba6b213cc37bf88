module weather.example/archive

go 1.19
