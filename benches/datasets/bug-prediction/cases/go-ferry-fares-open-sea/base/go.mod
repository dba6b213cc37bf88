module ferry.example/tariff

go 1.19
