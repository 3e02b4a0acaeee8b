package commands_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/apikey"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/question"
	"qbank/domain/regrade"
	"qbank/domain/reissue"
	"qbank/domain/release"
	"qbank/domain/workflow"
	"qbank/eventstore"
)

// crowded is a roster on which every audience is too large for one person to decide about.
type crowded struct{ commands.Audiences }

func (crowded) Audience(context.Context, access.Scope, reissue.Audience) (reached reissue.Reached, err error) {
	for range reissue.Alone + 1 {
		reached.Members = append(reached.Members, reissue.Member{Student: uuid.New()})
	}
	return reached, nil
}

// secondPerson are the rules that want another person. Each begins with what the first does, and says what only another may do then, and with
// which code that is refused to the first. Every rule of the kind stands here.
var secondPerson = []struct {
	rule, code string
	begin      func(h house, first access.Actor) commands.Command
}{
	{"who submits a question does not approve it", "review.own_work", func(h house, first access.Actor) commands.Command {
		q := h.created("2+2?").ID
		h.doAs(first, commands.SubmitQuestion{Question: q, Revision: 1})
		return h.approval(q)
	}},
	{"who wrote a question does not approve it", "review.own_work", func(h house, first access.Actor) commands.Command {
		q := h.doAs(first, commands.CreateQuestion{Type: singleChoice, Content: choice("2+2?")}).ID
		h.do(commands.SubmitQuestion{Question: q, Revision: 1})
		return h.approval(q)
	}},
	{"whose suggestion was applied does not approve it", "review.own_work", func(h house, first access.Actor) commands.Command {
		q := h.created("2+2?").ID
		thread := h.doAs(first, commands.SuggestChange{Question: q, Revision: 1, Pointer: "/stem/text", Value: "2+3?", Remark: remark}).ID
		h.do(commands.ApplySuggestion{Question: q, Thread: thread})
		h.do(commands.SubmitQuestion{Question: q, Revision: commands.Anything})
		return h.approval(q)
	}},
	{"who wrote a question does not take its review", "review.own_work", func(h house, first access.Actor) commands.Command {
		q := h.doAs(first, commands.CreateQuestion{Type: singleChoice, Content: choice("2+2?")}).ID
		h.do(commands.SubmitQuestion{Question: q, Revision: 1})
		return commands.ClaimReview{Reviewed: under(q, commands.Anything)}
	}},
	{"each approval comes from another person", "review.same_person", func(h house, first access.Actor) commands.Command {
		q := h.do(commands.CreateQuestion{Type: singleChoice, Content: choice("2+2?"), Metadata: question.Metadata{Subject: "twice"}}).ID
		h.do(commands.SubmitQuestion{Question: q, Revision: 1})
		h.doAs(first, h.approval(q))
		return h.approval(q)
	}},
	{"who wrote a lesson does not approve it", "review.own_work", func(h house, first access.Actor) commands.Command {
		l := h.doAs(first, commands.CreateLesson{Plan: plan()}).ID
		h.do(commands.SubmitLesson{Lesson: l, Revision: 1})
		return commands.ApproveLesson{Lesson: l, Revision: commands.Anything, Hash: h.lesson(l).Standing.Hash}
	}},
	{"who asks for a change of a locked lesson does not approve it", "lesson.own_change", func(h house, first access.Actor) commands.Command {
		l := h.publishedLesson()
		h.do(commands.LockLesson{Lesson: l, Revision: 2, Environment: "prod"})
		h.doAs(first, commands.RequestLessonChange{Lesson: l, Revision: 3, Plan: titled(h.lesson(l).Plan, "Late sums"), Reason: "typo"})
		return commands.ApproveLessonChange{Lesson: l, Revision: commands.Anything, Change: h.lesson(l).Changes[0].ID}
	}},
	{"who plans a release does not start it", "environment.second_person", func(h house, first access.Actor) commands.Command {
		lessons := []commands.PlannedLesson{{Lesson: h.publishedLesson()}}
		r := h.doAs(first, commands.PlanRelease{Title: "Sums", Lessons: lessons, Steps: []release.Step{{Weight: 100}}}).ID
		return commands.StartRelease{Release: r, Revision: commands.Anything}
	}},
	{"who asks for a regrade does not approve it", "regrade.own", func(h house, first access.Actor) commands.Command {
		q := h.published("2+2?")
		h.edit(q, "2 + 2?")
		h.publish(q, question.Erratum)
		r := h.doAs(first, commands.ProposeRegrade{Question: q, Version: 2, Org: "acme"}).ID
		h.doAs(first, commands.AssessRegrade{Regrade: r, Revision: commands.Anything})
		h.doAs(first, commands.AskRegrade{Regrade: r, Revision: commands.Anything, Policy: regrade.Exact, Reason: "the key was wrong"})
		return commands.ApproveRegrade{Regrade: r, Revision: commands.Anything}
	}},
	{"who asks for a large reissue does not grant it", "reissue.second_person", func(h house, first access.Actor) commands.Command {
		r := h.doAs(first, commands.AskReissue{Wish: commands.Wish{Question: h.published("2+2?"), Version: 1, Reason: "typo",
			Audience: reissue.Audience{Students: []uuid.UUID{uuid.New()}}, Until: time.Now().Add(time.Hour).UnixMicro()}}).ID
		return commands.GrantReissue{Reissue: r, Revision: commands.Anything}
	}},
	{"who asks to answer for a student does not approve it", "pseudo.own", func(h house, first access.Actor) commands.Command {
		t := h.doAs(first, commands.OpenPseudoLogin{Student: "u-pupil", Reason: "sees no answers", Write: true, Show: func(commands.PseudoToken) {}}).ID
		return commands.ApprovePseudoLogin{Ticket: t}
	}},
}

func (h house) approval(q question.ID) commands.Command {
	h.Helper()
	return commands.ApproveQuestion{Question: q, Revision: commands.Anything, Hash: h.question(q).Draft.Hash}
}

// somebody is a person who may do everything in prod, and two keys of theirs.
func (h house) somebody(name string) []access.Actor {
	h.Helper()
	person := access.Actor{ID: name, Roles: []access.Role{access.Admin, access.Support}, Scope: access.Scope{Org: "acme", Environment: "prod"}}
	actors := []access.Actor{person}
	for range 2 {
		id := h.doAs(person, commands.CreateAPIKey{Title: "CRM", Roles: person.Roles, Environments: []environment.Name{"prod"}, Expires: time.Now().Add(time.Hour),
			Show: func(string) {}}).ID
		key, err := h.Commands.APIKey(h.Context(), id)
		if err != nil {
			h.Fatal(err)
		}
		actor, err := key.Scope("prod")
		if err != nil {
			h.Fatal(err)
		}
		actors = append(actors, actor)
	}
	return actors
}

// Whoever has keys is still one person: whichever of these begins, none of them is the second.
func TestKeysAreNotOtherPeople(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Commands.Audiences, s.Commands.Overrides = crowded{s.Commands.Audiences}, nil
	s.noted("u-pupil")
	twice := workflow.FourEyes
	twice.Name, twice.Version, twice.Steps = "twice", 1, append([]workflow.Step{}, twice.Steps...)
	twice.Steps[0].Approvals = 2
	s.do(commands.DefineWorkflow{Workflow: twice})
	s.do(commands.ChooseWorkflow{Revision: 1, Kind: workflow.Questions, Subject: "twice", Workflow: twice.Ref()})
	s.do(commands.DescribeEnvironment{Environment: environment.Declared{Name: "prod", Title: "Production", SecondPerson: true}})
	one, other := s.somebody("u-one"), s.somebody("u-other")
	for _, c := range secondPerson {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			h := house{t, s.Stack}
			for i, first := range one {
				yes := c.begin(h, first)
				for _, second := range one {
					_, err := h.Commands.Do(t.Context(), second, yes)
					if !fault.Is(err, c.code) {
						t.Errorf("%s began, %s: %v, want %s", first.ID, second.ID, err, c.code)
					}
				}
				h.doAs(other[i], yes)
			}
		})
	}
}

// What was written before keys said who made them says it in its metadata, and keys that keys made lead back to a person.
func TestKeysFromBeforeLeadBackToAPerson(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, k := range []struct{ prefix, by string }{{"aaaaaaaa", "u-one"}, {"bbbbbbbb", "key:aaaaaaaa"}, {"cccccccc", "key:bbbbbbbb"}} {
		name, version, data, err := h.Commands.Codec.Encode(apikey.Created{Prefix: k.prefix, Org: "acme", Roles: []access.Role{access.Admin}})
		if err != nil {
			t.Fatal(err)
		}
		e := eventstore.Event{ID: uuid.New(), Type: name, SchemaVersion: version, Data: data, Meta: []byte(`{"actor": "` + k.by + `"}`)}
		if _, err := h.Store.Append(t.Context(), eventstore.Append{Stream: apikey.ID(k.prefix), Events: []eventstore.Event{e}}); err != nil {
			t.Fatal(err)
		}
		key, err := h.Commands.APIKey(t.Context(), apikey.ID(k.prefix))
		if err != nil || key.Maker != "u-one" {
			t.Errorf("%s is of %q, %v", k.prefix, key.Maker, err)
		}
	}
	h.do(commands.RevokeAPIKey{Key: apikey.ID("aaaaaaaa"), Reason: "lost"})
	if key, err := h.Commands.APIKey(t.Context(), apikey.ID("cccccccc")); err != nil || !key.Orphaned {
		t.Errorf("what a revoked key made is %+v, %v", key, err)
	}
	q := h.doAs(access.Actor{ID: "key:cccccccc", Roles: admin.Roles, Scope: admin.Scope}, commands.CreateQuestion{Type: singleChoice, Content: choice("2+2?")}).ID
	h.do(commands.SubmitQuestion{Question: q, Revision: 1})
	h.refused(access.Actor{ID: "u-one", Roles: admin.Roles, Scope: admin.Scope}, h.approval(q), "review.own_work")
}
