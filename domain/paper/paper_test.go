package paper_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/paper"
	"qbank/domain/scoring"
)

func refused(t testing.TB, err error, code string) *fault.Fault {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want the fault %s", err, code)
	}
	return fault.Of(err)
}

func item(slot string, question, version int) paper.Item {
	return paper.Item{Slot: lesson.Slot(slot), Question: idOf(question), Version: version, Max: scoring.OneMark}
}

func plan(sections ...paper.Section) paper.Plan {
	return paper.Plan{Title: "Mid-term", Sections: sections}
}

func given(events ...event.Event) (p paper.Paper) {
	for _, e := range events {
		p = p.Apply(e)
	}
	return p
}

func TestAPlanOutOfBoundsIsRefusedByPlace(t *testing.T) {
	t.Parallel()
	constrained := func(c paper.Constraint) paper.Plan { return paper.Plan{Title: "t", Constraints: []paper.Constraint{c}} }
	pooled := func(p paper.Pool) paper.Plan { return plan(paper.Section{ID: "a", Pools: []paper.Pool{p}}) }
	for _, c := range []struct {
		pointer, code string
		plan          paper.Plan
	}{
		{"/title", "required", paper.Plan{}},
		{"/total", "range", paper.Plan{Title: "t", Total: -1}},
		{"/duration", "range", paper.Plan{Title: "t", Duration: 8 * 24 * 3600 * 1000}},
		{"/sections", "max_items", plan(make([]paper.Section, 51)...)},
		{"/sections/0/id", "unique", plan(paper.Section{})},
		{"/sections/1/id", "unique", plan(paper.Section{ID: "a"}, paper.Section{ID: "a"})},
		{"/sections/0/instructions", "max_length", plan(paper.Section{ID: "a", Instructions: strings.Repeat("x", 2001)})},
		{"/sections/0/items", "max_items", plan(paper.Section{ID: "a", Items: make([]paper.Item, 501)})},
		{"/sections/0/items/1/id", "unique", plan(paper.Section{ID: "a", Items: []paper.Item{item("a", 1, 1), item("a", 2, 1)}})},
		{"/sections/0/draws/0/id", "unique", pooled(paper.Pool{ID: "a", Count: 1})},
		{"/sections/1/id", "unique", plan(paper.Section{ID: "a", Pools: []paper.Pool{{ID: "p", Count: 1}}}, paper.Section{ID: "p"})},
		{"/sections/0/items/0/version", "range", plan(paper.Section{ID: "a", Items: []paper.Item{item("b", 1, -1)}})},
		{"/sections/0/items/0/max", "range", plan(paper.Section{ID: "a", Items: []paper.Item{{Slot: "b", Max: -1}}})},
		{"/sections/0/draws/0/count", "range", pooled(paper.Pool{ID: "p"})},
		{"/sections/0/draws/0/pool", "max_items", pooled(paper.Pool{ID: "p", Count: 1, Questions: make([]paper.Ref, 2001)})},
		{"/sections/0/draws/0/pool/0/version", "range", pooled(paper.Pool{ID: "p", Count: 1, Questions: []paper.Ref{{Version: -1}}})},
		{"/sections/0/blueprint/count", "range", plan(paper.Section{ID: "a", Blueprint: &paper.Blueprint{}})},
		{"/sections/0/blueprint/marks/1/id", "unique", plan(paper.Section{ID: "a", Blueprint: &paper.Blueprint{Count: 1, Marks: []paper.TypeMark{{Type: "x"}, {Type: "x"}}}})},
		{"/constraints", "max_items", paper.Plan{Title: "t", Constraints: make([]paper.Constraint, 31)}},
		{"/constraints/0/kind", "enum", constrained(paper.Constraint{ID: "a", Kind: "weather"})},
		{"/constraints/0/id", "required", constrained(paper.Constraint{Kind: paper.Seen})},
		{"/constraints/0/weight", "range", constrained(paper.Constraint{ID: "a", Kind: paper.Seen, Weight: 101})},
		{"/constraints/0/days", "range", constrained(paper.Constraint{ID: "a", Kind: paper.Recent})},
		{"/constraints/0/days", "range", constrained(paper.Constraint{ID: "a", Kind: paper.Seen, Days: 3})},
		{"/constraints/0/values", "items", constrained(paper.Constraint{ID: "a", Kind: paper.ByType})},
		{"/constraints/0/values", "items", constrained(paper.Constraint{ID: "a", Kind: paper.Seen, Values: []string{"x"}})},
		{"/constraints/0/values/0", "enum", constrained(paper.Constraint{ID: "a", Kind: paper.ByBand, Values: []string{"tough"}})},
		{"/constraints/0/values/0", "uuid", constrained(paper.Constraint{ID: "a", Kind: paper.Named, Values: []string{"x"}})},
		{"/constraints/0/values/0", "enum", constrained(paper.Constraint{ID: "a", Kind: paper.Apart, Values: []string{"tag:"}, Max: number(1)})},
		{"/constraints/0/max", "range", constrained(paper.Constraint{ID: "a", Kind: paper.Apart, Values: []string{"source"}, Max: number(0)})},
		{"/constraints/0/min", "required", constrained(paper.Constraint{ID: "a", Kind: paper.Mean})},
		{"/constraints/0/max", "range", constrained(paper.Constraint{ID: "a", Kind: paper.Mean, Max: number(1001)})},
		{"/constraints/0/max", "range", constrained(paper.Constraint{ID: "a", Kind: paper.ByType, Values: []string{"x"}, Min: number(2), Max: number(1)})},
	} {
		for _, decide := range []func(paper.Plan) ([]event.Event, error){
			func(p paper.Plan) ([]event.Event, error) { return paper.Paper{}.Create("acme", p) },
			func(p paper.Plan) ([]event.Event, error) {
				return given(paper.Created{Org: "acme", Plan: plan()}).Edit(plan(), p)
			},
			func(p paper.Plan) ([]event.Event, error) {
				return given(paper.Created{Org: "acme", Plan: plan()}).Assemble(paper.Assembled{Plan: p})
			},
		} {
			events, err := decide(c.plan)
			f := refused(t, err, "paper.invalid")
			if events != nil || len(f.Problems) != 1 || f.Problems[0].Pointer != c.pointer || f.Problems[0].Code != c.code {
				t.Errorf("got %+v, want %s at %s", f.Problems, c.code, c.pointer)
			}
		}
	}
}

func TestAPaperIsPublishedWhole(t *testing.T) {
	t.Parallel()
	pool := paper.Pool{ID: "p", Count: 2, Max: scoring.OneMark, Questions: []paper.Ref{{idOf(3), 0}, {idOf(4), 1}, {idOf(5), 0}}}
	good := paper.Plan{Title: "t", Total: 3 * scoring.OneMark, Sections: []paper.Section{{ID: "a", Total: 3 * scoring.OneMark, Items: []paper.Item{item("1", 1, 0)}, Pools: []paper.Pool{pool}}}}
	newest := map[uuid.UUID]int{idOf(1): 4, idOf(3): 2, idOf(4): 2, idOf(5): 1}
	events, err := given(paper.Created{Plan: good}).Publish(newest, paper.Acceptance{})
	if err != nil {
		t.Fatal(err)
	}
	published := events[0].(paper.Published)
	if published.Version != 1 || published.Plan.Sections[0].Items[0].Version != 4 ||
		!reflect.DeepEqual(published.Plan.Sections[0].Pools[0].Questions, []paper.Ref{{idOf(3), 2}, {idOf(4), 1}, {idOf(5), 1}}) {
		t.Errorf("got %+v", published)
	}
	if good.Sections[0].Items[0].Version != 0 || pool.Questions[0].Version != 0 {
		t.Error("publishing changed the draft")
	}
	into := published.Plan.LayOut(lesson.Plan{Title: "L", Items: []lesson.Item{{Slot: "old"}}, Reveal: lesson.AfterFinish})
	if into, err = into.Tidy(nil); err != nil || len(into.Items) != 1 || into.Items[0].Version != 4 || into.Draws[0].Pool[1] != (lesson.Pooled{Question: idOf(4), Version: 1}) {
		t.Errorf("the lesson says %+v, %v", into, err)
	}
	for pointer, change := range map[string]func(*paper.Plan){
		"/sections":                               func(p *paper.Plan) { p.Sections, p.Total = nil, 0 },
		"/total":                                  func(p *paper.Plan) { p.Total++ },
		"/sections/0/total":                       func(p *paper.Plan) { p.Sections[0].Total++ },
		"/sections/0/items":                       func(p *paper.Plan) { p.Sections[0], p.Total = paper.Section{ID: "a"}, 0 },
		"/sections/0/items/1/question":            func(p *paper.Plan) { p.Sections[0].Items[1].Question = idOf(1) },
		"/sections/0/draws/0/pool/0/id":           func(p *paper.Plan) { p.Sections[0].Pools[0].Questions[0].Question = idOf(1) },
		"/sections/0/draws/0/count":               func(p *paper.Plan) { p.Sections[0].Pools[0].Count, p.Total, p.Sections[0].Total = 4, 0, 0 },
		"/sections/0/items/0/version":             func(p *paper.Plan) { p.Sections[0].Items[0].Version = 5 },
		"/sections/0/items/1/question (dangling)": func(p *paper.Plan) { p.Sections[0].Items[1].Question = idOf(77) },
		"/sections/0/draws/0/pool/1/version":      func(p *paper.Plan) { p.Sections[0].Pools[0].Questions[1].Version = 3 },
		"/sections/0/draws/0/pool/2/id":           func(p *paper.Plan) { p.Sections[0].Pools[0].Questions[2].Question = idOf(77) },
	} {
		wrong := plan(paper.Section{ID: "a", Total: 4 * scoring.OneMark, Items: []paper.Item{item("1", 1, 0), item("2", 6, 1)},
			Pools: []paper.Pool{{ID: "p", Count: 2, Max: scoring.OneMark, Questions: []paper.Ref{{idOf(3), 0}, {idOf(4), 1}, {idOf(5), 0}}}}})
		wrong.Total = 4 * scoring.OneMark
		change(&wrong)
		newest[idOf(6)] = 1
		pointer, _, _ = strings.Cut(pointer, " ")
		_, err := given(paper.Created{Plan: wrong}).Publish(newest, paper.Acceptance{})
		if f := refused(t, err, "paper.invalid"); len(f.Problems) != 1 || f.Problems[0].Pointer != pointer {
			t.Errorf("got %+v, want one at %s", f.Problems, pointer)
		}
	}
}

func TestEditorsOfDifferentSectionsBothKeepTheirWork(t *testing.T) {
	t.Parallel()
	seen := plan(paper.Section{ID: "a", Title: "A", Items: []paper.Item{item("1", 1, 0)}}, paper.Section{ID: "b", Title: "B", Items: []paper.Item{}})
	mine, yours := seen, seen
	mine.Sections = []paper.Section{{ID: "a", Title: "A", Items: []paper.Item{item("1", 1, 0), item("2", 2, 0)}}, seen.Sections[1]}
	yours.Sections = []paper.Section{seen.Sections[0], {ID: "b", Title: "Bee", Items: []paper.Item{item("3", 3, 0)}}}
	p := given(paper.Created{Org: "acme", Plan: seen}, paper.Edited{Plan: mine})
	events, err := p.Edit(seen, yours)
	if err != nil {
		t.Fatal(err)
	}
	merged := events[0].(paper.Edited).Plan
	if len(merged.Sections[0].Items) != 2 || merged.Sections[1].Title != "Bee" || len(merged.Sections[1].Items) != 1 {
		t.Errorf("got %+v", merged)
	}
	if events, err := p.Edit(seen, seen); err != nil || events != nil {
		t.Errorf("nothing was changed: %v, %v", events, err)
	}
	yours.Sections = []paper.Section{{ID: "a", Title: "A", Items: []paper.Item{{Slot: "1", Question: idOf(9)}}}, seen.Sections[1]}
	mine.Sections[0].Items[0].Question = idOf(8)
	_, err = given(paper.Created{Org: "acme", Plan: seen}, paper.Edited{Plan: mine}).Edit(seen, yours)
	if f := refused(t, err, "paper.merge_conflict"); f.Problems[0].Pointer != "/sections/0/items/0/question" || f.Details["revision"] != 2 {
		t.Errorf("got %+v", f)
	}
	// Each side is fine by itself, together they are not.
	mine.Sections = []paper.Section{{ID: "a", Title: "A", Items: []paper.Item{item("1", 1, 0), item("x", 2, 0)}}, seen.Sections[1]}
	yours.Sections = []paper.Section{seen.Sections[0], {ID: "b", Title: "B", Items: []paper.Item{item("x", 3, 0)}}}
	_, err = given(paper.Created{Org: "acme", Plan: seen}, paper.Edited{Plan: mine}).Edit(seen, yours)
	refused(t, err, "paper.invalid")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	created := paper.Created{Org: "acme", Plan: plan()}
	for code, decide := range map[string]func() ([]event.Event, error){
		"paper.exists":    func() ([]event.Event, error) { return given(created).Create("acme", plan()) },
		"paper.not_found": func() ([]event.Event, error) { return paper.Paper{}.Publish(nil, paper.Acceptance{}) },
		"reason.missing":  func() ([]event.Event, error) { return given(created).Retire("") },
		"paper.retired":   func() ([]event.Event, error) { return given(created, paper.Retired{}).Edit(plan(), plan()) },
		"paper.invalid": func() ([]event.Event, error) {
			return nil, plan(paper.Section{ID: "a", Items: []paper.Item{item("1", 1, 0)}}).Known(func(uuid.UUID) bool { return false })
		},
	} {
		events, err := decide()
		refused(t, err, code)
		if events != nil {
			t.Errorf("%s came with %v", code, events)
		}
	}
}

func sectionOf(p paper.Paper, id string) paper.Section {
	return p.Plan.Sections[slices.IndexFunc(p.Plan.Sections, func(s paper.Section) bool { return s.ID == id })]
}

func TestWhateverIsAskedOfAPaperItsPromisesHold(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(paper.Events)
	rapid.Check(t, func(t *rapid.T) {
		var p, read paper.Paper
		var seen paper.Plan
		versions, events := 0, 0
		newest := map[uuid.UUID]int{}
		for i := range 6 {
			newest[idOf(i)] = 2
		}
		does := func(decided []event.Event, _ error) {
			for _, e := range decided {
				name, version, data, err := codec.Encode(e)
				if err != nil {
					t.Fatal(err)
				}
				again, err := codec.Decode(name, version, data)
				if err != nil {
					t.Fatal(err)
				}
				p, read, events = p.Apply(e), read.Apply(again), events+1
				if made, ok := e.(paper.Published); ok {
					if versions++; made.Version != versions || len(made.Plan.Problems()) != 0 {
						t.Fatalf("version %d is the %d., with %v", made.Version, versions, made.Plan.Problems())
					}
					if !reflect.DeepEqual(made.Unmet, p.Unmet) || (made.Reason == "") != (len(made.Unmet) == 0) {
						t.Fatalf("%+v was accepted for %q of %+v", made.Unmet, made.Reason, p.Unmet)
					}
					for _, ref := range made.Plan.Questions() {
						if ref.Version < 1 {
							t.Fatalf("%+v names no exact version", ref)
						}
					}
				}
			}
		}
		draw := func(t *rapid.T) paper.Plan {
			var made paper.Plan
			made.Title = rapid.SampledFrom([]string{"One", "Two"}).Draw(t, "title")
			for i := range rapid.IntRange(0, 2).Draw(t, "sections") {
				s := paper.Section{ID: fmt.Sprint("s", i), Total: scoring.Mark(rapid.IntRange(0, 2).Draw(t, "total")) * scoring.OneMark}
				for j := range rapid.IntRange(0, 2).Draw(t, "items") {
					s.Items = append(s.Items, item(fmt.Sprint(i, j), rapid.IntRange(0, 6).Draw(t, "question"), rapid.IntRange(0, 2).Draw(t, "version")))
				}
				if rapid.Bool().Draw(t, "pool") {
					s.Pools = []paper.Pool{{ID: fmt.Sprint("p", i), Count: 1, Max: scoring.OneMark, Questions: []paper.Ref{{idOf(rapid.IntRange(0, 6).Draw(t, "pooled")), 0}}}}
				}
				if rapid.Bool().Draw(t, "blueprint") {
					s.Blueprint = &paper.Blueprint{Count: rapid.IntRange(1, 4).Draw(t, "count"), Max: scoring.OneMark}
					for j := range rapid.IntRange(0, 2).Draw(t, "constraints") {
						s.Blueprint.Constraints = append(s.Blueprint.Constraints, anyConstraint(t, fmt.Sprint("c", j)))
					}
				}
				made.Sections = append(made.Sections, s)
			}
			return made
		}
		bank := stock(rand.New(rand.NewPCG(3, 3)), 6)
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) { does(p.Create("acme", draw(t))) },
			"look":   func(*rapid.T) { seen = p.Plan },
			"edit":   func(t *rapid.T) { does(p.Edit(seen, draw(t))) },
			"assemble": func(t *rapid.T) {
				var targets []string
				if rapid.Bool().Draw(t, "some") {
					targets = []string{"s0"}
				}
				found, report, err := p.Plan.Assemble(context.Background(), bank, paper.Order{Seed: 1, Now: now, Targets: targets})
				if err != nil {
					return // nothing has a blueprint
				}
				does(p.Assemble(paper.Assembled{Plan: found, Targets: targets, Report: report}))
				for _, f := range report.Findings {
					if kept := slices.ContainsFunc(p.Unmet, func(u paper.Finding) bool { return reflect.DeepEqual(u, f) }); p.Revision > 0 && !p.Retired && kept != (f.Hard && !f.Met) {
						t.Fatalf("%+v is kept: %t", f, kept)
					}
				}
			},
			"publish": func(*rapid.T) { does(p.Publish(newest, paper.Acceptance{})) },
			"publish as it is": func(*rapid.T) {
				does(p.Publish(newest, paper.Acceptance{Given: true, Reason: "it will do"}))
			},
			"retire": func(t *rapid.T) {
				if rapid.IntRange(0, 8).Draw(t, "dice") == 0 {
					does(p.Retire("old"))
				}
			},
			"": func(t *rapid.T) {
				if !reflect.DeepEqual(p, read) || p.Revision != events || p.Latest != versions {
					t.Fatalf("what was written down leads to\n%+v, not\n%+v", read, p)
				}
				if p.Revision > 0 {
					if _, err := p.Plan.Tidy(); err != nil {
						t.Fatal(err)
					}
					told := p.Problems()[len(p.Plan.Problems()):]
					for i, f := range p.Unmet {
						if told[i].Pointer == "" || told[i].Code != "unmet" || f.Met || !f.Hard || f.Kind == "" && f.Got == int64(len(sectionOf(p, f.Part).Items)) && f.Got == *f.Min {
							t.Fatalf("%+v is told as %+v", f, told[i])
						}
					}
				}
			},
		})
	})
}
