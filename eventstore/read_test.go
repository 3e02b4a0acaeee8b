package eventstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/eventstore"
)

func TestReadStreamPicksAPart(t *testing.T) {
	t.Parallel()
	store, _ := open(t, eventstore.Options{})
	stream := newID()
	mustAppend(t, store, to(stream, 0, 2))
	mustAppend(t, store, to(newID(), 0, 1))
	mustAppend(t, store, to(stream, 2, 3))
	all, err := store.ReadStream(t.Context(), stream, eventstore.Range{})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		r    eventstore.Range
		want []int
	}{
		{"all", eventstore.Range{}, []int{1, 2, 3, 4, 5}},
		{"from", eventstore.Range{From: 4}, []int{4, 5}},
		{"to", eventstore.Range{To: 2}, []int{1, 2}},
		{"from and to", eventstore.Range{From: 2, To: 4}, []int{2, 3, 4}},
		{"backwards", eventstore.Range{Backwards: true}, []int{5, 4, 3, 2, 1}},
		{"the last one", eventstore.Range{Backwards: true, Limit: 1}, []int{5}},
		{"the first two", eventstore.Range{Limit: 2}, []int{1, 2}},
		{"until the first append", eventstore.Range{Until: all[1].RecordedAt}, []int{1, 2}},
		{"just before the second", eventstore.Range{Until: all[2].RecordedAt.Add(-time.Microsecond)}, []int{1, 2}},
		{"until before everything", eventstore.Range{Until: all[0].RecordedAt.Add(-time.Microsecond)}, nil},
		{"backwards until, from 2", eventstore.Range{Until: all[1].RecordedAt, Backwards: true, From: 2}, []int{2}},
		{"beyond the end", eventstore.Range{From: 6}, nil},
	}
	for _, tt := range tests {
		got, err := store.ReadStream(t.Context(), stream, tt.r)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var versions []int
		for _, r := range got {
			versions = append(versions, r.Version)
		}
		if !slices.Equal(versions, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, versions, tt.want)
		}
	}
	if got, err := store.ReadStream(t.Context(), newID(), eventstore.Range{}); err != nil || len(got) != 0 {
		t.Errorf("a stream that does not exist: %v, %v", got, err)
	}
}

func TestReadStreamsReadsManyAtOnce(t *testing.T) {
	t.Parallel()
	store, _ := open(t, eventstore.Options{})
	var ids []uuid.UUID
	var appends []eventstore.Append
	for i := range 1500 { // more than one query's worth
		ids = append(ids, newID())
		appends = append(appends, to(ids[i], 0, 1+i%3))
	}
	mustAppend(t, store, appends...)
	got, err := store.ReadStreams(t.Context(), append(ids, newID(), ids[0]))
	if err != nil || len(got) != len(ids) {
		t.Fatalf("got %d streams, %v", len(got), err)
	}
	for _, a := range appends {
		read := got[a.Stream]
		if len(read) != len(a.Events) {
			t.Fatalf("stream %s: %d events, want %d", a.Stream, len(read), len(a.Events))
		}
		for i := range read {
			if read[i].ID != a.Events[i].ID || read[i].Version != i+1 {
				t.Fatalf("stream %s: event %d is %s, version %d", a.Stream, i, read[i].ID, read[i].Version)
			}
		}
	}
}

func TestReadAllAssertsThatNothingIsMissing(t *testing.T) {
	t.Parallel()
	store, pool := open(t, eventstore.Options{})
	if log, err := store.ReadAll(t.Context(), 0, 10); err != nil || len(log) != 0 {
		t.Errorf("an empty log: %v, %v", log, err)
	}
	mustAppend(t, store, to(newID(), 0, 6))
	if got, err := store.ReadAll(t.Context(), 2, 3); err != nil || len(got) != 3 || got[0].Position != 3 {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := store.ReadAll(t.Context(), 6, 3); err != nil || len(got) != 0 {
		t.Errorf("after the end: %v, %v", got, err)
	}
	if _, err := pool.Exec(t.Context(), `alter table events_lane_0 disable trigger all; delete from events_lane_0 where position = 4`); err != nil {
		t.Fatal(err)
	}
	for _, after := range []int64{2, 3} {
		var gap *eventstore.GapError
		if _, err := store.ReadAll(t.Context(), after, 10); !errors.As(err, &gap) || *gap != (eventstore.GapError{After: 3, Found: 5}) {
			t.Errorf("after %d: got %v", after, err)
		}
	}
	err := store.Follow(t.Context(), 0, func(context.Context, []eventstore.Recorded) error { return nil })
	if gap := (*eventstore.GapError)(nil); !errors.As(err, &gap) {
		t.Errorf("a follower of a damaged log: %v", err)
	}
}

func TestReadAllStopsWhenItHasMuch(t *testing.T) {
	t.Parallel()
	store, _ := open(t, eventstore.Options{})
	big := json.RawMessage(`"` + strings.Repeat("x", 15<<20) + `"`)
	for range 6 {
		a := to(newID(), 0, 1)
		a.Events[0].Data = big
		mustAppend(t, store, a)
	}
	got, err := store.ReadAll(t.Context(), 0, 100)
	if err != nil || len(got) == 0 || len(got) == 6 {
		t.Errorf("got %d events at once, %v", len(got), err)
	}
	if log := readLog(t, store); len(log) != 6 {
		t.Errorf("got %d events in all", len(log))
	}
}

func TestOldShapesAreUpcastWhenRead(t *testing.T) {
	t.Parallel()
	rename := func(to string, version int) eventstore.Upcaster {
		return func(e eventstore.Event) (eventstore.Event, error) {
			e.Type, e.SchemaVersion = to, version
			e.Data = json.RawMessage(`[` + string(e.Data) + `]`)
			return e, nil
		}
	}
	broken := errors.New("cannot")
	store, _ := open(t, eventstore.Options{Upcasters: map[eventstore.UpcastKey]eventstore.Upcaster{
		{Type: "a", SchemaVersion: 1}:      rename("a", 2),
		{Type: "a", SchemaVersion: 2}:      rename("b", 1),
		{Type: "circle", SchemaVersion: 1}: rename("circle", 1),
		{Type: "broken", SchemaVersion: 1}: func(e eventstore.Event) (eventstore.Event, error) { return e, broken },
	}})
	write := func(name string, version int) uuid.UUID {
		a := to(newID(), 0, 1)
		a.Events[0].Type, a.Events[0].SchemaVersion, a.Events[0].Data = name, version, json.RawMessage(`1`)
		mustAppend(t, store, a)
		return a.Stream
	}
	for _, tt := range []struct {
		stream uuid.UUID
		want   string
	}{
		{write("a", 1), "b 1 [[1]]"},
		{write("a", 2), "b 1 [1]"},
		{write("a", 3), "a 3 1"},
	} {
		got, err := store.ReadStream(t.Context(), tt.stream, eventstore.Range{})
		if err != nil {
			t.Fatal(err)
		}
		if s := got[0].Type + " " + string('0'+rune(got[0].SchemaVersion)) + " " + string(got[0].Data); s != tt.want {
			t.Errorf("got %s, want %s", s, tt.want)
		}
	}
	write("broken", 1)
	if _, err := store.ReadAll(t.Context(), 0, 10); !errors.Is(err, broken) || !strings.Contains(err.Error(), "position 4") {
		t.Errorf("got %v", err)
	}
	if _, err := store.ReadStream(t.Context(), write("circle", 1), eventstore.Range{}); err == nil {
		t.Error("a circle of upcasters came to an end")
	}
	err := store.Follow(t.Context(), 0, func(context.Context, []eventstore.Recorded) error { return nil })
	if !errors.Is(err, broken) {
		t.Errorf("a follower of what cannot be upcast: %v", err)
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	var rung []int64
	store, _ := open(t, eventstore.Options{Committers: 1, OnCommit: func(head int64) { rung = append(rung, head) }})
	heads := func() int64 {
		head, err := store.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return head
	}
	if h := heads(); h != 0 {
		t.Errorf("empty: %d", h)
	}
	a := to(newID(), 0, 2)
	mustAppend(t, store, a)
	if h := heads(); h != 2 {
		t.Errorf("got %d", h)
	}
	if _, err := store.Append(t.Context(), a); err != nil { // stored already: nothing to announce
		t.Fatal(err)
	}
	mustAppend(t, store, to(newID(), 0, 3))
	store.Close()
	if !slices.Equal(rung, []int64{2, 5}) {
		t.Errorf("the doorbell said %v", rung)
	}
}
