package workflow_test

import (
	"slices"
	"testing"

	"qbank/domain/workflow"
)

var states = []workflow.State{workflow.Draft, workflow.InReview, workflow.Approved, workflow.Published, workflow.Retired, workflow.Withdrawn}

func TestOnlyWhatIsApprovedIsPublished(t *testing.T) {
	t.Parallel()
	for _, s := range states {
		to, ok := workflow.SingleReview.Next(s, workflow.Publish)
		if ok != (s == workflow.Approved) || (ok && to != workflow.Published) {
			t.Errorf("publishing from %s: %v, to %q", s, ok, to)
		}
	}
}

func TestWhatIsAllowedIsWhatLeadsSomewhere(t *testing.T) {
	t.Parallel()
	for _, s := range states {
		for _, a := range []workflow.Action{workflow.Edit, workflow.Submit, workflow.Approve, workflow.Return, workflow.Publish,
			workflow.Retire, workflow.Reinstate, workflow.Withdraw, "dance"} {
			to, ok := workflow.SingleReview.Next(s, a)
			if ok != slices.Contains(workflow.SingleReview.Allowed(s), a) || (ok && !slices.Contains(states, to)) {
				t.Errorf("%s from %s: %v, to %q", a, s, ok, to)
			}
		}
	}
}

func TestEveryStateCanBeReached(t *testing.T) {
	t.Parallel()
	reached := []workflow.State{workflow.Draft}
	for i := 0; i < len(reached); i++ {
		for _, a := range workflow.SingleReview.Allowed(reached[i]) {
			if to, _ := workflow.SingleReview.Next(reached[i], a); !slices.Contains(reached, to) {
				reached = append(reached, to)
			}
		}
	}
	if len(reached) != len(states) {
		t.Errorf("only %v can be reached", reached)
	}
}

func TestAWorkflowIsFoundByItsName(t *testing.T) {
	t.Parallel()
	if w, ok := workflow.ByName("single-review@1"); !ok || w.Name != "single-review@1" {
		t.Errorf("got %q, %v", w.Name, ok)
	}
	if w, ok := workflow.ByName("single-review@2"); ok || len(w.Allowed(workflow.Draft)) > 0 {
		t.Errorf("a workflow that never was allows %v", w.Allowed(workflow.Draft))
	}
}
