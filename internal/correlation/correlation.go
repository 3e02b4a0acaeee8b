package correlation

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"

	"qbank/domain/event"
)

// Header is where the id stands, in requests and in answers.
const Header = "X-Request-Id"

// maxID bounds an id that a client chose, bytes.
const maxID = 64

// Handler gives requests an id, for event.CorrelationOf to read. A request that has one keeps it.
func Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if event.CorrelationOf(r.Context()) == "" {
			id := of(r.Header)
			w.Header()[Header] = []string{id}
			r = r.WithContext(event.Correlated(r.Context(), id))
		}
		next.ServeHTTP(w, r)
	})
}

func of(h http.Header) string {
	if id, given := traceID(h.Get("Traceparent")); given {
		return id
	}
	if id := h.Get(Header); id != "" && len(id) <= maxID && !strings.ContainsFunc(id, odd) {
		return id
	}
	var bits [16]byte
	rand.Read(bits[:]) // never fails
	return hex.EncodeToString(bits[:])
}

// odd reports whether a letter has no business in an id.
func odd(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._:-", r)
}

// traceID is the trace id of a header as W3C Trace Context, 3.2, has it: version-trace-parent-flags, in lower case hex. A version after 00 may have
// more at the end.
func traceID(header string) (string, bool) {
	const size = len("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	if len(header) < size || len(header) > size && (header[:2] == "00" || header[size] != '-') || len(header) > 4*size {
		return "", false
	}
	parts := strings.SplitN(header[:size], "-", 4)
	if len(parts) != 4 || parts[0] == "ff" {
		return "", false
	}
	for i, digits := range []int{2, 32, 16, 2} {
		if len(parts[i]) != digits || strings.Trim(parts[i], "0123456789abcdef") != "" {
			return "", false
		}
	}
	none := strings.Trim(parts[1], "0") == "" || strings.Trim(parts[2], "0") == ""
	return parts[1], !none
}
