package files_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"qbank/interchange/roster"
)

// fed is what the door says of a feed.
type fed struct {
	Totals   map[string]int
	Position int64
	Records  []struct {
		At, Kind, Result, ID, Code, Message string
		Problems                            []struct{ Pointer, Code, Message string }
	}
}

func (s *site) feed(token, media, body string) (answer, fed) {
	s.t.Helper()
	got := s.send("POST", "/files/roster", token, media, strings.NewReader(body))
	var f fed
	if got.status == http.StatusOK {
		if err := json.Unmarshal(got.body, &f); err != nil {
			s.t.Fatalf("%v: %s", err, got.body)
		}
	}
	return got, f
}

func TestTheRosterIsFed(t *testing.T) {
	t.Parallel()
	s := open(t)
	const lines = `{"kind": "line", "code": "k12", "title": "K12"}
{"kind": "term", "code": "2026a", "title": "Autumn", "line": "k12"}
{"kind": "term", "code": "2026b", "title": "Spring", "line": "nowhere"}
{"kind": "class", "code": "7b", "title": "Seven B", "students": [{"number": "1", "name": "Li Lei"}]}
`
	_, first := s.feed("admin@school", "application/x-ndjson", lines)
	_, again := s.feed("admin@school", "application/jsonl; charset=utf-8", lines)
	if first.Totals["stored"] != 3 || first.Totals["refused"] != 1 || first.Position == 0 || again.Totals["unchanged"] != 3 || again.Position != 0 {
		t.Fatalf("%+v, %+v", first, again)
	}
	bad := first.Records[2]
	if bad.At != "3" || bad.Kind != "term" || bad.Result != "refused" || bad.Code != "roster.unknown" || bad.ID != "" || bad.Problems[0].Pointer != "/line" {
		t.Errorf("%+v", bad)
	}
	if good := first.Records[3]; good.ID == "" || good.ID != again.Records[3].ID || good.Code != "" {
		t.Errorf("%+v", good)
	}
	event := func(id, kind, at string) string {
		return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"/crm","type":"qbank.roster.student.%s","time":%q,"data":{"class":"7b","student":"2"}}`, id, kind, at)
	}
	left, joined := event("2", "left", "2026-01-02T00:00:00Z"), event("1", "joined", "2026-01-01T00:00:00Z")
	for i, c := range []struct{ media, body, result string }{
		{"application/cloudevents+json", left, "stored"}, {"application/cloudevents+json; charset=utf-8", joined, "stale"}, // it was sent first
		{"application/cloudevents-batch+json", "[" + left + "]", "unchanged"},
		{"application/json", `[{"kind": "join", "class": "7b", "student": "2"}]`, "stored"},
		{"application/json", `{"records": [{"kind": "join", "class": "7b", "student": "2"}]}`, "unchanged"},
		{"text/csv; charset=utf-8", "类型,班级编号,学号\n入班,7b,3\n", "stored"},
		{"text/csv", "kind,class,student\njoin,7b,3\n", "unchanged"},
	} {
		if got, f := s.feed("admin@school", c.media, c.body); got.status != 200 || len(f.Records) != 1 || f.Records[0].Result != c.result {
			t.Errorf("%d: %d %s", i, got.status, got.body)
		}
	}
	if _, f := s.feed("admin@other", "application/x-ndjson", lines); f.Totals["stored"] != 3 || f.Records[0].ID == first.Records[0].ID {
		t.Errorf("another organisation's: %+v", f)
	}
}

func TestFeedsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, c := range map[string]struct {
		token, media, body string
		status             int
		code               string
	}{
		"nobody":        {"", "application/json", "[]", 401, "access.no_token"},
		"an author":     {"author@school", "application/json", "[]", 403, "access.denied"},
		"a teacher":     {"teacher@school", "application/json", "[]", 403, "access.denied"},
		"a form":        {"admin@school", "application/x-www-form-urlencoded", "[]", 400, "file.media_type"},
		"no media":      {"admin@school", "", "[]", 400, "file.media_type"},
		"no JSON":       {"admin@school", "application/json", "[", 400, "json.syntax"},
		"no list":       {"admin@school", "application/json", "5", 400, "roster.document"},
		"too many":      {"admin@school", "application/json", "[" + strings.Repeat("{},", roster.MaxRecords) + "{}]", 413, "roster.too_many"},
		"too many rows": {"admin@school", "text/csv", "kind,class,student\n" + strings.Repeat("join,7b,3\n", roster.MaxRecords+1), 413, "roster.too_many"},
		"no heading":    {"admin@school", "text/csv", "", 400, "roster.headings"},
		"too many more": {"admin@school", "application/x-ndjson", strings.Repeat("{}\n", roster.MaxRecords+1), 413, "roster.too_many"},
	} {
		got, _ := s.feed(c.token, c.media, c.body)
		if got.status != c.status || !bytes.Contains(got.body, []byte(`"code":"`+c.code+`"`)) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := s.send("POST", "/files/roster", "admin@school", "application/json", io.LimitReader(zeros{}, roster.MaxBytes+1)); got.status != 413 {
		t.Errorf("too large: %d %s", got.status, got.body)
	}
	if got, f := s.feed("admin@school", "application/json", "[]"); got.status != 200 || len(f.Records) != 0 || !bytes.Contains(got.body, []byte(`"records":[]`)) {
		t.Errorf("nothing: %d %s", got.status, got.body)
	}
	var left int
	err := s.stack.Pool.QueryRow(t.Context(), "select count(*) from events where type like 'roster.%' or type like 'class.%'").Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("refusals left %d events (%v)", left, err)
	}
}
