package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/paper"
)

// PublishPaper makes the draft the next version, which names exact versions of its questions.
type PublishPaper struct {
	Paper    paper.ID
	Revision int              // what the caller saw
	Unmet    paper.Acceptance // of what its blueprints demand in vain
}

// Needs the right to publish lessons.
func (PublishPaper) Needs() access.Permission { return access.PublishLessons }

// Do publishes the paper.
func (c PublishPaper) Do(ctx context.Context, w *Work) error {
	return w.paper(ctx, c.Paper, c.Revision, func(p paper.Paper) ([]event.Event, error) {
		var ids []uuid.UUID
		for _, ref := range p.Plan.Questions() {
			ids = append(ids, ref.Question)
		}
		newest, err := w.newestVersions(ctx, ids)
		if err != nil {
			return nil, err
		}
		return p.Publish(newest, c.Unmet)
	})
}
