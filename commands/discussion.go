package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/discussion"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/eventstore"
)

// Remark is what somebody says.
type Remark struct {
	Text     string   // Markdown
	Mentions []string // opaque ids of people
}

// discussed lets the discussion of a subject of the actor's organisation decide. Who may not read the subject may not discuss it.
func (w *Work) discussed(ctx context.Context, s discussion.Subject, decision func(discussion.Discussion) ([]event.Event, error)) error {
	if err := w.mayRead(s.Kind); err != nil {
		return err
	}
	return decide(ctx, w, s.Stream(), func(d discussion.Discussion) ([]event.Event, error) {
		if d.Revision > 0 && w.Actor.Within(d.Org) != nil {
			d = discussion.Discussion{} // what is another organisation's looks like nothing at all
		}
		return decision(d)
	})
}

func (w *Work) mayRead(kind discussion.Kind) error {
	if kind == discussion.Question {
		return w.Actor.Require(access.ReadQuestions) // comments quote contents, which hold keys
	}
	return w.Actor.Require(access.ReadLessons)
}

// subject reads the document of a question or a lesson as it was at a revision, and whose it is.
func (w *Work) subject(ctx context.Context, s discussion.Subject, revision int) (document any, org string, err error) {
	if err := w.mayRead(s.Kind); err != nil {
		return nil, "", err
	}
	if s.Kind == discussion.Question {
		past, err := w.questionAt(ctx, s.ID, func([]eventstore.Recorded) int { return revision })
		return past.Draft.Content, past.Org, err
	}
	past, at, err := load[lesson.Lesson](ctx, w, s.ID, max(revision, 1))
	switch {
	case err != nil:
		return nil, "", err
	case past.Org == "" || w.Actor.Within(past.Org) != nil:
		return nil, "", notFound("lesson", "讲次")
	case at != revision:
		return nil, "", notFound("revision", "修订")
	}
	return past.Plan.Document(), past.Org, nil
}

// openThread starts a thread on a place of a document as the actor saw it. suggest makes of that what it should become; nil where nothing is suggested.
func (w *Work) openThread(ctx context.Context, o discussion.Opening, revision int, pointer string, part *discussion.Range, suggest func(document any) (any, error)) error {
	document, org, err := w.subject(ctx, o.Subject, revision)
	if err != nil {
		return err
	}
	if document == nil { // a history that is damaged
		return fault.Refuse(fault.Internal, "discussion.document", fault.Say("what is discussed cannot be read", "无法读取所讨论的内容"))
	}
	if suggest != nil {
		suggested, err := suggest(document)
		if err != nil {
			return err
		}
		o.Suggestion = discussion.Suggest(document, suggested)
		if _, there := content.At(document, pointer); !there {
			pointer = above(pointer) // what is suggested is to stand there
		}
	}
	if o.Anchor, err = discussion.NewAnchor(document, revision, pointer, part); err != nil {
		return err
	}
	o.Org, o.Thread, o.By = org, w.newID(), w.Actor.ID
	err = w.discussed(ctx, o.Subject, func(d discussion.Discussion) ([]event.Event, error) { return d.Open(o) })
	w.made(o.Thread)
	return err
}

// above is the pointer to what a place stands in.
func above(pointer string) string {
	tokens := content.Tokens(pointer)
	if len(tokens) == 0 {
		return ""
	}
	return content.Pointer(tokens[:len(tokens)-1]...)
}

// made names what was acted on within a stream.
func (w *Work) made(id uuid.UUID) {
	if w.Done.ID != uuid.Nil {
		w.Done.ID = id
	}
}
