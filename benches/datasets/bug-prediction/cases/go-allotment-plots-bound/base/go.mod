module allotment.example/office

go 1.19
