package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/apikey"
	"qbank/domain/event"
)

// RevokeAPIKey ends a key: on this node at once, on others within seconds.
type RevokeAPIKey struct {
	Key    uuid.UUID
	Reason string
}

// Needs the right to manage access.
func (RevokeAPIKey) Needs() access.Permission { return access.ManageAccess }

// Do ends the key.
func (c RevokeAPIKey) Do(ctx context.Context, w *Work) error {
	return decide(ctx, w, c.Key, func(k apikey.Key) ([]event.Event, error) {
		return k.Revoke(w.Actor, c.Reason)
	})
}
