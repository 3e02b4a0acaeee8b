package regrades_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/content"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/regrade"
	"qbank/domain/scoring"
	"qbank/internal/jobs"
	"qbank/internal/pgtest"
	"qbank/internal/regradejob"
	"qbank/internal/stack"
	"qbank/internal/stack/stacktest"
	"qbank/processes"
	process "qbank/processes/regrades"
	"qbank/projections/gradebook"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func as(id string, roles ...access.Role) access.Actor {
	return access.Actor{ID: id, Roles: roles, Scope: access.Scope{Org: "school", Environment: "dev"}}
}

var admin, other = as("admin", access.Admin), as("other", access.Admin)

// house is a qbank whose read models follow the log, and whose processes are called by the test alone.
type house struct {
	*stack.Stack
	t        *testing.T
	question question.ID
	lesson   lesson.ID
}

func open(t *testing.T) *house {
	t.Helper()
	s, err := stack.Open(context.Background(), pgtest.New(t), stack.Options{MaxWait: stacktest.MaxWait, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	stacktest.Run(t, s, s.Engine.Run)
	h := &house{Stack: s, t: t, question: uuid.New(), lesson: uuid.New()}
	h.publish("b", question.Revision)
	h.do(admin, commands.CreateLesson{ID: h.lesson, Plan: lesson.Plan{Title: "Sums", Items: []lesson.Item{{Slot: "q", Question: h.question, Max: scoring.OneMark}}}})
	h.do(admin, commands.PublishLesson{Lesson: h.lesson, Revision: commands.Anything})
	h.caughtUp(h.do(admin, commands.ReleaseLesson{Environment: "dev", Lesson: h.lesson}))
	return h
}

func (h *house) do(actor access.Actor, c commands.Command) commands.Done {
	h.t.Helper()
	done, err := h.Commands.Do(context.Background(), actor, c)
	if err != nil {
		h.t.Fatalf("%T: %v", c, err)
	}
	return done
}

// publish makes a choice with a key the question's next version.
func (h *house) publish(key string, kind question.Kind) {
	h.t.Helper()
	text := func(s string) any { return map[string]any{"format": "plain", "text": s} }
	doc := map[string]any{"stem": text("2+2?"), "key": key, "options": []any{
		map[string]any{"id": "a", "text": text("4")}, map[string]any{"id": "b", "text": text("four")}}}
	if kind == question.Revision {
		h.do(admin, commands.CreateQuestion{ID: h.question, Type: qtype.Ref{ID: "single-choice", Version: "1.0.0"}, Content: doc})
	} else {
		recorded, err := h.Store.ReadStreams(context.Background(), []uuid.UUID{h.question})
		if err != nil {
			h.t.Fatal(err)
		}
		h.do(admin, commands.EditQuestion{Question: h.question, Revision: len(recorded[h.question]), Content: doc})
	}
	h.do(admin, commands.SubmitQuestion{Question: h.question, Revision: commands.Anything})
	h.do(other, commands.ApproveQuestion{Question: h.question, Revision: commands.Anything, Hash: content.HashOf(doc)})
	h.caughtUp(h.do(admin, commands.PublishQuestion{Question: h.question, Revision: commands.Anything, Kind: kind}))
}

func (h *house) caughtUp(done commands.Done) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for _, model := range []string{"delivery", "gradebook", "regrades"} {
		if err := h.Engine.Wait(ctx, model, done.Position); err != nil {
			h.t.Fatal(err)
		}
	}
}

// sit has students answer, all alike.
func (h *house) sit(students int, choice string) {
	h.t.Helper()
	var last commands.Done
	for i := range students {
		who := as(fmt.Sprint(choice, i), access.Student)
		var id attempt.ID
		h.do(who, commands.StartAttempt{Lesson: h.lesson, See: func(a attempt.Attempt) error { id = a.ID(); return nil }})
		h.do(who, commands.AnswerQuestions{Attempt: id, Results: make([]commands.AnswerResult, 1),
			Answers: []commands.Answer{{Key: "k", Slot: "q", Response: map[string]any{"choice": choice}}}})
		last = h.do(who, commands.FinishAttempt{Attempt: id, See: func(attempt.Attempt) error { return nil }})
	}
	h.caughtUp(last)
}

// approved proposes the regrade, looks at it and has it approved.
func (h *house) approved(policy regrade.Policy) (regrade.ID, processes.Event) {
	h.t.Helper()
	id := h.do(admin, commands.ProposeRegrade{Question: h.question, Version: 2, Org: "school"}).ID
	r, err := h.Commands.RegradeState(context.Background(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	figures, err := h.Assessor.Look(context.Background(), r.Proposed, func(regradejob.Progress) error { return nil })
	if err != nil {
		h.t.Fatal(err)
	}
	h.do(admin, commands.AssessRegrade{Regrade: id, Revision: commands.Anything, Figures: figures})
	h.do(admin, commands.AskRegrade{Regrade: id, Revision: commands.Anything, Policy: policy, Reason: "wrong key"})
	return id, h.event(h.do(other, commands.ApproveRegrade{Regrade: id, Revision: commands.Anything}))
}

// event is the last one of a stream, as a process meets it.
func (h *house) event(done commands.Done) processes.Event {
	h.t.Helper()
	streams, err := h.Store.ReadStreams(context.Background(), []uuid.UUID{done.ID})
	if err != nil {
		h.t.Fatal(err)
	}
	r := streams[done.ID][done.Revision-1]
	payload, err := domain.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
	if err != nil {
		h.t.Fatal(err)
	}
	return processes.Event{Position: r.Position, Stream: r.Stream, Version: r.Version, ID: r.ID, Payload: payload}
}

func (h *house) process(book process.Book) process.Process {
	return process.Process{Commands: h.Commands, Standing: h.Regrades, Book: book, Models: h.Engine, Log: h.Store, Assessor: h.Assessor, Logger: quiet}
}

func (h *house) count(name string) (n int) {
	h.t.Helper()
	if err := h.Pool.QueryRow(context.Background(), `select count(*) from events where type = $1`, name).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

// piecemeal hands out a few attempts at a time, and breaks down after some of them.
type piecemeal struct {
	*gradebook.Reader
	size, lasts int
}

var errBroken = errors.New("the power went out")

func (p *piecemeal) EachAsked(ctx context.Context, scope access.Scope, q gradebook.Asked, _ int, do func([]uuid.UUID) error) error {
	return p.Reader.EachAsked(ctx, scope, q, p.size, func(ids []uuid.UUID) error {
		if p.lasts == 0 {
			return errBroken
		}
		p.lasts--
		if len(ids) > p.size {
			return fmt.Errorf("%d attempts at once, %d wanted", len(ids), p.size)
		}
		return do(ids)
	})
}

func TestWhatWasInterruptedGoesOn(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.sit(5, "a")
	h.sit(4, "b")
	h.publish("a", question.Erratum)
	id, event := h.approved(regrade.Exact)
	ctx := context.Background()
	if err := h.process(&piecemeal{h.Gradebook, 2, 2}).Handle(ctx, event); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	some := h.count("attempt.grade_revised")
	if some == 0 || some > 4 {
		t.Fatalf("%d of 9 marks were revised", some)
	}
	h.shows(id, jobs.Running, regradejob.Progress{Work: regradejob.Settling, Attempts: 4, Of: 9}, some)
	for range 2 { // the second time, there is nothing left to do
		if err := h.process(&piecemeal{h.Gradebook, 2, -1}).Handle(ctx, event); err != nil {
			t.Fatal(err)
		}
		if n := h.count("attempt.grade_revised"); n != 9 {
			t.Fatalf("%d of 9 marks were revised", n)
		}
		h.shows(id, jobs.Done, regradejob.Progress{Work: regradejob.Settling, Attempts: 9, Of: 9}, 9)
	}
	revoked := h.event(h.do(other, commands.RevokeRegrade{Regrade: id, Revision: commands.Anything, Reason: "no"}))
	if err := h.process(&piecemeal{h.Gradebook, 2, 1}).Handle(ctx, revoked); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	// The approval once more, after it was revoked: what counts is what stands now.
	for _, e := range []processes.Event{event, revoked} {
		if err := h.process(h.Gradebook).Handle(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	if revised, restored := h.count("attempt.grade_revised"), h.count("attempt.grade_restored"); revised != 9 || restored != 9 {
		t.Errorf("%d revised, %d restored", revised, restored)
	}
	h.shows(id, jobs.Done, regradejob.Progress{Work: regradejob.Settling, Attempts: 9, Of: 9}, 0)
}

// shows wants what is shown of a regrade; of so many answers the mark is another one by now.
func (h *house) shows(id regrade.ID, state jobs.State, want regradejob.Progress, changed int) {
	h.t.Helper()
	shown, err := h.Assessor.Progress(context.Background(), []uuid.UUID{id, uuid.New()})
	is := shown[id]
	if err != nil || len(shown) != 1 || is.Outcome == nil {
		h.t.Fatalf("%+v, %v", is, err)
	}
	if is.State != state || is.Work != want.Work || is.Attempts != want.Attempts || is.Of != want.Of || is.Outcome.Gain+is.Outcome.Lose != changed {
		h.t.Errorf("%+v, %+v; want %s, %+v, %d changed", is, is.Outcome, state, want, changed)
	}
}

// Two who settle the same at once, and students who answer meanwhile, leave each mark revised once.
func TestSettlingRacesWithItself(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.sit(6, "a")
	h.publish("a", question.Erratum)
	_, event := h.approved(regrade.Better)
	failed := make(chan error, 3)
	for range cap(failed) {
		go func() { failed <- h.process(&piecemeal{h.Gradebook, 3, -1}).Handle(context.Background(), event) }()
	}
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	if n := h.count("attempt.grade_revised"); n != 6 {
		t.Errorf("%d marks were revised", n)
	}
}
