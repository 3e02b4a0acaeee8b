package commands

import (
	"context"
	"sort"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/question"
	"qbank/eventstore"
)

// RestoreQuestion makes the content of an earlier revision, or what stood there at a moment, the draft again: the whole, or single fields.
type RestoreQuestion struct {
	Question question.ID
	Revision int      // what the caller saw
	To       int      // the revision to bring back; 0: the one At
	At       int64    // the moment to go back to, in microseconds since 1970 UTC
	Fields   []string // JSON Pointers into the content as it was then; none: the whole
	Metadata bool     // bring back what it was filed under, too
}

// Needs the right to write questions.
func (RestoreQuestion) Needs() access.Permission { return access.WriteQuestions }

// Do restores the draft.
func (c RestoreQuestion) Do(ctx context.Context, w *Work) error {
	past, err := w.questionAt(ctx, c.Question, func(history []eventstore.Recorded) int {
		if c.To != 0 {
			return c.To
		}
		return sort.Search(len(history), func(i int) bool { return history[i].RecordedAt.UnixMicro() > c.At })
	})
	if err != nil {
		return err
	}
	return w.question(ctx, c.Question, c.Revision, func(q question.Question) ([]event.Event, error) {
		return q.Restore(question.Restoration{Past: past, Fields: c.Fields, Metadata: c.Metadata})
	})
}
