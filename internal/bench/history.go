package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/commands"
	"qbank/domain"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/release"
	"qbank/domain/roster"
	"qbank/domain/scoring"
	"qbank/domain/workflow"
	"qbank/eventstore"
	"qbank/interchange"
	"qbank/internal/sim"
	"qbank/internal/stack"
)

// place is where everything that is made up takes place.
var place = access.Scope{Org: "school", Environment: "bench"}

// history is a made-up past: questions that were published, lessons of some of them, and attempts at the lessons. The domain decides
// each of its events, as it would have for real; only the doors and the clock are left out.
type history struct {
	questions int
	versions  int                               // of each question; 0: one
	file      func(n int, m *question.Metadata) // files a question under more than its import says; nil: does not
	lessons   int                               // of itemsOfLesson questions each; they share the first heldAtMost questions
	attempts  int                               // spread over the lessons; each answers every question once and is finished
}

const (
	itemsOfLesson = 40
	heldAtMost    = 8000
	// releasedAtMost bounds the lessons that are live: one environment has its releases in one stream.
	releasedAtMost = 200
)

// held is how many questions the lessons are made of.
func (h history) held() int { return min(h.lessons*itemsOfLesson, heldAtMost) }

func (h history) newest() int { return max(h.versions, 1) }

func (h history) answers() int { return h.attempts * itemsOfLesson }

// writer appends a history to a log.
type writer struct {
	history
	store *eventstore.Store
	types *commands.Types
	at    int64 // microseconds; the made-up clock
	queue []eventstore.Append
	stock []published // of the questions that lessons are made of
	tests []test
	say   func(format string, args ...any)
}

// published is a question that lessons may use.
type published struct {
	id    uuid.UUID
	judge *commands.Judge
	sim.Responses
}

// test is a lesson that was released.
type test struct {
	released environment.Released
	plan     lesson.Plan
	items    []published // in the order of the plan
}

// past makes a database with a past, and connections to it. drop ends both.
func (r *run) past(ctx context.Context, h history, connections int32) (pool *pgxpool.Pool, drop func(), err error) {
	name, remove, err := r.database(ctx, blank)
	if err != nil {
		return nil, nil, err
	}
	if pool, err = r.cluster.pool(ctx, name, connections); err != nil {
		remove()
		return nil, nil, err
	}
	drop = func() {
		pool.Close()
		remove()
	}
	if _, err := h.write(ctx, pool, r.say); err != nil {
		drop()
		return nil, nil, err
	}
	return pool, drop, nil
}

// write makes the database that of a working qbank with that past and returns its lessons. The read models are as empty as they were.
func (h history) write(ctx context.Context, pool *pgxpool.Pool, say func(string, ...any)) ([]test, error) {
	st, err := stack.Open(ctx, pool, stack.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	defer st.Close()
	keeper := access.Actor{ID: "system:bench", Roles: []access.Role{access.Admin}, Scope: place}
	own := environment.Declared{Name: environment.Name(place.Environment), Title: "Benchmark"}
	if _, err := st.Commands.Do(ctx, keeper, commands.CreateEnvironment{Environment: own}); err != nil {
		return nil, err
	}
	w := &writer{history: h, store: st.Store, types: commands.NewTypes(st.Store, domain.Codec), at: 1_750_000_000_000_000, say: say}
	for _, step := range []func(context.Context) error{w.writeQuestions, w.writeLessons, w.writeAttempts} {
		if err := errors.Join(step(ctx), w.flush(ctx)); err != nil {
			return nil, err
		}
	}
	return w.tests, nil
}

// flushAt is how many streams are appended at once.
const flushAt = 2000

// add takes the events of a new stream.
func (w *writer) add(ctx context.Context, stream uuid.UUID, person uuid.UUID, events []event.Event) error {
	meta, err := json.Marshal(event.Meta{Actor: "system:bench", Org: place.Org, Environment: place.Environment, At: w.at})
	if err != nil {
		return err
	}
	a := eventstore.Append{Stream: stream, Events: make([]eventstore.Event, len(events))}
	for i, e := range events {
		name, version, data, err := domain.Codec.Encode(e)
		if err != nil {
			return err
		}
		a.Events[i] = eventstore.Event{ID: newID(), Type: name, SchemaVersion: version, Data: data, Meta: meta, Person: person}
	}
	if w.queue = append(w.queue, a); len(w.queue) >= flushAt {
		return w.flush(ctx)
	}
	return nil
}

func (w *writer) flush(ctx context.Context) error {
	outcomes, err := w.store.Append(ctx, w.queue...)
	if err != nil {
		return err
	}
	for _, outcome := range outcomes {
		if outcome.Status != eventstore.Stored {
			return fmt.Errorf("the made-up past was not taken: %v: %w", outcome.Status, outcome.Err)
		}
	}
	w.queue = nil
	return nil
}

// tick is the made-up clock: each look at it is a while later.
func (w *writer) tick() int64 {
	w.at += 1_700
	return w.at
}

func (w *writer) writeQuestions(ctx context.Context) error {
	const chunk = 1000
	began := time.Now()
	for first := 0; first < w.questions; first += chunk {
		var text bytes.Buffer
		if err := writeGIFT(&text, first, min(chunk, w.questions-first)); err != nil {
			return err
		}
		source, err := interchange.OpenGIFT(&text, interchange.Defaults{})
		if err != nil {
			return err
		}
		for n := first; ; n++ {
			item, err := source.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				err = w.writeQuestion(ctx, n, item)
			}
			if err != nil {
				return err
			}
		}
	}
	if w.questions >= 50_000 {
		w.say("  %d questions (%.0f s)", w.questions, time.Since(began).Seconds())
	}
	return nil
}

// writeQuestion takes one question from its draft to its first version.
func (w *writer) writeQuestion(ctx context.Context, n int, item interchange.Item) error {
	w.tick()
	if item.Refused {
		return fmt.Errorf("made-up question %d was refused: %v", n, item.Notes)
	}
	if w.file != nil {
		w.file(n, &item.Metadata)
	}
	rules, err := w.types.Type(ctx, item.Type)
	if err != nil {
		return err
	}
	var q question.Question
	var all []event.Event
	publish := []func() ([]event.Event, error){
		func() ([]event.Event, error) {
			return q.Submit(rules, question.Submission{Workflow: workflow.Applying{Workflow: workflow.FourEyes}})
		},
		func() ([]event.Event, error) {
			return q.Approve(q.Draft.Hash, access.Actor{ID: "system:bench", Roles: []access.Role{access.Reviewer}}, "")
		},
		func() ([]event.Event, error) { return q.Publish(question.Revision, rules) },
	}
	steps := append([]func() ([]event.Event, error){func() ([]event.Event, error) {
		draft := question.Draft{Type: item.Type, Content: item.Content}
		return q.Create(question.NewCode(int64(200_001+n)), place.Org, draft, item.Metadata, nil)
	}}, publish...)
	for number := 2; number <= w.newest(); number++ {
		steps = append(append(steps, func() ([]event.Event, error) {
			return q.Edit(q.Draft, question.Draft{Type: item.Type, Content: reworded(q.Draft.Content, number)}, nil)
		}), publish...)
	}
	for _, decide := range steps {
		events, err := decide()
		if err != nil {
			return fmt.Errorf("made-up question %d: %w", n, err)
		}
		for _, e := range events {
			q = q.Apply(e)
		}
		all = append(all, events...)
	}
	id := question.ImportedID(place.Org, item.Source)
	if err := w.hold(id, rules, q.Draft.Content); err != nil {
		return err
	}
	return w.add(ctx, id, uuid.Nil, all)
}

// hold keeps a question for the lessons, as long as they need more.
func (w *writer) hold(id uuid.UUID, rules *qtype.Type, document any) error {
	if len(w.stock) == w.held() {
		return nil
	}
	public, solution := rules.Split(document)
	scorer, err := rules.Scorer(document)
	if err != nil {
		return err
	}
	p := published{id: id, judge: &commands.Judge{Type: rules, Public: public, Solution: solution, Scorer: scorer}}
	if p.Responses, err = sim.Respond(p.judge); err != nil {
		return fmt.Errorf("a made-up %s: %w", rules.Ref(), err)
	}
	w.stock = append(w.stock, p)
	return nil
}

func (w *writer) writeLessons(ctx context.Context) error {
	if len(w.stock) < w.held() {
		return errors.New("there are too few questions for the lessons")
	}
	var live environment.Environment
	var releases []event.Event
	for n := range w.lessons {
		items := w.items(n)
		plan := lesson.Plan{Title: fmt.Sprintf("Lesson %d", n+1), Reveal: lesson.AfterFinish, Shuffle: true}
		var frozen []environment.Frozen
		newest := map[uuid.UUID]int{}
		for i, item := range items {
			slot := fmt.Sprintf("q%d", i+1)
			plan.Items = append(plan.Items, lesson.Item{Slot: lesson.Slot(slot), Question: item.id, Version: w.newest(), Max: scoring.OneMark})
			frozen = append(frozen, environment.Frozen{Slot: slot, Question: item.id, Version: w.newest()})
			newest[item.id] = w.newest()
		}
		created, err := lesson.Lesson{}.Create(place.Org, plan, nil)
		if err != nil {
			return err
		}
		made, err := lesson.Lesson{}.Apply(created[0]).Publish(newest)
		if err != nil {
			return err
		}
		t := test{plan: plan, items: items, released: environment.Released{Release: newID(), Environment: environment.Name(place.Environment), Org: place.Org,
			Lesson: newID(), Version: 1, Questions: frozen}}
		if len(releases) < releasedAtMost {
			released, err := live.Release(t.released)
			if err != nil {
				return err
			}
			live = live.Apply(released[0])
			releases, w.tests = append(releases, released...), append(w.tests, t)
		}
		if err := w.add(ctx, t.released.Lesson, uuid.Nil, append(created, made...)); err != nil {
			return err
		}
	}
	if len(releases) == 0 {
		return nil
	}
	return w.add(ctx, environment.Name(place.Environment).Stream(), uuid.Nil, releases)
}

// items are the questions of the n-th lesson.
func (w *writer) items(n int) []published {
	items := make([]published, itemsOfLesson)
	for i := range items {
		items[i] = w.stock[(n*itemsOfLesson+i)%len(w.stock)]
	}
	return items
}

func (w *writer) writeAttempts(ctx context.Context) error {
	began := time.Now()
	for n := range w.attempts {
		if err := w.writeAttempt(ctx, n, w.tests[n%len(w.tests)]); err != nil {
			return fmt.Errorf("made-up attempt %d: %w", n, err)
		}
	}
	if w.answers() >= 500_000 {
		w.say("  %d answers (%.0f s)", w.answers(), time.Since(began).Seconds())
	}
	return nil
}

// writeAttempt answers every question of a lesson once, more often right than wrong.
func (w *writer) writeAttempt(ctx context.Context, n int, t test) error {
	draw := rand.New(rand.NewPCG(11, uint64(n)))
	student := fmt.Sprintf("student-%06d", n)
	started := attempt.Started{Environment: place.Environment, Org: place.Org, Student: student, Lesson: t.released.Lesson, Version: 1,
		Release: t.released.Release, Number: 1, Seed: uint64(n), Reveal: t.plan.Reveal, Snapshot: 1, At: w.tick()}
	for i, item := range t.items {
		started.Items = append(started.Items, attempt.Item{Slot: t.plan.Items[i].Slot, Question: item.id, Version: w.newest(), Type: item.judge.Type.Ref(),
			Public: content.HashOf(item.judge.Public), Max: scoring.OneMark, Reason: release.Whole, Orders: item.judge.Type.Orders(item.judge.Public, uint64(n))})
	}
	var a attempt.Attempt
	all, err := a.Start(started)
	if err != nil {
		return err
	}
	a = a.Apply(all[0])
	for i, item := range t.items {
		answered, err := w.answer(a, started.Items[i], item, fmt.Sprintf("a%d", i), draw.IntN(100) < 60)
		if err != nil {
			return err
		}
		a, all = a.Apply(answered), append(all, answered)
	}
	finished, err := a.Finish(w.tick(), nil)
	if err != nil {
		return err
	}
	id := attempt.IDOf(place.Environment, t.released.Lesson, student, 1)
	return w.add(ctx, id, roster.PersonOf(student), append(all, finished...))
}

func (w *writer) answer(a attempt.Attempt, pinned attempt.Item, p published, key string, right bool) (attempt.Answered, error) {
	response := p.Wrong
	if right {
		response = p.Right
	}
	result, err := p.judge.Scorer.Score(response)
	if err != nil {
		return attempt.Answered{}, err
	}
	canonical := content.Canonical(response)
	return a.Answer(attempt.Submission{Payload: attempt.Payload(pinned.Slot, canonical), Answered: attempt.Answered{Key: key, Slot: pinned.Slot,
		Response: canonical, Status: result.Status, Fraction: result.Fraction, Mark: result.Fraction.Of(pinned.Max), Parts: result.Parts, At: w.tick()}})
}

// student acts for one student of the place.
func student(n int) access.Actor {
	return access.Actor{ID: fmt.Sprintf("student-%04d", n), Roles: []access.Role{access.Student}, Scope: place}
}
