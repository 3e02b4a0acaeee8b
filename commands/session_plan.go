package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/roster"
	"qbank/domain/session"
)

// PlanSession makes sure that a session is planned under its code, in the actor's environment, and says all there is to be said of it. Doing it
// again changes nothing; a session that has started is planned no more.
type PlanSession struct {
	Code     string
	Title    string
	Lesson   lesson.ID // that authors arrange; zero: what the lesson of the course refers to
	LessonOf string    // code of a lesson of a course, where Lesson is not given
	Teacher  Person
	Classes  []string // their codes
	Start    int64    // microseconds, as planned
	End      int64    // microseconds, as planned
	AsOf     roster.AsOf
}

// Needs the right to write the roster.
func (PlanSession) Needs() access.Permission { return access.WriteRoster }

// Do plans the session.
func (c PlanSession) Do(ctx context.Context, w *Work) error {
	environment, err := w.environment(ctx)
	if err != nil {
		return err
	}
	teacher, err := w.peopleOf("teacher", []Person{c.Teacher})
	if err != nil {
		return err
	}
	plan := session.Plan{Title: c.Title, Teacher: teacher.ids[0], Start: c.Start, End: c.End}
	if plan.Lesson, err = c.lesson(ctx, w); err != nil {
		return err
	}
	if len(c.Classes) > session.MaxClasses {
		return fault.Refuse(fault.Limit, "session.classes", fault.Say("at most %d classes", "最多 %d 个班级", session.MaxClasses))
	}
	for _, code := range c.Classes {
		class, err := w.inRoster(ctx, "classes", code, roster.ClassID)
		if err != nil {
			return err
		}
		plan.Classes = append(plan.Classes, class)
	}
	org := w.Actor.Scope.Org
	err = decide(ctx, w, session.IDOf(org, string(environment), c.Code), func(s session.Session) ([]event.Event, error) {
		return s.Keep(org, string(environment), c.Code, plan, c.AsOf, w.meta.At)
	})
	if err != nil {
		return err
	}
	return teacher.keep(ctx, w)
}

// lesson finds the lesson that authors arrange.
func (c PlanSession) lesson(ctx context.Context, w *Work) (lesson.ID, error) {
	if c.Lesson != uuid.Nil {
		return c.Lesson, w.lessonKnown(ctx, c.Lesson)
	}
	id, err := w.inRoster(ctx, "lesson", c.LessonOf, nodeID(roster.Lesson))
	if err != nil {
		return uuid.Nil, err
	}
	node, _, err := load[roster.Node](ctx, w, id, 0)
	if err != nil {
		return uuid.Nil, err
	}
	if node.Lesson == uuid.Nil {
		message := fault.Say("no lesson is arranged for %.100q yet", "讲次 %.100q 尚未关联内容", c.LessonOf)
		return uuid.Nil, fault.Refuse(fault.Conflict, "session.no_lesson", message, fault.Problem{Pointer: "/lesson", Code: "no_lesson", Message: message})
	}
	return node.Lesson, nil
}
