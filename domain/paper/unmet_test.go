package paper_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/paper"
	"qbank/domain/scoring"
)

// assembled looks for questions among a few, of which none is tagged "rare" and 3 are there at all.
func assembled(t testing.TB, p paper.Paper, targets ...string) event.Event {
	t.Helper()
	s := stock(rand.New(rand.NewPCG(1, 1)), 3)
	plan, report, err := p.Plan.Assemble(t.Context(), s, paper.Order{Seed: 1, Now: now, Targets: targets})
	if err != nil {
		t.Fatal(err)
	}
	events, err := p.Assemble(paper.Assembled{Plan: plan, Targets: targets, Report: report})
	if err != nil {
		t.Fatal(err)
	}
	return events[0]
}

// unmet is where a paper lacks what its blueprints demand.
func unmet(p paper.Paper) (pointers []string) {
	for _, problem := range p.Problems() {
		if problem.Code == "unmet" {
			pointers = append(pointers, problem.Pointer)
		}
	}
	return pointers
}

func TestWhatCouldNotBeMetIsRefusedOrAccepted(t *testing.T) {
	t.Parallel()
	rare := paper.Constraint{ID: "rare", Kind: paper.ByTag, Values: []string{"rare"}, Min: number(1)}
	nice := paper.Constraint{ID: "nice", Kind: paper.ByTag, Values: []string{"nice"}, Min: number(1), Weight: 5}
	p := given(paper.Created{Plan: plan(section("a", 2, nice, rare))})
	p = p.Apply(assembled(t, p))
	if got := unmet(p); !slices.Equal(got, []string{"/sections/0/blueprint/constraints/1"}) {
		t.Fatalf("got %v", got)
	}
	newest := map[uuid.UUID]int{idOf(0): 3, idOf(1): 3, idOf(2): 3}
	_, err := p.Publish(newest, paper.Acceptance{})
	f := refused(t, err, "paper.unmet")
	if len(f.Problems) != 1 || f.Problems[0].Pointer != "/sections/0/blueprint/constraints/1" || f.Problems[0].Message.ZH == "" {
		t.Errorf("got %+v", f.Problems)
	}
	_, err = p.Publish(newest, paper.Acceptance{Given: true})
	refused(t, err, "reason.missing")
	events, err := p.Publish(newest, paper.Acceptance{Given: true, Reason: "the bank has none"})
	if err != nil {
		t.Fatal(err)
	}
	published := events[0].(paper.Published)
	if published.Reason != "the bank has none" || len(published.Unmet) != 1 || published.Unmet[0].Constraint != "rare" {
		t.Errorf("got %+v", published)
	}
	// Nothing has to be accepted of a paper that has all.
	fine := given(paper.Created{Plan: plan(section("a", 2))})
	fine = fine.Apply(assembled(t, fine))
	events, err = fine.Publish(newest, paper.Acceptance{Given: true, Reason: "whatever"})
	if err != nil || events[0].(paper.Published).Reason != "" {
		t.Errorf("got %v, %v", events, err)
	}
}

func TestWhatWasRepairedByHandIsMet(t *testing.T) {
	t.Parallel()
	pooled := paper.Pool{ID: "p", Count: 1, Max: scoring.OneMark, Blueprint: &paper.Blueprint{Count: 4}}
	whole := plan(section("a", 4, paper.Constraint{ID: "this", Kind: paper.Named, Values: []string{idOf(9).String()}, Min: number(1)},
		paper.Constraint{ID: "rare", Kind: paper.ByTag, Values: []string{"rare"}, Min: number(1)}))
	whole.Sections[0].Pools = []paper.Pool{pooled}
	whole.Constraints = []paper.Constraint{{ID: "sum", Kind: paper.Marks, Min: number(100e6)}}
	p := given(paper.Created{Plan: whole})
	p = p.Apply(assembled(t, p))
	const count, this, rare, pool, sum = "/sections/0/blueprint/count", "/sections/0/blueprint/constraints/0", "/sections/0/blueprint/constraints/1",
		"/sections/0/draws/0/blueprint/count", "/constraints/0"
	for _, c := range []struct {
		name   string
		change func(*paper.Plan)
		want   []string
	}{
		{"nothing", func(p *paper.Plan) { p.Title = "Another" }, []string{count, this, rare, pool, sum}},
		{"the question that was wanted, which is the fourth", func(p *paper.Plan) {
			p.Sections[0].Items = append(slices.Clone(p.Sections[0].Items), item("by hand", 9, 0))
		}, []string{rare, pool, sum}},
		{"one of four is still missing", func(p *paper.Plan) { p.Sections[0].Items = slices.Clone(p.Sections[0].Items)[1:] }, []string{count, this, rare, pool, sum}},
		{"marks", func(p *paper.Plan) {
			p.Sections[0].Items = slices.Clone(p.Sections[0].Items)
			p.Sections[0].Items[0].Max = 100 * scoring.OneMark
		}, []string{count, this, rare, pool}},
		{"fewer are wanted in the pool, and are there", func(p *paper.Plan) {
			p.Sections[0].Pools[0].Blueprint, p.Sections[0].Pools[0].Questions = &paper.Blueprint{Count: 1}, []paper.Ref{{Question: idOf(8)}}
		}, []string{count, this, rare, sum}},
		{"none that is rare", func(p *paper.Plan) { p.Sections[0].Blueprint.Constraints[1].Min = number(0) }, []string{count, this, pool, sum}},
		{"rarity is but wished for", func(p *paper.Plan) { p.Sections[0].Blueprint.Constraints[1].Weight = 1 }, []string{count, this, pool, sum}},
		{"no blueprint", func(p *paper.Plan) { p.Sections[0].Blueprint = nil }, []string{pool, sum}},
		{"no section", func(p *paper.Plan) { p.Sections = nil }, []string{sum}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			edited := p.Plan
			edited.Sections = slices.Clone(edited.Sections)
			s := &edited.Sections[0]
			blueprint := *s.Blueprint
			blueprint.Constraints = slices.Clone(blueprint.Constraints)
			s.Blueprint, s.Pools = &blueprint, slices.Clone(s.Pools)
			c.change(&edited)
			events, err := p.Edit(p.Plan, edited)
			if err != nil {
				t.Fatal(err)
			}
			got, want := unmet(p.Apply(events[0])), c.want
			slices.Sort(got)
			want = slices.Sorted(slices.Values(want))
			if !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
	// Looking for one part's questions says nothing about the others.
	again := p.Apply(assembled(t, p, "p"))
	if got := unmet(again); !slices.Contains(got, rare) || !slices.Contains(got, pool) {
		t.Errorf("got %v", got)
	}
}
