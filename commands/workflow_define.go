package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/workflow"
)

// DefineWorkflow makes a version of a workflow known to an organisation and those below it. The same document again changes nothing;
// another document under the same version is refused.
type DefineWorkflow struct {
	Org      string // the actor's or one below it; "" is the actor's
	Workflow workflow.Workflow
}

// Needs the right to manage reviews.
func (DefineWorkflow) Needs() access.Permission { return access.ManageReview }

// Do defines the workflow.
func (c DefineWorkflow) Do(ctx context.Context, w *Work) error {
	return w.policy(ctx, c.Org, Anything, func(org string, p workflow.Policy) ([]event.Event, error) {
		return p.Define(org, c.Workflow)
	})
}

// policy lets the policy of an organisation decide that is the actor's or lies below it.
func (w *Work) policy(ctx context.Context, org string, seen int, decision func(string, workflow.Policy) ([]event.Event, error)) error {
	if org == "" {
		org = w.Actor.Scope.Org
	}
	if err := w.Actor.Within(org); err != nil {
		return err
	}
	return decide(ctx, w, workflow.PolicyStream(org), func(p workflow.Policy) ([]event.Event, error) {
		if err := fresh(seen, p.Revision); err != nil {
			return nil, err
		}
		return decision(org, p)
	})
}
