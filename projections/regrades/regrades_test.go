package regrades_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/regrade"
	"qbank/projections/projtest"
	"qbank/projections/read"
	"qbank/projections/regrades"
)

var school = access.Scope{Org: "school", Environment: "prod"}

func proposed(org, environment string, to int) regrade.Proposed {
	return regrade.Proposed{Environment: environment, Org: org, Question: projtest.StreamID("q"), From: 1, To: to}
}

func history(name string, first regrade.Proposed, more ...event.Event) projtest.Facts {
	return projtest.In(name, append([]event.Event{first}, more...)...).By("wang")
}

var figures = regrade.Figures{Attempts: 2, Answers: 3, Exact: regrade.Outcome{Gain: 1, Delta: 5}}

func TestWhatStandsAndWhatWaits(t *testing.T) {
	t.Parallel()
	asked := regrade.Asked{Policy: regrade.Exact, Reason: "wrong key", By: "li"}
	approved := regrade.Approved{Policy: regrade.Exact, Round: 1, By: "zhao", Note: "yes", Figures: figures}
	log := projtest.Given(t, regrade.Events, regrades.New(),
		history("open", proposed("school/math", "prod", 2), regrade.Assessed{Figures: figures}),
		history("stands", proposed("school", "prod", 3), regrade.Assessed{Figures: figures}, asked, approved),
		history("over", proposed("school", "prod", 4), regrade.Assessed{Figures: figures}, asked, approved, regrade.Revoked{Round: 1, By: "zhao", Reason: "no"}),
		history("declined", proposed("school", "prod", 5), regrade.Assessed{Figures: figures}, asked, regrade.Declined{By: "zhao", Reason: "no"}),
		history("elsewhere", proposed("school", "test", 2), regrade.Assessed{Figures: figures}, asked, approved),
		history("others", proposed("other", "prod", 2)))
	reader := regrades.NewReader(log.Pool)
	for name, c := range map[string]struct {
		scope  access.Scope
		filter regrades.Filter
		want   int
	}{
		"all": {school, regrades.Filter{}, 4}, "those that stand": {school, regrades.Filter{States: []regrade.State{regrade.Standing}}, 1},
		"a part of the school": {access.Scope{Org: "school/math", Environment: "prod"}, regrades.Filter{}, 1},
		"begins alike":         {access.Scope{Org: "schoo", Environment: "prod"}, regrades.Filter{}, 0},
		"of the question":      {school, regrades.Filter{Question: projtest.StreamID("q")}, 4}, "of another": {school, regrades.Filter{Question: uuid.New()}, 0},
		"another environment": {access.Scope{Org: "school", Environment: "test"}, regrades.Filter{}, 1},
	} {
		list, err := reader.List(t.Context(), c.scope, c.filter, read.Page{})
		if err != nil || len(list.Rows) != c.want {
			t.Errorf("%s: %d regrades, want %d, %v", name, len(list.Rows), c.want, err)
		}
	}
	id := projtest.StreamID("stands")
	found, err := reader.Get(t.Context(), school, []uuid.UUID{id, projtest.StreamID("elsewhere")})
	if r := found[id]; err != nil || len(found) != 1 || r.State != regrade.Standing || r.Policy != regrade.Exact || r.AskedBy != "li" || r.DecidedBy != "zhao" ||
		r.Revision != 4 || r.Round != 1 || r.Figures == nil || *r.Figures != figures || r.Proposed != proposed("school", "prod", 3) {
		t.Errorf("got %+v, %v", found, err)
	}
	steps, err := reader.History(t.Context(), school, id, read.Page{})
	if err != nil || len(steps.Rows) != 4 || steps.Rows[0].Kind != "approved" || steps.Rows[0].Reason != "yes" || *steps.Rows[0].Figures != figures || steps.Rows[1].Policy != regrade.Exact {
		t.Errorf("got %+v, %v", steps, err)
	}
	standing, err := reader.Standing(t.Context(), "prod")
	want := regrade.Correction{Regrade: id, Round: 1, Environment: "prod", Org: "school", Question: projtest.StreamID("q"), From: 1, To: 3, Policy: regrade.Exact}
	if err != nil || len(standing) != 1 || standing[0] != want {
		t.Errorf("got %+v, %v", standing, err)
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	var facts []projtest.Facts
	for i, kind := range rapid.SliceOfN(rapid.IntRange(0, 4), 50, 50).Example(4) {
		name := fmt.Sprint("r", i%5)
		if i < 5 {
			facts = append(facts, history(name, proposed("school", "prod", i+2)))
			continue
		}
		facts = append(facts, projtest.In(name, []event.Event{regrade.Assessed{Figures: figures}, regrade.Asked{Policy: regrade.Drop, Reason: "r", By: "li"},
			regrade.Approved{Policy: regrade.Drop, Round: i, By: "li"}, regrade.Declined{Reason: "r"}, regrade.Revoked{Round: i, Reason: "r"}}[kind]))
	}
	projtest.Given(t, regrade.Events, regrades.New(), facts...).RebuildEquals(t, regrades.New())
}
