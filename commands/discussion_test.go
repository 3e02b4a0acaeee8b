package commands_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/discussion"
	"qbank/domain/question"
	"qbank/eventstore"
)

func about(id question.ID) discussion.Subject {
	return discussion.Subject{Kind: discussion.Question, ID: id}
}

// discussion folds a subject's discussion.
func (h house) discussion(s discussion.Subject) (d discussion.Discussion) {
	h.Helper()
	recorded, err := h.Store.ReadStream(h.Context(), s.Stream(), eventstore.Range{})
	if err != nil {
		h.Fatal(err)
	}
	for _, r := range recorded {
		e, err := h.Commands.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			h.Fatal(err)
		}
		d = d.Apply(e)
	}
	return d
}

var remark = commands.Remark{Text: "Is that so?", Mentions: []string{"u-li"}}

func (h house) suggested(q question.ID, revision int, stem string) uuid.UUID {
	h.Helper()
	return h.do(commands.SuggestChange{Question: q, Revision: revision, Pointer: "/stem/text", Value: stem, Remark: remark}).ID
}

func aSuggestionIsAppliedAsAnEdit(h house) {
	q := h.created("2+2?").ID
	thread := h.suggested(q, 1, "2+3?")
	h.do(commands.EditQuestion{Question: q, Revision: 1, Content: with(choice("2+2?"), "key", "b")})
	apply := commands.ApplySuggestion{Question: q, Thread: thread}
	done := h.do(apply)
	if done.ID != thread || done.Position == 0 {
		h.Errorf("did %+v", done)
	}
	want := with(choice("2+3?"), "key", "b")
	if got := h.question(q); !content.Equal(got.Draft.Content, want) || got.Revision != 3 {
		h.Errorf("got %v", got.Draft.Content)
	}
	if d := h.discussion(about(q)); d.Threads[thread].Status != discussion.Applied || !d.Threads[thread].Resolved {
		h.Errorf("got %+v", d.Threads[thread])
	}
	// Once more it does nothing, also when the question went on.
	h.edit(q, "2+4?")
	said := h.discussion(about(q)).Revision
	if again := h.do(apply); again.ID != thread || h.discussion(about(q)).Revision != said || !content.Equal(h.question(q).Draft.Content, choice("2+4?")) {
		h.Errorf("did %+v again", again)
	}
	h.refused(admin, commands.DeclineSuggestion{Subject: about(q), Thread: thread, Reason: "no"}, "suggestion.settled")
}

func aSuggestionThatDoesNotFitShowsBoth(h house) {
	q := h.created("2+2?").ID
	thread := h.suggested(q, 1, "2+3?")
	h.edit(q, "2+4?")
	f := h.refused(admin, commands.ApplySuggestion{Question: q, Thread: thread}, "question.merge_conflict")
	if conflicts, _ := f.Details["conflicts"].([]content.Conflict); len(conflicts) != 1 || conflicts[0].Ours != "2+4?" || conflicts[0].Theirs != "2+3?" {
		h.Errorf("got %+v", f.Details)
	}
	h.do(commands.DeclineSuggestion{Subject: about(q), Thread: thread, Reason: "others did better"})
	h.refused(admin, commands.ApplySuggestion{Question: q, Thread: thread}, "suggestion.settled")
	if got := h.question(q); got.Revision != 2 {
		h.Errorf("the question is at %d", got.Revision)
	}
}

func aSuggestionTheQuestionHasAlreadyIsApplied(h house) {
	q := h.created("2+2?").ID
	thread := h.suggested(q, 1, "2+3?")
	h.edit(q, "2+3?")
	h.do(commands.ApplySuggestion{Question: q, Thread: thread})
	if d := h.discussion(about(q)); d.Threads[thread].Status != discussion.Applied || h.question(q).Revision != 2 {
		h.Errorf("got %+v", d.Threads[thread])
	}
}

// cut is a log that a stream cannot be written to.
type cut struct {
	*eventstore.Store
	off uuid.UUID
}

var errCut = errors.New("the line is cut")

func (l cut) Append(ctx context.Context, appends ...eventstore.Append) ([]eventstore.Outcome, error) {
	for _, a := range appends {
		if a.Stream == l.off {
			return nil, errCut
		}
	}
	return l.Store.Append(ctx, appends...)
}

// What breaks off between the edit and the note is finished by asking again, whatever happened meanwhile.
func whatBreaksOffIsFinishedByRepeating(h house) {
	for _, meanwhile := range []func(q question.ID, thread uuid.UUID){
		func(question.ID, uuid.UUID) {},
		func(q question.ID, _ uuid.UUID) { h.edit(q, "2+5?") },
		func(q question.ID, thread uuid.UUID) {
			h.do(commands.DeclineSuggestion{Subject: about(q), Thread: thread, Reason: "no"})
		},
		func(q question.ID, thread uuid.UUID) {
			h.do(commands.DeleteComment{Subject: about(q), Thread: thread, Comment: thread})
		},
	} {
		q := h.created("2+2?").ID
		thread := h.suggested(q, 1, "2+3?")
		b := h.interrupted(func(eventstore.Append) {})
		b.Log = cut{h.Store, about(q).Stream()}
		apply := commands.ApplySuggestion{Question: q, Thread: thread}
		if _, err := b.Do(h.Context(), admin, apply); !errors.Is(err, errCut) {
			h.Fatalf("got %v", err)
		}
		if h.question(q).Revision != 2 {
			h.Fatal("the edit was not made")
		}
		meanwhile(q, thread)
		before := h.question(q)
		h.do(apply)
		if d := h.discussion(about(q)); d.Threads[thread].Status != discussion.Applied || h.question(q).Revision != before.Revision {
			h.Errorf("the suggestion is %s, the question at %d", d.Threads[thread].Status, h.question(q).Revision)
		}
	}
}

func aDiscussionIsForThoseWhoMayReadItsSubject(h house) {
	q := h.created("2+2?").ID
	l := h.do(commands.CreateLesson{Plan: plan(q)}).ID
	thread := h.do(commands.OpenThread{Subject: about(q), Revision: 1, Pointer: "/options/0", Remark: remark}).ID
	comment := h.do(commands.Reply{Subject: about(q), Thread: thread, Remark: remark}).ID
	pending := h.suggested(q, 1, "2+3?")
	inLesson := discussion.Subject{Kind: discussion.Lesson, ID: l}
	h.do(commands.OpenThread{Subject: inLesson, Revision: 1, Pointer: "/items/0", Remark: remark})
	said := h.discussion(about(q)).Revision + h.discussion(inLesson).Revision
	for _, c := range []struct {
		command commands.Command
		code    string
	}{
		{commands.OpenThread{Subject: about(q), Revision: 1, Remark: remark}, "question.not_found"},
		{commands.OpenThread{Subject: inLesson, Revision: 1, Remark: remark}, "lesson.not_found"},
		{commands.SuggestChange{Question: q, Revision: 1, Pointer: "/key", Value: "b", Remark: remark}, "question.not_found"},
		{commands.Reply{Subject: about(q), Thread: thread, Remark: remark}, "thread.not_found"},
		{commands.EditComment{Subject: about(q), Thread: thread, Comment: comment, Remark: remark}, "thread.not_found"},
		{commands.DeleteComment{Subject: about(q), Thread: thread, Comment: comment}, "thread.not_found"},
		{commands.ResolveThread{Subject: about(q), Thread: thread}, "thread.not_found"},
		{commands.ReopenThread{Subject: about(q), Thread: thread}, "thread.not_found"},
		{commands.DeclineSuggestion{Subject: about(q), Thread: pending, Reason: "no"}, "thread.not_found"},
		{commands.ApplySuggestion{Question: q, Thread: pending}, "question.not_found"},
	} {
		h.refused(stranger, c.command, c.code)
		h.refused(student, c.command, "access.denied")
	}
	reviewer := access.Actor{ID: "u-reviewer", Roles: []access.Role{access.Reviewer}, Scope: access.Scope{Org: "acme"}}
	h.refused(reviewer, commands.ApplySuggestion{Question: q, Thread: pending}, "access.denied")
	h.refused(reviewer, commands.DeclineSuggestion{Subject: about(q), Thread: pending, Reason: "no"}, "access.denied")
	h.refused(reviewer, commands.DeleteComment{Subject: about(q), Thread: thread, Comment: comment}, "comment.not_yours")
	for _, c := range []commands.Command{
		commands.OpenThread{Subject: about(q), Revision: 2, Remark: remark}, commands.OpenThread{Subject: inLesson, Revision: 2, Remark: remark},
		commands.OpenThread{Subject: inLesson, Revision: 0, Remark: remark}, commands.SuggestChange{Question: q, Revision: 2, Pointer: "/key", Value: "b", Remark: remark},
	} {
		h.refused(admin, c, "revision.not_found")
	}
	if now := h.discussion(about(q)).Revision + h.discussion(inLesson).Revision; now != said || h.question(q).Revision != 1 {
		h.Errorf("%d was said, then %d", said, now)
	}
}

// Said once more under their ids, things are not said twice.
func TestWhatIsSaidOnceIsSaidOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	twice := func(c commands.Command) commands.Done {
		t.Helper()
		id := uuid.New()
		first := h.do(c, commands.As(id))
		head := h.head()
		if again := h.do(c, commands.As(id)); again.ID != first.ID || h.head() != head {
			t.Errorf("%T: first did %+v, then %+v", c, first, again)
		}
		return first
	}
	q := h.created("2+2?").ID
	thread := twice(commands.OpenThread{Subject: about(q), Revision: 1, Pointer: "/stem", Remark: remark}).ID
	comment := twice(commands.Reply{Subject: about(q), Thread: thread, Remark: remark}).ID
	twice(commands.EditComment{Subject: about(q), Thread: thread, Comment: comment, Remark: remark})
	twice(commands.DeleteComment{Subject: about(q), Thread: thread, Comment: comment})
	twice(commands.ResolveThread{Subject: about(q), Thread: thread})
	twice(commands.ReopenThread{Subject: about(q), Thread: thread})
	twice(commands.ApplySuggestion{Question: q, Thread: twice(commands.SuggestChange{Question: q, Revision: 1, Pointer: "/key", Value: "b", Remark: remark}).ID})
	whole := twice(commands.SuggestChange{Question: q, Revision: 2, Content: with(choice("2+2?"), "key", "a"), Remark: remark}).ID
	twice(commands.DeclineSuggestion{Subject: about(q), Thread: whole, Reason: "no"})
	d := h.discussion(about(q))
	if len(d.Threads) != 3 || !d.Threads[thread].Comments[1].Deleted || d.Threads[thread].Resolved || h.question(q).Revision != 2 {
		t.Errorf("got %+v, the question at %d", d, h.question(q).Revision)
	}
}

func fieldsAndMetadataAreBroughtBack(h house) {
	q := h.created("one").ID
	h.do(commands.DescribeQuestion{Question: q, Revision: 1, Metadata: question.Metadata{Title: "Sums"}})
	h.do(commands.EditQuestion{Question: q, Revision: 2, Content: with(choice("two"), "key", "b")})
	h.do(commands.RestoreQuestion{Question: q, Revision: 3, To: 1, Fields: []string{"/key"}})
	if got := h.question(q); !content.Equal(got.Draft.Content, choice("two")) || got.Metadata.Title != "Sums" {
		h.Errorf("got %v, %v", got.Draft.Content, got.Metadata)
	}
	h.do(commands.RestoreQuestion{Question: q, Revision: 4, To: 1, Metadata: true})
	if got := h.question(q); !content.Equal(got.Draft.Content, choice("one")) || got.Metadata.Title != "" {
		h.Errorf("got %v, %v", got.Draft.Content, got.Metadata)
	}
	h.refused(admin, commands.RestoreQuestion{Question: q, Revision: commands.Anything, To: 1, Fields: []string{"/nowhere"}}, "question.restore_fields")
}
