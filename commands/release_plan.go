package commands

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/release"
	"qbank/domain/roster"
	"qbank/domain/targeting"
)

// PlanRelease freezes published versions of lessons, with exact versions of their questions (those the lessons name, each with the errata that were
// published for it since), to go live in the actor's environment later.
type PlanRelease struct {
	Title     string
	Lessons   []PlannedLesson
	Unit      release.Unit // "": the student
	Total     int          // what weights are out of; 0: 100
	Steps     []release.Step
	Rules     []targeting.Clause
	Start     int64 // microseconds; 0: when somebody says so
	Blackouts []release.Blackout
	Guard     release.Guard
	Note      string
	exactly   release.Set       // what goes live, where it is known already; Lessons then says nothing
	promoted  *release.Promoted // where that was live before
}

// PlannedLesson names a published version of a lesson.
type PlannedLesson struct {
	Lesson  lesson.ID
	Version int // 0: the newest
}

// Needs the right to release.
func (PlanRelease) Needs() access.Permission { return access.Release }

// Do plans the release.
func (c PlanRelease) Do(ctx context.Context, w *Work) error {
	name, err := w.environment(ctx)
	if err != nil {
		return err
	}
	declared, err := w.takes(ctx, name)
	if err != nil || declared.SecondPerson && c.Start != 0 {
		if err == nil {
			message := fault.Say("in the environment %s a second person starts a release, by hand", "环境 %s 的发布须由第二人手动开始", name)
			err = fault.Refuse(fault.Denied, "environment.second_person", message, fault.Problem{Pointer: "/start", Code: "second_person", Message: message})
		}
		return err
	}
	if c.Rules, err = w.namedForRelease(ctx, c.Rules); err != nil {
		return err
	}
	set := c.exactly
	if set == nil {
		if set, err = c.freeze(ctx, w); err != nil {
			return err
		}
	}
	if err := w.playable(ctx, declared, set.Questions()); err != nil {
		return err
	}
	if err := w.keepLocks(ctx, name, set); err != nil {
		return err
	}
	if len(c.Blackouts) > release.MaxBlackouts {
		c.Blackouts = c.Blackouts[:release.MaxBlackouts+1] // the plan refuses them without looking at each
	}
	plan := c.plan(w, set)
	return decide(ctx, w, w.newID(), func(r release.Release) ([]event.Event, error) {
		return r.Propose(plan, w.Actor.Person(), w.moment(plan.Blackouts))
	})
}

// plan is what is proposed for a set.
func (c PlanRelease) plan(w *Work, set release.Set) release.Plan {
	return release.Plan{Environment: environment.Name(w.Actor.Scope.Environment), Org: orgOf(set, w.Actor.Scope.Org), Title: c.Title, Lessons: set, Unit: c.Unit, Total: c.Total,
		Steps: c.Steps, Rules: c.Rules, Start: c.Start, Blackouts: c.Blackouts, Guard: c.Guard, Note: c.Note, Promoted: c.promoted}
}

// freeze fixes the versions of all lessons.
func (c PlanRelease) freeze(ctx context.Context, w *Work) (release.Set, error) {
	if len(c.Lessons) > release.MaxLessons {
		return nil, fault.Refuse(fault.Limit, "release.invalid", fault.Say("the release is not valid", "发布计划无效"),
			fault.Problem{Pointer: "/lessons", Code: "max_items", Message: fault.Say("at most %d lessons", "最多 %d 个讲次", release.MaxLessons)})
	}
	set := make(release.Set, len(c.Lessons))
	for i, l := range c.Lessons {
		published, org, err := w.publishedLesson(ctx, l.Lesson, l.Version)
		if f := fault.Of(err); f != nil {
			f.Problems = append(f.Problems, fault.Problem{Pointer: "/lessons/" + strconv.Itoa(i), Code: f.Code, Message: f.Message})
		}
		if err != nil {
			return nil, err
		}
		frozen, err := w.freeze(ctx, published.Plan.Frozen())
		if err != nil {
			return nil, err
		}
		set[i] = release.Lesson{Lesson: l.Lesson, Org: org, Version: published.Version, Questions: frozen}
	}
	return set, nil
}

// orgOf is whose a release is: that of its lessons, or the planner's where they are of several.
func orgOf(set release.Set, planner string) string {
	if len(set) == 0 {
		return planner
	}
	for _, l := range set {
		if l.Org != set[0].Org {
			return planner
		}
	}
	return set[0].Org
}

// namedForRelease is named for the rules of a release. Too many are left as they are: the plan refuses them.
func (w *Work) namedForRelease(ctx context.Context, rules []targeting.Clause) ([]targeting.Clause, error) {
	if len(rules) > targeting.MaxClauses {
		return rules, nil
	}
	return w.named(ctx, rules, func(problems ...fault.Problem) error {
		return fault.Refuse(fault.Invalid, "release.invalid", fault.Say("the release is not valid", "发布计划无效"), problems...)
	})
}

// named writes the students and classes of rules as contexts have them; refuse makes the fault of what is wrong.
func (w *Work) named(ctx context.Context, rules []targeting.Clause, refuse func(...fault.Problem) error) ([]targeting.Clause, error) {
	out := make([]targeting.Clause, len(rules))
	var classes []uuid.UUID
	var places []string // of the same index: where each is named
	names := 0
	for i, rule := range rules {
		out[i] = rule
		if names += len(rule.Students) + len(rule.Classes); names > targeting.MaxNames {
			return rules, nil // refused where they are compiled
		}
		out[i].Students, out[i].Classes = nil, nil
		for _, student := range rule.Students {
			if student != "" {
				student = roster.PersonOf(student).String()
			}
			out[i].Students = append(out[i].Students, student)
		}
		for k, class := range rule.Classes {
			pointer := "/rules/" + strconv.Itoa(i) + "/classes/" + strconv.Itoa(k)
			id, err := uuid.Parse(class)
			if err != nil {
				return nil, refuse(fault.Problem{Pointer: pointer, Code: "class", Message: fault.Say("the id of a class is expected", "应为班级的编号")})
			}
			classes, places = append(classes, id), append(places, pointer)
			out[i].Classes = append(out[i].Classes, id.String())
		}
	}
	unknown, err := w.unknownClasses(ctx, classes)
	if err != nil {
		return nil, err
	}
	var problems []fault.Problem
	for i, class := range classes {
		if unknown[class] {
			problems = append(problems, fault.Problem{Pointer: places[i], Code: "unknown", Message: fault.Say("there is no such class here", "这里没有这个班级")})
		}
	}
	if len(problems) > 0 {
		return nil, refuse(problems...)
	}
	return out, nil
}

// unknownClasses are those that there are not for the actor: a rule that names one would let nobody in, and say nothing.
func (w *Work) unknownClasses(ctx context.Context, classes []uuid.UUID) (map[uuid.UUID]bool, error) {
	if w.Audiences == nil || len(classes) == 0 {
		return nil, nil
	}
	missing, err := w.Audiences.Unknown(ctx, w.Actor.Scope.Org, classes)
	unknown := make(map[uuid.UUID]bool, len(missing))
	for _, class := range missing {
		unknown[class] = true
	}
	return unknown, err
}
