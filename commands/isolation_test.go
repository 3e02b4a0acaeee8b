package commands_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/knowledge"
	"qbank/domain/question"
)

// What is another organisation's is refused word for word like what was never there, whatever revision is named.
func TestAnotherOrganisationsThingsDoNotExist(t *testing.T) {
	t.Parallel()
	h := open(t)
	q := h.published("2+2?")
	l := h.do(commands.CreateLesson{Plan: plan(q)}).ID
	h.do(commands.PublishLesson{Lesson: l, Revision: 1})
	h.do(commands.ReleaseLesson{Environment: "prod", Lesson: l})
	p := h.do(commands.CreatePaper{Plan: sheet(q)}).ID
	h.do(commands.PublishPaper{Paper: p, Revision: 1})
	theirs := l
	b := uuid.New()
	h.do(commands.StartImport{Batch: b, Format: "gift"})
	team := h.teamType("acme-choice")
	h.do(commands.RegisterType{Type: team})
	h.do(commands.KeepClass{Code: "7b", Title: "Seven B"})
	h.do(commands.KeepPoint{Subject: "math", Point: knowledge.Point{Title: "Sums"}})
	key := h.do(commands.CreateAPIKey{Title: "CRM", Roles: []access.Role{access.Analyst}, Expires: time.Now().Add(time.Hour), Show: func(string) {}}).ID
	wang := h.do(commands.GrantRole{Person: uuid.New(), Role: access.Author}).ID

	question := func(c func(id uuid.UUID, revision int) commands.Command) []func(uuid.UUID) commands.Command {
		var all []func(uuid.UUID) commands.Command
		for _, revision := range []int{commands.Anything, 1, 4, 99} {
			all = append(all, func(id uuid.UUID) commands.Command { return c(id, revision) })
		}
		return all
	}
	for _, c := range []struct {
		theirs   uuid.UUID
		commands []func(uuid.UUID) commands.Command
	}{
		{q, question(func(id uuid.UUID, r int) commands.Command {
			return commands.EditQuestion{Question: id, Revision: r, Content: choice("2+3?")}
		})},
		{q, question(func(id uuid.UUID, r int) commands.Command {
			return commands.DescribeQuestion{Question: id, Revision: r}
		})},
		{q, question(func(id uuid.UUID, r int) commands.Command { return commands.SubmitQuestion{Question: id, Revision: r} })},
		{q, question(func(id uuid.UUID, r int) commands.Command {
			return commands.ApproveQuestion{Question: id, Revision: r}
		})},
		{q, question(func(id uuid.UUID, r int) commands.Command { return commands.ReturnQuestion{Question: id, Revision: r} })},
		{q, question(func(id uuid.UUID, r int) commands.Command {
			return commands.PublishQuestion{Question: id, Revision: r}
		})},
		{q, question(func(id uuid.UUID, r int) commands.Command {
			return commands.RestoreQuestion{Question: id, Revision: 4, To: r}
		})},
		{q, question(func(id uuid.UUID, r int) commands.Command { return commands.RetireQuestion{Question: id, Revision: r} })},
		{q, question(func(id uuid.UUID, r int) commands.Command {
			return commands.ReinstateQuestion{Question: id, Revision: r}
		})},
		{q, question(func(id uuid.UUID, r int) commands.Command {
			return commands.WithdrawQuestion{Question: id, Revision: r}
		})},
		{l, question(func(id uuid.UUID, r int) commands.Command {
			return commands.EditLesson{Lesson: id, Revision: r, Plan: plan()}
		})},
		{l, question(func(id uuid.UUID, r int) commands.Command { return commands.PublishLesson{Lesson: id, Revision: r} })},
		{l, question(func(id uuid.UUID, r int) commands.Command { return commands.RetireLesson{Lesson: id, Revision: r} })},
		{q, question(func(id uuid.UUID, r int) commands.Command { return commands.TagQuestion{Question: id, Revision: r} })},
		{q, question(func(id uuid.UUID, r int) commands.Command {
			return commands.AssignReview{Reviewed: under(id, r), Persons: []string{"x"}}
		})},
		{q, question(func(id uuid.UUID, r int) commands.Command {
			return commands.UnassignReview{Reviewed: under(id, r)}
		})},
		{q, question(func(id uuid.UUID, r int) commands.Command { return commands.ClaimReview{Reviewed: under(id, r)} })},
		{q, question(func(id uuid.UUID, r int) commands.Command { return commands.ReleaseReview{Reviewed: under(id, r)} })},
		{l, question(func(id uuid.UUID, r int) commands.Command { return commands.SubmitLesson{Lesson: id, Revision: r} })},
		{l, question(func(id uuid.UUID, r int) commands.Command { return commands.ApproveLesson{Lesson: id, Revision: r} })},
		{l, question(func(id uuid.UUID, r int) commands.Command { return commands.RecallLesson{Lesson: id, Revision: r} })},
		{l, question(func(id uuid.UUID, r int) commands.Command { return commands.ReturnLesson{Lesson: id, Revision: r} })},
		{l, []func(uuid.UUID) commands.Command{
			func(id uuid.UUID) commands.Command { return commands.ReleaseLesson{Environment: "prod", Lesson: id} },
			func(id uuid.UUID) commands.Command {
				return commands.WithdrawLesson{Environment: "prod", Lesson: id}
			},
		}},
		{p, question(func(id uuid.UUID, r int) commands.Command {
			return commands.EditPaper{Paper: id, Revision: r, Plan: sheet()}
		})},
		{p, question(func(id uuid.UUID, r int) commands.Command { return commands.PublishPaper{Paper: id, Revision: r} })},
		{p, question(func(id uuid.UUID, r int) commands.Command {
			return commands.RetirePaper{Paper: id, Revision: r, Reason: "x"}
		})},
		{p, question(func(id uuid.UUID, r int) commands.Command { return commands.AssemblePaper{Paper: id, Revision: r} })},
		{p, question(func(id uuid.UUID, r int) commands.Command {
			return commands.LayOutPaper{Paper: id, Lesson: theirs, Revision: r}
		})},
		{q, []func(uuid.UUID) commands.Command{func(id uuid.UUID) commands.Command { return commands.CreatePaper{Plan: sheet(id)} }}},
		{b, []func(uuid.UUID) commands.Command{
			func(id uuid.UUID) commands.Command { return commands.FinishImport{Batch: id} },
			func(id uuid.UUID) commands.Command { return commands.UndoImport{Batch: id} },
		}},
		{key, []func(uuid.UUID) commands.Command{
			func(id uuid.UUID) commands.Command { return commands.RevokeAPIKey{Key: id} },
		}},
		{wang, []func(uuid.UUID) commands.Command{
			func(id uuid.UUID) commands.Command {
				return commands.GrantRole{Person: id, Org: "acme", Role: access.Author}
			},
			func(id uuid.UUID) commands.Command {
				return commands.RevokeRole{Person: id, Org: "acme", Role: access.Author}
			},
		}},
		{q, []func(uuid.UUID) commands.Command{
			func(id uuid.UUID) commands.Command { return commands.CreateLesson{Plan: plan(id)} },
			func(id uuid.UUID) commands.Command {
				return commands.UndoImportedItem{Item: batch.Item{Status: batch.Created, Question: id}}
			},
		}},
	} {
		for _, command := range c.commands {
			before := h.head()
			_, theirs := h.Commands.Do(t.Context(), stranger, command(c.theirs))
			_, never := h.Commands.Do(t.Context(), stranger, command(uuid.New()))
			if fault.Of(theirs) == nil || !reflect.DeepEqual(fault.Of(theirs), fault.Of(never)) {
				t.Errorf("%T: theirs is %v, what never was %v", command(c.theirs), theirs, never)
			}
			if h.head() != before {
				t.Errorf("%T: a refusal left a trace", command(c.theirs))
			}
		}
	}
	h.refused(stranger, commands.CreateQuestion{Type: team.Ref()}, "type.unknown")
	h.refused(stranger, commands.LeaveClass{Code: "7b", Students: []string{"1"}}, "class.not_found")
	h.refused(stranger, commands.PublishTree{Subject: "math"}, "knowledge.not_found")
}

func anOrganisationSeesWhatIsBelowAndNotWhatIsAbove(h house) {
	below := admin
	below.Scope.Org = "acme/math"
	q := h.created("2+2?").ID
	h.refused(below, commands.SubmitQuestion{Question: q, Revision: 1}, "question.not_found")
	done, err := h.Commands.Do(h.Context(), below, commands.CreateQuestion{Type: singleChoice, Content: choice("2+2?")})
	if err != nil {
		h.Fatal(err)
	}
	h.do(commands.SubmitQuestion{Question: done.ID, Revision: 1})
	nowhere := access.Actor{ID: "u-nowhere", Roles: []access.Role{access.Admin}}
	h.refused(nowhere, commands.SubmitQuestion{Question: done.ID, Revision: 2}, "question.not_found")
}

func aTypeIsUsedByItsOrganisationAndThoseBelowIt(h house) {
	team := h.teamType("acme-choice")
	h.do(commands.RegisterType{Type: team})
	below := admin
	below.Scope.Org = "acme/math"
	if _, err := h.Commands.Do(h.Context(), below, commands.CreateQuestion{Type: team.Ref()}); err != nil {
		h.Error(err)
	}
	q := h.created("2+2?").ID
	ref := team.Ref()
	h.do(commands.EditQuestion{Question: q, Revision: 1, Type: &ref, Content: choice("2+2?")})
	if got := h.question(q).Draft.Type; got != ref {
		h.Errorf("the draft is written for %s", got)
	}
	h.refused(admin, commands.RegisterType{Type: h.teamType("single-choice")}, "type.reserved")
	if done := h.do(commands.RegisterType{Type: team}); done.Position != 0 {
		h.Errorf("registering twice did %+v", done)
	}
}

func aLessonNamesQuestionsThatExist(h house) {
	q, draft, unknown := h.published("2+2?"), h.created("2+3?").ID, uuid.New()
	f := h.refused(admin, commands.CreateLesson{Plan: plan(q, unknown)}, "lesson.questions")
	if len(f.Problems) != 1 || f.Problems[0].Pointer != "/items/1/question" || f.Problems[0].Code != "unknown" {
		h.Errorf("got %+v", f.Problems)
	}
	l := h.do(commands.CreateLesson{Plan: plan(q, draft)})
	h.refused(admin, commands.EditLesson{Lesson: l.ID, Revision: 1, Plan: plan(unknown)}, "lesson.questions")
	f = h.refused(admin, commands.PublishLesson{Lesson: l.ID, Revision: 1}, "lesson.questions")
	if len(f.Problems) != 1 || f.Problems[0].Pointer != "/items/1/question" || f.Problems[0].Code != "not_published" {
		h.Errorf("got %+v", f.Problems)
	}
}

func aReleaseFreezesTheErrataThatFollowed(h house) {
	q := h.published("2+2?")
	l := h.do(commands.CreateLesson{Plan: plan(q)}).ID
	h.do(commands.PublishLesson{Lesson: l, Revision: 1})
	h.edit(q, "2+2 = ?")
	h.publish(q, question.Erratum)
	h.edit(q, "2+3?")
	h.publish(q, question.Revision)
	h.edit(q, "2+3 = ?")
	h.publish(q, question.Erratum)
	h.refused(admin, commands.ReleaseLesson{Environment: "prod", Lesson: l, Version: 2}, "lesson.not_published")
	h.refused(admin, commands.ReleaseLesson{Environment: "Prod", Lesson: l}, "environment.name")
	first := h.do(commands.ReleaseLesson{Environment: "prod", Lesson: l})
	recorded, err := h.Store.ReadAll(h.Context(), first.Position-1, 1)
	if err != nil {
		h.Fatal(err)
	}
	e, err := h.Commands.Codec.Decode(recorded[0].Type, recorded[0].SchemaVersion, recorded[0].Data)
	if err != nil {
		h.Fatal(err)
	}
	r := e.(environment.Released)
	if r.Release != first.ID || !reflect.DeepEqual(r.Questions, []environment.Frozen{{Slot: "a", Question: q, Version: 2}}) {
		h.Errorf("released %+v", r)
	}
	if again := h.do(commands.ReleaseLesson{Environment: "prod", Lesson: l}); again.Position != 0 {
		h.Errorf("releasing the same again did %+v", again)
	}
	h.do(commands.RetireLesson{Lesson: l, Revision: 2})
	h.refused(admin, commands.ReleaseLesson{Environment: "prod", Lesson: l}, "lesson.retired")
}

func TestAClassKeepsNamesOfItsMembersOnly(t *testing.T) {
	t.Parallel()
	h := open(t)
	names := func() (n int) {
		t.Helper()
		if err := h.Pool.QueryRow(t.Context(), "select count(*) from people").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	li := []commands.Person{{Number: "1", Name: "李雷"}}
	h.refused(admin, commands.KeepClass{Code: "7b", Students: li}, "class.invalid")
	h.refused(admin, commands.KeepClass{Code: "7b", Title: "Seven B", Students: []commands.Person{{Number: "1", Name: "a\x00"}}}, "student.invalid")
	h.refused(admin, commands.KeepClass{Code: "7b", Title: "Seven B", Students: []commands.Person{{Name: "nobody"}}}, "student.invalid")
	h.refused(admin, commands.KeepClass{Code: "7b", Title: "Seven B", Students: make([]commands.Person, 10_001)}, "student.too_many")
	h.refused(admin, commands.LeaveClass{Code: "7b", Students: make([]string, 10_001)}, "student.too_many")
	if n := names(); n != 0 {
		t.Errorf("refusals left %d names behind", n)
	}
	h.do(commands.KeepClass{Code: "7b", Title: "Seven B", Students: li})
	if again := h.do(commands.KeepClass{Code: "7b", Title: "Seven B", Students: li}); again.Position != 0 || names() != 1 {
		t.Errorf("keeping it twice did %+v", again)
	}
}
