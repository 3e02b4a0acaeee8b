package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/reissue"
)

// AskReissue asks for a version to go to certain students at once. Whoever may also grant can do both in one, where the audience is small.
type AskReissue struct {
	Wish
	Grant bool
}

// Needs the right to ask.
func (AskReissue) Needs() access.Permission { return access.AskReissues }

// Do asks.
func (c AskReissue) Do(ctx context.Context, w *Work) error {
	if c.Grant {
		if err := w.Actor.Require(GrantReissue{}.Needs()); err != nil {
			return err
		}
	}
	terms, reached, err := w.reissueTerms(ctx, c.Wish)
	if err != nil {
		return err
	}
	reach := reached.Reach()
	return decide(ctx, w, w.newID(), func(r reissue.Reissue) ([]event.Event, error) {
		asked, err := r.Ask(terms, reach, w.Actor.Person(), w.Actor.Can(GrantReissue{}.Needs()), w.meta.At)
		if err != nil || !c.Grant {
			return asked, err
		}
		granted, err := r.Apply(asked[0]).Grant(reach, "", w.Actor.Person(), "", w.meta.At)
		return append(asked, granted...), err
	})
}
