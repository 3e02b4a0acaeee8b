package knowledge_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/domain/fault"
	domain "qbank/domain/knowledge"
	"qbank/projections/knowledge"
	"qbank/projections/projtest"
	"qbank/projections/read"
)

func id(name string) uuid.UUID { return projtest.StreamID("point " + name) }

func kept(name, parent string, order int) domain.PointKept {
	p := domain.Point{ID: id(name), Title: name, Order: order}
	if parent != "" {
		p.Parent = id(parent)
	}
	return domain.PointKept{Point: p}
}

func history() []projtest.Facts {
	return []projtest.Facts{
		projtest.In("math", domain.TreeCreated{Org: "acme/math", Subject: "math"}, kept("algebra", "", 2), kept("geometry", "", 1),
			kept("triangles", "geometry", 1), kept("circles", "geometry", 1)),
		projtest.In("physics", domain.TreeCreated{Org: "acme/physics", Subject: "physics"}, kept("force", "", 0)),
		projtest.In("math", domain.TreePublished{Version: 1, Points: []domain.Point{{ID: id("algebra"), Title: "algebra"}}}).By("wang"),
		projtest.In("math", domain.PointRetired{ID: id("circles")}, kept("triangles", "algebra", 5)),
	}
}

func titles(t *testing.T, r *knowledge.Reader, org string, f knowledge.Filter) string {
	t.Helper()
	var list []string
	page := read.Page{First: 1}
	for {
		rows, err := r.Points(t.Context(), org, projtest.StreamID("math"), f, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range rows.Rows {
			list = append(list, p.Title)
		}
		if !rows.More {
			return strings.Join(list, " ")
		}
		page.After = rows.Cursors[0]
	}
}

func TestPointsStandInTheirPlaces(t *testing.T) {
	t.Parallel()
	reader := knowledge.NewReader(projtest.Given(t, domain.Events, knowledge.New(), history()...).Pool)
	top, geometry, algebra, retired, used := uuid.Nil, id("geometry"), id("algebra"), true, false
	for _, c := range []struct {
		org    string
		filter knowledge.Filter
		want   string
	}{
		{"acme/math", knowledge.Filter{Parent: &top}, "geometry algebra"},
		{"acme/math", knowledge.Filter{Parent: &geometry}, "circles"},
		{"acme/math", knowledge.Filter{Parent: &algebra}, "triangles"},
		{"acme/math", knowledge.Filter{Retired: &retired}, "circles"},
		{"acme/math", knowledge.Filter{Retired: &used, Title: "GE"}, "geometry algebra"},
		{"acme/math/senior", knowledge.Filter{}, "circles geometry algebra triangles"},
		{"acme", knowledge.Filter{Parent: &top}, "geometry algebra"},
		{"acme/physics", knowledge.Filter{}, ""},
	} {
		if got := titles(t, reader, c.org, c.filter); got != c.want {
			t.Errorf("%s %+v: got %q, want %q", c.org, c.filter, got, c.want)
		}
	}
}

func TestTreesAreListedAndPublished(t *testing.T) {
	t.Parallel()
	reader := knowledge.NewReader(projtest.Given(t, domain.Events, knowledge.New(), history()...).Pool)
	for org, want := range map[string]int{"acme": 2, "acme/math": 1, "acme/math/senior": 1, "other": 0} {
		if list, err := reader.Trees(t.Context(), org, read.Page{}); err != nil || len(list.Rows) != want {
			t.Errorf("%s sees %+v, %v", org, list.Rows, err)
		}
	}
	math := projtest.StreamID("math")
	tree, err := reader.Tree(t.Context(), "acme/math", math)
	if err != nil || tree.Subject != "math" || tree.Latest != 1 || tree.Revision != 8 || tree.UpdatedAt <= tree.CreatedAt {
		t.Errorf("got %+v, %v", tree, err)
	}
	if _, err := reader.Tree(t.Context(), "acme/physics", math); !fault.Is(err, "knowledge.not_found") {
		t.Errorf("the tree of others: %v", err)
	}
	points, err := reader.Published(t.Context(), "acme", math, 1)
	if err != nil || len(points) != 1 || points[0].Title != "algebra" {
		t.Errorf("got %+v, %v", points, err)
	}
	if _, err := reader.Published(t.Context(), "acme", math, 2); !fault.Is(err, "knowledge.not_found") {
		t.Errorf("version 2: %v", err)
	}
	versions, err := reader.Versions(t.Context(), "acme", math, read.Page{})
	if err != nil || len(versions.Rows) != 1 || versions.Rows[0].PublishedBy != "wang" {
		t.Errorf("got %+v, %v", versions, err)
	}
}

func TestPointsAreNamedByID(t *testing.T) {
	t.Parallel()
	reader := knowledge.NewReader(projtest.Given(t, domain.Events, knowledge.New(), history()...).Pool)
	ids := []uuid.UUID{id("circles"), id("force"), uuid.New()}
	for org, want := range map[string]int{"acme": 2, "acme/math": 1, "acme/physics/junior": 1, "other": 0} {
		found, err := reader.Named(t.Context(), org, ids)
		if err != nil || len(found) != want {
			t.Errorf("%s sees %v, %v; want %d", org, found, err, want)
		}
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	facts := history()
	steps := rapid.SliceOfN(rapid.IntRange(0, 99), 80, 80).Example(3)
	for i, step := range steps {
		name := fmt.Sprint("p", step%9)
		var e event.Event = kept(name, "algebra", step%4)
		switch {
		case i >= 9 && step < 30:
			e = domain.PointRetired{ID: id(name)}
		case step > 95:
			e = domain.TreePublished{Version: i + 2}
		}
		facts = append(facts, projtest.In("math", e))
	}
	projtest.Given(t, domain.Events, knowledge.New(), facts...).RebuildEquals(t, knowledge.New())
}
