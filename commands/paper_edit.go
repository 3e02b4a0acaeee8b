package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/paper"
)

// EditPaper makes a whole plan the draft, merged with what others changed since the revision the editor saw.
type EditPaper struct {
	Paper    paper.ID
	Revision int // what the editor saw
	Plan     paper.Plan
}

// Needs the right to write lessons.
func (EditPaper) Needs() access.Permission { return access.WriteLessons }

// Do edits the draft.
func (c EditPaper) Do(ctx context.Context, w *Work) error {
	now, revision, err := load[paper.Paper](ctx, w, c.Paper, 0)
	if err != nil {
		return err
	}
	if err := w.mayKnowPaper(now); err != nil {
		return err
	}
	if c.Revision < 1 || c.Revision > revision {
		return notFound("revision", "修订")
	}
	seen, _, err := load[paper.Paper](ctx, w, c.Paper, c.Revision)
	if err != nil {
		return err
	}
	return w.paper(ctx, c.Paper, Anything, func(p paper.Paper) ([]event.Event, error) {
		edited, err := p.Edit(seen.Plan, c.Plan)
		if err != nil {
			return nil, err
		}
		return edited, w.paperKnown(ctx, p.Plan, c.Plan)
	})
}
