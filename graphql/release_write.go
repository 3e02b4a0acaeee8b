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
		rule := targeting.Clause{Students: r.texts("students"), When: r.text("when")}
		if out := r.flag("out"); out != nil {
			rule.Out = *out
		}
		for _, class := range r.texts("classes") {
			id, err := parseID(class, className)
			if err != nil {
				return c, err
			}
			rule.Classes = append(rule.Classes, id.String())
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
	// on is a step of a release as its revision was seen.
	on := func(name, about string, more inputs, command func(id release.ID, revision int, a args) commands.Command) mutation {
		fields := inputs{"release": must(gql.ID, "Global id or UUID of the release."), "revision": must(gql.Int, "The revision you saw.")}
		for name, f := range more {
			fields[name] = f
		}
		return mutation{name: name, about: about, of: changed, needs: command(release.ID{}, 0, nil).Needs(), input: fields, do: func(c call, a args) (*outcome, error) {
			if _, err := c.scope(); err != nil {
				return nil, err
			}
			id, err := a.id("release", releaseName)
			if err != nil {
				return nil, err
			}
			revision, err := a.revision("revision")
			if err != nil {
				return nil, err
			}
			return c.carry(command(id, revision, a))
		}}
	}
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
		on("startRelease", "Lets the first step's share in. Lessons that another release has are refused, by its name.", nil,
			func(id release.ID, n int, _ args) commands.Command {
				return commands.StartRelease{Release: id, Revision: n}
			}),
		on("advanceRelease", "Takes the next step, where it was held long enough and rests on no figures; else it is taken by itself.", nil,
			func(id release.ID, n int, _ args) commands.Command {
				return commands.AdvanceRelease{Release: id, Revision: n}
			}),
		on("widenRelease", "Gives the candidate a larger share by hand, whatever the steps say.", inputs{"weight": must(gql.Int, "Of the total."), "reason": why["reason"]},
			func(id release.ID, n int, a args) commands.Command {
				return commands.WidenRelease{Release: id, Revision: n, Weight: a.number("weight"), Reason: a.text("reason")}
			}),
		on("pauseRelease", "Stops the steps; whoever comes is let in by the share as it is.", why,
			func(id release.ID, n int, a args) commands.Command {
				return commands.PauseRelease{Release: id, Revision: n, Reason: a.text("reason")}
			}),
		on("resumeRelease", "Lets the steps go on; the present one is held anew.", nil,
			func(id release.ID, n int, _ args) commands.Command {
				return commands.ResumeRelease{Release: id, Revision: n}
			}),
		on("freezeRelease", "No one new in, no one out: those who began with the candidate keep it, nobody else gets it.", why,
			func(id release.ID, n int, a args) commands.Command {
				return commands.FreezeRelease{Release: id, Revision: n, Reason: a.text("reason")}
			}),
		on("thawRelease", "Ends that a release is frozen.", nil,
			func(id release.ID, n int, _ args) commands.Command {
				return commands.ThawRelease{Release: id, Revision: n}
			}),
		on("rollBackRelease", "Takes the candidate away from everybody who has not begun with it, at any hour; open attempts keep what they pinned.", why,
			func(id release.ID, n int, a args) commands.Command {
				return commands.RollBackRelease{Release: id, Revision: n, Reason: a.text("reason")}
			}),
		on("completeRelease", "Makes the candidate, at the whole, what everybody gets.", nil,
			func(id release.ID, n int, _ args) commands.Command {
				return commands.CompleteRelease{Release: id, Revision: n}
			}),
		on("cancelRelease", "Ends a release that never started.", why,
			func(id release.ID, n int, a args) commands.Command {
				return commands.CancelRelease{Release: id, Revision: n, Reason: a.text("reason")}
			}),
	}
}
