package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/workflow"
)

// ChooseWorkflow says which workflow applies to an organisation's questions or lessons, of one subject or of all. What was submitted before stays
// under the workflow it has pinned.
type ChooseWorkflow struct {
	Org      string // the actor's or one below it; "" is the actor's
	Revision int    // of the policy, as the caller saw it; 0: there was none
	Kind     workflow.Kind
	Subject  string // "": of all that have no choice of their own
	Workflow string // name and version; "" takes the choice back
}

// Needs the right to manage reviews.
func (ChooseWorkflow) Needs() access.Permission { return access.ManageReview }

// Do chooses the workflow.
func (c ChooseWorkflow) Do(ctx context.Context, w *Work) error {
	return w.policy(ctx, c.Org, c.Revision, func(org string, p workflow.Policy) ([]event.Event, error) {
		policies, err := w.Policies(ctx, org)
		if err != nil {
			return nil, err
		}
		_, _, known := policies.Named(c.Workflow)
		return p.Choose(org, workflow.Choice{Kind: c.Kind, Subject: c.Subject, Workflow: c.Workflow}, known)
	})
}
