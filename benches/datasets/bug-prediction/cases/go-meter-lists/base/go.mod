module meters.example/intake

go 1.19
