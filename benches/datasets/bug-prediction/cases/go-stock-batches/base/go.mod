module stock.example/importer

go 1.19
