package items

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/attempt"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/scoring"
	"qbank/eventstore"
	"qbank/projections"
	"qbank/projections/projtest"
)

// BenchmarkCatchUp compares the projection with reading and decoding its events and nothing else. The log is the hard case: 1,600
// students answer 40 questions side by side, so that a batch holds three answers of each attempt. An operation is the whole log.
func BenchmarkCatchUp(b *testing.B) {
	log := projtest.NewLog(b, attempt.Events)
	events := fill(b, log, 1600, 40)
	each := func(b *testing.B, do func(batch []projections.Event)) {
		for after := int64(0); after < int64(events); {
			recorded, err := log.Store.ReadAll(b.Context(), after, 5_000)
			if err != nil {
				b.Fatal(err)
			}
			batch := make([]projections.Event, len(recorded))
			for i, r := range recorded {
				if batch[i], err = projections.Decode(log.Codec, r); err != nil {
					b.Fatal(err)
				}
			}
			do(batch)
			after += int64(len(recorded))
		}
	}
	b.Run("reading", func(b *testing.B) {
		for b.Loop() {
			each(b, func([]projections.Event) {})
		}
		b.ReportMetric(float64(events*b.N)/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("applying", func(b *testing.B) {
		for b.Loop() {
			schema := "bench_" + strings.ReplaceAll(uuid.NewString(), "-", "")
			apply(b, log, "create schema "+schema+"; set local search_path = "+schema+";"+New().Schema(), nil)
			each(b, func(batch []projections.Event) { apply(b, log, "set local search_path = "+schema, batch) })
		}
		b.ReportMetric(float64(events*b.N)/b.Elapsed().Seconds(), "events/s")
	})
}

func apply(b *testing.B, log *projtest.Log, sql string, batch []projections.Event) {
	tx, err := log.Pool.Begin(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(b.Context(), sql); err != nil {
		b.Fatal(err)
	}
	if batch != nil {
		if err := New().Apply(b.Context(), tx, batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// fill appends attempts and returns how many events there are.
func fill(b *testing.B, log *projtest.Log, students, questions int) (events int) {
	random := rand.New(rand.NewPCG(1, 2))
	streams := make([]uuid.UUID, students)
	versions := map[uuid.UUID]int{}
	put := func(e func(student int) event.Event) {
		var appends []eventstore.Append
		for student, id := range streams {
			fact := e(student)
			name, version, data, err := log.Codec.Encode(fact)
			if err != nil {
				b.Fatal(err)
			}
			meta, _ := json.Marshal(event.Meta{Actor: fmt.Sprint("student-", student), Org: "acme/math", Environment: "prod", Correlation: uuid.NewString(), At: 1_700_000_000_000_000})
			appends = append(appends, eventstore.Append{Stream: id, Expected: versions[id], Events: []eventstore.Event{
				{ID: uuid.New(), Type: name, SchemaVersion: version, Data: data, Meta: meta}}})
			versions[id]++
			events++
		}
		if _, err := log.Store.Append(b.Context(), appends...); err != nil {
			b.Fatal(err)
		}
	}
	for i := range streams {
		streams[i] = uuid.New()
	}
	put(func(student int) event.Event {
		s := attempt.Started{Environment: "prod", Org: "acme/math", Student: fmt.Sprint("student-", student),
			Lesson: projtest.StreamID("lesson"), Version: 1, Number: 1, Classes: []uuid.UUID{projtest.StreamID("class")}}
		for i := range questions {
			s.Items = append(s.Items, attempt.Item{Slot: lesson.Slot(fmt.Sprint("q", i)), Question: projtest.StreamID(fmt.Sprint("question ", i)), Version: 1,
				Public: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", Max: scoring.OneMark, Reason: "whole"})
		}
		return s
	})
	for i := range questions {
		put(func(student int) event.Event {
			a := attempt.Answered{Key: uuid.NewString(), Slot: lesson.Slot(fmt.Sprint("q", i)), Response: json.RawMessage(`{"choice":"opt-a"}`), Status: scoring.Scored,
				Parts: []scoring.Part{{Item: fmt.Sprint("opt-", random.IntN(4))}}, At: 1_700_000_000_000_000, ClientAt: 1_700_000_000_000_000}
			if a.Parts[0].Item == "opt-0" {
				a.Fraction, a.Mark, a.Parts[0].Right, a.Parts[0].Fraction = scoring.Full, scoring.OneMark, true, scoring.Full
			}
			return a
		})
	}
	put(func(int) event.Event { return attempt.Finished{} })
	return events
}
