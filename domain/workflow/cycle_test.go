package workflow_test

import (
	"slices"
	"testing"

	"qbank/domain/workflow"
)

var states = []workflow.State{workflow.Draft, workflow.InReview, workflow.Approved, workflow.Published, workflow.Retired, workflow.Withdrawn}

var actions = []workflow.Action{workflow.Edit, workflow.Submit, workflow.Approve, workflow.Return, workflow.Publish, workflow.Retire, workflow.Reinstate,
	workflow.Withdraw, "dance"}

var none workflow.Bans

func TestOnlyWhatIsApprovedIsPublished(t *testing.T) {
	t.Parallel()
	for _, s := range states {
		to, ok := none.Next(s, workflow.Publish)
		if ok != (s == workflow.Approved) || (ok && to != workflow.Published) {
			t.Errorf("publishing from %s: %v, to %q", s, ok, to)
		}
	}
}

func TestWhatIsAllowedIsWhatLeadsSomewhere(t *testing.T) {
	t.Parallel()
	for _, bans := range []workflow.Bans{nil, {workflow.InReview: {workflow.Edit}, workflow.Approved: {workflow.Retire, workflow.Edit}}} {
		for _, s := range states {
			for _, a := range actions {
				to, ok := bans.Next(s, a)
				if ok != slices.Contains(bans.Allowed(s), a) || (ok && !slices.Contains(states, to)) {
					t.Errorf("%s from %s: %v, to %q", a, s, ok, to)
				}
				if ok && slices.Contains(bans[s], a) {
					t.Errorf("%s is banned in %s", a, s)
				}
			}
		}
	}
}

func TestEveryStateCanBeReached(t *testing.T) {
	t.Parallel()
	reached := []workflow.State{workflow.Draft}
	for i := 0; i < len(reached); i++ {
		for _, a := range none.Allowed(reached[i]) {
			if to, _ := none.Next(reached[i], a); !slices.Contains(reached, to) {
				reached = append(reached, to)
			}
		}
	}
	if len(reached) != len(states) {
		t.Errorf("only %v can be reached", reached)
	}
}
