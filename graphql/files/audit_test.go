package files_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"qbank/domain/access"
	"qbank/internal/audit"
)

func (s *site) trail(rows int, detail string) {
	s.t.Helper()
	for range rows {
		s.stack.Audit.Note(s.t.Context(), audit.Entry{At: time.Now(), Actor: access.Actor{ID: "li", ActingFor: "wang", Scope: access.Scope{Org: "acme/math", Environment: "prod"}},
			Address: "203.0.113.7", Action: audit.KeysRead, Objects: []string{"q1", "q2"}, Detail: detail})
	}
	if err := s.stack.Audit.Flush(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func TestTheAuditLogIsExported(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.work()
	if err := s.stack.Engine.Wait(t.Context(), "auditlog", 1); err != nil {
		t.Fatal(err)
	}
	s.trail(450, `=HYPERLINK("evil")`) // more than two pages
	const filter = "?action=keys.read&actingFor=wang&from=2020-01-01T00:00:00Z"
	a := s.send(http.MethodGet, "/files/audit.csv"+filter, "admin@acme", "", nil)
	rows, err := csv.NewReader(bytes.NewReader(a.body)).ReadAll()
	if err != nil || a.status != 200 || len(rows) != 451 || rows[0][3] != "actor" || rows[1][3] != "li" || rows[1][4] != "wang" || rows[1][11] != "q1 q2" ||
		rows[1][14] != `'=HYPERLINK("evil")` || !strings.Contains(a.header.Get("Content-Disposition"), "audit.csv") {
		t.Errorf("%d, %d rows, %v: %.300s", a.status, len(rows), err, a.body)
	}
	a = s.send(http.MethodGet, "/files/audit.jsonl"+filter, "admin@acme", "", nil)
	lines := strings.Split(strings.TrimSpace(string(a.body)), "\n")
	var one struct {
		Actor, Kind string
		Objects     []string
	}
	if err := json.Unmarshal([]byte(lines[449]), &one); err != nil || len(lines) != 450 || one.Actor != "li" || one.Kind != "read" || len(one.Objects) != 2 {
		t.Errorf("%d lines, %+v, %v", len(lines), one, err)
	}
	// To take it is written down.
	s.trail(0, "")
	a = s.send(http.MethodGet, "/files/audit.jsonl?action=audit.exported", "admin@acme", "", nil)
	if n := strings.Count(string(a.body), `"action":"audit.exported","actor":"admin@acme"`); n != 2 {
		t.Errorf("%d exports: %s", n, a.body)
	}
	for _, c := range []struct {
		path, token string
		status      int
	}{
		{"/files/audit.csv", "support@acme", 403}, {"/files/audit.jsonl", "author@acme", 403}, {"/files/audit.csv", "", 401}, {"/files/audit.csv?kind=both", "admin@acme", 400},
		{"/files/audit.csv?from=yesterday", "admin@acme", 400}, {"/files/audit.csv?actor=%00", "admin@acme", 400},
		{"/files/audit.csv?actng=true", "admin@acme", 400},
	} {
		if a := s.send(http.MethodGet, c.path, c.token, "", nil); a.status != c.status {
			t.Errorf("%s by %q: %d %s", c.path, c.token, a.status, a.body)
		}
	}
	for _, other := range []string{"admin@other", "admin@acm", "admin@acme/math/senior"} {
		if a := s.send(http.MethodGet, "/files/audit.jsonl"+filter, other, "", nil); a.status != 200 || len(a.body) != 0 {
			t.Errorf("%s: %d %.200s", other, a.status, a.body)
		}
	}
}
