module addresses.example

go 1.19
