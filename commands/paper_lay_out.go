package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/paper"
)

// LayOutPaper puts a published paper into a lesson's draft: its fixed questions become the lesson's items, its pools the lesson's draws, instead of
// those that were there.
type LayOutPaper struct {
	Paper    paper.ID
	Version  int // 0: the newest
	Lesson   lesson.ID
	Revision int // of the lesson: what the caller saw
}

// Needs the right to write lessons.
func (LayOutPaper) Needs() access.Permission { return access.WriteLessons }

// Do lays the paper out.
func (c LayOutPaper) Do(ctx context.Context, w *Work) error {
	published, err := w.publishedPaper(ctx, c.Paper, c.Version)
	if err != nil {
		return err
	}
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		return l.Edit(l.Plan, published.Plan.LayOut(l.Plan), w.Cues)
	})
}

// publishedPaper reads a version, 0 for the newest, which is an immutable fact.
func (w *Work) publishedPaper(ctx context.Context, id paper.ID, version int) (found paper.Published, err error) {
	recorded, err := w.read(ctx, id, 0)
	if err != nil {
		return found, err
	}
	var state paper.Paper
	for _, r := range recorded {
		e, err := w.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			return found, err
		}
		if p, ok := e.(paper.Published); ok && (version == 0 || p.Version == version) {
			found = p
		}
		state = state.Apply(e)
	}
	if err := w.mayKnowPaper(state); err != nil {
		return found, err
	}
	switch {
	case state.Retired:
		return found, fault.Refuse(fault.Conflict, "paper.retired", fault.Say("the paper is retired", "试卷已停用"))
	case found.Version == 0:
		return found, fault.Refuse(fault.Conflict, "paper.not_published", fault.Say("the paper has no such published version", "试卷没有这个已发布的版本"))
	}
	return found, nil
}
