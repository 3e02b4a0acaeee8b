package graphql_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/access"
	"qbank/graphql"
	"qbank/internal/apikeys"
	"qbank/internal/blob"
	"qbank/internal/library"
	"qbank/internal/pgtest"
	"qbank/internal/preview"
	"qbank/internal/signin"
	"qbank/internal/stack"
	"qbank/internal/stack/stacktest"
	"qbank/internal/token"
)

var update = flag.Bool("update", false, "write golden files anew")

// house is a whole qbank on a database of its own, with the door open.
type house struct {
	*stack.Stack
	door   http.Handler
	signer token.Signer
	reads  *reads
	log    testWriter
	models []string // the read models, by name

	sessions *signin.Sessions
	previews *graphql.Previews
}

// patience is how long tests wait for what is bound to happen.
const patience = time.Minute

// reads counts the statements that the doors' reads send.
type reads struct{ n atomic.Int64 }

func (r *reads) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	if ctx.Value(watched{}) != nil {
		r.n.Add(1)
	}
	return ctx
}
func (*reads) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

type watched struct{}

func open(t testing.TB, change ...func(*stack.Options)) *house {
	t.Helper()
	config, err := pgxpool.ParseConfig(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	counting := &reads{}
	config.ConnConfig.Tracer, config.MaxConns = counting, 8
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	lines := testWriter{t, &transcript{}}
	log := slog.New(slog.NewTextHandler(lines, &slog.HandlerOptions{Level: slog.LevelWarn}))
	options := stack.Options{MaxWait: stacktest.MaxWait, Logger: log}
	for _, f := range change {
		f(&options)
	}
	st, err := stack.Open(t.Context(), pool, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	// Files without the importer that comes with them: tests look at jobs that nobody does.
	st.Library = library.New(st.Commands, st.Resources, st.Lessons, blob.Folder{Dir: t.TempDir()}, pool, library.Quota{}, func(ctx context.Context) error {
		head, err := st.Store.Head(ctx)
		if err != nil {
			return err
		}
		return st.Engine.Wait(ctx, library.Model, head)
	})
	t.Cleanup(pool.Close)
	stacktest.Run(t, st, st.Run)
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Stack: st, signer: token.Signer{Key: key}, reads: counting, log: lines, models: models(t, st)}
	verifier, err := token.NewVerifier(h.signer.Public(), nil)
	if err != nil {
		t.Fatal(err)
	}
	stage, err := preview.NewStage(st.Commands, st.Store.Head)
	if err != nil {
		t.Fatal(err)
	}
	h.previews = &graphql.Previews{Stage: stage, Tickets: preview.Tickets{Keys: preview.Key(key), Pool: pool}}
	keys, err := apikeys.New(st.Commands, pool, apikeys.Options{Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	h.sessions = &signin.Sessions{Pool: pool}
	door, err := (&graphql.Door{Stack: st, Tokens: verifier, RootOrg: "school", Previews: h.previews, Sessions: h.sessions, Keys: keys, Signer: func() token.Signer { return h.signer }}).Handler()
	if err != nil {
		t.Fatal(err)
	}
	h.door = (&signin.Gate{Sessions: h.sessions, Keys: keys, Roles: st.Commands}).Authors(door)
	return h
}

// models are the names of all read models.
func models(t testing.TB, st *stack.Stack) (names []string) {
	t.Helper()
	all, err := st.Engine.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, model := range all {
		names = append(names, model.Name)
	}
	return names
}

// settle waits until every read model has come to where the log is now.
func (h *house) settle(t testing.TB) {
	t.Helper()
	head, err := h.Store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(patience)
	for _, model := range h.models {
		err := h.Engine.Wait(t.Context(), model, head)
		for err != nil && time.Now().Before(deadline) {
			err = h.Engine.Wait(t.Context(), model, head)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// testWriter passes log lines on to a test, until somebody takes them.
type testWriter struct {
	t     testing.TB
	taken *transcript
}

// transcript is what was logged while somebody listened.
type transcript struct {
	sync.Mutex
	listening bool
	lines     []string
}

func (w testWriter) Write(b []byte) (int, error) {
	w.taken.Lock()
	defer w.taken.Unlock()
	if line := strings.TrimSpace(string(b)); w.taken.listening {
		w.taken.lines = append(w.taken.lines, line)
	} else {
		w.t.Log(line)
	}
	return len(b), nil
}

// caller is somebody with a token.
type caller struct {
	*house
	t     testing.TB
	token string
	actor access.Actor
}

// as makes a caller of a school, in the environment "test".
func (h *house) as(t testing.TB, role access.Role) caller { return h.from(t, "school", "test", role) }

func (h *house) from(t testing.TB, org, env string, roles ...access.Role) caller {
	t.Helper()
	return h.calling(t, access.Actor{ID: fmt.Sprintf("%s-%s", org, roles[0]), Roles: roles, Scope: access.Scope{Org: org, Environment: env}})
}

// named makes a caller of a school who is a certain person.
func (h *house) named(t testing.TB, person string, role access.Role) caller {
	t.Helper()
	return h.calling(t, access.Actor{ID: person, Roles: []access.Role{role}, Scope: access.Scope{Org: "school", Environment: "test"}})
}

func (h *house) calling(t testing.TB, actor access.Actor) caller {
	t.Helper()
	minted, err := h.signer.Mint(actor, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return caller{h, t, minted, actor}
}

type vars = map[string]any

// answer is what the door said.
type answer struct {
	t      testing.TB
	Data   any
	Errors []struct {
		Message    string
		Path       []any
		Extensions struct {
			Code     string
			Kind     string
			Problems []struct{ Pointer, Code, Message string }
			Details  map[string]any
		}
	}
	raw    string
	status int
	header http.Header
}

// say posts a document; headers come in pairs. A query sees all that was written before, as somebody does who comes a moment later; where it
// says at, that is for the door to see to.
func (c caller) say(document string, variables vars, headers ...string) answer {
	c.t.Helper()
	if _, at := variables["at"]; !at && !strings.HasPrefix(document, "mutation") {
		c.settle(c.t)
	}
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.post(body, headers...)
}

func (c caller) post(body []byte, headers ...string) answer {
	c.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.door.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), watched{}, true)))
	raw, err := io.ReadAll(w.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := answer{t: c.t, raw: string(raw), status: w.Code, header: w.Header()}
	if err := json.Unmarshal(raw, &a); err != nil {
		c.t.Fatalf("%v in %s", err, raw)
	}
	return a
}

// ask posts a document that must do without errors.
func (c caller) ask(document string, variables vars) answer {
	c.t.Helper()
	a := c.say(document, variables)
	if len(a.Errors) > 0 {
		c.t.Fatalf("%s\n%s", document, a.raw)
	}
	return a
}

// refused wants a code.
func (a answer) refused(code string) answer {
	a.t.Helper()
	if len(a.Errors) == 0 || a.Errors[0].Extensions.Code != code {
		a.t.Fatalf("want the refusal %s, got %s", code, a.raw)
	}
	return a
}

// at follows a path such as "question.history.nodes.0.kind".
func (a answer) at(path string) any {
	a.t.Helper()
	v := a.Data
	for _, step := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			next, there := x[step]
			if !there {
				a.t.Fatalf("no %s in %s", path, a.raw)
			}
			v = next
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(x) {
				a.t.Fatalf("no %s in %s", path, a.raw)
			}
			v = x[i]
		default:
			a.t.Fatalf("no %s in %s", path, a.raw)
		}
	}
	return v
}

func (a answer) text(path string) string {
	a.t.Helper()
	s, ok := a.at(path).(string)
	if !ok {
		a.t.Fatalf("%s is no text in %s", path, a.raw)
	}
	return s
}

func (a answer) number(path string) int {
	a.t.Helper()
	f, ok := a.at(path).(float64)
	if !ok {
		a.t.Fatalf("%s is no number in %s", path, a.raw)
	}
	return int(f)
}

func (a answer) list(path string) []any {
	a.t.Helper()
	l, ok := a.at(path).([]any)
	if !ok {
		a.t.Fatalf("%s is no list in %s", path, a.raw)
	}
	return l
}

// is compares what stands at paths, as JSON.
func (a answer) is(want map[string]any) answer {
	a.t.Helper()
	for path, w := range want {
		got, _ := json.Marshal(a.at(path))
		expected, _ := json.Marshal(w)
		if !bytes.Equal(got, expected) {
			a.t.Errorf("%s is %s, want %s", path, got, expected)
		}
	}
	return a
}

// golden compares with a file beside the test, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := name
	if filepath.Ext(name) != ".graphql" {
		path = filepath.Join("testdata", name)
	}
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is out of date; run go test ./graphql -update and look at the difference", path)
	}
}

// single is a valid content of single-choice@1.0.0 about 2+2, with the option of that number for its key.
func single(stem string, right int) vars {
	options := []any{}
	for i, text := range []string{"3", "4", "5"} {
		options = append(options, vars{"id": fmt.Sprintf("o%d", i), "text": plain(text)})
	}
	return vars{"stem": plain(stem), "options": options, "key": fmt.Sprintf("o%d", right)}
}

// essay is a valid content of essay@1.0.0.
func essay(stem string) vars { return vars{"stem": plain(stem)} }

func plain(text string) vars { return vars{"format": "plain", "text": text} }
