package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/question"
	"qbank/domain/takedown"
)

// TakeDown takes a version of a question, or all of them, out of the actor's environment at once.
type TakeDown struct {
	Question   question.ID
	Version    int  // 0: every version, those to come included
	Everywhere bool // in every environment
	Reason     string
}

// Needs the right to take down.
func (TakeDown) Needs() access.Permission { return access.TakeDown }

// Do takes it down. The takedown's id is Done's.
func (c TakeDown) Do(ctx context.Context, w *Work) error {
	name, err := w.environment()
	if err != nil {
		return err
	}
	q, err := w.publishedVersion(ctx, c.Question, c.Version)
	if err != nil {
		return err
	}
	imposed := takedown.Imposed{Takedown: w.newID(), Org: q.Org, Question: c.Question, Version: c.Version, Environment: string(name), Reason: c.Reason}
	if c.Everywhere {
		imposed.Environment, w.meta.Environment = "", ""
	}
	err = decide(ctx, w, takedown.Stream(c.Question), func(t takedown.Takedowns) ([]event.Event, error) { return t.Impose(imposed, q.Latest) })
	w.Done.ID = imposed.Takedown
	return err
}
