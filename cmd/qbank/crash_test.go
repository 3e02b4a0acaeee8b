package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/scoring"
	"qbank/internal/pgtest"
	"qbank/internal/stack"
)

// crashScope is where the clients of the crash test are.
var crashScope = access.Scope{Org: "school", Environment: "dev"}

// client is a student who keeps sending answers, each until it is acknowledged, whatever happens to the server.
type client struct {
	base, token string
	http        *http.Client
	total       *atomic.Int64 // acknowledged answers of all clients
	attempt     string
	sent        int      // answers, by keys k0, k1, …; the last one may be unacknowledged
	receipts    [][]byte // of k0, k1, …
}

// Crashes are survived under load: of the program alone, of PostgreSQL alone, and of everything at once.
func TestNoAcknowledgedAnswerIsLost(t *testing.T) {
	t.Parallel()
	data := filepath.Join(pgtest.Dir(t), "data")
	listen := freeAddress(t)
	start := func() *server { t.Helper(); s := serve(t, "--listen", listen, "--data-dir", data); return s }
	s := start()
	test, slots := publishLesson(t, beside(t, data), "crash")
	signer, err := Settings{DataDir: data}.signer()
	if err != nil {
		t.Fatal(err)
	}
	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	var load errgroup.Group
	var total atomic.Int64
	clients := make([]*client, 6)
	for i := range clients {
		actor := access.Actor{ID: fmt.Sprintf("student-%d", i), Roles: []access.Role{access.Student}, Scope: crashScope}
		token, err := signer.Mint(actor, time.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		clients[i] = &client{base: "http://" + listen, token: token, http: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}, total: &total}
		load.Go(func() error { return clients[i].answer(ctx, test, slots) })
	}
	progress := func() {
		t.Helper()
		from := total.Load()
		eventually(t, "answers are acknowledged again", func() bool { return total.Load() >= from+150 })
	}
	progress()
	s.stop(syscall.SIGKILL) // the program alone: PostgreSQL lives on, without a master
	s = start()
	progress()
	_ = syscall.Kill(postmaster(t, data), syscall.SIGKILL) // PostgreSQL alone: the program ends, and says why
	<-s.ended
	result{s.code, s.out.String(), s.err.String()}.refused(t, exitUnavailable, "postgres.ended")
	s = start()
	progress()
	_ = syscall.Kill(postmaster(t, data), syscall.SIGKILL) // everything
	s.stop(syscall.SIGKILL)
	start()
	progress()
	enough()
	if err := load.Wait(); err != nil {
		t.Fatal(err)
	}
	st := beside(t, data)
	for _, c := range clients {
		c.verify(t, st, slots)
	}
	t.Logf("%d answers were acknowledged", total.Load())
}

// answer starts an attempt and answers until ctx ends. A refusal that is not for now is an error.
func (c *client) answer(ctx context.Context, test uuid.UUID, slots []lesson.Slot) error {
	var started struct{ ID string }
	begun, err := c.untilDone(ctx, "/v1/attempts", map[string]any{"lesson": test})
	if err != nil || begun == nil {
		return err
	}
	if err := json.Unmarshal(begun, &started); err != nil {
		return err
	}
	for c.attempt = started.ID; ctx.Err() == nil && c.sent < attempt.MaxAnswers; {
		c.sent++
		receipt, err := c.untilDone(ctx, "/v1/attempts/"+c.attempt+"/answers", c.body(c.sent-1, slots))
		if err != nil {
			return err
		}
		if receipt != nil {
			c.receipts = append(c.receipts, receipt)
			c.total.Add(1)
		}
	}
	return nil
}

func (c *client) body(n int, slots []lesson.Slot) any {
	return map[string]any{"key": fmt.Sprintf("k%d", n), "slot": slots[n%len(slots)], "response": map[string]any{"choice": "abc"[n%3 : n%3+1]}}
}

// untilDone sends until the server has answered for good; nil where ctx ended before.
func (c *client) untilDone(ctx context.Context, path string, body any) ([]byte, error) {
	for ctx.Err() == nil {
		status, answer, err := c.post(ctx, path, body)
		switch {
		case err == nil && status < 300:
			return answer, nil
		case err == nil && status < 500 && !strings.Contains(string(answer), "lesson.not_live"): // a read model may be a moment behind
			return nil, fmt.Errorf("%s: %d %s", path, status, answer)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, nil
}

func (c *client) post(ctx context.Context, path string, body any) (int, []byte, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(encoded))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// verify looks into the log: what was acknowledged is there once, nothing is there that was not sent, and the same answer again gets the
// same bytes.
func (c *client) verify(t *testing.T, st *stack.Stack, slots []lesson.Slot) {
	t.Helper()
	streams, err := st.Store.ReadStreams(t.Context(), []uuid.UUID{uuid.MustParse(c.attempt)})
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]int{}
	for i, r := range streams[uuid.MustParse(c.attempt)] {
		if r.Version != i+1 {
			t.Errorf("attempt %s: version %d at place %d", c.attempt, r.Version, i+1)
		}
		e, err := st.Commands.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			t.Fatal(err)
		}
		if answered, ok := e.(attempt.Answered); ok {
			stored[answered.Key]++
		}
	}
	for n := range c.sent {
		key := fmt.Sprintf("k%d", n)
		if times := stored[key]; times > 1 || times == 0 && n < len(c.receipts) {
			t.Errorf("attempt %s: the answer %s is stored %d times", c.attempt, key, times)
		}
		delete(stored, key)
	}
	if len(stored) > 0 {
		t.Errorf("attempt %s: nobody sent %v", c.attempt, stored)
	}
	for n, receipt := range c.receipts {
		if n%7 != 0 && n < len(c.receipts)-20 { // those before the crashes, and the last ones
			continue
		}
		status, again, err := c.post(t.Context(), "/v1/attempts/"+c.attempt+"/answers", c.body(n, slots))
		if err != nil || status != http.StatusOK || !bytes.Equal(again, receipt) {
			t.Errorf("attempt %s: k%d again: %d %s (%v), at first %s", c.attempt, n, status, again, err, receipt)
		}
	}
}

// publishLesson makes a lesson of three single choices and releases it to the scope.
func publishLesson(t *testing.T, st *stack.Stack, title string) (uuid.UUID, []lesson.Slot) {
	t.Helper()
	actor := operator(crashScope.Org)
	do := func(c commands.Command) commands.Done {
		t.Helper()
		by := actor
		if _, approves := c.(commands.ApproveQuestion); approves {
			by.ID = "system:reviewer" // nobody approves their own work
		}
		done, err := st.Commands.Do(t.Context(), by, c)
		if err != nil {
			t.Fatalf("%T: %v", c, err)
		}
		return done
	}
	source := openGIFT(t, threeQuestions)
	plan := lesson.Plan{Title: title, Reveal: lesson.AfterFinish}
	var slots []lesson.Slot
	for i := range 3 {
		item, err := source.Next()
		if err != nil {
			t.Fatal(err)
		}
		id := do(commands.CreateQuestion{Type: item.Type, Content: item.Content}).ID
		done := do(commands.SubmitQuestion{Question: id, Revision: 1})
		states, err := st.Commands.States(t.Context(), []uuid.UUID{id})
		if err != nil {
			t.Fatal(err)
		}
		done = do(commands.ApproveQuestion{Question: id, Revision: done.Revision, Hash: states[id].Draft.Hash})
		do(commands.PublishQuestion{Question: id, Revision: done.Revision, Kind: question.Revision})
		slot := lesson.Slot(fmt.Sprintf("q%d", i+1))
		slots = append(slots, slot)
		plan.Items = append(plan.Items, lesson.Item{Slot: slot, Question: id, Version: 1, Max: scoring.OneMark})
	}
	created := do(commands.CreateLesson{Plan: plan})
	do(commands.PublishLesson{Lesson: created.ID, Revision: created.Revision})
	do(commands.ReleaseLesson{Environment: "dev", Lesson: created.ID})
	return created.ID, slots
}

// freeAddress is a loopback address to serve on more than once.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
