package lesson_test

import (
	"testing"

	"github.com/google/uuid"

	"qbank/domain/fault"
	"qbank/domain/lesson"
)

func drawing(id string, count int, pool ...lesson.Drawable) lesson.Plan {
	return lesson.Plan{Title: "t", Items: []lesson.Item{item("p.2", two, 1)}, Draws: []lesson.Draw{{ID: id, Count: count, Pool: pool}}}
}

func TestDrawsThatAreNotValidAreRefusedByPlace(t *testing.T) {
	t.Parallel()
	good := lesson.Drawable{Question: one, Version: 1}
	twice := drawing("q", 1, good)
	twice.Draws = append(twice.Draws, twice.Draws...)
	many := drawing("q", 1, good)
	many.Draws = make([]lesson.Draw, 51)
	for pointer, p := range map[string]lesson.Plan{
		"/draws/0/id":             drawing("", 1, good),
		"/draws/0/count":          drawing("q", 2, good),
		"/draws/0/pool/0/version": drawing("q", 1, lesson.Drawable{Question: one}),
		"/draws":                  many,
	} {
		_, err := p.Tidy()
		if !fault.Is(err, "lesson.invalid") || len(fault.Of(err).Problems) != 1 || fault.Of(err).Problems[0].Pointer != pointer {
			t.Errorf("%s: got %v", pointer, err)
		}
	}
	for _, p := range []lesson.Plan{twice, drawing("p", 2, good, lesson.Drawable{Question: two, Version: 1})} { // the second draw would stand at p.2
		if _, err := p.Tidy(); !fault.Is(err, "lesson.invalid") || fault.Of(err).Problems[0].Code != "unique" {
			t.Errorf("got %v", err)
		}
	}
}

func TestALessonOfDrawsAloneIsPublished(t *testing.T) {
	t.Parallel()
	p := drawing("q", 1, lesson.Drawable{Question: one, Version: 3})
	p.Items = nil
	l := given(lesson.Created{Org: "acme", Plan: p})
	if events, err := l.Publish(map[uuid.UUID]int{one: 3}); err != nil || len(events) != 1 {
		t.Errorf("got %v, %v", events, err)
	}
	for pointer, newest := range map[string]map[uuid.UUID]int{"/draws/0/pool/0/question": {}, "/draws/0/pool/0/version": {one: 2}} {
		_, err := l.Publish(newest)
		if !fault.Is(err, "lesson.questions") || fault.Of(err).Problems[0].Pointer != pointer {
			t.Errorf("%s: got %v", pointer, err)
		}
	}
	if err := p.Known(func(uuid.UUID) bool { return false }); !fault.Is(err, "lesson.questions") {
		t.Errorf("got %v", err)
	}
}
