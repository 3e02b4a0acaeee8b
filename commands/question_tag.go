package commands

import (
	"context"
	"slices"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/question"
)

// TagQuestion adds and removes tags and knowledge points, whatever else is filed: it suits many questions at once.
type TagQuestion struct {
	Question     question.ID
	Revision     int // what the caller saw; a newer one is a conflict for the caller to resolve
	Add, Remove  []string
	AddPoints    []string
	RemovePoints []string
}

// Needs the right to write questions.
func (TagQuestion) Needs() access.Permission { return access.WriteQuestions }

// Do changes the tags.
func (c TagQuestion) Do(ctx context.Context, w *Work) error {
	return w.question(ctx, c.Question, c.Revision, func(q question.Question) ([]event.Event, error) {
		m := q.Metadata
		m.Tags, m.Points = changed(m.Tags, c.Add, c.Remove), changed(m.Points, c.AddPoints, c.RemovePoints)
		return q.Describe(m)
	})
}

func changed(list, add, remove []string) []string {
	return slices.DeleteFunc(slices.Concat(list, add), func(item string) bool { return slices.Contains(remove, item) })
}
