module access.example

go 1.19
