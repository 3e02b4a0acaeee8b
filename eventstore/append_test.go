package eventstore_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/fault"
	"qbank/eventstore"
	"qbank/internal/pgtest"
)

func TestAppendTellsWhatBecameOfEach(t *testing.T) {
	t.Parallel()
	store, _ := open(t, eventstore.Options{})
	old, other := to(newID(), 0, 3), to(newID(), 0, 1)
	mustAppend(t, store, old)
	mustAppend(t, store, other)
	again := func(a eventstore.Append, from, to int) eventstore.Append {
		return eventstore.Append{Stream: a.Stream, Expected: from, Events: a.Events[from:to]}
	}
	reversed := again(old, 1, 3)
	reversed.Events = []eventstore.Event{reversed.Events[1], reversed.Events[0]}
	fresh := newID()
	tests := []struct {
		name     string
		append   eventstore.Append
		status   eventstore.Status
		position int64
		version  int
	}{
		{"a new stream", to(fresh, 0, 2), eventstore.Stored, 6, 2},
		{"an old stream", to(other.Stream, 1, 1), eventstore.Stored, 7, 2},
		{"the same again", old, eventstore.StoredAlready, 3, 3},
		{"the end of the same again", again(old, 2, 3), eventstore.StoredAlready, 3, 3},
		{"the beginning of the same again", again(old, 0, 2), eventstore.StoredAlready, 2, 3},
		{"the same in another order", reversed, eventstore.Conflicted, 0, 3},
		{"somebody was faster", to(old.Stream, 2, 1), eventstore.Conflicted, 0, 3},
		{"the same and more", eventstore.Append{Stream: old.Stream, Events: slices.Concat(old.Events, events(1))}, eventstore.Conflicted, 0, 3},
		{"what exists already", to(old.Stream, 0, 1), eventstore.Conflicted, 0, 3},
		{"ahead of the stream", to(old.Stream, 4, 1), eventstore.Conflicted, 0, 3},
		{"ahead of a stream that does not exist", to(newID(), 1, 1), eventstore.Conflicted, 0, 0},
		{"empty", to(newID(), 0, 0), eventstore.Refused, 0, 0},
	}
	// One at a time, which is what the figures above assume.
	for _, tt := range tests {
		outcomes, err := store.Append(t.Context(), tt.append)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		o := outcomes[0]
		if o.Status != tt.status || o.Position != tt.position || o.Version != tt.version {
			t.Errorf("%s: got %v at %d, version %d; want %v at %d, version %d", tt.name, o.Status, o.Position, o.Version, tt.status, tt.position, tt.version)
		}
		var conflict *eventstore.ConflictError
		if errors.As(o.Err, &conflict) != (tt.status == eventstore.Conflicted) {
			t.Errorf("%s: error %v", tt.name, o.Err)
		}
		if conflict != nil && *conflict != (eventstore.ConflictError{Stream: tt.append.Stream, Expected: tt.append.Expected, Actual: tt.version}) {
			t.Errorf("%s: conflict %+v", tt.name, *conflict)
		}
		if conflict != nil && fault.Of(o.Err).Code != "stream.conflict" {
			t.Errorf("%s: doors see %v", tt.name, fault.Of(o.Err))
		}
	}
	checkLog(t, readLog(t, store))
}

func TestManyAppendsInOneCallStandForThemselves(t *testing.T) {
	t.Parallel()
	store, _ := open(t, eventstore.Options{})
	taken, twice := to(newID(), 0, 1), newID()
	mustAppend(t, store, taken)
	bad := to(newID(), 0, 2)
	bad.Events[1].Data = json.RawMessage(`{"text": "\u0000"}`)
	outcomes, err := store.Append(t.Context(),
		to(newID(), 0, 1), taken, to(taken.Stream, 0, 1), bad, to(twice, 0, 2), to(twice, 2, 1), to(twice, 9, 1), to(twice, 3, 1), to(newID(), 0, 5))
	if err != nil {
		t.Fatal(err)
	}
	want := []eventstore.Status{eventstore.Stored, eventstore.StoredAlready, eventstore.Conflicted, eventstore.Refused, eventstore.Stored,
		eventstore.Stored, eventstore.Conflicted, eventstore.Stored, eventstore.Stored}
	for i, o := range outcomes {
		if o.Status != want[i] {
			t.Errorf("append %d: got %v (%v), want %v", i, o.Status, o.Err, want[i])
		}
	}
	log := readLog(t, store)
	checkLog(t, log)
	if len(log) != 1+1+2+1+1+5 {
		t.Errorf("the log has %d events", len(log))
	}
	for i, o := range outcomes {
		if o.Status == eventstore.Stored && log[o.Position-1].Version != o.Version {
			t.Errorf("append %d: position %d has version %d, want %d", i, o.Position, log[o.Position-1].Version, o.Version)
		}
	}
}

func TestEverythingOfAnEventIsKept(t *testing.T) {
	t.Parallel()
	store, _ := open(t, eventstore.Options{})
	full := eventstore.Event{ID: newID(), Type: "题目.发布", SchemaVersion: 32767, Person: newID(),
		Data: json.RawMessage(" {\"b\": 1.10, \"a\": \"\\ud83d\\ude00 😀\", \"b\": 2}\n"), Meta: json.RawMessage(`{"actor": "wang"}`)}
	bare := eventstore.Event{ID: newID(), Type: "x", SchemaVersion: 1, Data: json.RawMessage(`null`)}
	stream, before := newID(), time.Now()
	mustAppend(t, store, eventstore.Append{Stream: stream, Events: []eventstore.Event{full, bare}})
	got, err := store.ReadStream(t.Context(), stream, eventstore.Range{})
	if err != nil || len(got) != 2 {
		t.Fatalf("got %d events, %v", len(got), err)
	}
	bare.Meta = json.RawMessage(`{}`)
	for i, want := range []eventstore.Event{full, bare} {
		g := got[i]
		if g.ID != want.ID || g.Type != want.Type || g.SchemaVersion != want.SchemaVersion || g.Person != want.Person ||
			!bytes.Equal(g.Data, want.Data) || !bytes.Equal(g.Meta, want.Meta) {
			t.Errorf("got %+v, want %+v", g.Event, want)
		}
		if g.Stream != stream || g.Version != i+1 || g.Position != int64(i+1) || g.Lane != 0 {
			t.Errorf("event %d stands at %+v", i, g)
		}
		if g.RecordedAt.Location() != time.UTC || g.RecordedAt.Before(before.Add(-time.Minute)) || g.RecordedAt.After(time.Now().Add(time.Minute)) {
			t.Errorf("recorded at %v", g.RecordedAt)
		}
	}
}

func TestALargeAppendIsATransactionOfItsOwn(t *testing.T) {
	t.Parallel()
	store, _ := open(t, eventstore.Options{MaxBatch: 10})
	appends := []eventstore.Append{to(newID(), 0, 4), to(newID(), 0, 4), to(newID(), 0, eventstore.MaxEvents), to(newID(), 0, 11), to(newID(), 0, 1)}
	outcomes := mustAppend(t, store, appends...)
	for i, o := range outcomes {
		if o.Version != len(appends[i].Events) {
			t.Errorf("append %d: version %d", i, o.Version)
		}
	}
	checkLog(t, readLog(t, store))
}

func TestACallerThatGivesUpDoesNotUndo(t *testing.T) {
	t.Parallel()
	store, pool := open(t, eventstore.Options{})
	a := to(newID(), 0, 2)
	release := holdLock(t, pool)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := store.Append(ctx, a); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	release()
	outcomes, err := store.Append(t.Context(), a)
	if err != nil || outcomes[0].Status != eventstore.StoredAlready {
		t.Fatalf("asked again: %v, %v", outcomes, err)
	}
	if log := readLog(t, store); len(log) != 2 {
		t.Errorf("the log has %d events", len(log))
	}
}

func TestCloseFinishesWhatWaits(t *testing.T) {
	t.Parallel()
	store, pool := open(t, eventstore.Options{})
	release := holdLock(t, pool)
	answers := make(chan error)
	for range 20 {
		go func() {
			_, err := store.Append(context.Background(), to(newID(), 0, 1))
			answers <- err
		}()
	}
	time.Sleep(50 * time.Millisecond)
	time.AfterFunc(50*time.Millisecond, release)
	store.Close()
	for range 20 {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	if _, err := store.Append(t.Context(), to(newID(), 0, 1)); !errors.Is(err, eventstore.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	store.Close()
}

// What the checks let through and PostgreSQL refuses after all must fail alone.
func TestABadAppendInAGroupFailsAlone(t *testing.T) {
	t.Parallel()
	store, pool := open(t, eventstore.Options{})
	_, err := pool.Exec(t.Context(), `
		create function choke() returns trigger language plpgsql as $$
		begin
			if new.data->>'poison' is not null then raise exception 'no' using errcode = 'data_exception'; end if;
			return new;
		end $$;
		create trigger choke before insert on events_lane_0 for each row execute function choke()`)
	if err != nil {
		t.Fatal(err)
	}
	appends := make([]eventstore.Append, 300)
	for i := range appends {
		appends[i] = to(newID(), 0, 2)
		if i%100 == 42 {
			appends[i].Events[1].Data = json.RawMessage(`{"poison": 1}`)
		}
	}
	outcomes, err := store.Append(t.Context(), appends...)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		want := eventstore.Stored
		if i%100 == 42 {
			want = eventstore.Refused
		}
		if o.Status != want {
			t.Errorf("append %d: %v, want %v", i, o.Status, want)
		}
	}
	log := readLog(t, store)
	checkLog(t, log)
	if len(log) != 2*297 {
		t.Errorf("the log has %d events", len(log))
	}
}

func TestADatabaseThatFailsForGoodSaysSo(t *testing.T) {
	t.Parallel()
	store, pool := open(t, eventstore.Options{})
	if _, err := pool.Exec(t.Context(), "alter table events rename to gone"); err != nil {
		t.Fatal(err)
	}
	outcomes, err := store.Append(t.Context(), to(newID(), 0, 1))
	if err == nil || fault.Of(err) != nil || outcomes[0].Status != 0 {
		t.Errorf("got %v, %v", outcomes, err)
	}
}

func TestOnlyReadCommittedAppends(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	if _, err := pool.Exec(t.Context(), `do $$ begin execute format('alter database %I set default_transaction_isolation = serializable', current_database()); end $$`); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, openOn(t, pool, eventstore.Options{}), to(newID(), 0, 1)) // the store asks for what it needs
	for _, level := range []pgx.TxIsoLevel{pgx.RepeatableRead, pgx.Serializable} {
		err := pgx.BeginTxFunc(t.Context(), pool, pgx.TxOptions{IsoLevel: level}, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), "select append_events(0::smallint, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')")
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "READ COMMITTED") {
			t.Errorf("%s: got %v", level, err)
		}
	}
}

func TestEventsAreNeverChanged(t *testing.T) {
	t.Parallel()
	store, pool := open(t, eventstore.Options{})
	mustAppend(t, store, to(newID(), 0, 1))
	for _, sql := range []string{"update events set data = '{}'", "delete from events", "truncate events", "delete from events_lane_0", "truncate events_lane_0"} {
		if _, err := pool.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "never changed") {
			t.Errorf("%s: got %v", sql, err)
		}
	}
}

func TestOpenNeedsAMigratedDatabase(t *testing.T) {
	t.Parallel()
	pool, err := newPool(t, pgtest.Empty(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := eventstore.Open(t.Context(), pool, eventstore.Options{}); !fault.Is(err, "database.not_migrated") {
		t.Errorf("got %v", err)
	}
}

func TestTheSameIDTwiceInAnAppend(t *testing.T) {
	t.Parallel()
	store, _ := open(t, eventstore.Options{})
	a := to(newID(), 0, 3)
	a.Events[2].ID = a.Events[0].ID
	outcomes, err := store.Append(t.Context(), a)
	if err != nil || outcomes[0].Status != eventstore.Refused || !fault.Is(outcomes[0].Err, "append.repeated_id") {
		t.Errorf("got %v, %v", outcomes, err)
	}
}

func TestBadAppendsAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	store, _ := open(t, eventstore.Options{})
	tests := []struct {
		code string
		harm func(*eventstore.Append)
	}{
		{"append.no_stream", func(a *eventstore.Append) { a.Stream = uuid.Nil }},
		{"append.bad_version", func(a *eventstore.Append) { a.Expected = -1 }},
		{"append.bad_version", func(a *eventstore.Append) { a.Expected = 1<<31 - 1 }},
		{"append.empty", func(a *eventstore.Append) { a.Events = nil }},
		{"append.too_many_events", func(a *eventstore.Append) { a.Events = events(eventstore.MaxEvents + 1) }},
		{"append.too_large", func(a *eventstore.Append) {
			a.Events[0].Data = json.RawMessage(`"` + strings.Repeat("x", eventstore.MaxBytes) + `"`)
		}},
		{"event.no_id", func(a *eventstore.Append) { a.Events[0].ID = uuid.Nil }},
		{"event.bad_type", func(a *eventstore.Append) { a.Events[0].Type = "" }},
		{"event.bad_type", func(a *eventstore.Append) { a.Events[0].Type = "a\x00b" }},
		{"event.bad_type", func(a *eventstore.Append) { a.Events[0].Type = "a\xff" }},
		{"event.bad_type", func(a *eventstore.Append) { a.Events[0].Type = strings.Repeat("x", 201) }},
		{"event.bad_schema_version", func(a *eventstore.Append) { a.Events[0].SchemaVersion = 0 }},
		{"event.bad_schema_version", func(a *eventstore.Append) { a.Events[0].SchemaVersion = 1 << 15 }},
		{"event.invalid_json", func(a *eventstore.Append) { a.Events[0].Data = nil }},
		{"event.invalid_json", func(a *eventstore.Append) { a.Events[0].Meta = json.RawMessage("{") }},
		{"event.invalid_utf8", func(a *eventstore.Append) { a.Events[0].Data = json.RawMessage("\"\xc3\"") }},
		{"event.nul", func(a *eventstore.Append) { a.Events[0].Data = json.RawMessage(`"a\u0000"`) }},
		{"event.lone_surrogate", func(a *eventstore.Append) { a.Events[0].Data = json.RawMessage(`"\ud800x"`) }},
		{"event.too_deep", func(a *eventstore.Append) {
			a.Events[0].Data = json.RawMessage(strings.Repeat("[", 600) + strings.Repeat("]", 600))
		}},
	}
	for _, tt := range tests {
		a := to(newID(), 0, 1)
		tt.harm(&a)
		outcomes, err := store.Append(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		if o := outcomes[0]; o.Status != eventstore.Refused || !fault.Is(o.Err, tt.code) {
			t.Errorf("got %v, %v, want %s", o.Status, o.Err, tt.code)
		} else if f := fault.Of(o.Err); f.Message.ZH == "" || strings.Contains(f.Message.ZH+f.Message.EN, "%!") {
			t.Errorf("%s: message %+v", tt.code, f.Message)
		}
	}
	if head, err := store.Head(t.Context()); err != nil || head != 0 {
		t.Errorf("head is %d, %v", head, err)
	}
}
