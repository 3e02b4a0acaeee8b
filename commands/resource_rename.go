package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/resource"
)

// RenameResource gives a file another name.
type RenameResource struct {
	Resource resource.ID
	Revision int // what the caller saw
	Title    string
}

// Needs the right to upload.
func (RenameResource) Needs() access.Permission { return access.WriteResources }

// Do renames the file.
func (c RenameResource) Do(ctx context.Context, w *Work) error {
	return w.resource(ctx, c.Resource, c.Revision, func(r resource.Resource) ([]event.Event, error) { return r.Rename(c.Title) })
}
