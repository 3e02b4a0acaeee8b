package catalog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/eventstore"
	"qbank/projections"
	"qbank/projections/catalog"
	"qbank/projections/projtest"
	"qbank/projections/read"
)

// vocabulary is words of one to three characters; the first are the most frequent.
var vocabulary = sync.OnceValue(func() []string {
	r := rand.New(rand.NewPCG(3, 4))
	words := make([]string, 8000)
	for i := range words {
		word := make([]rune, 1+i%2+i%3/2)
		for j := range word {
			word[j] = rune(0x4e00 + r.IntN(2500))
		}
		words[i] = string(word)
	}
	return words
})

// prose is running text of so many words, with the frequencies of a natural language.
func prose(r *rand.Rand, words int) string {
	var b strings.Builder
	frequency := rand.NewZipf(r, 1.1, 8, uint64(len(vocabulary())-1))
	for i := range words {
		b.WriteString(vocabulary()[frequency.Uint64()])
		if i%7 == 6 {
			b.WriteString("，")
		}
	}
	return b.String()
}

func exam(r *rand.Rand) any {
	text := func(length int) any { return map[string]any{"format": "plain", "text": prose(r, length)} }
	var options []any
	for _, id := range []string{"a", "b", "c", "d"} {
		options = append(options, map[string]any{"id": id, "text": text(7)})
	}
	return map[string]any{"stem": text(50), "options": options, "key": "b", "explanation": text(45)}
}

func filed(r *rand.Rand) question.Metadata {
	pick := func(name string, of int) string { return fmt.Sprint(name, r.IntN(of)) }
	return question.Metadata{
		Subject: pick("学科", 9), Stage: pick("学段", 3), Grade: pick("年级", 12), Chapter: pick("章节/", 400), Source: pick("来源", 150), Category: pick("类别", 40),
		Difficulty: pick("难度", 3), Tags: []string{pick("tag", 500), pick("label", 30)}, Points: []string{pick("point", 3000)},
	}
}

// fill writes many questions, each created, submitted, approved and published, 250 at a time.
func fill(b *testing.B, log *projtest.Log, known builtIn, questions int) (events int) {
	b.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	meta, _ := json.Marshal(event.Meta{Actor: "0b5c1d7a-53bb-5b1c-8f0b-1f1f8e7a3c03", Org: "acme/math", Correlation: "0b5c1d7a", At: 1_700_000_000_000_000})
	var appends []eventstore.Append
	for i := range questions {
		q := &author{t: b, stream: fmt.Sprint("q", i)}
		org := fmt.Sprint("acme/", []string{"math", "physics", "math/senior"}[r.IntN(3)])
		q.does(q.Create(question.NewCode(int64(100001+i)), org, question.Draft{Type: singleChoice, Content: exam(r)}, filed(r), nil))
		if r.IntN(10) > 0 {
			q.does(q.Submit(known[singleChoice], question.Submission{Workflow: workflow.Applying{Workflow: workflow.FourEyes}}))
			q.does(q.Approve(q.Draft.Hash, access.Actor{ID: "li", Roles: []access.Role{access.Reviewer}}, ""))
			q.does(q.Publish(question.Revision, known[singleChoice]))
		}
		a := eventstore.Append{Stream: projtest.StreamID(q.stream)}
		for _, f := range q.facts {
			name, version, data, err := log.Codec.Encode(f.Events[0])
			if err != nil {
				b.Fatal(err)
			}
			a.Events = append(a.Events, eventstore.Event{ID: uuid.New(), Type: name, SchemaVersion: version, Data: data, Meta: meta})
			events++
		}
		if appends = append(appends, a); len(appends) == 250 || i == questions-1 {
			if _, err := log.Store.Append(b.Context(), appends...); err != nil {
				b.Fatal(err)
			}
			appends = nil
		}
	}
	return events
}

// BenchmarkRead is the most that can be hoped for: reading and decoding the events, and nothing else.
func BenchmarkRead(b *testing.B) {
	log := projtest.NewLog(b, question.Events)
	events := fill(b, log, types(b), 10_000)
	for b.Loop() {
		decode(b, log, func([]projections.Event) {})
	}
	b.ReportMetric(float64(events*b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkCatchUp is reading, decoding and applying them in the batches of an engine that catches up.
func BenchmarkCatchUp(b *testing.B) {
	log := projtest.NewLog(b, question.Events)
	known := types(b)
	events := fill(b, log, known, 10_000)
	p := catalog.New(known)
	for b.Loop() {
		tx := tables(b, log, p, "benched")
		decode(b, log, func(batch []projections.Event) {
			if err := p.Apply(b.Context(), tx, batch); err != nil {
				b.Fatal(err)
			}
		})
		tx.Rollback(b.Context())
	}
	b.ReportMetric(float64(events*b.N)/b.Elapsed().Seconds(), "events/s")
}

// tables makes the tables in a transaction.
func tables(b *testing.B, log *projtest.Log, p *catalog.Projection, schema string) pgx.Tx {
	b.Helper()
	tx, err := log.Pool.Begin(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := tx.Exec(b.Context(), "create schema "+schema+"; set local search_path = "+schema+"; "+p.Schema(), pgx.QueryExecModeSimpleProtocol); err != nil {
		b.Fatal(err)
	}
	return tx
}

// decode reads the log one batch ahead of the one being applied.
func decode(b *testing.B, log *projtest.Log, apply func([]projections.Event)) {
	b.Helper()
	const size = 10_000
	ahead := make(chan []projections.Event, 1)
	go func() {
		defer close(ahead)
		for after := int64(0); ; {
			recorded, err := log.Store.ReadAll(context.Background(), after, size)
			if err != nil || len(recorded) == 0 {
				return
			}
			batch := make([]projections.Event, len(recorded))
			for i, r := range recorded {
				if batch[i], err = projections.Decode(log.Codec, r); err != nil {
					return
				}
			}
			after = batch[len(batch)-1].Position
			ahead <- batch
		}
	}()
	for batch := range ahead {
		apply(batch)
	}
}

// BenchmarkQueries reads a catalogue of 100,000 questions.
func BenchmarkQueries(b *testing.B) {
	log := projtest.NewLog(b, question.Events)
	known := types(b)
	fill(b, log, known, 100_000)
	p := catalog.New(known)
	tx, began := tables(b, log, p, projections.SchemaName(p.Name(), p.Version())), time.Now()
	decode(b, log, func(batch []projections.Event) {
		if err := p.Apply(b.Context(), tx, batch); err != nil {
			b.Fatal(err)
		}
	})
	if err := tx.Commit(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Logf("caught up in %v", time.Since(began))
	if _, err := log.Pool.Exec(b.Context(), "vacuum analyze"); err != nil {
		b.Fatal(err)
	}
	reader := catalog.NewReader(log.Pool)
	page := read.Page{First: 50}
	second, err := reader.List(b.Context(), "acme", catalog.Filter{}, catalog.Updated, page)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		org    string
		filter catalog.Filter
		after  string
	}{
		{"all", "acme", catalog.Filter{}, ""},
		{"second page", "acme", catalog.Filter{}, second.Cursors[49]},
		{"organisation", "acme/math/senior", catalog.Filter{}, ""},
		{"subject", "acme", catalog.Filter{Any: map[catalog.Field][]string{catalog.Subject: {"学科1"}}}, ""},
		{"draft of a chapter", "acme", catalog.Filter{Any: map[catalog.Field][]string{catalog.State: {"draft"}, catalog.Chapter: {"章节/7"}}}, ""},
		{"tag", "acme", catalog.Filter{AllTags: []string{"tag7", "label3"}}, ""},
		{"words", "acme", catalog.Filter{Text: string([]rune{0x4e00 + 900, 0x4e00 + 800})}, ""},
		{"a character", "acme", catalog.Filter{Text: "一"}, ""},
		{"code", "acme", catalog.Filter{Text: string(question.NewCode(150_000))}, ""},
	} {
		b.Run("list/"+c.name, func(b *testing.B) {
			for b.Loop() {
				page.After = c.after
				if _, err := reader.List(b.Context(), c.org, c.filter, catalog.Updated, page); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("count/"+c.name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := reader.Count(b.Context(), c.org, c.filter); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("facets/"+c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := reader.Facets(b.Context(), c.org, c.filter); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
