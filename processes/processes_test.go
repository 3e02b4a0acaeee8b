package processes_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/eventstore"
	"qbank/internal/checkpoint"
	"qbank/processes"
	"qbank/projections/projtest"
)

type asked struct {
	N int `json:"n"`
}

func (asked) Name() string { return "toy.asked" }

type answered struct {
	To int64  `json:"to"`
	By string `json:"by"`
}

func (answered) Name() string { return "toy.answered" }

var toys = []event.Definition{event.Define[asked](), event.Define[answered]()}

// oracle answers each question with an event in a stream of its own, and remembers in which order it was asked.
type oracle struct {
	name  string
	store *eventstore.Store
	codec *event.Codec

	mu     sync.Mutex
	heard  []int64 // positions, repetitions included
	refuse func(processes.Event) error
}

func newOracle(log *projtest.Log, name string) *oracle {
	return &oracle{name: name, store: log.Store, codec: log.Codec}
}

func (o *oracle) Name() string     { return o.name }
func (o *oracle) Events() []string { return []string{"toy.asked"} }

func (o *oracle) Handle(ctx context.Context, e processes.Event) error {
	o.mu.Lock()
	o.heard = append(o.heard, e.Position)
	refuse := o.refuse
	o.mu.Unlock()
	if refuse != nil {
		if err := refuse(e); err != nil {
			return err
		}
	}
	name, version, data, err := o.codec.Encode(answered{e.Position, o.name})
	if err != nil {
		return err
	}
	id := processes.CommandID(o.name, e.ID, 0)
	outcomes, err := o.store.Append(ctx, eventstore.Append{Stream: id, Events: []eventstore.Event{{ID: id, Type: name, SchemaVersion: version, Data: data}}})
	if err != nil {
		return err
	}
	return outcomes[0].Err
}

func (o *oracle) refuses(f func(processes.Event) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.refuse = f
}

func (o *oracle) times() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.heard)
}

// firsts are the positions in the order in which they were first heard.
func (o *oracle) firsts() (list []int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.heard {
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

var quick = processes.Options{Tick: 20 * time.Millisecond, Retries: 1, Patience: 2, Longest: 50 * time.Millisecond}

func start(t testing.TB, log *projtest.Log, from processes.Start, ps ...processes.Process) (*processes.Router, func()) {
	t.Helper()
	o := quick
	o.Logger = slog.New(slog.DiscardHandler)
	router, err := processes.New(log.Pool, log.Store, log.Codec, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range ps {
		router.Add(p, from)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := router.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	}()
	stop := sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(stop)
	return router, stop
}

func ask(log *projtest.Log, n int) (positions []int64) {
	stream := uuid.NewString()
	for i := range n {
		positions = append(positions, log.Append(projtest.In(stream, asked{i})))
	}
	return positions
}

func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// answers counts an oracle's answers in the log to each position.
func answers(t testing.TB, log *projtest.Log, o *oracle) map[int64]int {
	t.Helper()
	counts := map[int64]int{}
	for after := int64(0); ; {
		list, err := log.Store.ReadAll(t.Context(), after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			return counts
		}
		for _, r := range list {
			after = r.Position
			if e, err := log.Codec.Decode(r.Type, r.SchemaVersion, r.Data); err != nil {
				t.Fatal(err)
			} else if a, ok := e.(answered); ok && a.By == o.name {
				counts[a.To]++
			}
		}
	}
}

func status(t testing.TB, r *processes.Router, name string) processes.Status {
	t.Helper()
	list, err := r.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Name == name {
			return s
		}
	}
	return processes.Status{}
}

func TestEachEventIsAnsweredOnceInOrder(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toys)
	want := ask(log, 30)
	o := newOracle(log, "oracle")
	router, _ := start(t, log, processes.FromBeginning, o)
	want = append(want, ask(log, 30)...)
	router.Wake(want[len(want)-1])
	eventually(t, "all are answered", func() bool { return len(answers(t, log, o)) == len(want) })
	if got := o.firsts(); !slices.Equal(got, want) {
		t.Errorf("heard %v, asked %v", got, want)
	}
	eventually(t, "the checkpoint is at the head", func() bool {
		s := status(t, router, "oracle")
		return s.Position == s.Head && s.Head >= int64(2*len(want))
	})
}

// The law of processes: however programs die, and however many run, each event is answered once.
func TestEachEventIsAnsweredOnceHoweverProgramsDie(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toys)
	nth := 0
	rapid.Check(t, func(rt *rapid.T) {
		if nth++; nth > 5 {
			return
		}
		want := ask(log, 40)
		o := newOracle(log, fmt.Sprint("oracle_", nth))
		o.refuses(func(e processes.Event) error {
			if rand := e.ID[15] + byte(o.times()); rand%5 == 0 {
				return errors.New("not now")
			}
			return nil
		})
		for _, ms := range rapid.SliceOfN(rapid.IntRange(0, 40), 1, 5).Draw(rt, "milliseconds until one program dies") {
			_, killOne := start(t, log, processes.FromBeginning, o)
			_, killTwo := start(t, log, processes.FromBeginning, o)
			time.Sleep(time.Duration(ms) * time.Millisecond)
			killOne()
			killTwo()
		}
		o.refuses(nil)
		_, stop := start(t, log, processes.FromBeginning, o)
		eventually(t, "all are answered", func() bool { return answers(t, log, o)[want[len(want)-1]] == 1 })
		stop()
		got := answers(t, log, o)
		for _, p := range want {
			if got[p] != 1 {
				rt.Fatalf("position %d was answered %d times", p, got[p])
			}
		}
		firsts := o.firsts()
		if !slices.IsSorted(firsts) {
			rt.Fatalf("heard out of order: %v", firsts)
		}
	})
}

func TestAProcessBeginsWhereItIsTold(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toys)
	ask(log, 5)
	o := newOracle(log, "oracle")
	router, stop := start(t, log, processes.FromHead, o)
	eventually(t, "it has a checkpoint", func() bool { return status(t, router, "oracle").Name != "" })
	stop()
	want := ask(log, 5) // while nobody runs
	start(t, log, processes.FromHead, o)
	eventually(t, "what came later is answered", func() bool { return len(answers(t, log, o)) == 5 })
	if got := o.firsts(); !slices.Equal(got, want) {
		t.Errorf("heard %v, want %v", got, want)
	}
}

func TestAProcessStaysOnAnEventThatItRefuses(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, toys)
	p := ask(log, 6)
	o := newOracle(log, "oracle")
	o.refuses(func(e processes.Event) error {
		switch e.Position {
		case p[2]:
			return errors.New("the oracle is hoarse")
		case p[4]:
			panic("the oracle fainted")
		}
		return nil
	})
	router, _ := start(t, log, processes.FromBeginning, o)
	parkedAt := func(at int64) func() bool {
		return func() bool {
			s := status(t, router, "oracle")
			return s.State == processes.Parked && s.Failure.Position == at && s.Position == at-1
		}
	}
	eventually(t, "it is parked", parkedAt(p[2]))
	if s := status(t, router, "oracle"); s.Failure.Error != "the oracle is hoarse" {
		t.Errorf("the failure is %+v", s.Failure)
	}
	before := o.times()
	eventually(t, "it tries again by itself", func() bool { return o.times() > before+2 })
	if err := checkpoint.Skip(t.Context(), log.Pool, "oracle", p[3], "wang", "hoarse"); !fault.Is(err, "checkpoint.parked_elsewhere") {
		t.Errorf("skip of another event: %v", err)
	}
	if err := checkpoint.Skip(t.Context(), log.Pool, "oracle", p[2], "wang", "hoarse"); err != nil {
		t.Fatal(err)
	}

	eventually(t, "it is parked again", parkedAt(p[4]))
	o.refuses(nil)
	if err := checkpoint.Retry(t.Context(), log.Pool, "oracle"); err != nil && !fault.Is(err, "checkpoint.not_parked") { // or it was faster
		t.Fatal(err)
	}
	eventually(t, "it goes on", func() bool { return len(answers(t, log, o)) == 5 })
	eventually(t, "it runs", func() bool { return status(t, router, "oracle").State == processes.Running })
	if got := answers(t, log, o); got[p[2]] != 0 || got[p[4]] != 1 || got[p[5]] != 1 {
		t.Errorf("answers: %v", got)
	}
	if got := o.firsts(); !slices.Equal(got, p) {
		t.Errorf("heard %v, want %v", got, p)
	}
}

func TestIdsOfCommandsAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	e, other := uuid.New(), uuid.New()
	id := processes.CommandID("guard", e, 0)
	if id != processes.CommandID("guard", e, 0) || id.Version() != 5 {
		t.Errorf("%s is not stable or not a version 5", id)
	}
	seen := map[uuid.UUID]bool{id: true}
	for _, another := range []uuid.UUID{processes.CommandID("guard", e, 1), processes.CommandID("guard", other, 0), processes.CommandID("regrade", e, 0)} {
		if seen[another] {
			t.Errorf("%s twice", another)
		}
		seen[another] = true
	}
}
