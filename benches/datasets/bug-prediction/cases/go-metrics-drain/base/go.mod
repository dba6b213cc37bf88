module metrics.example/agent

go 1.19
