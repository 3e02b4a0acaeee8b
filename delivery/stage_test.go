package delivery_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/scoring"
	"qbank/internal/pgtest"
	"qbank/internal/stack"
	"qbank/internal/stack/stacktest"
	"qbank/internal/token"
)

// node is one process of qbank: a stack on a database, and the student door.
type node struct {
	*stack.Stack
	door     http.Handler
	open     *delivery.Door
	signer   token.Signer
	releases int
	t        testing.TB
}

// quiet drops logs: refusals are what these tests are about.
var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// fixed is what a node is given instead of clock and chance, where responses are compared byte for byte.
type fixed struct {
	now  time.Time
	seed uint64
	mu   sync.Mutex
}

func (f *fixed) time() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// pass lets time pass.
func (f *fixed) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// newNode opens qbank on a database of its own.
func newNode(t testing.TB) *node { return startNode(t, pgtest.New(t), nil) }

// freshNode is newNode with a clock and a seed of the test's.
func freshNode(t testing.TB, f *fixed) *node { return startNode(t, pgtest.New(t), f) }

// startNode opens a process on a database, which may have others.
func startNode(t testing.TB, pool *pgxpool.Pool, f *fixed) *node {
	t.Helper()
	n := openNode(t, pool, f)
	n.run()
	return n
}

// openNode is a process that answers and does nothing else yet: see run.
func openNode(t testing.TB, pool *pgxpool.Pool, f *fixed) *node {
	t.Helper()
	s, err := stack.Open(context.Background(), pool, stack.Options{MaxWait: stacktest.MaxWait, Logger: quiet, Files: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{Stack: s, t: t, signer: token.Signer{Key: ed25519.NewKeyFromSeed([]byte("a key for tests, of 32 bytes....")[:32])}}
	verifier, err := token.NewRingVerifier(oneKey(n.signer.Public()), nil, token.Students, token.Pseudo)
	if err != nil {
		t.Fatal(err)
	}
	n.open = &delivery.Door{Bus: s.Commands, Tokens: verifier, Views: s.Delivery, Notices: s.Notices, Ledger: s.Ledger, Devices: s.Devices, Looks: s.Pseudo, TellLooks: true, Audit: s.Audit, Files: s.Library, Seed: rand.Uint64, Now: time.Now, Logger: quiet, Ready: s.Serves, Observations: s.Recorder}
	if f != nil {
		s.Commands.Now, n.open.Now, n.open.Seed = f.time, f.time, func() uint64 { return f.seed }
	}
	if n.door, err = n.open.Handler(); err != nil {
		t.Fatal(err)
	}
	return n
}

// run keeps the node going until the test ends, and returns when its read models can be asked.
func (n *node) run() { stacktest.Run(n.t, n.Stack, n.Run) }

// oneKey is a ring of one key.
type oneKey ed25519.PublicKey

func (k oneKey) Find(string) (ed25519.PublicKey, time.Time, bool) {
	return ed25519.PublicKey(k), time.Time{}, true
}
func (oneKey) Generation() uint64 { return 0 }

const (
	school = "school"
	env    = "dev"
)

// as is an actor with roles, in the school's organisation.
func as(id string, roles ...access.Role) access.Actor {
	return access.Actor{ID: id, Roles: roles, Scope: access.Scope{Org: school, Environment: env}}
}

var (
	author   = as("author", access.Author)
	reviewer = as("reviewer", access.Reviewer)
	releaser = as("releaser", access.Releaser)
	teacher  = as("teacher", access.Teacher)
)

// do carries out a command that must succeed.
func (n *node) do(actor access.Actor, c commands.Command, options ...commands.Option) commands.Done {
	n.t.Helper()
	done, err := n.Commands.Do(context.Background(), actor, c, options...)
	if err != nil {
		n.t.Fatalf("%T: %v", c, err)
	}
	return done
}

// publish writes a question through its whole life and returns its id.
func (n *node) publish(id question.ID, typ qtype.Ref, doc any) question.ID {
	n.t.Helper()
	if id == uuid.Nil {
		id = uuid.New()
	}
	n.do(author, commands.CreateQuestion{ID: id, Type: typ, Content: doc})
	n.approve(id, doc, question.Revision)
	return id
}

// correct publishes another version.
func (n *node) correct(id question.ID, doc any, kind question.Kind) {
	n.t.Helper()
	n.do(author, commands.EditQuestion{Question: id, Revision: n.revision(id), Content: doc})
	n.approve(id, doc, kind)
}

func (n *node) revision(id question.ID) int {
	n.t.Helper()
	var last int
	err := n.Pool.QueryRow(context.Background(), `select max(version) from events where stream_id = $1`, id).Scan(&last)
	if err != nil {
		n.t.Fatal(err)
	}
	return last
}

func (n *node) approve(id question.ID, doc any, kind question.Kind) {
	n.t.Helper()
	n.do(author, commands.SubmitQuestion{Question: id, Revision: commands.Anything})
	n.do(reviewer, commands.ApproveQuestion{Question: id, Revision: commands.Anything, Hash: content.HashOf(doc)})
	n.do(releaser, commands.PublishQuestion{Question: id, Revision: commands.Anything, Kind: kind})
}

// release makes a lesson of the plan and releases it to environments.
func (n *node) release(id lesson.ID, plan lesson.Plan, environments ...environment.Name) lesson.ID {
	n.t.Helper()
	if id == uuid.Nil {
		id = uuid.New()
	}
	if plan.Title == "" {
		plan.Title = "A lesson"
	}
	if len(environments) == 0 {
		environments = []environment.Name{env}
	}
	n.do(author, commands.CreateLesson{ID: id, Plan: plan})
	n.do(releaser, commands.PublishLesson{Lesson: id, Revision: commands.Anything})
	for _, e := range environments {
		n.releaseTo(e, id)
	}
	return id
}

func (n *node) releaseTo(e environment.Name, id lesson.ID) {
	n.t.Helper()
	n.releases++
	release := uuid.NewSHA1(id, fmt.Append(nil, e, n.releases))
	n.wait(n.do(releaser, commands.ReleaseLesson{Environment: e, Lesson: id}, commands.As(release)))
}

// wait returns when the delivery read model has seen a command's events.
func (n *node) wait(done commands.Done) {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		if position, err := n.Engine.Position(ctx, "delivery"); err == nil && position >= done.Position {
			return
		}
		select {
		case <-ctx.Done():
			n.t.Fatalf("the read model does not reach %d", done.Position)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func text(s string) map[string]any { return map[string]any{"format": "plain", "text": s} }

var (
	choiceType = qtype.Ref{ID: "single-choice", Version: "1.0.0"}
	essayType  = qtype.Ref{ID: "essay", Version: "1.0.0"}
)

// choice is a question of four options; the key is one of a, b, c, d.
func choice(stem, key string) any {
	options := []any{}
	for _, id := range []string{"a", "b", "c", "d"} {
		options = append(options, map[string]any{"id": id, "text": text("option " + id), "feedback": text("feedback for " + id)})
	}
	return map[string]any{"stem": text(stem), "options": options, "shuffle": true, "key": key}
}

func essay(stem string) any {
	return map[string]any{"stem": text(stem), "sample": text("a secret sample")}
}

// scene is the usual lesson: two choices of two marks each and an essay of six.
type scene struct {
	*node
	first, second, third question.ID
	lesson               lesson.ID
}

func newScene(t testing.TB, change ...func(*lesson.Plan)) *scene {
	t.Helper()
	return newNode(t).scene(change...)
}

// scene sets the usual scene.
func (n *node) scene(change ...func(*lesson.Plan)) *scene {
	s := &scene{node: n}
	s.first = s.publish(uuid.Nil, choiceType, choice("2+2?", "b"))
	s.second = s.publish(uuid.Nil, choiceType, choice("2+3?", "c"))
	s.third = s.publish(uuid.Nil, essayType, essay("Why?"))
	s.lesson = s.release(uuid.Nil, s.plan(change...))
	return s
}

func (s *scene) plan(change ...func(*lesson.Plan)) lesson.Plan {
	plan := lesson.Plan{Title: "Sums", Reveal: lesson.AfterFinish, Shuffle: true, Items: []lesson.Item{
		{Slot: "q1", Question: s.first, Max: 2 * scoring.OneMark}, {Slot: "q2", Question: s.second, Max: 2 * scoring.OneMark},
		{Slot: "q3", Question: s.third, Max: 6 * scoring.OneMark},
	}}
	for _, f := range change {
		f(&plan)
	}
	return plan
}

// client is a student's device.
type client struct {
	n       *node
	t       testing.TB
	token   string
	subject string   // of the token
	headers []string // name, value, ...
}

// reply is what a client got.
type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

func (n *node) mint(actor access.Actor) string {
	n.t.Helper()
	minted, err := n.signer.Mint(actor, time.Now(), time.Hour)
	if err != nil {
		n.t.Fatal(err)
	}
	return minted
}

func (n *node) student(id string) client { return n.client(as(id, access.Student)) }

func (n *node) client(actor access.Actor) client {
	return client{n: n, t: n.t, token: n.mint(actor), subject: actor.ID}
}

// with is the client sending further headers.
func (c client) with(headers ...string) client {
	c.headers = append(c.headers[:len(c.headers):len(c.headers)], headers...)
	return c
}

func (c client) get(path string) reply { return c.send(http.MethodGet, path, nil) }

// post sends JSON: bytes and strings as they are, other values encoded.
func (c client) post(path string, value any) reply {
	c.t.Helper()
	var text []byte
	switch v := value.(type) {
	case nil:
	case []byte:
		text = v
	case string:
		text = []byte(v)
	default:
		var err error
		if text, err = json.Marshal(v); err != nil {
			c.t.Fatal(err)
		}
	}
	return c.send(http.MethodPost, path, text)
}

func (c client) send(method, path string, body []byte) reply {
	c.t.Helper()
	request := httptest.NewRequest(method, path, bytes.NewReader(body))
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i < len(c.headers); i += 2 {
		request.Header.Set(c.headers[i], c.headers[i+1])
	}
	recorder := httptest.NewRecorder()
	c.n.door.ServeHTTP(recorder, request)
	r := reply{t: c.t, status: recorder.Code, header: recorder.Result().Header, body: recorder.Body.Bytes()}
	if err := contractOf(c.t).check(method, path, r); err != nil {
		c.t.Errorf("%s %s: %v", method, path, err)
	}
	return r
}

func (r reply) problem() (p delivery.Problem) {
	if strings.HasPrefix(r.header.Get("Content-Type"), "application/problem+json") {
		_ = json.Unmarshal(r.body, &p) // what is no problem has no code
	}
	return p
}

// plain is the body as it was before it was compressed.
func (r reply) plain() ([]byte, error) {
	if r.header.Get("Content-Encoding") != "gzip" {
		return r.body, nil
	}
	unzipper, err := gzip.NewReader(bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unzipper)
}

// is expects a success.
func (r reply) is(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%d %s, want %d", r.status, r.body, status)
	}
	return r
}

// refused expects a problem.
func (r reply) refused(status int, code string) delivery.Problem {
	r.t.Helper()
	p := r.problem()
	if r.status != status || p.Code != code {
		r.t.Fatalf("%d %s, want %d %s", r.status, r.body, status, code)
	}
	return p
}

func decode[T any](r reply) (v T) {
	r.t.Helper()
	if err := json.Unmarshal(r.body, &v); err != nil {
		r.t.Fatalf("%v: %s", err, r.body)
	}
	return v
}

// start starts or resumes and returns the attempt.
func (c client) start(id lesson.ID) delivery.Attempt {
	c.t.Helper()
	r := c.post("/v1/attempts", map[string]any{"lesson": id})
	if r.status != http.StatusCreated {
		r.is(http.StatusOK)
	}
	return decode[delivery.Attempt](r)
}

// answer answers one question.
func (c client) answer(attempt uuid.UUID, key, slot string, response any) reply {
	c.t.Helper()
	return c.post(path(attempt, "answers"), map[string]any{"key": key, "slot": slot, "response": response})
}

func (c client) finish(attempt uuid.UUID) reply { return c.post(path(attempt, "finish"), nil) }

func (c client) result(attempt uuid.UUID) reply { return c.get(path(attempt, "result")) }

func path(attempt uuid.UUID, below string) string {
	return strings.TrimSuffix(fmt.Sprintf("/v1/attempts/%s/%s", attempt, below), "/")
}

func pick(option string) map[string]any { return map[string]any{"choice": option} }
