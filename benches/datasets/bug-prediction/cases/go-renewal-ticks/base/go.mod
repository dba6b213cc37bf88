module renewals.example

go 1.19
