package correlation_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"qbank/domain/event"
	"qbank/internal/correlation"
)

const trace = "4bf92f3577b34da6a3ce929d0e0e4736"

// ask sends headers in pairs, and returns what the handler saw and what the client did.
func ask(headers ...string) (seen, told string) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	inner := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = event.CorrelationOf(r.Context()) })
	correlation.Handler(correlation.Handler(inner)).ServeHTTP(w, r)
	return seen, w.Header().Get(correlation.Header)
}

func TestAnIDIsTakenOver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, value, want string }{
		{"Traceparent", "00-" + trace + "-00f067aa0ba902b7-01", trace},
		{"Traceparent", "cc-" + trace + "-00f067aa0ba902b7-01-what-comes", trace},
		{"X-Request-Id", "shell.7:a_b-c", "shell.7:a_b-c"},
		{"X-Request-Id", strings.Repeat("x", 64), strings.Repeat("x", 64)},
	} {
		if seen, told := ask(c.name, c.value); seen != c.want || told != c.want {
			t.Errorf("%s: %s: %q and %q", c.name, c.value, seen, told)
		}
	}
	if seen, _ := ask("Traceparent", "00-"+trace+"-00f067aa0ba902b7-01", "X-Request-Id", "mine"); seen != trace {
		t.Errorf("of two, %q", seen)
	}
}

func TestWhatIsNoneIsReplaced(t *testing.T) {
	t.Parallel()
	drawn := map[string]bool{}
	for _, c := range [][]string{
		{}, {"Traceparent", ""}, {"Traceparent", trace}, {"Traceparent", "00-" + trace + "-00f067aa0ba902b7-01-more"},
		{"Traceparent", "ff-" + trace + "-00f067aa0ba902b7-01"}, {"Traceparent", "00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01"},
		{"Traceparent", "00-" + trace + "-0000000000000000-01"}, {"Traceparent", "00-" + strings.ToUpper(trace) + "-00f067aa0ba902b7-01"},
		{"Traceparent", "cc-" + trace + "-00f067aa0ba902b7-01-" + strings.Repeat("x", 500)},
		{"X-Request-Id", strings.Repeat("x", 65)}, {"X-Request-Id", "a b"}, {"X-Request-Id", "a\"b"}, {"X-Request-Id", "题"}, {"X-Request-Id", "a\nb"},
	} {
		seen, told := ask(c...)
		if len(seen) != 32 || seen != told || drawn[seen] || strings.Contains(strings.Join(c, " "), seen) {
			t.Errorf("%q: %q and %q", c, seen, told)
		}
		drawn[seen] = true
	}
}
