package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/regrade"
)

// AskRegrade wants a regrade under a policy. Another person decides.
type AskRegrade struct {
	Regrade  regrade.ID
	Revision int // what the caller saw
	Policy   regrade.Policy
	Reason   string
}

// Needs the right to propose regrades.
func (AskRegrade) Needs() access.Permission { return access.ProposeRegrades }

// Do asks for the regrade.
func (c AskRegrade) Do(ctx context.Context, w *Work) error {
	return w.regrade(ctx, c.Regrade, c.Revision, func(r regrade.Regrade) ([]event.Event, error) {
		return r.Ask(c.Policy, c.Reason, w.Actor.Person())
	})
}
