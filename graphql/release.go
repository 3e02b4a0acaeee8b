package graphql

import (
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/release"
	"qbank/domain/targeting"
	"qbank/graphql/engine"
	"qbank/projections/read"
	"qbank/projections/releases"
)

func (s *schema) releaseEnums() {
	s.releaseState = enum("ReleaseState", "Where a release stands.",
		enumValue[release.State]{release.IsPlanned, "It has not started."}, enumValue[release.State]{release.IsRunning, "Some get it, more with each step."},
		enumValue[release.State]{release.IsPaused, "No step is taken; whoever comes is let in by the share as it is."},
		enumValue[release.State]{release.IsFrozen, "No one new in, no one out: whoever got it before, its manifest or an attempt, is in."},
		enumValue[release.State]{release.IsRolledBack, "It was taken back."}, enumValue[release.State]{release.IsCompleted, "It became what everybody gets."},
		enumValue[release.State]{release.IsCancelled, "It never started."})
	s.releaseUnit = enum("ReleaseUnit", "What is in or out as one.", enumValue[release.Unit]{release.PerStudent, "Each student."},
		enumValue[release.Unit]{release.PerSession, "Everybody in a class session; outside of one, each student."})
	s.verdict = enum("ReleaseVerdict", "What figures say about a candidate.", enumValue[release.Verdict]{release.Successful, "Go on."},
		enumValue[release.Verdict]{release.Failed, "Go back."}, enumValue[release.Verdict]{release.Inconclusive, "Too few to tell."})
}

func (s *schema) releaseTypes() {
	s.releaseEnums()
	plan := s.planType()
	step := s.releaseEventType()
	s.frozenLesson = s.frozenLessonType()
	comparison := s.comparisonMember()
	s.release = object(releaseName, "A release (灰度发布): frozen versions going live in one environment, wholly or to a growing share.", func() []member[*releases.Release] {
		type r = *releases.Release
		return []member[r]{
			show("id", required(gql.ID), "Global id.", func(r r) any { return engine.GlobalID(releaseName, r.ID.String()) }),
			show("org", required(gql.String), "The organisation it belongs to.", func(r r) any { return r.Org }),
			show("title", gql.String, "Its title; null where a lesson was released at once.", func(r r) any { return filled(r.Title) }),
			show("note", gql.String, "What was said with it.", func(r r) any { return filled(r.Note) }),
			show("state", required(s.releaseState), "Where it stands.", func(r r) any { return r.State }),
			show("weight", required(gql.Int), "Share of the candidate, of the plan's total; 1 where a lesson was released at once.", func(r r) any { return r.Weight }),
			show("plan", plan, "What it is to do; null where a lesson was released at once.", func(r r) any { return r.Plan }),
			load("lessons", many(s.frozenLesson), "What it froze.", func(c call, r r) (any, error) {
				list, err := c.Releases.Lessons(c.ctx, c.actor.Scope, r.ID)
				return pointers(list), err
			}),
			show("current", many(gql.ID), "Global ids of the lessons of which it is what everybody gets, but for those in a later release.", func(r r) any {
				return globalIDs(lessonName, r.Current)
			}),
			show("revision", required(gql.Int), "Number of its events.", func(r r) any { return r.Revision }),
			show("createdBy", required(gql.String), "Opaque id of who planned it.", func(r r) any { return r.CreatedBy }),
			show("createdAt", required(engine.Instant), "When it was planned.", func(r r) any { return r.CreatedAt }),
			show("updatedBy", required(gql.String), "Opaque id of who changed it last.", func(r r) any { return r.UpdatedBy }),
			show("updatedAt", required(engine.Instant), "When it was changed last.", func(r r) any { return r.UpdatedAt }),
			load("history", s.connection(step), "What happened to it, the newest first.", func(c call, r r) (any, error) {
				return list(c, releasesModel, func(p read.Page) (read.Rows[releases.Step], error) {
					return c.Releases.History(c.ctx, c.actor.Scope, r.ID, p)
				}, same)
			}).with(pageArgs(nil)),
			comparison,
		}
	}, s.node)
	s.whyTypes()
}

func (s *schema) planType() *gql.Object {
	step := object("ReleaseStep", "A share that the candidate has for a while.", func() []member[*release.Step] {
		type p = *release.Step
		return []member[p]{
			show("weight", required(gql.Int), "Of the total.", func(p p) any { return p.Weight }),
			show("hold", required(engine.Long), "Milliseconds that it stays so at least.", func(p p) any { return p.Hold }),
			show("sample", required(engine.Long), "Students to whom the candidate was served at least, before the next step.", func(p p) any { return p.Sample }),
		}
	})
	rule := object("ReleaseRule", "Who is in or out, whatever the share.", func() []member[*targeting.Clause] {
		type p = *targeting.Clause
		return []member[p]{
			show("students", many(gql.String), "Opaque ids.", func(p p) any { return append([]string{}, p.Students...) }),
			show("classes", many(gql.String), "Ids of classes.", func(p p) any { return append([]string{}, p.Classes...) }),
			show("when", gql.String, "A condition (CEL).", func(p p) any { return filled(p.When) }),
			show("out", required(gql.Boolean), "Whom it matches is out, not in.", func(p p) any { return p.Out }),
		}
	})
	blackout := object("ReleaseBlackout", "Hours of every day in which nobody is moved to another version.", func() []member[*release.Blackout] {
		type p = *release.Blackout
		return []member[p]{
			show("from", required(gql.String), "Such as 18:00.", func(p p) any { return p.From }),
			show("to", required(gql.String), "The first minute behind, at most 24:00.", func(p p) any { return p.To }),
			show("zone", required(gql.String), "Time zone, such as Asia/Shanghai.", func(p p) any { return p.Zone }),
		}
	})
	guard := object("ReleaseGuard", "How much worse than the baseline the candidate may be.", func() []member[*release.Guard] {
		type p = *release.Guard
		return []member[p]{
			show("loadFailures", engine.Long, "By how much the share of loads that fail may be larger, in millionths.", func(p p) any { return given(p.LoadFailures) }),
			show("answerErrors", engine.Long, "By how much the share of answers that end in an error may be larger, in millionths.", func(p p) any { return given(p.AnswerErrors) }),
			show("readySlower", engine.Long, "By how much the median time to ready may be longer, in thousandths.", func(p p) any { return given(p.ReadySlower) }),
			show("confidence", gql.Int, "Of the intervals, percent.", func(p p) any { return positive(p.Confidence) }),
		}
	})
	promoted := object("ReleasePromotion", "Where a set comes from that was live before in another environment.", func() []member[*release.Promoted] {
		type p = *release.Promoted
		return []member[p]{
			show("environment", required(gql.String), "Name of that environment.", func(p p) any { return string(p.Environment) }),
			show("releases", many(gql.String), "Ids of the releases that it was live from there.", func(p p) any {
				ids := make([]any, len(p.Releases))
				for i, id := range p.Releases {
					ids[i] = id.String()
				}
				return ids
			}),
		}
	})
	return object("ReleasePlan", "What a release is to do.", func() []member[*release.Plan] {
		type p = *release.Plan
		return []member[p]{
			show("hash", required(gql.String), "Of all that is frozen.", func(p p) any { return string(p.Hash) }),
			show("algorithm", required(gql.String), "Of the split.", func(p p) any { return p.Algorithm }),
			show("unit", required(s.releaseUnit), "What is in or out as one.", func(p p) any { return p.Unit }),
			show("total", required(gql.Int), "What weights are out of.", func(p p) any { return p.Total }),
			show("steps", many(step), "Its steps; the last is the whole.", func(p p) any { return pointers(p.Steps) }),
			show("rules", many(rule), "Asked in order, before the split.", func(p p) any { return pointers(p.Rules) }),
			show("start", engine.Instant, "When it starts; null: when somebody says so.", func(p p) any { return since(p.Start) }),
			show("blackouts", many(blackout), "When nobody is moved.", func(p p) any { return pointers(p.Blackouts) }),
			show("guard", required(guard), "What it is judged by.", func(p p) any { return &p.Guard }),
			show("promoted", promoted, "Where it was live before; null: it comes from authors.", func(p p) any { return p.Promoted }),
		}
	})
}

func (s *schema) releaseEventType() *gql.Object {
	arm := object("ReleaseArm", "What was observed of the students who got one of the two. A student counts once for each lesson.", func() []member[*release.Arm] {
		type a = *release.Arm
		return []member[a]{
			show("manifests", required(engine.Long), "To whom a manifest was served.", func(a a) any { return a.Manifests }),
			show("loads", required(engine.Long), "Whose device said how a load went.", func(a a) any { return a.Loads }),
			show("loadFailures", required(engine.Long), "Of those, with one that failed.", func(a a) any { return a.LoadFailures }),
			show("answers", required(engine.Long), "Who answered, or tried to.", func(a a) any { return a.Answers }),
			show("answerErrors", required(engine.Long), "Of those, with an answer that ended in an error.", func(a a) any { return a.AnswerErrors }),
			show("readyMedian", engine.Long, "Milliseconds from the manifest to ready, the median.", func(a a) any { return since(a.ReadyMedian) }),
			show("readyP95", engine.Long, "Which 95 of 100 do not exceed.", func(a a) any { return since(a.ReadyP95) }),
		}
	})
	figures := object("ReleaseFigures", "What a decision rested on.", func() []member[*release.Figures] {
		type f = *release.Figures
		return []member[f]{
			show("from", required(engine.Instant), "They count from here.", func(f f) any { return f.From }),
			show("until", required(engine.Instant), "To here.", func(f f) any { return f.Until }),
			show("candidate", required(arm), "Those who got the candidate.", func(f f) any { return &f.Candidate }),
			show("baseline", required(arm), "The others.", func(f f) any { return &f.Baseline }),
			show("verdict", s.verdict, "What they say.", func(f f) any { return f.Verdict }),
			show("because", gql.String, "Which limit decided.", func(f f) any { return filled(f.Because) }),
		}
	})
	return object("ReleaseEvent", "One thing that happened to a release.", func() []member[*releases.Step] {
		type e = *releases.Step
		return []member[e]{
			show("kind", required(gql.String), "planned, started, advanced, widened, paused, resumed, frozen, thawed, rolled_back, completed, cancelled; activated, withdrawn, patched.", func(e e) any { return e.Kind }),
			show("by", required(gql.String), "Opaque id of who did it.", func(e e) any { return e.By }),
			show("at", required(engine.Instant), "When.", func(e e) any { return e.At }),
			show("weight", gql.Int, "Share from then on; null: as before.", func(e e) any { return given(e.Weight) }),
			show("reason", gql.String, "Why.", func(e e) any { return filled(e.Reason) }),
			show("figures", figures, "What it rested on.", func(e e) any { return e.Figures }),
			show("position", required(engine.Long), "Position in the log.", func(e e) any { return e.Position }),
		}
	})
}

func (s *schema) frozenLessonType() *gql.Object {
	question := object("FrozenQuestion", "A place of a lesson with the version frozen for it.", func() []member[*environment.Frozen] {
		type q = *environment.Frozen
		return []member[q]{
			show("slot", required(gql.String), "Name of the place.", func(q q) any { return q.Slot }),
			load("question", s.question, "The question.", func(c call, q q) (any, error) { return c.questions.Load(c.ctx, q.Question), nil }),
			show("version", required(gql.Int), "Its version.", func(q q) any { return q.Version }),
		}
	})
	return object("FrozenLesson", "A lesson of a release.", func() []member[*release.Lesson] {
		type l = *release.Lesson
		return []member[l]{
			load("lesson", s.lesson, "The lesson.", func(c call, l l) (any, error) { return c.lessons.Load(c.ctx, l.Lesson), nil }),
			show("version", required(gql.Int), "Its version.", func(l l) any { return l.Version }),
			show("questions", many(question), "Its places.", func(l l) any { return pointers(l.Questions) }),
		}
	})
}

func (s *schema) releaseRoots() []root {
	return []root{
		byID("release", releaseName, "A release of the token's environment.", s.release, release.NotFound).scoped(),
		{name: "releases", of: s.connection(s.release), needs: access.ReadReleases, about: "The releases of the token's environment, of the organisation and below, the latest change first.",
			args: pageArgs(gql.FieldConfigArgument{"states": arg(listIn(s.releaseState), "Only those in one of these states."),
				"lesson": arg(gql.ID, "Only those with this lesson: global id or UUID."), "live": arg(gql.Boolean, "Only those that some student gets now.")}),
			resolve: func(c call) (any, error) {
				scope, err := c.scope()
				if err != nil {
					return nil, err
				}
				filter := releases.Filter{States: choices[release.State](c.args, "states"), Live: c.args.yes("live")}
				if filter.Lesson, err = c.args.id("lesson", lessonName); err != nil {
					return nil, err
				}
				return list(c, releasesModel, func(p read.Page) (read.Rows[releases.Release], error) {
					return c.Releases.List(c.ctx, scope, filter, p)
				}, same)
			}},
		s.whyRoot(),
	}
}
