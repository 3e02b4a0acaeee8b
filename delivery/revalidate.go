package delivery

import (
	"net/http"
	"strings"
)

var revalidate = []string{"private, no-cache"} // keep it, but ask whether it still holds

// revalidated answers with a document that the client keeps and asks about each time, or says that what it has still holds. etag is a header's value.
func revalidated(w http.ResponseWriter, r *http.Request, etag []string, document []byte) {
	h := w.Header()
	h["Etag"] = etag
	h["Cache-Control"] = revalidate
	if tag := r.Header.Get("If-None-Match"); tag != "" && matches(tag, etag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Content-Type"] = jsonType
	_, _ = w.Write(document) // a client that went away will ask again
}

// matches reports whether an If-None-Match header names the tag (RFC 9110, 13.1.2: weak comparison).
func matches(header, tag string) bool {
	if header == tag || header == "*" {
		return true
	}
	for candidate := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(candidate), "W/") == tag {
			return true
		}
	}
	return false
}
