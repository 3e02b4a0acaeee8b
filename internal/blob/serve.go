package blob

import (
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// ServeFile answers a request for a file that is kept under its hash, with its media type.
func ServeFile(w http.ResponseWriter, r *http.Request, open func(content.Hash) (*os.File, error), hash content.Hash, media string) error {
	file, err := open(hash)
	if err != nil {
		return err
	}
	defer file.Close()
	describe(w.Header(), media, string(hash))
	return Serve(w, r, file)
}

// Serve answers a request for a blob, or for the part of it that the request's Range names. A range that lies outside is the fault
// "blob.range", for the door to tell in its own way. The type, the ETag and how long to keep it are the caller's to set before.
func Serve(w http.ResponseWriter, r *http.Request, bytes io.ReadSeeker) error {
	if unit, _, found := strings.Cut(r.Header.Get("Range"), "="); found && unit != "bytes" {
		r.Header.Del("Range") // an unknown unit is to be ignored (RFC 9110, 14.2); ServeContent would answer 416
	}
	ranged := &rangeRefused{ResponseWriter: w}
	http.ServeContent(ranged, r, "", time.Time{}, bytes)
	if ranged.refused {
		return fault.Refuse(fault.Invalid, "blob.range", fault.Say("the range lies outside of the file", "请求的范围超出文件"))
	}
	return nil
}

// rangeRefused holds back ServeContent's plain text where a range cannot be satisfied.
type rangeRefused struct {
	http.ResponseWriter
	refused bool
}

// WriteHeader notes a refusal and passes on all else.
func (w *rangeRefused) WriteHeader(status int) {
	if w.refused = status == http.StatusRequestedRangeNotSatisfiable; !w.refused {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write drops the text of a refusal.
func (w *rangeRefused) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// ReadFrom lets the connection send a file by itself.
func (w *rangeRefused) ReadFrom(source io.Reader) (int64, error) {
	if w.refused {
		return 0, nil
	}
	return io.Copy(w.ResponseWriter, source)
}

// programs are types that could run something where a browser shows them as a page.
var programs = map[string]bool{"text/html": true, "image/svg+xml": true}

// describe sets the headers of a file that never changes: its type, which a browser must not guess, its hash as the ETag, and for how long it
// may be kept. What could run something was cleaned before it was kept; here it is taken out of our origin besides: as a page of its
// own it is saved rather than shown, and if it is shown it may do nothing.
func describe(h http.Header, media, hash string) {
	h.Set("Content-Type", media)
	if strings.HasPrefix(media, "text/") {
		h.Set("Content-Type", media+"; charset=utf-8")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	h.Set("ETag", `"`+hash+`"`)
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	if programs[media] {
		h.Set("Content-Disposition", "attachment")
	}
}
