package lesson_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/scoring"
)

var one, two = uuid.MustParse("00000000-0000-4000-8000-000000000001"), uuid.MustParse("00000000-0000-4000-8000-000000000002")

func plan(items ...lesson.Item) lesson.Plan {
	return lesson.Plan{Title: "Sums", Items: items, Reveal: lesson.AfterFinish}
}

func item(slot string, question uuid.UUID, version int) lesson.Item {
	return lesson.Item{Slot: lesson.Slot(slot), Question: question, Version: version, Max: scoring.OneMark}
}

func given(events ...event.Event) (l lesson.Lesson) {
	for _, e := range events {
		l = l.Apply(e)
	}
	return l
}

func TestAPlanThatIsNotValidIsRefusedByPlace(t *testing.T) {
	t.Parallel()
	good := item("q1", one, 0)
	for _, c := range []struct {
		pointer, code string
		plan          lesson.Plan
	}{
		{"/title", "required", lesson.Plan{}},
		{"/title", "max_length", lesson.Plan{Title: strings.Repeat("长", 301)}},
		{"/title", "text", lesson.Plan{Title: "a\x00"}},
		{"/reveal", "enum", lesson.Plan{Title: "t", Reveal: "always"}},
		{"/reveal", "no_last_attempt", lesson.Plan{Title: "t", Reveal: lesson.AfterLast}},
		{"/max_attempts", "range", lesson.Plan{Title: "t", MaxAttempts: -1}},
		{"/max_attempts", "range", lesson.Plan{Title: "t", MaxAttempts: 1001}},
		{"/items", "max_items", plan(make([]lesson.Item, lesson.MaxItems+1)...)},
		{"/items/0/slot", "unique", plan(item("", one, 0))},
		{"/items/1/slot", "unique", plan(good, good)},
		{"/items/0/slot", "unique", plan(item("a\x00", one, 0))},
		{"/items/0/slot", "unique", plan(item(strings.Repeat("x", 65), one, 0))},
		{"/items/0/max", "range", plan(lesson.Item{Slot: "a", Max: -1})},
		{"/items/0/max", "range", plan(lesson.Item{Slot: "a", Max: 10_001 * scoring.OneMark})},
		{"/items/0/version", "range", plan(item("a", one, -1))},
	} {
		for _, decide := range []func(lesson.Plan) ([]event.Event, error){
			func(p lesson.Plan) ([]event.Event, error) { return lesson.Lesson{}.Create("acme", p, nil) },
			func(p lesson.Plan) ([]event.Event, error) {
				return given(lesson.Created{Org: "acme", Plan: plan()}).Edit(plan(), p, nil)
			},
		} {
			events, err := decide(c.plan)
			if !fault.Is(err, "lesson.invalid") || events != nil {
				t.Fatalf("%s: got %v, %v", c.pointer, events, err)
			}
			if problems := fault.Of(err).Problems; len(problems) != 1 || problems[0].Pointer != c.pointer || problems[0].Code != c.code {
				t.Errorf("got %+v, want %s at %s", problems, c.code, c.pointer)
			}
		}
	}
}

func TestTidyingAPlanLeavesTheCallersAlone(t *testing.T) {
	t.Parallel()
	p := lesson.Plan{Title: "Sums"}
	tidy, err := p.Tidy(nil)
	if err != nil || tidy.Reveal != lesson.AfterFinish || p.Reveal != "" {
		t.Errorf("got %+v from %+v, %v", tidy, p, err)
	}
	if again, err := tidy.Tidy(nil); err != nil || !reflect.DeepEqual(again, tidy) {
		t.Errorf("%+v came to %+v, %v", tidy, again, err)
	}
}

func TestPublishingNamesExactVersions(t *testing.T) {
	t.Parallel()
	l := given(lesson.Created{Org: "acme", Plan: plan(item("a", one, 0), item("b", two, 2))})
	events, err := l.Publish(map[uuid.UUID]int{one: 3, two: 5})
	if err != nil {
		t.Fatal(err)
	}
	want := lesson.Published{Version: 1, Plan: plan(item("a", one, 3), item("b", two, 2))}
	if !reflect.DeepEqual(events, []event.Event{want}) {
		t.Errorf("got %+v", events)
	}
	if l.Plan.Items[0].Version != 0 {
		t.Error("publishing changed the draft")
	}
	next, err := l.Apply(events[0]).Publish(map[uuid.UUID]int{one: 4, two: 5})
	if p := next[0].(lesson.Published); err != nil || p.Version != 2 || p.Plan.Items[0].Version != 4 {
		t.Errorf("the next version is %+v, %v", p, err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	created := lesson.Created{Org: "acme", Plan: plan(item("a", one, 0), item("b", two, 3))}
	long := strings.Repeat("x", 2001)
	for _, c := range []struct {
		name  string
		given []event.Event
		when  func(lesson.Lesson) ([]event.Event, error)
		code  string
		at    string
	}{
		{"a lesson is created once", []event.Event{created}, func(l lesson.Lesson) ([]event.Event, error) { return l.Create("acme", plan(), nil) }, "lesson.exists", ""},
		{"nothing is there to edit", nil, func(l lesson.Lesson) ([]event.Event, error) { return l.Edit(plan(), plan(), nil) }, "lesson.not_found", ""},
		{"nothing is there to publish", nil, func(l lesson.Lesson) ([]event.Event, error) { return l.Publish(nil) }, "lesson.not_found", ""},
		{"nothing is there to retire", nil, func(l lesson.Lesson) ([]event.Event, error) { return l.Retire("") }, "lesson.not_found", ""},
		{"an empty lesson is not published", []event.Event{lesson.Created{Plan: plan()}}, func(l lesson.Lesson) ([]event.Event, error) { return l.Publish(nil) }, "lesson.empty", ""},
		{"a question must be published", []event.Event{created}, func(l lesson.Lesson) ([]event.Event, error) {
			return l.Publish(map[uuid.UUID]int{two: 3})
		}, "lesson.questions", "/items/0/question"},
		{"a version must be there", []event.Event{created}, func(l lesson.Lesson) ([]event.Event, error) {
			return l.Publish(map[uuid.UUID]int{one: 1, two: 2})
		}, "lesson.questions", "/items/1/version"},
		{"a reason has bounds", []event.Event{created}, func(l lesson.Lesson) ([]event.Event, error) { return l.Retire(long) }, "note.invalid", "/reason"},
		{"what is retired is not edited", []event.Event{created, lesson.Retired{}}, func(l lesson.Lesson) ([]event.Event, error) { return l.Edit(plan(), plan(), nil) }, "lesson.retired", ""},
		{"what is retired is not published", []event.Event{created, lesson.Retired{}}, func(l lesson.Lesson) ([]event.Event, error) { return l.Publish(nil) }, "lesson.retired", ""},
		{"what is retired is not retired again", []event.Event{created, lesson.Retired{}}, func(l lesson.Lesson) ([]event.Event, error) { return l.Retire("") }, "lesson.retired", ""},
		{"a question must exist", nil, func(lesson.Lesson) ([]event.Event, error) {
			return nil, created.Plan.Known(func(id uuid.UUID) bool { return id == one })
		}, "lesson.questions", "/items/1/question"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			events, err := c.when(given(c.given...))
			if !fault.Is(err, c.code) || events != nil {
				t.Fatalf("got %v, %v, want the fault %s", events, err, c.code)
			}
			if problems := fault.Of(err).Problems; c.at != "" && (len(problems) != 1 || problems[0].Pointer != c.at) {
				t.Errorf("got problems %+v, want one at %s", problems, c.at)
			}
		})
	}
}
