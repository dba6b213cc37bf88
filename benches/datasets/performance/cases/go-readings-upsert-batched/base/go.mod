module sensors.example/ingest

go 1.19
