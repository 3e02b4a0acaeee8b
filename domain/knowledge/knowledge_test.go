package knowledge_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/knowledge"
)

func id(n int) uuid.UUID {
	if n == 0 {
		return uuid.Nil
	}
	return uuid.UUID{15: byte(n)}
}

func point(n, parent int) knowledge.Point {
	return knowledge.Point{ID: id(n), Parent: id(parent), Title: string(rune('a' + n))}
}

func given(points ...knowledge.Point) knowledge.Tree {
	tree := knowledge.Tree{}.Apply(knowledge.TreeCreated{Org: "acme", Subject: "math"})
	for _, p := range points {
		tree = tree.Apply(knowledge.PointKept{Point: p})
	}
	return tree
}

// chain is a tree of one branch.
func chain(from, length, below int) []knowledge.Point {
	points := []knowledge.Point{point(from, below)}
	for n := from + 1; n < from+length; n++ {
		points = append(points, point(n, n-1))
	}
	return points
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	refused := func(events []event.Event, err error) func(string) {
		return func(code string) {
			t.Helper()
			if !fault.Is(err, code) || events != nil {
				t.Errorf("got %v, %v, want %s", events, err, code)
			}
		}
	}
	refused(knowledge.Tree{}.Create("acme", ""))("knowledge.subject")
	refused(knowledge.Tree{}.Create("acme", strings.Repeat("长", 101)))("knowledge.subject")
	refused(knowledge.Tree{}.Create("acme", "ma\x00th"))("knowledge.subject")
	refused(knowledge.Tree{}.Keep(point(1, 0)))("knowledge.not_found")
	refused(knowledge.Tree{}.Retire(id(1)))("knowledge.not_found")
	refused(knowledge.Tree{}.Publish())("knowledge.not_found")
	refused(given().Retire(id(1)))("knowledge.point")
	refused(given().Keep(knowledge.Point{Title: "no id"}))("knowledge.point")
	refused(given().Add(knowledge.Point{Title: "no id"}))("knowledge.point")
	refused(given().Keep(point(1, 0)))("knowledge.point") // it may stand in another tree
	refused(given(point(1, 0)).Add(point(1, 0)))("knowledge.point")
	refused(knowledge.Tree{}.Add(point(1, 0)))("knowledge.not_found")
	refused(given().Add(knowledge.Point{ID: id(1)}))("knowledge.title")
	refused(given().Add(knowledge.Point{ID: id(1), Title: strings.Repeat("长", 301)}))("knowledge.title")
	refused(given().Add(knowledge.Point{ID: id(1), Title: "a", Order: 1 << 40}))("knowledge.order")
	refused(given().Add(point(1, 2)))("knowledge.parent")
	refused(given().Add(point(1, 1)))("knowledge.cycle")
	refused(given(point(1, 0)).Keep(point(1, 1)))("knowledge.cycle")
	refused(given(chain(1, 3, 0)...).Keep(point(1, 3)))("knowledge.cycle")
	refused(given(chain(1, 12, 0)...).Add(point(13, 12)))("knowledge.too_deep")
}

func TestABranchIsNotMovedTooDeepWithAllThatHangsOnIt(t *testing.T) {
	t.Parallel()
	tree := given(slices.Concat(chain(1, 10, 0), chain(21, 3, 0))...)
	if _, err := tree.Keep(point(21, 10)); !fault.Is(err, "knowledge.too_deep") {
		t.Errorf("three levels came to hang below ten: %v", err)
	}
	if events, err := tree.Keep(point(21, 9)); err != nil || len(events) != 1 {
		t.Errorf("twelve levels are refused: %v", err)
	}
}

func TestAFullTreeTakesNoMorePoints(t *testing.T) {
	t.Parallel()
	tree := given()
	for range 20_000 {
		tree = tree.Apply(knowledge.PointKept{Point: knowledge.Point{ID: uuid.New(), Title: "x"}})
	}
	if _, err := tree.Add(point(1, 0)); !fault.Is(err, "knowledge.too_many") {
		t.Errorf("got %v", err)
	}
	for known, p := range tree.Points {
		p.Title = "y"
		if events, err := tree.Keep(p); err != nil || len(events) != 1 {
			t.Errorf("%s cannot be renamed: %v", known, err)
		}
		break
	}
}

func TestKeepingAPointBringsItBackIntoUse(t *testing.T) {
	t.Parallel()
	tree := given(point(1, 0)).Apply(knowledge.PointRetired{ID: id(1)})
	if events, err := tree.Retire(id(1)); err != nil || events != nil {
		t.Errorf("retiring twice came to %v, %v", events, err)
	}
	retired := point(1, 0)
	retired.Retired = true // not the caller's to say
	events, err := tree.Keep(retired)
	if err != nil || !reflect.DeepEqual(events, []event.Event{knowledge.PointKept{Point: point(1, 0)}}) {
		t.Errorf("got %+v, %v", events, err)
	}
}

func TestATreeIsCreatedOnce(t *testing.T) {
	t.Parallel()
	if events, err := (knowledge.Tree{}).Create("acme", "数学"); err != nil || !reflect.DeepEqual(events, []event.Event{knowledge.TreeCreated{Org: "acme", Subject: "数学"}}) {
		t.Errorf("got %v, %v", events, err)
	}
	if events, err := given().Create("acme", "math"); err != nil || events != nil {
		t.Errorf("got %v, %v", events, err)
	}
	if knowledge.TreeID("acme", "math") == knowledge.TreeID("other", "math") {
		t.Error("two organisations' trees share an id")
	}
}

func TestWhateverIsDoneToATreeItStaysOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tree, again := given(), given()
		codec := event.NewCodec(knowledge.Events)
		known, versions := map[uuid.UUID]bool{}, 0
		number := rapid.IntRange(0, 16)
		does := func(events []event.Event, _ error) {
			for _, e := range events {
				name, version, data, err := codec.Encode(e)
				if err != nil {
					t.Fatal(err)
				}
				read, err := codec.Decode(name, version, data)
				if err != nil {
					t.Fatal(err)
				}
				tree, again = tree.Apply(e), again.Apply(read)
				switch e := e.(type) {
				case knowledge.PointKept:
					known[e.Point.ID] = true
				case knowledge.TreePublished:
					if versions++; e.Version != versions || len(e.Points) != len(known) {
						t.Fatalf("version %d with %d points is the %d. of %d points", e.Version, len(e.Points), versions, len(known))
					}
					depth := map[uuid.UUID]int{uuid.Nil: 0}
					for _, p := range e.Points {
						above, there := depth[p.Parent]
						if !there || above >= 12 || p != tree.Points[p.ID] {
							t.Fatalf("%+v stands before its parent, at level %d", p, above+1)
						}
						depth[p.ID] = above + 1
					}
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"add":     func(t *rapid.T) { does(tree.Add(point(number.Draw(t, "point"), number.Draw(t, "parent")))) },
			"keep":    func(t *rapid.T) { does(tree.Keep(point(number.Draw(t, "point"), number.Draw(t, "parent")))) },
			"retire":  func(t *rapid.T) { does(tree.Retire(id(number.Draw(t, "point")))) },
			"publish": func(*rapid.T) { does(tree.Publish()) },
			"": func(t *rapid.T) {
				for p := range known { // an id is for ever
					if _, there := tree.Points[p]; !there {
						t.Fatalf("%s is gone", p)
					}
				}
				if !reflect.DeepEqual(tree, again) || tree.Latest != versions {
					t.Fatalf("what was written down leads to %+v, not %+v", again, tree)
				}
			},
		})
	})
}
