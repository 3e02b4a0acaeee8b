package commands_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/knowledge"
	"qbank/domain/lesson"
	"qbank/domain/paper"
	"qbank/domain/question"
	"qbank/domain/resource"
	"qbank/domain/roster"
	"qbank/domain/staff"
	"qbank/domain/timeline"
	"qbank/domain/workflow"
	book "qbank/internal/devices"
)

// under names a question as its review is acted on.
func under(q question.ID, revision int) commands.Reviewed {
	return commands.Reviewed{Kind: workflow.Questions, ID: q, Revision: revision}
}

func renamed(w workflow.Workflow) workflow.Workflow {
	w.Name = "ours"
	return w
}

func hashOf(t *testing.T, p lesson.Plan) content.Hash {
	t.Helper()
	tidy, err := p.Tidy(nil)
	if err != nil {
		t.Fatal(err)
	}
	return tidy.Hash()
}

// noted has a student's device seen in prod.
func (h house) noted(student string) {
	h.Helper()
	h.Devices.Note(access.Actor{ID: student, Roles: []access.Role{access.Student}, Scope: supporter.Scope}, time.Now())
	if err := h.Devices.Flush(h.Context()); err != nil {
		h.Fatal(err)
	}
}

// onlyDevices are the traces of people that are kept outside of read models, which are not filled here.
type onlyDevices struct{ *book.Book }

func (onlyDevices) Standing(context.Context, uuid.UUID) (map[string]int, error) { return nil, nil }

func (d onlyDevices) Erase(ctx context.Context, person uuid.UUID) (map[string]int, error) {
	n, err := d.Book.Erase(ctx, person)
	return map[string]int{"devices": n}, err
}

// Every command once refused to somebody who may not, which leaves no trace, and once done.
func TestEveryCommandNeedsItsPermissionAndThenDoesItsWork(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.Commands.Resources = nil // files are not asked about
	h.Commands.Candidates = noStock{}
	h.Commands.Traces = onlyDevices{h.Devices}
	var q, other, l, copied, exam, p, point, key, file, ticket uuid.UUID
	wang, zhao := staff.ID("https://id.example", "wang"), staff.ID("https://id.example", "zhao")
	h.do(commands.GrantRole{Person: zhao, Role: access.Reviewer})
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
		{command: func() commands.Command { return commands.TagQuestion{Question: q, Revision: 6, Add: []string{"new"}} }},
		{command: func() commands.Command { return commands.ClaimReview{Reviewed: under(q, 7)} }},
		{command: func() commands.Command { return commands.ReleaseReview{Reviewed: under(q, 8)} }},
		{command: func() commands.Command {
			return commands.AssignReview{Reviewed: under(q, 9), Persons: []string{zhao.String()}}
		}},
		{command: func() commands.Command { return commands.UnassignReview{Reviewed: under(q, 10)} }},
		{command: func() commands.Command {
			return commands.ApproveQuestion{Question: q, Revision: 11, Hash: h.question(q).Draft.Hash}
		}},
		{command: func() commands.Command {
			return commands.PublishQuestion{Question: q, Revision: 12, Kind: question.Revision}
		}},
		{command: func() commands.Command { return commands.RestoreQuestion{Question: q, Revision: 13, To: 1} }},
		{command: func() commands.Command {
			return commands.RetireQuestion{Question: q, Revision: 14, Reason: "out of date"}
		}},
		{command: func() commands.Command { return commands.ReinstateQuestion{Question: q, Revision: 15} }},
		{command: func() commands.Command { return commands.CreateQuestion{Type: singleChoice} }, then: func(d commands.Done) { other = d.ID }},
		{command: func() commands.Command { return commands.WithdrawQuestion{Question: other, Revision: 1} }},
		{command: func() commands.Command { return commands.CreateLesson{} }, then: nil},
		{command: func() commands.Command { return commands.CreateLesson{Plan: plan()} }, then: func(d commands.Done) { l = d.ID }},
		{command: func() commands.Command { return commands.EditLesson{Lesson: l, Revision: 1, Plan: plan(q)} }},
		{command: func() commands.Command { return commands.SubmitLesson{Lesson: l, Revision: 2} }},
		{command: func() commands.Command {
			return commands.ReturnLesson{Lesson: l, Revision: 3, Hash: hashOf(t, plan(q)), Reason: "why?"}
		}},
		{command: func() commands.Command { return commands.SubmitLesson{Lesson: l, Revision: 4} }},
		{command: func() commands.Command { return commands.RecallLesson{Lesson: l, Revision: 5} }},
		{command: func() commands.Command { return commands.SubmitLesson{Lesson: l, Revision: 6} }},
		{command: func() commands.Command {
			return commands.ApproveLesson{Lesson: l, Revision: 7, Hash: hashOf(t, plan(q))}
		}},
		{command: func() commands.Command { return commands.PublishLesson{Lesson: l, Revision: 8} }},
		{command: func() commands.Command { return commands.ReleaseLesson{Environment: "prod", Lesson: l} }},
		{command: func() commands.Command { return commands.CreatePaper{Plan: sheet()} }, then: func(d commands.Done) { p = d.ID }},
		{command: func() commands.Command { return commands.EditPaper{Paper: p, Revision: 1, Plan: sheet(q)} }},
		{command: func() commands.Command { return commands.PublishPaper{Paper: p, Revision: 2} }},
		{command: func() commands.Command { return commands.CreateLesson{Plan: plan()} }, then: func(d commands.Done) { exam = d.ID }},
		{command: func() commands.Command { return commands.LayOutPaper{Paper: p, Lesson: exam, Revision: 1} }},
		{command: func() commands.Command {
			return commands.AssemblePaper{Paper: p, Revision: 3, Targets: []string{"S"}, See: func(paper.Paper, paper.Report) {}}
		}},
		{command: func() commands.Command { return commands.RetirePaper{Paper: p, Revision: 4, Reason: "over"} }},
		{command: func() commands.Command { return commands.WithdrawLesson{Environment: "prod", Lesson: l} }},
		{command: func() commands.Command { return commands.CopyLesson{Master: l, Term: "spring"} }, then: func(d commands.Done) { copied = d.ID }},
		{command: func() commands.Command { return commands.EditLesson{Lesson: l, Revision: 9, Plan: filmed(q)} }},
		{command: func() commands.Command { return commands.PublishLesson{Lesson: l, Revision: 10} }},
		{command: func() commands.Command { return commands.PullLesson{Lesson: copied, Revision: 1} }},
		{command: func() commands.Command {
			return commands.ImportSubtitles{Lesson: copied, Revision: 2, Stage: "film", Track: lesson.Track{Plugin: lesson.Subtitles, Language: "en",
				Lines: []lesson.Line{{From: 0, To: 500, Text: "Hello"}}}}
		}},
		{command: func() commands.Command {
			return commands.RecutLesson{Lesson: copied, Revision: 3, Stage: "film", Medium: film("2", 1_000), Cut: timeline.Cut{{To: 1_000}}}
		}},
		{command: func() commands.Command { return commands.LockLesson{Lesson: l, Revision: 11, Environment: "prod"} }},
		{command: func() commands.Command {
			return commands.RequestLessonChange{Lesson: l, Revision: 12, Plan: plan(q), Reason: "no film"}
		}},
		{command: func() commands.Command {
			return commands.DeclineLessonChange{Lesson: l, Revision: 13, Change: h.lesson(l).Changes[0].ID, Reason: "we want it"}
		}},
		{command: func() commands.Command {
			return commands.UnlockLesson{Lesson: l, Revision: 14, Environment: "prod", Reason: "over"}
		}},
		{command: func() commands.Command { return commands.RetireLesson{Lesson: l, Revision: 15, Reason: "over"} }},
		{command: func() commands.Command { return commands.DefineWorkflow{Workflow: renamed(workflow.Solo)} }},
		{command: func() commands.Command {
			return commands.ChooseWorkflow{Revision: 1, Kind: workflow.Lessons, Workflow: "ours@1"}
		}},
		{command: func() commands.Command {
			return commands.KeepClass{Code: "7b", Title: "Seven B", Students: []commands.Person{{Number: "1", Name: "Li Lei"}}}
		}},
		{command: func() commands.Command { return commands.LeaveClass{Code: "7b", Students: []string{"1"}} }},
		{command: func() commands.Command { return commands.KeepNode{Kind: roster.Line, Code: "k12", Title: "K12"} }},
		{command: func() commands.Command {
			return commands.JoinClass{Code: "7b", Students: []commands.Person{{Number: "2"}}}
		}},
		{command: func() commands.Command { return commands.KeepClass{Code: "7c", Title: "Seven C"} }},
		{command: func() commands.Command {
			return commands.TransferStudents{From: "7b", To: "7c", Students: []string{"2"}}
		}},
		{command: func() commands.Command {
			return commands.DescribeStudent{Student: commands.Person{Number: "2"}, StudentFacts: roster.StudentFacts{Grade: "7"}}
		}},
		{command: func() commands.Command {
			return commands.KeepPoint{Subject: "math", Point: knowledge.Point{Title: "Sums"}}
		}, then: func(d commands.Done) { point = d.ID }},
		{command: func() commands.Command { return commands.RetirePoint{Subject: "math", Point: point} }},
		{command: func() commands.Command { return commands.PublishTree{Subject: "math"} }},
		{command: func() commands.Command {
			return commands.CreateEnvironment{Environment: environment.Declared{Name: "beta", Title: "Beta"}}
		}},
		{command: func() commands.Command {
			return commands.DescribeEnvironment{Environment: environment.Declared{Name: "beta", Title: "Beta", Next: "prod"}, Revision: 1}
		}},
		{command: func() commands.Command {
			return commands.RetireEnvironment{Environment: "beta", Revision: 2, Reason: "over"}
		}},
		{command: func() commands.Command {
			return commands.ReviveEnvironment{Environment: "beta", Revision: 3, Reason: "needed"}
		}},
		{command: func() commands.Command {
			return commands.KeepResource{Facts: resource.Uploaded{Hash: content.HashBytes(nil), Type: "image/png", Title: "bridge"}}
		}, then: func(d commands.Done) { file = d.ID }},
		{command: func() commands.Command {
			return commands.RenameResource{Resource: file, Revision: 1, Title: "a bridge"}
		}},
		{command: func() commands.Command {
			return commands.TagResource{Resource: file, Revision: 2, Tags: []string{"map"}}
		}},
		{command: func() commands.Command { return commands.CollectResource{Resource: file} }},
		{command: func() commands.Command { return commands.RestoreResource{Resource: file} }},
		{command: func() commands.Command { return commands.CollectResource{Resource: file} }},
		{command: func() commands.Command { return commands.RemoveResource{Resource: file} }},
		{command: func() commands.Command { return commands.RegisterType{Type: h.teamType("acme-choice")} }},
		{command: func() commands.Command {
			return commands.GrantRole{Person: wang, Role: access.Author, DisplayName: "Wang"}
		}},
		{command: func() commands.Command {
			return commands.RevokeRole{Person: wang, Role: access.Author, Reason: "left"}
		}},
		{command: func() commands.Command {
			return commands.CreateAPIKey{Title: "CRM", Roles: []access.Role{access.Analyst}, Expires: time.Now().Add(time.Hour), Show: func(string) {}}
		}, then: func(d commands.Done) { key = d.ID }},
		{command: func() commands.Command { return commands.RevokeAPIKey{Key: key, Reason: "lost"} }},
		{command: func() commands.Command {
			h.noted("u-pupil")
			return commands.OpenPseudoLogin{Student: "u-pupil", Reason: "sees no answers", Write: true, Show: func(commands.PseudoToken) {}}
		}, then: func(d commands.Done) { ticket = d.ID }},
		{command: func() commands.Command { return commands.ApprovePseudoLogin{Ticket: ticket} }},
		{command: func() commands.Command {
			return commands.RenewPseudoLogin{Ticket: ticket, Show: func(commands.PseudoToken) {}}
		}},
		{command: func() commands.Command { return commands.ClosePseudoLogin{Ticket: ticket} }},
		{command: func() commands.Command {
			return commands.OpenPseudoLogin{Student: "u-pupil", Reason: "again", Show: func(commands.PseudoToken) {}}
		}, then: func(d commands.Done) { ticket = d.ID }},
		{command: func() commands.Command { return commands.RevokePseudoLogin{Ticket: ticket, Reason: "no need"} }},
		{command: func() commands.Command {
			return commands.ErasePerson{Person: roster.PersonOf("u-pupil"), Reason: "asked for it"}
		}},
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
