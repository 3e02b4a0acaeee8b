package health

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/fault"
	"qbank/internal/pgtest"
)

func TestReadiness(t *testing.T) {
	t.Parallel()
	sound := pgtest.New(t)
	url := pgtest.URL(t)
	lax, err := pgxpool.New(t.Context(), url+"&options=-c%20synchronous_commit%3Doff")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lax.Close)
	away, err := pgxpool.New(t.Context(), "postgres://nobody:secret@127.0.0.1:1/none")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(away.Close)
	fine := Check{"fine", func(context.Context) error { return nil }}
	parked := Check{"models", func(context.Context) error {
		return fault.Refuse(fault.Unavailable, "projection.not_ready", fault.Say("not ready", "未就绪")).With("catalog", "projection.parked")
	}}
	broken := Check{"other", func(context.Context) error { return errors.New("password=secret") }}
	for name, c := range map[string]struct {
		pool   *pgxpool.Pool
		checks []Check
		status int
		has    []string
	}{
		"sound":       {sound, []Check{fine}, http.StatusOK, []string{`"ready":true`, `"missing":[]`, `"warnings":[]`}},
		"lax":         {lax, []Check{fine}, http.StatusOK, []string{`"ready":true`, `"warnings":[{"name":"synchronous_commit"`}},
		"parked":      {sound, []Check{fine, parked}, http.StatusServiceUnavailable, []string{`"ready":false`, `"catalog":"projection.parked"`}},
		"broken":      {sound, []Check{broken, parked}, http.StatusServiceUnavailable, []string{`"name":"other"`, `"name":"models"`}},
		"no database": {away, []Check{fine}, http.StatusServiceUnavailable, []string{`"name":"database"`}},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			Handler(c.pool, c.checks...).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
			if w.Code != c.status || !json.Valid(w.Body.Bytes()) || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			for _, text := range c.has {
				if !strings.Contains(w.Body.String(), text) {
					t.Errorf("%s is missing in %s", text, w.Body)
				}
			}
		})
	}
}

func TestTheProcessLivesWithoutADatabase(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	Handler(nil).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil))
	if w.Code != http.StatusOK || w.Body.String() != "ok\n" {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
}
