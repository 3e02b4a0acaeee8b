package graphql

import (
	"maps"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/golive"
	"qbank/domain/question"
	"qbank/domain/release"
	"qbank/graphql/engine"
)

func (s *schema) goLiveTypes() {
	kind := enum("GoLiveKind", "What something in a plan is about.", enumValue[golive.Kind]{golive.OfLesson, "A lesson."}, enumValue[golive.Kind]{golive.OfQuestion, "A question."})
	gap := object("GoLiveGap", "Something that is missing.", func() []member[*golive.Gap] {
		type g = *golive.Gap
		return []member[g]{
			show("code", required(gql.String), "Stable, such as question.not_approved.", func(g g) any { return g.Code }),
			show("blocks", required(gql.Boolean), "Without it nothing goes live; others one should know.", func(g g) any { return g.Blocks }),
			show("kind", required(kind), "What it is about.", func(g g) any { return g.Kind }),
			show("id", required(gql.ID), "Global id of that.", func(g g) any { return idOf(g.Kind, g.ID) }),
			load("message", required(gql.String), "What is missing, in the language of the request.", func(c call, g g) (any, error) { return g.Message.In(engine.Locale(c.ctx)), nil }),
		}
	})
	publication := object("GoLivePublication", "A draft that is made a version.", func() []member[*golive.Publication] {
		type p = *golive.Publication
		return []member[p]{
			show("kind", required(kind), "What it is.", func(p p) any { return p.Kind }),
			show("id", required(gql.ID), "Global id of the lesson or question.", func(p p) any { return idOf(p.Kind, p.ID) }),
			show("from", gql.Int, "The newest version there is; null: none.", func(p p) any { return positive(p.From) }),
			show("to", required(gql.Int), "The version it becomes.", func(p p) any { return p.To }),
			show("as", s.questionKind, "How far the version of a question reaches.", func(p p) any { return chosen(p.As) }),
		}
	})
	place := object("GoLivePlace", "What becomes different at one place of a lesson.", func() []member[*golive.PlaceChange] {
		type p = *golive.PlaceChange
		return []member[p]{
			show("slot", required(gql.String), "Name of the place.", func(p p) any { return p.Slot }),
			show("from", gql.Int, "The version that is live; null: the place is added.", func(p p) any { return positive(p.From) }),
			show("to", gql.Int, "The version that comes; null: the place is removed.", func(p p) any { return positive(p.To) }),
			load("before", s.question, "The question that is live there.", func(c call, p p) (any, error) { return maybe(c, c.questions, p.Before) }),
			load("after", s.question, "The question that comes.", func(c call, p p) (any, error) { return maybe(c, c.questions, p.After) }),
			load("text", required(gql.String), "It in words, in the language of the request.", func(c call, p p) (any, error) { return p.Text().In(engine.Locale(c.ctx)), nil }),
		}
	})
	change := object("GoLiveChange", "What becomes different of a lesson.", func() []member[*golive.Change] {
		type ch = *golive.Change
		return []member[ch]{
			load("lesson", s.lesson, "The lesson.", func(c call, ch ch) (any, error) { return c.lessons.Load(c.ctx, ch.Lesson), nil }),
			show("title", required(gql.String), "Its title in the version that comes.", func(c ch) any { return c.Title }),
			show("from", gql.Int, "The version that is live; null: none is.", func(c ch) any { return positive(c.From) }),
			show("to", required(gql.Int), "The version that comes.", func(c ch) any { return c.To }),
			show("places", many(place), "The places that change.", func(c ch) any { return pointers(c.Places) }),
		}
	})
	reach := object("GoLiveReach", "Whom a plan reaches, as the roster is now.", func() []member[*commands.Reach] {
		type r = *commands.Reach
		return []member[r]{
			show("students", required(gql.Int), "Students.", func(r r) any { return r.Students }),
			show("classes", required(gql.Int), "Classes.", func(r r) any { return r.Classes }),
		}
	})
	s.goLivePlan = object("GoLivePlan", "What it takes to go live, and what would change (上线计划).", func() []member[*golive.Plan] {
		type p = *golive.Plan
		return []member[p]{
			show("hash", required(gql.String), "Names exactly this plan.", func(p p) any { return string(p.Hash) }).needing(access.ReadQuestions), // over hashes of contents
			show("blocked", required(gql.Boolean), "Something is missing without which it cannot go live.", func(p p) any { return p.Blocked() }),
			show("missing", many(gap), "What is missing.", func(p p) any { return pointers(p.Missing) }),
			show("unchecked", many(gql.String), "What nobody could tell: files.", func(p p) any { return anys(p.Unchecked) }),
			show("publications", many(publication), "What is published for it.", func(p p) any { return pointers(p.Publications) }),
			show("changes", many(change), "What becomes different; lessons that do not change are not in it.", func(p p) any { return pointers(p.Changes) }),
			load("reach", reach, "Estimated reach.", func(c call, p p) (any, error) {
				if err := c.reads(c.ctx, rosterModel); err != nil {
					return nil, err
				}
				r, err := c.Commands.ReachOf(c.ctx, c.actor, *p)
				if r == nil {
					return nil, err
				}
				return r, err
			}),
		}
	})
	s.liveSet = object("LiveSet", "What is live of lessons, by which the next environment takes it over.", func() []member[*release.Set] {
		type l = *release.Set
		lesson := s.frozenLesson
		return []member[l]{
			show("hash", required(gql.String), "Names exactly these versions.", func(l l) any { return string(l.Hash()) }),
			show("lessons", many(lesson), "The lessons of which something is live.", func(l l) any { return pointers(*l) }),
		}
	})
}

func idOf(kind golive.Kind, id uuid.UUID) string {
	if kind == golive.OfLesson {
		return engine.GlobalID(lessonName, id.String())
	}
	return engine.GlobalID(questionName, id.String())
}

// asking are the inputs of a plan, shared by those who look at it and those who execute it.
func (s *schema) asking() *gql.InputObject {
	if s.goLiveInput == nil {
		s.goLiveInput = inputObject("GoLiveInput", "What is to go live, and how.", inputs{
			"lessons": must(listIn(gql.ID), "Global ids or UUIDs."), "questions": in(listIn(gql.ID), "Questions whose approved drafts go with it: global ids, UUIDs or codes."),
			"publish": in(gql.Boolean, "Publish what reviewers have agreed to: the questions, and drafts of the lessons."),
			"as":      in(s.questionKind, "How far questions reach that were published before; REVISION where it is not given."),
			"release": must(s.releasing(), "How it goes live."),
		})
	}
	return s.goLiveInput
}

// releasing is how something goes live.
func (s *schema) releasing() *gql.InputObject {
	if s.howInput == nil {
		fields := maps.Clone(s.releaseInput())
		delete(fields, "lessons")
		s.howInput = inputObject("GoLiveReleaseInput", "How something goes live: wholly at once where there are no steps.", fields)
	}
	return s.howInput
}

func (c call) ask(a args) (golive.Ask, error) {
	ask := golive.Ask{As: choice(a, "as", question.Kind("")), Publish: a.yes("publish")}
	questions := a.texts("questions")
	if len(a.texts("lessons")) > golive.MaxLessons || len(questions) > golive.MaxQuestions {
		return ask, fault.Refuse(fault.Limit, "golive.invalid", fault.Say("at most %d lessons and %d questions", "最多 %d 个讲次、%d 道题目", golive.MaxLessons, golive.MaxQuestions))
	}
	var err error
	if ask.Lessons, err = a.ids("lessons", lessonName); err != nil {
		return ask, err
	}
	for _, text := range questions {
		id, err := c.question(text)
		if err != nil {
			return ask, err
		}
		ask.Questions = append(ask.Questions, id)
	}
	ask.Release, err = a.object("release").releasePlan()
	return ask, err
}

func (a args) releasePlan() (release.Plan, error) {
	c, err := a.planRelease()
	return release.Plan{Title: c.Title, Unit: c.Unit, Total: c.Total, Steps: c.Steps, Rules: c.Rules, Start: c.Start, Blackouts: c.Blackouts, Guard: c.Guard, Note: c.Note}, err
}

func (s *schema) goLiveRoots() []root {
	return []root{
		{name: "goLivePlan", of: s.goLivePlan, needs: access.ReadReleases, args: gql.FieldConfigArgument{"input": arg(gql.NewNonNull(s.asking()), "What is to go live, and how.")},
			about: "What it takes for lessons and questions to go live in the token's environment, and what would change. It changes nothing.",
			resolve: func(c call) (any, error) {
				if _, err := c.scope(); err != nil {
					return nil, err
				}
				ask, err := c.ask(c.args.object("input"))
				if err != nil {
					return nil, err
				}
				plan, err := c.Commands.PlanGoLive(c.ctx, c.actor, ask)
				if err != nil {
					return nil, err
				}
				return &plan, nil
			}},
		{name: "liveSet", of: s.liveSet, needs: access.ReadReleases, args: gql.FieldConfigArgument{"lessons": arg(gql.NewNonNull(listIn(gql.ID)), "Global ids or UUIDs.")},
			about: "What is live of lessons in the token's environment: promoteLessons takes its hash in the next one.",
			resolve: func(c call) (any, error) {
				if _, err := c.scope(); err != nil {
					return nil, err
				}
				lessons, err := c.args.ids("lessons", lessonName)
				if err != nil {
					return nil, err
				}
				set, err := c.Commands.LiveSet(c.ctx, c.actor, lessons)
				return &set, err
			}},
	}
}

func (s *schema) goLiveMutations() []mutation {
	released := payload("GoLivePayload", "What going live came to.", load("release", s.release, "The release that it became; where a second person is needed, it waits to be started.",
		func(c call, o *outcome) (any, error) { return one(c, c.releases, o.ID, release.NotFound()), nil }))
	return []mutation{
		{name: "executeGoLive", of: released, needs: commands.ExecuteGoLive{}.Needs(),
			about: "Carries out exactly the plan that was seen: publishes what it publishes, and starts the release; a whole one is complete with it. A stale plan is refused before anything happens; what breaks off is finished by the same again.",
			input: inputs{"plan": must(gql.String, "Hash of the plan."), "ask": must(s.asking(), "What it was made for.")}, do: func(c call, a args) (*outcome, error) {
				if _, err := c.scope(); err != nil {
					return nil, err
				}
				ask, err := c.ask(a.object("ask"))
				return c.carried(commands.ExecuteGoLive{Ask: ask, Plan: content.Hash(a.text("plan"))}, err)
			}},
		{name: "promoteLessons", of: released, needs: commands.PromoteLessons{}.Needs(),
			about: "Makes live in the token's environment exactly what is live of lessons in the one before it, identified by the hash that was seen there.",
			input: inputs{"from": must(gql.String, "Name of the environment before: its next is the token's."), "lessons": must(listIn(gql.ID), "Global ids or UUIDs."),
				"hash": must(gql.String, "Of the set that was seen live there."), "release": must(s.releasing(), "How it goes live.")},
			do: func(c call, a args) (*outcome, error) {
				if _, err := c.scope(); err != nil {
					return nil, err
				}
				lessons, err := a.ids("lessons", lessonName)
				if err != nil {
					return nil, err
				}
				plan, err := a.object("release").releasePlan()
				return c.carried(commands.PromoteLessons{From: environment.Name(a.text("from")), Lessons: lessons, Hash: content.Hash(a.text("hash")), Release: plan}, err)
			}},
	}
}
