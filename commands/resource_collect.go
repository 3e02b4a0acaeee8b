package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/resource"
)

// The steps by which a file that nothing names is let go. They are for the process that looks for such files: a file is marked, and
// later either restored or removed.

// CollectResource marks a file that nothing names.
type CollectResource struct{ Resource resource.ID }

// Needs the right to upload.
func (CollectResource) Needs() access.Permission { return access.WriteResources }

// Do marks the file.
func (c CollectResource) Do(ctx context.Context, w *Work) error {
	return w.resource(ctx, c.Resource, Anything, func(r resource.Resource) ([]event.Event, error) { return r.Collect() })
}

// RestoreResource takes the mark back, for something named the file after all.
type RestoreResource struct{ Resource resource.ID }

// Needs the right to upload.
func (RestoreResource) Needs() access.Permission { return access.WriteResources }

// Do restores the file.
func (c RestoreResource) Do(ctx context.Context, w *Work) error {
	return w.resource(ctx, c.Resource, Anything, func(r resource.Resource) ([]event.Event, error) { return r.Restore() })
}

// RemoveResource records that the bytes of a marked file are gone.
type RemoveResource struct{ Resource resource.ID }

// Needs the right to upload.
func (RemoveResource) Needs() access.Permission { return access.WriteResources }

// Do records it.
func (c RemoveResource) Do(ctx context.Context, w *Work) error {
	return w.resource(ctx, c.Resource, Anything, func(r resource.Resource) ([]event.Event, error) { return r.Remove() })
}
