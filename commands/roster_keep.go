package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/roster"
)

// KeepNode makes sure that a business line, term, course or lesson of a course is in the roster under its code, and says all there is to be
// said of it. Doing it again changes nothing.
type KeepNode struct {
	Kind   roster.Kind
	Code   string
	Title  string
	Parent string    // code of the node above: the line of a term, the term of a course, the course of a lesson
	Lesson lesson.ID // of a lesson of a course: what authors arrange for it; zero: nothing yet
	roster.Window
	AsOf roster.AsOf
}

// Needs the right to write the roster.
func (KeepNode) Needs() access.Permission { return access.WriteRoster }

// Do keeps the node.
func (c KeepNode) Do(ctx context.Context, w *Work) error {
	facts := roster.NodeFacts{Title: c.Title, Lesson: c.Lesson, Window: c.Window}
	if above := c.Kind.Above(); above != "" {
		var err error
		if facts.Parent, err = w.inRoster(ctx, string(above), c.Parent, nodeID(above)); err != nil {
			return err
		}
	} else if c.Parent != "" {
		return roster.Unknown("parent", c.Parent)
	}
	if err := w.lessonKnown(ctx, c.Lesson); err != nil {
		return err
	}
	org := w.Actor.Scope.Org
	return decide(ctx, w, roster.NodeID(org, c.Kind, c.Code), func(n roster.Node) ([]event.Event, error) {
		return n.Keep(org, c.Kind, c.Code, facts, c.AsOf, w.meta.At)
	})
}

// lessonKnown refuses a lesson that is not there for the actor's organisation: its own, one above or one below it.
func (w *Work) lessonKnown(ctx context.Context, id lesson.ID) error {
	if id == uuid.Nil {
		return nil
	}
	l, revision, err := load[lesson.Lesson](ctx, w, id, 1)
	if err != nil {
		return err
	}
	org := w.Actor.Scope.Org
	if revision == 0 || l.Org == "" || !access.Related(l.Org, org) {
		return roster.Unknown("lesson_id", id.String())
	}
	return nil
}
