module outbox.example

go 1.19
