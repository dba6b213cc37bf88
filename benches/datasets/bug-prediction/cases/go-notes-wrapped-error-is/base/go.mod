module notes.example/api

go 1.19
