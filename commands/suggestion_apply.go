package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/discussion"
	"qbank/domain/event"
	"qbank/domain/question"
	"qbank/eventstore"
)

// ApplySuggestion makes a suggested change an edit of the question, merged with what others changed since. Applying it again does nothing.
type ApplySuggestion struct {
	Question question.ID
	Thread   uuid.UUID
}

// Needs the right to write questions.
func (ApplySuggestion) Needs() access.Permission { return access.WriteQuestions }

// Do edits the question and then says so in the discussion. The edit has an id that follows from the thread: carried out again after a break
// in between, or by two people at once, the command finds it and goes on with the rest.
func (c ApplySuggestion) Do(ctx context.Context, w *Work) error {
	subject := discussion.Subject{Kind: discussion.Question, ID: c.Question}
	if err := w.mayRead(subject.Kind); err != nil {
		return err
	}
	d, _, err := load[discussion.Discussion](ctx, w, subject.Stream(), 0)
	if err != nil {
		return err
	}
	suggestion, revision, err := d.Suggestion(c.Thread)
	if err != nil {
		return err
	}
	seen, err := w.questionAt(ctx, c.Question, func([]eventstore.Recorded) int { return revision })
	if err != nil {
		return err
	}
	suggested, err := content.ApplyChanges(seen.Draft.Content, suggestion.Changes)
	if err != nil {
		return err
	}
	edit := *w
	edit.command = uuid.NewSHA1(c.Thread, []byte("suggestion applied"))
	if err := edit.question(ctx, c.Question, Anything, func(q question.Question) ([]event.Event, error) {
		if d.Threads[c.Thread].Status == discussion.Applied {
			return nil, nil // the question had it already
		}
		if err := d.Pending(c.Thread); err != nil {
			return nil, err
		}
		return q.Take(seen.Draft, question.Draft{Type: seen.Draft.Type, Content: suggested}, d.Threads[c.Thread].Comments[0].By)
	}); err != nil {
		return err
	}
	err = w.discussed(ctx, subject, func(d discussion.Discussion) ([]event.Event, error) {
		return d.Applied(c.Thread, w.Actor.ID, edit.Done.Revision)
	})
	if err != nil {
		return err
	}
	if w.Done.Position == 0 { // somebody else said so: who waits for this position reads it
		recorded, err := w.read(ctx, subject.Stream(), 0)
		if err != nil {
			return err
		}
		w.Done.Position = recorded[len(recorded)-1].Position
	}
	w.Done.Position = max(w.Done.Position, edit.Done.Position)
	w.made(c.Thread)
	return nil
}
