package commands_test

import (
	"context"
	"log/slog"
	"maps"
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/paper"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/scoring"
	"qbank/eventstore"
	"qbank/internal/pgtest"
	"qbank/internal/stack"
)

var (
	singleChoice = qtype.Ref{ID: "single-choice", Version: "1.0.0"}
	admin        = access.Actor{ID: "u-admin", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: "acme"}}
	reviewer     = access.Actor{ID: "u-reviewer", Roles: []access.Role{access.Reviewer}, Scope: access.Scope{Org: "acme"}}
	supporter    = access.Actor{ID: "u-support", Roles: []access.Role{access.Support}, Scope: access.Scope{Org: "acme", Environment: "prod"}}
	stranger     = access.Actor{ID: "u-stranger", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: "other"}}
	student      = access.Actor{ID: "u-student", Roles: []access.Role{access.Student}, Scope: access.Scope{Org: "acme"}}
)

// house is the write side on a database of its own.
type house struct {
	*testing.T
	*stack.Stack
}

func open(t *testing.T) house {
	t.Helper()
	s, err := stack.Open(t.Context(), pgtest.New(t), stack.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return house{t, s}
}

// Tests that leave each other alone share a log, which costs more to set up than they do.
func TestOnOneLog(t *testing.T) {
	t.Parallel()
	s := open(t).Stack
	for _, c := range []struct {
		name string
		test func(house)
	}{
		{"a lost race is run again on what the other wrote", aLostRaceIsRunAgainOnWhatTheOtherWrote},
		{"a race lost on a seen revision is the callers to resolve", aRaceLostOnASeenRevisionIsTheCallersToResolve},
		{"who never wins is told to try again", whoNeverWinsIsToldToTryAgain},
		{"a stale revision is a conflict that names the current one", aStaleRevisionIsAConflictThatNamesTheCurrentOne},
		{"an edit conflict shows both and the current revision", anEditConflictShowsBothAndTheCurrentRevision},
		{"many editors of different fields all keep their work", manyEditorsOfDifferentFieldsAllKeepTheirWork},
		{"a draft is brought back by revision or moment", aDraftIsBroughtBackByRevisionOrMoment},
		{"an id is given once", anIDIsGivenOnce},
		{"fields and metadata are brought back", fieldsAndMetadataAreBroughtBack},
		{"a suggestion is applied as an edit", aSuggestionIsAppliedAsAnEdit},
		{"a suggestion that does not fit shows both", aSuggestionThatDoesNotFitShowsBoth},
		{"a suggestion the question has already is applied", aSuggestionTheQuestionHasAlreadyIsApplied},
		{"what breaks off is finished by repeating", whatBreaksOffIsFinishedByRepeating},
		{"a discussion is for those who may read its subject", aDiscussionIsForThoseWhoMayReadItsSubject},
		{"what the log cannot keep is refused", whatTheLogCannotKeepIsRefused},
		{"an organisation sees what is below and not what is above", anOrganisationSeesWhatIsBelowAndNotWhatIsAbove},
		{"a type is used by its organisation and those below it", aTypeIsUsedByItsOrganisationAndThoseBelowIt},
		{"a lesson names questions that exist", aLessonNamesQuestionsThatExist},
		{"a release freezes the errata that followed", aReleaseFreezesTheErrataThatFollowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(house{t, s})
		})
	}
}

// do carries out what may not be refused. Nobody approves their own work.
func (h house) do(c commands.Command, options ...commands.Option) commands.Done {
	h.Helper()
	actor := admin
	switch c := c.(type) {
	case commands.DescribeEnvironment:
		actor.Scope.Environment = string(c.Environment.Name)
	case commands.RetireEnvironment:
		actor.Scope.Environment = string(c.Environment)
	case commands.ReviveEnvironment:
		actor.Scope.Environment = string(c.Environment)
	case commands.ApproveQuestion, commands.ApproveLesson, commands.ClaimReview, commands.ReleaseReview:
		actor = reviewer
	case commands.OpenPseudoLogin, commands.RenewPseudoLogin, commands.ClosePseudoLogin:
		actor = supporter
	case commands.ApprovePseudoLogin, commands.RevokePseudoLogin:
		actor.Scope.Environment = supporter.Scope.Environment
	}
	return h.doAs(actor, c, options...)
}

func (h house) doAs(actor access.Actor, c commands.Command, options ...commands.Option) commands.Done {
	h.Helper()
	done, err := h.Commands.Do(h.Context(), actor, c, options...)
	if err != nil {
		h.Fatalf("%T: %v", c, err)
	}
	return done
}

func (h house) refused(actor access.Actor, c commands.Command, code string) *fault.Fault {
	h.Helper()
	done, err := h.Commands.Do(h.Context(), actor, c)
	if !fault.Is(err, code) {
		h.Fatalf("%T: got %v, want the fault %s", c, err, code)
	}
	if done != (commands.Done{}) {
		h.Errorf("%T: a refusal says that it did %+v", c, done)
	}
	return fault.Of(err)
}

func (h house) head() int64 {
	h.Helper()
	head, err := h.Store.Head(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	return head
}

func (h house) question(id question.ID) question.Question {
	h.Helper()
	states, err := h.Commands.States(h.Context(), []uuid.UUID{id})
	if err != nil {
		h.Fatal(err)
	}
	return states[id]
}

func (h house) created(stem string) commands.Done {
	h.Helper()
	return h.do(commands.CreateQuestion{Type: singleChoice, Content: choice(stem)})
}

// published is a question with one version.
func (h house) published(stem string) question.ID {
	h.Helper()
	id := h.created(stem).ID
	h.publish(id, question.Revision)
	return id
}

func (h house) publish(id question.ID, kind question.Kind) {
	h.Helper()
	h.do(commands.SubmitQuestion{Question: id, Revision: commands.Anything})
	h.do(commands.ApproveQuestion{Question: id, Revision: commands.Anything, Hash: h.question(id).Draft.Hash})
	h.do(commands.PublishQuestion{Question: id, Revision: commands.Anything, Kind: kind})
}

func (h house) edit(id question.ID, stem string) {
	h.Helper()
	h.do(commands.EditQuestion{Question: id, Revision: commands.Anything, Content: choice(stem)})
}

func choice(stem string) map[string]any {
	text := func(s string) map[string]any { return map[string]any{"format": "plain", "text": s} }
	return map[string]any{"stem": text(stem), "key": "a", "options": []any{
		map[string]any{"id": "a", "text": text("4")}, map[string]any{"id": "b", "text": text("5")},
	}}
}

// with is a content with one field changed.
func with(doc map[string]any, field string, value any) map[string]any {
	doc = maps.Clone(doc)
	doc[field] = value
	return doc
}

func plan(questions ...question.ID) lesson.Plan {
	p := lesson.Plan{Title: "Sums"}
	for i, q := range questions {
		p.Items = append(p.Items, lesson.Item{Slot: lesson.Slot(rune('a' + i)), Question: q, Max: scoring.OneMark})
	}
	return p
}

// sheet is a paper of these questions, which may be put together.
func sheet(questions ...question.ID) paper.Plan {
	s := paper.Section{ID: "S", Blueprint: &paper.Blueprint{Count: 2}}
	for i, q := range questions {
		s.Items = append(s.Items, paper.Item{Slot: lesson.Slot(rune('a' + i)), Question: q, Max: scoring.OneMark})
	}
	return paper.Plan{Title: "Sums", Sections: []paper.Section{s}}
}

// noStock is a bank without questions.
type noStock struct{}

func (noStock) Stock(context.Context, access.Scope, paper.Audience) (paper.Stock, error) {
	return paper.Stock{}, nil
}

// teamType is a question type of a team's own.
func (h house) teamType(id string) *qtype.Type {
	h.Helper()
	known, err := commands.NewTypes(h.Store, h.Commands.Codec).Type(h.Context(), singleChoice)
	if err != nil {
		h.Fatal(err)
	}
	compiled, err := qtype.Compile(content.Canonical(with(known.Document().(map[string]any), "id", id)))
	if err != nil {
		h.Fatal(err)
	}
	return compiled
}

// log is a store between whose reads and appends others get a word in.
type log struct {
	*eventstore.Store
	before func(eventstore.Append) // each append
}

func (l log) Append(ctx context.Context, appends ...eventstore.Append) ([]eventstore.Outcome, error) {
	for _, a := range appends {
		l.before(a)
	}
	return l.Store.Append(ctx, appends...)
}

// interrupted is the house's bus with a log in between.
func (h house) interrupted(before func(eventstore.Append)) *commands.Bus {
	h.Helper()
	l := log{h.Store, before}
	b := &commands.Bus{Log: l, Codec: h.Commands.Codec, Types: commands.NewTypes(l, h.Commands.Codec), Numbers: h.Commands.Numbers, People: h.People,
		Logger: h.Logger}
	if err := b.Start(); err != nil {
		h.Fatal(err)
	}
	return b
}
