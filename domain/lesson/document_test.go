package lesson_test

import (
	"testing"

	"qbank/domain/content"
	"qbank/domain/content/compare"
	"qbank/domain/lesson"
)

func TestPlansAreComparedByTheirPlaces(t *testing.T) {
	t.Parallel()
	before, after := plan(item("a", one, 0), item("b", two, 2)), plan(item("b", two, 3), item("a", one, 0), item("c", one, 0))
	after.Title = "More sums"
	side := func(p lesson.Plan) compare.Side { return compare.Side{Content: p.Document(), Schema: lesson.Names} }
	got := ""
	for _, f := range compare.Fields(side(before), side(after)) {
		got += string(f.Kind) + " " + f.Label.EN + "; "
		if f.Label.EN == "Title" && len(f.Words) != 2 {
			t.Errorf("the title's words are %v", f.Words)
		}
	}
	if want := "changed Questions › 1 › Version; added Questions › 3; moved Questions › 2; changed Title; "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if fields := compare.Fields(side(lesson.Plan{}), side(lesson.Plan{Items: []lesson.Item{}})); fields != nil {
		t.Errorf("got %v", fields)
	}
	if path, there := content.Path(after.Document(), "/items/0/version"); !there || path[1] != "#b" {
		t.Errorf("got %v", path)
	}
}
