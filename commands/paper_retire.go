package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/paper"
)

// RetirePaper takes a paper out of use. Lessons that it was laid out in stay.
type RetirePaper struct {
	Paper    paper.ID
	Revision int // what the caller saw
	Reason   string
}

// Needs the right to publish lessons.
func (RetirePaper) Needs() access.Permission { return access.PublishLessons }

// Do retires the paper.
func (c RetirePaper) Do(ctx context.Context, w *Work) error {
	return w.paper(ctx, c.Paper, c.Revision, func(p paper.Paper) ([]event.Event, error) { return p.Retire(c.Reason) })
}
