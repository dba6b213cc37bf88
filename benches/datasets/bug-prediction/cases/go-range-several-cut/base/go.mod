module media.example/blobs

go 1.19
