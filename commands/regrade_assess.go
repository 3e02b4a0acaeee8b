package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/regrade"
)

// AssessRegrade takes down what a regrade would do; see Bus.RegradeLines.
type AssessRegrade struct {
	Regrade  regrade.ID
	Revision int // what the caller saw
	Figures  regrade.Figures
}

// Needs the right to propose regrades.
func (AssessRegrade) Needs() access.Permission { return access.ProposeRegrades }

// Do takes the figures down.
func (c AssessRegrade) Do(ctx context.Context, w *Work) error {
	return w.regrade(ctx, c.Regrade, c.Revision, func(r regrade.Regrade) ([]event.Event, error) {
		return r.Assess(c.Figures)
	})
}
