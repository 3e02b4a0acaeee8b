package lessons_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/scoring"
	"qbank/projections/lessons"
	"qbank/projections/projtest"
	"qbank/projections/read"
	"qbank/schemas"
)

var events = slices.Concat(lesson.Events, lesson.ReviewEvents)

func model(t testing.TB) *lessons.Projection {
	t.Helper()
	plugins, err := schemas.Cues()
	if err != nil {
		t.Fatal(err)
	}
	return lessons.New(plugins)
}

func plan(title string, questions ...string) lesson.Plan {
	p := lesson.Plan{Title: title, Reveal: lesson.AfterFinish}
	for i, q := range questions {
		p.Items = append(p.Items, lesson.Item{Slot: lesson.Slot(fmt.Sprint("s", i+1)), Question: projtest.StreamID(q), Max: scoring.OneMark})
	}
	return p
}

func exact(p lesson.Plan, version int) lesson.Plan {
	p.Items = slices.Clone(p.Items)
	for i := range p.Items {
		p.Items[i].Version = version
	}
	return p
}

func history() []projtest.Facts {
	return []projtest.Facts{
		projtest.In("l1", lesson.Created{Org: "acme/math", Plan: plan("Sums", "q1", "q2")}).By("wang"),
		projtest.In("l2", lesson.Created{Org: "acme/physics", Plan: plan("力学 Mechanics", "q1")}).By("li"),
		projtest.In("l1", lesson.Published{Version: 1, Plan: exact(plan("Sums", "q1", "q2"), 3)}).By("zhao"),
		projtest.In("l1", lesson.Edited{Plan: plan("Better sums", "q2")}).By("wang"),
		projtest.In("l2", lesson.Retired{Reason: "old"}).By("li"),
	}
}

func TestLessonsTellTheirDraftAndVersions(t *testing.T) {
	t.Parallel()
	reader := lessons.NewReader(projtest.Given(t, events, model(t), history()...).Pool)
	l1 := projtest.StreamID("l1")
	found, err := reader.Get(t.Context(), "acme", []uuid.UUID{l1, projtest.StreamID("l2"), uuid.New()})
	if err != nil || len(found) != 2 {
		t.Fatalf("got %v, %v", found, err)
	}
	l := found[l1]
	if l.Title != "Better sums" || l.Latest != 1 || l.Revision != 3 || l.Retired || l.CreatedBy != "wang" || l.UpdatedAt <= l.CreatedAt {
		t.Errorf("got %+v", l)
	}
	version, err := reader.Version(t.Context(), "acme/math", l1, 1)
	if err != nil || version.Title != "Sums" || version.PublishedBy != "zhao" {
		t.Errorf("got %+v, %v", version, err)
	}
	draft, first := lessons.Key{Lesson: l1}, lessons.Key{Lesson: l1, Version: 1}
	outlines, err := reader.Outlines(t.Context(), "acme/math", []lessons.Key{draft, first, {Lesson: l1, Version: 2}, {Lesson: projtest.StreamID("l2")}})
	if err != nil || len(outlines) != 2 || len(outlines[draft].Plan.Items) != 1 || len(outlines[first].Plan.Items) != 2 {
		t.Errorf("outlines %+v, %v", outlines, err)
	}
	for org, number := range map[string]int{"acme/math": 2, "acme/physics": 1} {
		if _, err := reader.Version(t.Context(), org, l1, number); !fault.Is(err, "lesson.version_unknown") {
			t.Errorf("version %d for %s: %v", number, org, err)
		}
	}
	versions, err := reader.Versions(t.Context(), "acme", l1, read.Page{})
	if err != nil || len(versions.Rows) != 1 {
		t.Errorf("got %+v, %v", versions, err)
	}
}

func TestListsAreFilteredAndScoped(t *testing.T) {
	t.Parallel()
	reader := lessons.NewReader(projtest.Given(t, events, model(t), history()...).Pool)
	yes, no := true, false
	for _, c := range []struct {
		org    string
		filter lessons.Filter
		want   string
	}{
		{"acme", lessons.Filter{}, "力学 Mechanics, Better sums"},
		{"acme/math", lessons.Filter{}, "Better sums"},
		{"acme/m", lessons.Filter{}, ""},
		{"acme", lessons.Filter{Title: "mech"}, "力学 Mechanics"},
		{"acme", lessons.Filter{Title: "力"}, "力学 Mechanics"},
		{"acme", lessons.Filter{Title: "%"}, ""},
		{"acme", lessons.Filter{Retired: &yes}, "力学 Mechanics"},
		{"acme", lessons.Filter{Retired: &no}, "Better sums"},
	} {
		list, err := reader.List(t.Context(), c.org, c.filter, read.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var titles []string
		for _, l := range list.Rows {
			titles = append(titles, l.Title)
		}
		if got := strings.Join(titles, ", "); got != c.want {
			t.Errorf("%s %+v: got %q, want %q", c.org, c.filter, got, c.want)
		}
	}
	if _, err := reader.List(t.Context(), "acme", lessons.Filter{Title: "\x00"}, read.Page{}); !fault.Is(err, "filter.text") {
		t.Errorf("got %v", err)
	}
}

func TestUsesOfAQuestion(t *testing.T) {
	t.Parallel()
	reader := lessons.NewReader(projtest.Given(t, events, model(t), history()...).Pool)
	for question, want := range map[string][]string{
		"q1": {"l1 v1 s1 = 3", "l2 v0 s1 = 0"}, // no longer in the draft of l1
		"q2": {"l1 v0 s1 = 0", "l1 v1 s2 = 3"},
		"q3": nil,
	} {
		var got []string
		page := read.Page{First: 1}
		for {
			list, err := reader.Uses(t.Context(), "acme", projtest.StreamID(question), page)
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range list.Rows {
				name := "l1"
				if u.Lesson == projtest.StreamID("l2") {
					name = "l2"
				}
				got = append(got, fmt.Sprintf("%s v%d %s = %d", name, u.Version, u.Slot, u.QuestionVersion))
			}
			if !list.More {
				break
			}
			page.After = list.Cursors[0]
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", question, got, want)
		}
	}
	list, err := reader.Uses(t.Context(), "acme/physics", projtest.StreamID("q1"), read.Page{})
	if err != nil || len(list.Rows) != 1 || list.Rows[0].Org != "acme/physics" {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	kinds := rapid.SliceOfN(rapid.IntRange(0, 3), 40, 40).Example(1)
	facts := append(history(), locked()...)
	for i, kind := range kinds {
		name := fmt.Sprint("more ", i%7)
		p := plan(fmt.Sprint("Lesson ", i), []string{"q1", "q2", "q3"}[:1+i%3]...)
		switch {
		case i < 7:
			facts = append(facts, projtest.In(name, lesson.Created{Org: "acme", Plan: p}))
		case kind == 0:
			facts = append(facts, projtest.In(name, lesson.Published{Version: i, Plan: exact(p, 1)}))
		default:
			facts = append(facts, projtest.In(name, lesson.Edited{Plan: p}))
		}
	}
	projtest.Given(t, events, model(t), facts...).RebuildEquals(t, model(t))
}

// What a caller must know it saw counts every event, those of the review too.
func TestTheRevisionCountsTheReview(t *testing.T) {
	t.Parallel()
	p := plan("Sums", "q1")
	reader := lessons.NewReader(projtest.Given(t, events, lessons.New(nil), projtest.In("l1", lesson.Created{Org: "acme", Plan: p}),
		projtest.In("l1", lesson.Submitted{Hash: p.Hash(), Workflow: "single-review@2"}), projtest.In("l1", lesson.Returned{Hash: p.Hash(), By: "li", Reason: "no"})).Pool)
	found, err := reader.Get(t.Context(), "acme", []uuid.UUID{projtest.StreamID("l1")})
	if l := found[projtest.StreamID("l1")]; err != nil || l.Revision != 3 || l.Title != "Sums" {
		t.Errorf("got %+v, %v", l, err)
	}
}

func TestASkippedCreationLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	log := projtest.Given(t, events, model(t),
		projtest.In("orphan", lesson.Edited{Plan: plan("Orphan", "q1")}, lesson.Published{Version: 1, Plan: plan("Orphan", "q1")}), history()[0])
	list, err := lessons.NewReader(log.Pool).Uses(t.Context(), "acme", projtest.StreamID("q1"), read.Page{})
	if err != nil || len(list.Rows) != 1 {
		t.Errorf("got %+v, %v", list, err)
	}
}
