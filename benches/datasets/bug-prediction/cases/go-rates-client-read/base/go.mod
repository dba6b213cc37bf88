module rates.example

go 1.19
