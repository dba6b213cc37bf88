module render.example/farm

go 1.19
