module portal.example/app

go 1.19
