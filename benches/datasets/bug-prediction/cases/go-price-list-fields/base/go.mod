module prices.example

go 1.19
