package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/question"
	"qbank/domain/regrade"
)

// ProposeRegrade opens the regrade that an erratum leads to, for the attempts of the actor's environment and one organisation. Proposing it again
// changes nothing.
type ProposeRegrade struct {
	Question question.ID
	Version  int    // the erratum
	Org      string // of the attempts
}

// Needs the right to propose regrades.
func (ProposeRegrade) Needs() access.Permission { return access.ProposeRegrades }

// Do proposes the regrade.
func (c ProposeRegrade) Do(ctx context.Context, w *Work) error {
	if err := w.Actor.Within(c.Org); err != nil {
		return err
	}
	environment, err := w.environment()
	if err != nil {
		return err
	}
	from, err := w.Corrects(ctx, c.Question, c.Version)
	if err != nil {
		return err
	}
	p := regrade.Proposed{Environment: string(environment), Org: c.Org, Question: c.Question, From: from, To: c.Version}
	return decide(ctx, w, p.ID(), func(r regrade.Regrade) ([]event.Event, error) { return r.Propose(p) })
}
