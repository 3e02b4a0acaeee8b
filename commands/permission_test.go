package commands_test

import (
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/knowledge"
	"qbank/domain/paper"
	"qbank/domain/question"
)

// Every command once refused to somebody who may not, which leaves no trace, and once done.
func TestEveryCommandNeedsItsPermissionAndThenDoesItsWork(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.Commands.Candidates = noStock{}
	var q, other, l, exam, p, point uuid.UUID
	for _, c := range []struct {
		command func() commands.Command
		then    func(commands.Done)
	}{
		{command: func() commands.Command { return commands.CreateQuestion{Type: singleChoice} }, then: func(d commands.Done) { q = d.ID }},
		{command: func() commands.Command {
			return commands.EditQuestion{Question: q, Revision: 1, Content: choice("2+2?")}
		}},
		{command: func() commands.Command {
			return commands.DescribeQuestion{Question: q, Revision: 2, Metadata: question.Metadata{Title: "Sums"}}
		}},
		{command: func() commands.Command { return commands.SubmitQuestion{Question: q, Revision: 3} }},
		{command: func() commands.Command {
			return commands.ReturnQuestion{Question: q, Revision: 4, Hash: h.question(q).Draft.Hash, Reason: "which?"}
		}},
		{command: func() commands.Command { return commands.SubmitQuestion{Question: q, Revision: 5, Note: "this one"} }},
		{command: func() commands.Command {
			return commands.ApproveQuestion{Question: q, Revision: 6, Hash: h.question(q).Draft.Hash}
		}},
		{command: func() commands.Command {
			return commands.PublishQuestion{Question: q, Revision: 7, Kind: question.Revision}
		}},
		{command: func() commands.Command { return commands.RestoreQuestion{Question: q, Revision: 8, To: 1} }},
		{command: func() commands.Command {
			return commands.RetireQuestion{Question: q, Revision: 9, Reason: "out of date"}
		}},
		{command: func() commands.Command { return commands.ReinstateQuestion{Question: q, Revision: 10} }},
		{command: func() commands.Command { return commands.CreateQuestion{Type: singleChoice} }, then: func(d commands.Done) { other = d.ID }},
		{command: func() commands.Command { return commands.WithdrawQuestion{Question: other, Revision: 1} }},
		{command: func() commands.Command { return commands.CreateLesson{} }, then: nil},
		{command: func() commands.Command { return commands.CreateLesson{Plan: plan()} }, then: func(d commands.Done) { l = d.ID }},
		{command: func() commands.Command { return commands.EditLesson{Lesson: l, Revision: 1, Plan: plan(q)} }},
		{command: func() commands.Command { return commands.PublishLesson{Lesson: l, Revision: 2} }},
		{command: func() commands.Command { return commands.ReleaseLesson{Environment: "prod", Lesson: l} }},
		{command: func() commands.Command { return commands.CreatePaper{Plan: sheet()} }, then: func(d commands.Done) { p = d.ID }},
		{command: func() commands.Command { return commands.EditPaper{Paper: p, Revision: 1, Plan: sheet(q)} }},
		{command: func() commands.Command { return commands.PublishPaper{Paper: p, Revision: 2} }},
		{command: func() commands.Command { return commands.CreateLesson{Plan: plan()} }, then: func(d commands.Done) { exam = d.ID }},
		{command: func() commands.Command { return commands.LayOutPaper{Paper: p, Lesson: exam, Revision: 1} }},
		{command: func() commands.Command {
			return commands.AssemblePaper{Paper: p, Revision: 3, Targets: []string{"S"}, See: func(paper.Plan, paper.Report) {}}
		}},
		{command: func() commands.Command { return commands.RetirePaper{Paper: p, Revision: 4, Reason: "over"} }},
		{command: func() commands.Command { return commands.WithdrawLesson{Environment: "prod", Lesson: l} }},
		{command: func() commands.Command { return commands.RetireLesson{Lesson: l, Revision: 3, Reason: "over"} }},
		{command: func() commands.Command {
			return commands.KeepClass{Code: "7b", Title: "Seven B", Students: []commands.Student{{Number: "1", Name: "Li Lei"}}}
		}},
		{command: func() commands.Command { return commands.LeaveClass{Code: "7b", Students: []string{"1"}} }},
		{command: func() commands.Command {
			return commands.KeepPoint{Subject: "math", Point: knowledge.Point{Title: "Sums"}}
		}, then: func(d commands.Done) { point = d.ID }},
		{command: func() commands.Command { return commands.RetirePoint{Subject: "math", Point: point} }},
		{command: func() commands.Command { return commands.PublishTree{Subject: "math"} }},
		{command: func() commands.Command { return commands.RegisterType{Type: h.teamType("acme-choice")} }},
	} {
		command := c.command()
		if create, ok := command.(commands.CreateLesson); ok && create.Plan.Title == "" {
			h.refused(admin, command, "lesson.invalid")
			continue
		}
		before := h.head()
		refusal := h.refused(student, command, "access.denied")
		if refusal.Details["permission"] != string(command.Needs()) || h.head() != before {
			t.Fatalf("%T: refused with %v, and the log went from %d to %d", command, refusal.Details, before, h.head())
		}
		done := h.do(command)
		if done.Position != h.head() || done.Position <= before || done.ID == uuid.Nil || done.Revision == 0 {
			t.Fatalf("%T: did %+v; the log went from %d to %d", command, done, before, h.head())
		}
		if c.then != nil {
			c.then(done)
		}
	}
	if code, err := question.ParseCode(string(h.question(q).Code)); err != nil || h.question(q).Latest != 1 {
		t.Errorf("the question is %s in version %d, %v", code, h.question(q).Latest, err)
	}
}
