package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/resource"
)

// KeepResource keeps a file of the actor's organisation whose bytes are stored already, and whose facts its bytes have told. It is for
// whoever takes uploads in.
type KeepResource struct {
	Facts resource.Uploaded // Org is the actor's
	Again bool              // record it although the file is kept already
}

// Needs the right to upload.
func (KeepResource) Needs() access.Permission { return access.WriteResources }

// Do keeps the file.
func (c KeepResource) Do(ctx context.Context, w *Work) error {
	c.Facts.Org = w.Actor.Scope.Org
	return decide(ctx, w, resource.IDOf(c.Facts.Org, c.Facts.Hash), func(r resource.Resource) ([]event.Event, error) {
		return r.Upload(c.Facts, c.Again)
	})
}

// resource lets a file of the actor's organisation or below decide, if it is at the revision that was seen or that is Anything.
func (w *Work) resource(ctx context.Context, id resource.ID, seen int, decision func(resource.Resource) ([]event.Event, error)) error {
	return decide(ctx, w, id, func(r resource.Resource) ([]event.Event, error) {
		if r.State == "" || w.Actor.Within(r.Org) != nil {
			return nil, notFound("resource", "文件")
		}
		if err := fresh(seen, r.Revision); err != nil {
			return nil, err
		}
		return decision(r)
	})
}
