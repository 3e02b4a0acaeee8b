package batch_test

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/batch"
	"qbank/domain/event"
	"qbank/domain/fault"
)

var started = batch.Started{Org: "acme", Format: "gift", File: "exam.gift", Hash: "00ff"}

func given(events ...event.Event) (b batch.Batch) {
	for _, e := range events {
		b = b.Apply(e)
	}
	return b
}

func items(from, to int) (list []batch.Item) {
	for i := from; i < to; i++ {
		list = append(list, batch.Item{Index: i, Status: batch.Created})
	}
	return list
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 2001)
	finished := given(started, batch.Finished{})
	refused := func(events []event.Event, err error) func(string) {
		return func(code string) {
			t.Helper()
			if !fault.Is(err, code) || events != nil {
				t.Errorf("got %v, %v, want %s", events, err, code)
			}
		}
	}
	refused(batch.Batch{}.Start(batch.Started{Format: ""}))("import.invalid")
	refused(batch.Batch{}.Start(batch.Started{Format: "gift", File: long}))("import.invalid")
	refused(batch.Batch{}.Start(batch.Started{Format: "gift", File: "a\x00"}))("import.invalid")
	refused(given(started).Start(batch.Started{Org: "acme", Format: "gift", Hash: "beef"}))("import.other_file")
	refused(batch.Batch{}.Report(items(0, 1)))("import.closed")
	refused(finished.Report(items(0, 1)))("import.closed")
	refused(batch.Batch{}.Finish())("import.closed")
	refused(batch.Batch{}.Undo(""))("import.not_found")
	refused(given(started).Undo(""))("import.running")
	refused(finished.Undo(long))("note.invalid")
}

func TestAnInterruptedImportGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	b := given(started, batch.Reported{Items: items(0, 3)})
	if events, err := b.Start(started); err != nil || events != nil || b.Next != 3 {
		t.Errorf("starting again came to %v, %v; next is %d", events, err, b.Next)
	}
	events, err := b.Report(items(1, 5))
	if err != nil || !reflect.DeepEqual(events, []event.Event{batch.Reported{Items: items(3, 5)}}) {
		t.Errorf("got %+v, %v", events, err)
	}
	if events, err := b.Report(items(0, 3)); err != nil || events != nil {
		t.Errorf("reporting again came to %v, %v", events, err)
	}
}

func TestDoingItTwiceIsDoingItOnce(t *testing.T) {
	t.Parallel()
	b := given(started, batch.Finished{})
	if events, err := b.Finish(); err != nil || events != nil {
		t.Errorf("finishing twice came to %v, %v", events, err)
	}
	events, err := b.Undo("wrong file")
	if err != nil || !reflect.DeepEqual(events, []event.Event{batch.Undone{Reason: "wrong file"}}) {
		t.Errorf("got %v, %v", events, err)
	}
	if events, err := b.Apply(events[0]).Undo("wrong file"); err != nil || events != nil {
		t.Errorf("undoing twice came to %v, %v", events, err)
	}
}

func TestTotalsAreThoseOfTheReports(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var reported []batch.Item
		b, codec := given(started), event.NewCodec(batch.Events)
		for range rapid.IntRange(0, 4).Draw(t, "chunks") {
			chunk := items(len(reported), len(reported)+rapid.IntRange(0, 3).Draw(t, "size"))
			for i := range chunk {
				chunk[i].Status = rapid.SampledFrom([]batch.Status{batch.Created, batch.Updated, batch.Unchanged, batch.Refused}).Draw(t, "status")
				chunk[i].Notes = make([]batch.Note, rapid.IntRange(0, 1).Draw(t, "notes"))
			}
			events, err := b.Report(chunk)
			if err != nil {
				t.Fatal(err)
			}
			b, reported = b.Apply(batch.Reported{Items: chunk}), append(reported, chunk...)
			if len(chunk) > 0 && len(events) != 1 {
				t.Fatalf("a chunk came to %d events", len(events))
			}
		}
		want, noted := map[batch.Status]int{}, 0
		for _, item := range reported {
			want[item.Status]++
			if item.Status != batch.Refused && len(item.Notes) > 0 {
				noted++
			}
		}
		events, err := b.Finish()
		if err != nil {
			t.Fatal(err)
		}
		name, version, data, err := codec.Encode(events[0])
		if err != nil {
			t.Fatal(err)
		}
		read, err := codec.Decode(name, version, data)
		if f, _ := read.(batch.Finished); err != nil || !maps.Equal(f.Totals, want) || f.Noted != noted {
			t.Fatalf("got %+v, %v, want %v and %d noted", read, err, want, noted)
		}
	})
}
