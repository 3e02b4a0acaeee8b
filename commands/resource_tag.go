package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/resource"
)

// TagResource replaces the tags of a file.
type TagResource struct {
	Resource resource.ID
	Revision int // what the caller saw
	Tags     []string
}

// Needs the right to upload.
func (TagResource) Needs() access.Permission { return access.WriteResources }

// Do tags the file.
func (c TagResource) Do(ctx context.Context, w *Work) error {
	return w.resource(ctx, c.Resource, c.Revision, func(r resource.Resource) ([]event.Event, error) { return r.Tag(c.Tags) })
}
