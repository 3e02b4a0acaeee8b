package jobs

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/internal/pgtest"
)

var wang = access.Actor{ID: "wang", Scope: access.Scope{Org: "acme/math"}}

type told struct{ Done int }

func queue(pool *pgxpool.Pool, do Kind) *Queue {
	return &Queue{Pool: pool, Kinds: map[string]Kind{"test": do}, Logger: slog.New(slog.DiscardHandler), Lease: 400 * time.Millisecond}
}

// run works until the test ends or stop is called.
func (q *Queue) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := q.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
	}()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

func add(t *testing.T, q *Queue, actor access.Actor) uuid.UUID {
	t.Helper()
	id := uuid.New()
	if err := q.Add(t.Context(), actor, id, "test", told{}); err != nil {
		t.Fatal(err)
	}
	return id
}

func await(t *testing.T, q *Queue, id uuid.UUID, state State) Job {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		job, err := q.Get(t.Context(), wang, id)
		if err != nil {
			t.Fatal(err)
		}
		if job.State == state {
			return job
		}
		if time.Now().After(deadline) {
			t.Fatalf("it is %+v, not %s", job, state)
		}
	}
}

func TestHowJobsEnd(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	for name, c := range map[string]struct {
		do    func() error
		state State
		error string
	}{
		"well":        {func() error { return nil }, Done, ""},
		"refused":     {func() error { return fault.Refuse(fault.Invalid, "file.bad", fault.Say("bad file", "文件错误")) }, Failed, "file.bad: bad file"},
		"by a defect": {func() error { return errors.New("password=secret") }, Failed, "internal error"},
		"by a panic":  {func() error { panic("secret") }, Failed, "internal error"},
	} {
		q := queue(pool, func(_ context.Context, _ Job, report func(any) error) error {
			if err := report(told{7}); err != nil {
				return err
			}
			return c.do()
		})
		id := add(t, q, wang)
		stop := q.run(t)
		job := await(t, q, id, c.state)
		stop()
		if job.Error != c.error || string(job.Progress) != `{"Done":7}` || job.CreatedBy != "wang" || job.Org != "acme/math" {
			t.Errorf("%s: %+v %s", name, job, job.Progress)
		}
	}
}

func TestWhoSeesAJob(t *testing.T) {
	t.Parallel()
	q := queue(pgtest.New(t), nil)
	id := add(t, q, wang)
	for org, sees := range map[string]bool{"acme/math": true, "acme": true, "acme/physics": false, "acme/mat": false, "": false} {
		_, err := q.Get(t.Context(), access.Actor{ID: "li", Scope: access.Scope{Org: org}}, id)
		if sees != (err == nil) || !sees && !fault.Is(err, "job.not_found") {
			t.Errorf("%q: %v", org, err)
		}
	}
	if _, err := q.Get(t.Context(), wang, uuid.New()); !fault.Is(err, "job.not_found") {
		t.Error(err)
	}
}

func TestAWorkerThatStopsGivesItsJobBack(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	begun := make(chan struct{}, 2)
	var runs atomic.Int32
	q := queue(pool, func(ctx context.Context, _ Job, _ func(any) error) error {
		begun <- struct{}{}
		if runs.Add(1) == 1 {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	})
	q.Lease = time.Hour // nobody waits for that
	id := add(t, q, wang)
	stop := q.run(t)
	<-begun
	stop()
	if job, err := q.Get(t.Context(), wang, id); err != nil || job.State != Queued {
		t.Fatalf("%+v, %v", job, err)
	}
	q.run(t)
	await(t, q, id, Done)
}

// A worker that hangs loses its job; what it says later does not count.
func TestAWorkerThatDoesNotSayThatItLivesLosesItsJob(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	var late error
	hung, go1 := make(chan struct{}), make(chan struct{})
	first := queue(pool, func(ctx context.Context, _ Job, report func(any) error) error {
		close(hung)
		<-go1
		late = report(told{1})
		return errors.New("too late")
	})
	id := add(t, first, wang)
	h, found, err := first.take(t.Context())
	if err != nil || !found {
		t.Fatal(found, err)
	}
	ended := make(chan struct{})
	go func() { // as do, but for the lease: this process has no time for it
		defer close(ended)
		first.finish(t.Context(), h, first.work(t.Context(), h))
	}()
	<-hung
	second := queue(pool, func(_ context.Context, _ Job, report func(any) error) error { return report(told{2}) })
	second.run(t)
	await(t, second, id, Done)
	close(go1)
	<-ended
	if job := await(t, second, id, Done); job.Error != "" || string(job.Progress) != `{"Done":2}` || !errors.Is(late, errLost) {
		t.Errorf("%+v %s, %v", job, job.Progress, late)
	}
}

func TestAJobThatTakesLongerThanALeaseIsKept(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	var runs atomic.Int32
	q := queue(pool, func(ctx context.Context, _ Job, report func(any) error) error {
		runs.Add(1)
		for n := range 10 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(150 * time.Millisecond):
			}
			if err := report(told{n}); err != nil {
				return err
			}
		}
		return nil
	})
	q.Lease = time.Second
	id := add(t, q, wang)
	q.run(t)
	other := *q
	(&other).run(t)
	await(t, q, id, Done)
	if runs.Load() != 1 {
		t.Errorf("it ran %d times", runs.Load())
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	q := queue(pgtest.New(t), nil)
	id := add(t, q, wang)
	if err := q.Add(t.Context(), wang, id, "test", told{9}); err != nil {
		t.Errorf("added again: %v", err)
	}
	if err := q.Add(t.Context(), wang, uuid.New(), "other", nil); err == nil || !strings.Contains(err.Error(), "other") {
		t.Error(err)
	}
	for range maxWaiting - 1 {
		add(t, q, wang)
	}
	if err := q.Add(t.Context(), wang, uuid.New(), "test", nil); !fault.Is(err, "job.too_many") {
		t.Error(err)
	}
	add(t, q, access.Actor{ID: "li", Scope: access.Scope{Org: "other"}})
	foreign := queue(q.Pool, nil)
	foreign.Kinds = map[string]Kind{"else": nil}
	if _, found, err := foreign.take(t.Context()); found || err != nil {
		t.Errorf("a job of a kind that it cannot do: %v %v", found, err)
	}
}

// What is told of work that somebody else does can be seen and watched, and nobody takes it.
func TestToldWorkIsSeenAndNotTaken(t *testing.T) {
	t.Parallel()
	taken := make(chan uuid.UUID, 1)
	q := queue(pgtest.New(t), func(_ context.Context, job Job, _ func(any) error) error {
		taken <- job.ID
		return nil
	})
	id := uuid.New()
	tell := func(state State, progress string) string {
		t.Helper()
		if err := q.Tell(t.Context(), Job{ID: id, Kind: "elsewhere", State: state, Progress: []byte(progress), Org: "acme"}); err != nil {
			t.Fatal(err)
		}
		states, err := q.States(t.Context(), []uuid.UUID{id})
		if err != nil {
			t.Fatal(err)
		}
		return states[id]
	}
	if first, second := tell(Running, `{"Done": 1}`), tell(Running, `{"Done": 2}`); first == second {
		t.Error("a watcher would not see that it has gone on")
	}
	q.run(t)
	other := add(t, q, wang)
	if got := <-taken; got != other {
		t.Errorf("%s was taken", got)
	}
	tell(Done, `{"Done": 3}`)
	if told, err := q.Told(t.Context(), "elsewhere", []uuid.UUID{id, other}); err != nil || len(told) != 1 || told[id].State != Done || string(told[id].Progress) != `{"Done": 3}` {
		t.Errorf("told %+v, %v", told, err)
	}
	if err := q.Tell(t.Context(), Job{ID: other, Kind: "elsewhere", State: Failed, Progress: []byte(`{}`)}); err != nil {
		t.Fatal(err)
	}
	if job, err := q.Get(t.Context(), wang, other); err != nil || job.State == Failed {
		t.Errorf("a job was told over: %+v, %v", job, err)
	}
}
