package stack_test

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/lesson"
	"qbank/domain/paper"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/scoring"
	"qbank/internal/pgtest"
	"qbank/internal/stack"
	"qbank/internal/stack/stacktest"
)

// bank is a stack at work, with an administrator.
type bank struct {
	*testing.T
	*stack.Stack
	admin access.Actor
}

func open(t *testing.T) bank {
	t.Helper()
	st, err := stack.Open(t.Context(), pgtest.New(t), stack.Options{MaxWait: stacktest.MaxWait, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	stacktest.Run(t, st, st.Run)
	return bank{t, st, access.Actor{ID: "admin", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: "acme", Environment: "prod"}}}
}

func (b bank) do(actor access.Actor, c commands.Command) commands.Done {
	b.Helper()
	done, err := b.Commands.Do(b.Context(), actor, c)
	if err != nil {
		b.Fatalf("%T: %v", c, err)
	}
	return done
}

func (b bank) published(stem, label string) uuid.UUID {
	b.Helper()
	text := func(s string) map[string]any { return map[string]any{"format": "plain", "text": s} }
	made := b.do(b.admin, commands.CreateQuestion{Type: qtype.Ref{ID: "single-choice", Version: "1.0.0"}, Metadata: question.Metadata{Difficulty: label},
		Content: map[string]any{"stem": text(stem), "key": "a", "options": []any{map[string]any{"id": "a", "text": text("4")}, map[string]any{"id": "b", "text": text("5")}}}})
	states, err := b.Commands.States(b.Context(), []uuid.UUID{made.ID})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []commands.Command{commands.SubmitQuestion{Question: made.ID, Revision: 1},
		commands.ApproveQuestion{Question: made.ID, Revision: 2, Hash: states[made.ID].Draft.Hash}, commands.PublishQuestion{Question: made.ID, Revision: 3, Kind: question.Revision}} {
		by := b.admin
		if _, approves := c.(commands.ApproveQuestion); approves {
			by.ID = "reviewer"
		}
		b.do(by, c)
	}
	return made.ID
}

// stock is what may be chosen once the read models have seen all there is.
func (b bank) stock(org string, audience paper.Audience) (paper.Stock, map[uuid.UUID]paper.Candidate) {
	b.Helper()
	head, err := b.Store.Head(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, model := range []string{"catalog", "delivery", "gradebook", "items", "knowledge", "lessons", "papers", "roster"} {
		if err := b.Engine.Wait(b.Context(), model, head); err != nil {
			b.Fatal(err)
		}
	}
	stock, err := b.Commands.Candidates.Stock(b.Context(), access.Scope{Org: org, Environment: "prod"}, audience)
	if err != nil {
		b.Fatal(err)
	}
	found := map[uuid.UUID]paper.Candidate{}
	for _, c := range stock.Candidates {
		found[c.Question] = c
	}
	return stock, found
}

func TestCandidatesAreMeasuredFiledAndUpToDate(t *testing.T) {
	t.Parallel()
	b := open(t)
	measured, estimated := b.published("2+2?", "hard"), b.published("2+3?", "easy")
	b.do(b.admin, commands.CreateQuestion{Type: qtype.Ref{ID: "essay", Version: "1.0.0"}}) // a draft is none
	l := b.do(b.admin, commands.CreateLesson{Plan: lesson.Plan{Title: "L", Items: []lesson.Item{{Slot: "a", Question: measured, Max: 2 * scoring.OneMark}}}}).ID
	b.do(b.admin, commands.PublishLesson{Lesson: l, Revision: 1})
	b.do(b.admin, commands.ReleaseLesson{Environment: "prod", Lesson: l})
	b.stock("other", paper.Audience{}) // waits
	const students = 32
	for n := range students {
		actor := access.Actor{ID: fmt.Sprint("s", n), Roles: []access.Role{access.Student}, Scope: b.admin.Scope}
		see := func(attempt.Attempt) error { return nil }
		started := b.do(actor, commands.StartAttempt{Lesson: l, See: see})
		results := make([]commands.AnswerResult, 1)
		b.do(actor, commands.AnswerQuestions{Attempt: started.ID, Results: results, Answers: []commands.Answer{
			{Key: "k", Slot: "a", Response: map[string]any{"choice": []string{"a", "a", "a", "b"}[n%4]}}}})
		if results[0].Err != nil {
			t.Fatal(results[0].Err)
		}
		b.do(actor, commands.FinishAttempt{Attempt: started.ID, See: see})
	}

	stock, found := b.stock("acme", paper.Audience{Students: []string{"s3"}})
	if len(found) != 2 || len(stock.Candidates) != 2 {
		t.Fatalf("got %+v", stock.Candidates)
	}
	if c := found[measured]; c.Difficulty != (paper.Difficulty{Facility: 750, Basis: paper.Measured}) || c.Used == 0 || c.Version != 1 || !stock.Seen[measured] {
		t.Errorf("got %+v", c)
	}
	if c := found[estimated]; c.Difficulty != (paper.Difficulty{Facility: 800, Basis: paper.Estimated}) || c.Used != 0 || stock.Seen[estimated] {
		t.Errorf("got %+v", c)
	}
	for _, model := range []string{"catalog", "items", "lessons"} {
		if stock.Positions[model] == 0 {
			t.Errorf("%s is at no position", model)
		}
	}
	if _, theirs := b.stock("other", paper.Audience{Students: []string{"s3"}}); len(theirs) != 0 {
		t.Errorf("another organisation finds %v", theirs)
	}
	elsewhere, err := b.Commands.Candidates.Stock(t.Context(), access.Scope{Org: "acme", Environment: "dev"}, paper.Audience{Students: []string{"s3"}})
	if err != nil || len(elsewhere.Seen) != 0 || len(elsewhere.Candidates) != 2 || elsewhere.Candidates[0].Difficulty.Basis == paper.Measured || elsewhere.Candidates[1].Difficulty.Basis == paper.Measured {
		t.Errorf("another environment knows %+v, %v", elsewhere, err)
	}

	// What changes is seen at once; what was handed out stays as it was.
	b.do(b.admin, commands.RetireQuestion{Question: measured, Revision: 4, Reason: "old", WhileLive: true})
	b.do(b.admin, commands.DescribeQuestion{Question: estimated, Revision: 4, Metadata: question.Metadata{Subject: "math", Difficulty: "中"}})
	b.do(b.admin, commands.CreatePaper{Plan: paper.Plan{Title: "P", Sections: []paper.Section{{ID: "a", Items: []paper.Item{{Slot: "a", Question: estimated}}}}}})
	third := b.published("2+5?", "")
	later, found := b.stock("acme", paper.Audience{})
	if c := found[estimated]; len(later.Candidates) != 2 || c.Subject != "math" || c.Difficulty.Facility != 550 || c.Used == 0 || found[third].Difficulty.Basis != paper.Unknown {
		t.Errorf("got %+v", later.Candidates)
	}
	if len(stock.Candidates) != 2 || stock.Candidates[0].Subject != "" || stock.Candidates[1].Subject != "" {
		t.Errorf("what was handed out changed: %+v", stock.Candidates)
	}
	b.do(b.admin, commands.ReinstateQuestion{Question: measured, Revision: 5})
	if _, found = b.stock("acme", paper.Audience{}); found[measured].Difficulty.Basis != paper.Measured || len(found) != 3 {
		t.Errorf("got %+v", found)
	}
}
