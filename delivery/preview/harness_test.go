package preview_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"qbank/commands"
	door "qbank/delivery/preview"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/internal/pgtest"
	"qbank/internal/preview"
	"qbank/internal/stack"
	"qbank/internal/stack/stacktest"
)

// house is a qbank with the preview door.
type house struct {
	*stack.Stack
	t       testing.TB
	door    http.Handler
	stage   *preview.Stage
	tickets preview.Tickets
	now     time.Time
}

func open(t testing.TB) *house {
	t.Helper()
	st, err := stack.Open(context.Background(), pgtest.New(t), stack.Options{MaxWait: stacktest.MaxWait, Logger: slog.New(slog.DiscardHandler), Files: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	stacktest.Run(t, st, st.Run)
	h := &house{Stack: st, t: t, now: time.Now()}
	if h.stage, err = preview.NewStage(st.Commands, st.Store.Head); err != nil {
		t.Fatal(err)
	}
	h.tickets = preview.Tickets{Keys: preview.Key(ed25519.NewKeyFromSeed([]byte("a key for tests, of 32 bytes....")[:32])), Pool: st.Pool, Now: func() time.Time { return h.now }}
	h.door = (&door.Door{Stage: h.stage, Tickets: h.tickets, Files: st.Library, Logger: st.Logger}).Handler()
	return h
}

func as(org string, roles ...access.Role) access.Actor {
	return access.Actor{ID: "wang", Roles: roles, Scope: access.Scope{Org: org, Environment: "dev"}}
}

var admin = as("school", access.Admin)

func (h *house) do(c commands.Command) commands.Done {
	h.t.Helper()
	actor := admin
	if _, approves := c.(commands.ApproveQuestion); approves {
		actor.ID = "reviewer"
	}
	done, err := h.Commands.Do(context.Background(), actor, c)
	if err != nil {
		h.t.Fatalf("%T: %v", c, err)
	}
	return done
}

func text(s string) map[string]any { return map[string]any{"format": "plain", "text": s} }

func choice(stem, key string) map[string]any {
	options := []any{}
	for _, id := range []string{"a", "b", "c"} {
		options = append(options, map[string]any{"id": id, "text": text("option " + id), "feedback": text("because " + id)})
	}
	return map[string]any{"stem": text(stem), "options": options, "shuffle": true, "key": key}
}

var (
	choiceType = qtype.Ref{ID: "single-choice", Version: "1.0.0"}
	essayType  = qtype.Ref{ID: "essay", Version: "1.0.0"}
)

func (h *house) create(typ qtype.Ref, doc any) question.ID {
	h.t.Helper()
	return h.do(commands.CreateQuestion{Type: typ, Content: doc}).ID
}

func (h *house) publish(id question.ID, doc any) {
	h.t.Helper()
	h.do(commands.SubmitQuestion{Question: id, Revision: commands.Anything})
	h.do(commands.ApproveQuestion{Question: id, Revision: commands.Anything, Hash: content.HashOf(doc)})
	h.do(commands.PublishQuestion{Question: id, Revision: commands.Anything, Kind: question.Revision})
}

// ticket previews as the admin.
func (h *house) ticket(ask preview.Ask) string {
	h.t.Helper()
	pins, err := h.stage.Pin(context.Background(), admin, ask)
	if err != nil {
		h.t.Fatal(err)
	}
	ticket, _, err := h.tickets.Issue(pins)
	if err != nil {
		h.t.Fatal(err)
	}
	return ticket
}

type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

func (h *house) send(method, path, body string, headers ...string) reply {
	h.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.door.ServeHTTP(w, r)
	return reply{h.t, w.Code, w.Header(), w.Body.Bytes()}
}

func (h *house) show(ticket string) preview.View {
	h.t.Helper()
	return decode[preview.View](h.send("GET", "/preview/"+ticket, ""))
}

func (h *house) score(ticket string, answers ...any) preview.Result {
	h.t.Helper()
	body, err := json.Marshal(map[string]any{"answers": answers})
	if err != nil {
		h.t.Fatal(err)
	}
	return decode[preview.Result](h.send("POST", "/preview/"+ticket+"/answers", string(body)))
}

func answer(slot string, response any) any { return map[string]any{"slot": slot, "response": response} }

func decode[T any](r reply) (v T) {
	r.t.Helper()
	if err := json.Unmarshal(r.body, &v); err != nil || r.status != 200 {
		r.t.Fatalf("%d %s, %v", r.status, r.body, err)
	}
	return v
}

func (r reply) refused(status int, code string) {
	r.t.Helper()
	if r.status != status || !bytes.Contains(r.body, []byte(`"code":"`+code+`"`)) || r.header.Get("Content-Type") != "application/problem+json" {
		r.t.Errorf("%d %s, want %d %s", r.status, r.body, status, code)
	}
}

func stemOf(v preview.View, i int) string {
	var view struct{ Stem struct{ Text string } }
	_ = json.Unmarshal(v.Items[i].View, &view)
	return view.Stem.Text
}
