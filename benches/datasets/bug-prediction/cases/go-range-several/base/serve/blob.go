// Package serve hands out blobs.
package serve

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"

	"media.example/blobs/httprange"
)

// Blob answers with the file or with the part of it that was asked for.
func Blob(w http.ResponseWriter, r *http.Request, file *os.File) {
	info, err := file.Stat()
	if err != nil {
		http.Error(w, "not readable", http.StatusInternalServerError)
		return
	}
	size := info.Size()
	header := r.Header.Get("Range")
	if header == "" {
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		io.Copy(w, file)
		return
	}
	part, err := httprange.Parse(header, size)
	if err != nil {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", size))
		http.Error(w, err.Error(), http.StatusRequestedRangeNotSatisfiable)
		return
	}
	w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", part.Start, part.End, size))
	w.Header().Set("Content-Length", strconv.FormatInt(part.End-part.Start+1, 10))
	w.WriteHeader(http.StatusPartialContent)
	io.Copy(w, io.NewSectionReader(file, part.Start, part.End-part.Start+1))
}
