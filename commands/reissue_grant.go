package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/reissue"
)

// GrantReissue lets a reissue happen that was asked for.
type GrantReissue struct {
	Reissue  reissue.ID
	Revision int    // what the caller saw
	Digest   string // of the audience that the caller saw; "": never mind
	Note     string
}

// Needs the right to grant.
func (GrantReissue) Needs() access.Permission { return access.GrantReissues }

// Do grants it, for whoever is in the audience by now.
func (c GrantReissue) Do(ctx context.Context, w *Work) error {
	return w.reissue(ctx, c.Reissue, c.Revision, func(r reissue.Reissue) ([]event.Event, error) {
		reached, err := w.reach(ctx, r.Terms)
		if err != nil {
			return nil, err
		}
		return r.Grant(reached.Reach(), c.Digest, w.Actor.Person(), c.Note, w.meta.At)
	})
}
