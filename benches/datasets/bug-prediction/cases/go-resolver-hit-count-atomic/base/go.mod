module dns.example/resolver

go 1.19
