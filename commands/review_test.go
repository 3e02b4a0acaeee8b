package commands_test

import (
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/eventstore"
)

// submitted is a question that waits for review, with the hash of what a reviewer sees.
func (h house) submitted(stem string) (question.ID, content.Hash) {
	h.Helper()
	id := h.created(stem).ID
	h.do(commands.SubmitQuestion{Question: id, Revision: 1})
	return id, h.question(id).Draft.Hash
}

func TestASignOffAccountsForEveryQuestion(t *testing.T) {
	t.Parallel()
	h := open(t)
	same, sameHash := h.submitted("2+2?")
	changed, changedHash := h.submitted("2+3?")
	drawn, drawnHash := h.submitted("2+4?")
	unseen, _ := h.submitted("2+5?")
	p := plan(same, changed)
	p.Draws = []lesson.Draw{{ID: "pool", Count: 1, Pool: []lesson.Pooled{{Question: drawn}, {Question: unseen}}}}
	l := h.do(commands.CreateLesson{Plan: p}).ID
	h.do(commands.SubmitLesson{Lesson: l, Revision: 1})
	h.edit(changed, "2+3 = ?") // and is a draft again
	off := commands.SignOff{Lesson: l, Revision: 2, Hash: h.lesson(l).Standing.Hash,
		Questions: map[question.ID]content.Hash{same: sameHash, changed: changedHash, drawn: drawnHash}}
	outcomes, err := h.Commands.SignOffLesson(t.Context(), reviewer, uuid.New(), off)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[uuid.UUID]string{}
	for _, o := range outcomes {
		codes[o.Of] = "done"
		if f := fault.Of(o.Err); f != nil {
			codes[o.Of] = f.Code
		}
	}
	for id, want := range map[uuid.UUID]string{l: "done", same: "done", changed: "question.state", drawn: "done", unseen: "review.not_seen"} {
		if codes[id] != want {
			t.Errorf("%s came to %q, want %q", id, codes[id], want)
		}
	}
	for id, want := range map[question.ID]workflow.State{same: workflow.Approved, changed: workflow.Draft, drawn: workflow.Approved, unseen: workflow.InReview} {
		if got := h.question(id).State; got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
}

func TestWhoseSuggestionWasAppliedDoesNotApproveIt(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := access.Actor{ID: "u-author", Roles: []access.Role{access.Author}, Scope: admin.Scope}
	suggester := access.Actor{ID: "u-suggester", Roles: []access.Role{access.Reviewer}, Scope: admin.Scope}
	q := h.doAs(author, commands.CreateQuestion{Type: singleChoice, Content: choice("2+2?")}).ID
	thread := h.doAs(suggester, commands.SuggestChange{Question: q, Revision: 1, Pointer: "/stem/text", Value: "2+3?", Remark: remark}).ID
	apply := commands.ApplySuggestion{Question: q, Thread: thread}
	h.doAs(author, apply)

	// Whoever applies it at the same time waits for what says that it is applied.
	recorded, err := h.Store.ReadStream(t.Context(), about(q).Stream(), eventstore.Range{})
	if err != nil {
		t.Fatal(err)
	}
	if again := h.doAs(admin, apply); again.Position != recorded[len(recorded)-1].Position {
		t.Errorf("did %+v, it was said at %d", again, recorded[len(recorded)-1].Position)
	}

	h.doAs(author, commands.SubmitQuestion{Question: q, Revision: commands.Anything})
	approve := commands.ApproveQuestion{Question: q, Revision: commands.Anything, Hash: h.question(q).Draft.Hash}
	h.refused(suggester, approve, "review.own_work")
	h.doAs(reviewer, approve)
	h.do(commands.PublishQuestion{Question: q, Revision: commands.Anything, Kind: question.Revision})
	h.doAs(author, commands.EditQuestion{Question: q, Revision: commands.Anything, Content: choice("2+4?")})
	h.doAs(author, commands.SubmitQuestion{Question: q, Revision: commands.Anything})
	approve.Hash = h.question(q).Draft.Hash
	h.doAs(suggester, approve) // what was published before is not this content
}

func TestTheLastWriterDecidesAboutOfferedRevisions(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := func(id string) access.Actor {
		return access.Actor{ID: id, Roles: []access.Role{access.Author}, Scope: admin.Scope}
	}
	q := h.published("2+2?")
	first := plan(q)
	first.Items[0].Version = 1
	l := h.doAs(author("u-li"), commands.CreateLesson{Plan: first}).ID
	h.edit(q, "2+2 = ?")
	h.publish(q, question.Revision)
	decline := commands.DeclineRevision{Lesson: l, Revision: commands.Anything, Question: q, Version: 2, Reason: "fine as it is"}
	accept := commands.AcceptRevision{Lesson: l, Revision: commands.Anything, Question: q, Version: 2}
	h.refused(author("u-wang"), decline, "offer.owner")
	h.refused(author("u-wang"), accept, "offer.owner")
	h.refused(stranger, accept, "lesson.not_found")
	h.doAs(author("u-li"), decline)
	h.doAs(author("u-wang"), commands.EditLesson{Lesson: l, Revision: commands.Anything, Plan: titled(h.lesson(l).Plan, "Better sums")})
	h.refused(author("u-li"), accept, "offer.owner")
	h.doAs(author("u-wang"), accept)
	h.edit(q, "What is 2+2?")
	h.publish(q, question.Revision)
	accept.Version = 3
	h.do(accept) // an admin may publish lessons
	if items := h.lesson(l).Plan.Items; items[0].Version != 3 {
		t.Errorf("came to %+v", items)
	}
}

// Whoever writes a question says which subject it is of, and does not choose thereby who approves a change of what is published.
func TestTheSubjectThatWasPublishedAnswersForTheNextVersion(t *testing.T) {
	t.Parallel()
	h := open(t)
	strict := workflow.FourEyes
	strict.Name, strict.Version = "strict", 1
	h.do(commands.DefineWorkflow{Workflow: strict})
	h.do(commands.ChooseWorkflow{Revision: 1, Kind: workflow.Questions, Subject: "math", Workflow: strict.Ref()})
	q := h.do(commands.CreateQuestion{Type: singleChoice, Content: choice("2+2?"), Metadata: question.Metadata{Subject: "math"}}).ID
	under := func(want string) {
		t.Helper()
		h.do(commands.SubmitQuestion{Question: q, Revision: commands.Anything})
		if got := h.question(q).Standing.Review.Workflow; got != want {
			t.Errorf("it is reviewed under %s, want %s", got, want)
		}
		h.do(commands.ApproveQuestion{Question: q, Revision: commands.Anything, Hash: h.question(q).Draft.Hash})
		h.do(commands.PublishQuestion{Question: q, Revision: commands.Anything, Kind: question.Revision})
	}
	under("strict@1")
	h.edit(q, "2+3?")
	h.do(commands.DescribeQuestion{Question: q, Revision: commands.Anything, Metadata: question.Metadata{Subject: "leisure"}})
	under("strict@1")
	h.edit(q, "2+4?")
	under(workflow.FourEyes.Ref()) // those who approved the move let it go
}
