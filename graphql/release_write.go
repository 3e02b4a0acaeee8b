package graphql

import (
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/fault"
	"qbank/domain/release"
	"qbank/domain/targeting"
	"qbank/graphql/engine"
)

// releaseInput is what a release is asked to do.
func (s *schema) releaseInput() inputs {
	if s.releaseInputs == nil {
		s.releaseInputs = s.newReleaseInput()
	}
	return s.releaseInputs
}

func (s *schema) newReleaseInput() inputs {
	lesson := inputObject("PlannedLessonInput", "A published version of a lesson.", inputs{
		"lesson": must(gql.ID, "Global id or UUID."), "version": in(gql.Int, "The newest where it is not given."),
	})
	step := inputObject("ReleaseStepInput", "A share that the candidate has for a while.", inputs{
		"weight": must(gql.Int, "Of the total, more than the step before; the last is the total. 0: only those whom a rule lets in."),
		"hold":   in(engine.Long, "Milliseconds that it stays so at least."), "sample": in(engine.Long, "Students to whom the candidate was served at least, before the next step."),
	})
	rule := inputObject("ReleaseRuleInput", "Who is in or out, whatever the share: named students and classes, or a condition.", inputs{
		"students": in(listIn(gql.String), "Opaque ids."), "classes": in(listIn(gql.ID), "Global ids or UUIDs."),
		"when": in(gql.String, "A condition (CEL) over student, org, environment, classes, courses, terms, lines, teachers, session, grade, region, platform, app_version, channel, locale."),
		"out":  in(gql.Boolean, "Whom it matches is out, not in."),
	})
	blackout := inputObject("ReleaseBlackoutInput", "Hours of every day in which nobody is moved to another version.", inputs{
		"from": must(gql.String, "Such as 18:00."), "to": must(gql.String, "The first minute behind, at most 24:00."), "zone": must(gql.String, "Time zone, such as Asia/Shanghai."),
	})
	guard := inputObject("ReleaseGuardInput", "How much worse than the baseline the candidate may be; what is left out is not looked at.", inputs{
		"loadFailures": in(engine.Long, "By how much the share of students for whom a load fails may be larger, in millionths."),
		"answerErrors": in(engine.Long, "By how much the share of students with an answer that ends in an error may be larger, in millionths."),
		"readySlower":  in(engine.Long, "By how much the median time to ready may be longer, in thousandths."),
		"confidence":   in(gql.Int, "Of the intervals, percent: 90, 95 or 99; 95 where it is not given."),
	})
	return inputs{
		"title": must(gql.String, "Its title."), "lessons": must(listIn(lesson), "What goes live; of each question, the version that the lesson names, with the errata that followed."),
		"unit": in(s.releaseUnit, "What is in or out as one; STUDENT where it is not given."), "total": in(gql.Int, "What weights are out of; 100 where it is not given."),
		"steps": in(listIn(step), "The whole at once where there are none."), "rules": in(listIn(rule), "Asked in order, before the split."),
		"start": in(engine.Instant, "When it starts; not given: when somebody says so."), "blackouts": in(listIn(blackout), "When nobody is moved."),
		"guard": in(guard, "What it is judged by."), "note": in(gql.String, "For those who read the history."),
	}
}

func (a args) planRelease() (commands.PlanRelease, error) {
	c := commands.PlanRelease{Title: a.text("title"), Unit: choice(a, "unit", release.PerStudent), Total: a.number("total"), Start: a.instant("start"), Note: a.text("note")}
	for _, l := range a.objects("lessons") {
		id, err := l.id("lesson", lessonName)
		if err != nil {
			return c, err
		}
		c.Lessons = append(c.Lessons, commands.PlannedLesson{Lesson: id, Version: l.number("version")})
	}
	for _, s := range a.objects("steps") {
		c.Steps = append(c.Steps, release.Step{Weight: s.number("weight"), Hold: s.instant("hold"), Sample: s.instant("sample")})
	}
	for _, r := range a.objects("rules") {
		rule := targeting.Clause{Students: r.texts("students"), When: r.text("when"), Out: r.yes("out")}
		var err error
		if rule.Classes, err = r.idTexts("classes", className); err != nil {
			return c, err
		}
		c.Rules = append(c.Rules, rule)
	}
	for _, b := range a.objects("blackouts") {
		c.Blackouts = append(c.Blackouts, release.Blackout{From: b.text("from"), To: b.text("to"), Zone: b.text("zone")})
	}
	g := a.object("guard")
	c.Guard = release.Guard{LoadFailures: g.limit("loadFailures"), AnswerErrors: g.limit("answerErrors"), ReadySlower: g.limit("readySlower"), Confidence: g.number("confidence")}
	return c, nil
}

// limit is a number that may be left out.
func (a args) limit(name string) *int64 {
	n, given := a[name].(int64)
	if !given {
		return nil
	}
	return &n
}

func (s *schema) releaseMutations() []mutation {
	changed := payload("ReleasePayload", "What a change of a release came to.",
		load("release", s.release, "The release as it is now.", func(c call, o *outcome) (any, error) { return one(c, c.releases, o.ID, release.NotFound()), nil }))
	it := thing{name: "release", typ: releaseName, about: "Global id or UUID of the release.", of: changed, scoped: true}
	why := inputs{"reason": must(gql.String, "Why.")}
	return []mutation{
		{name: "planRelease", about: "Freezes published lessons, to go live in the token's environment, wholly or step by step.", of: changed,
			needs: commands.PlanRelease{}.Needs(), input: s.releaseInput(), do: func(c call, a args) (*outcome, error) {
				if n := len(a.objects("lessons")); n > release.MaxLessons {
					return nil, fault.Refuse(fault.Limit, "release.invalid", fault.Say("at most %d lessons", "最多 %d 个讲次", release.MaxLessons))
				}
				command, err := a.planRelease()
				if err != nil {
					return nil, err
				}
				return c.carry(command)
			}},
		step(it, "startRelease", "Lets the first step's share in. Lessons that another release has are refused, by its name.", nil,
			func(_ call, id release.ID, n int, _ args) (commands.StartRelease, error) {
				return commands.StartRelease{Release: id, Revision: n}, nil
			}),
		step(it, "advanceRelease", "Takes the next step, where it was held long enough and rests on no figures; else it is taken by itself.", nil,
			func(_ call, id release.ID, n int, _ args) (commands.AdvanceRelease, error) {
				return commands.AdvanceRelease{Release: id, Revision: n}, nil
			}),
		step(it, "widenRelease", "Gives the candidate a larger share by hand, whatever the steps say.", inputs{"weight": must(gql.Int, "Of the total: more than it has now, up to the total."), "reason": why["reason"]},
			func(_ call, id release.ID, n int, a args) (commands.WidenRelease, error) {
				return commands.WidenRelease{Release: id, Revision: n, Weight: a.number("weight"), Reason: a.text("reason")}, nil
			}),
		step(it, "pauseRelease", "Stops the steps; whoever comes is let in by the share as it is.", why,
			func(_ call, id release.ID, n int, a args) (commands.PauseRelease, error) {
				return commands.PauseRelease{Release: id, Revision: n, Reason: a.text("reason")}, nil
			}),
		step(it, "resumeRelease", "Lets the steps go on; the present one is held anew.", nil,
			func(_ call, id release.ID, n int, _ args) (commands.ResumeRelease, error) {
				return commands.ResumeRelease{Release: id, Revision: n}, nil
			}),
		step(it, "freezeRelease", "No one new in, no one out: those who loaded the candidate or began with it keep it, nobody else gets it.", why,
			func(_ call, id release.ID, n int, a args) (commands.FreezeRelease, error) {
				return commands.FreezeRelease{Release: id, Revision: n, Reason: a.text("reason")}, nil
			}),
		step(it, "thawRelease", "Ends that a release is frozen.", nil,
			func(_ call, id release.ID, n int, _ args) (commands.ThawRelease, error) {
				return commands.ThawRelease{Release: id, Revision: n}, nil
			}),
		step(it, "rollBackRelease", "Takes the candidate away from everybody who has not begun with it, at any hour; open attempts keep what they pinned.", why,
			func(_ call, id release.ID, n int, a args) (commands.RollBackRelease, error) {
				return commands.RollBackRelease{Release: id, Revision: n, Reason: a.text("reason")}, nil
			}),
		step(it, "completeRelease", "Makes the candidate, at the whole, what everybody gets.", nil,
			func(_ call, id release.ID, n int, _ args) (commands.CompleteRelease, error) {
				return commands.CompleteRelease{Release: id, Revision: n}, nil
			}),
		step(it, "cancelRelease", "Ends a release that never started.", why,
			func(_ call, id release.ID, n int, a args) (commands.CancelRelease, error) {
				return commands.CancelRelease{Release: id, Revision: n, Reason: a.text("reason")}, nil
			}),
	}
}
