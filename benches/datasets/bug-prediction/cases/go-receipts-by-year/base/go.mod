module archive.example/receipts

go 1.19
