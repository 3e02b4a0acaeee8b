package question_test

import (
	"reflect"
	"testing"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/question"
)

func option(id, text string) doc { return doc{"id": id, "text": text} }

func TestSingleFieldsComeBack(t *testing.T) {
	t.Parallel()
	then := doc{"stem": "2+2?", "hint": "count", "options": []any{option("a", "3"), option("b", "4"), option("c", "5")}}
	past := given(t, created(then))
	now := given(t, created(then), edited(doc{"stem": "2+3?", "extra": "x", "options": []any{option("c", "6"), option("a", "three")}}))
	for _, c := range []struct {
		name   string
		fields []string
		want   doc // nil: refused
	}{
		{"one", []string{"/stem"}, doc{"stem": "2+2?", "extra": "x", "options": []any{option("c", "6"), option("a", "three")}}},
		{"of an item that moved", []string{"/options/2/text"}, doc{"stem": "2+3?", "extra": "x", "options": []any{option("c", "5"), option("a", "three")}}},
		{"an item that went, and a field that went", []string{"/options/1", "/hint"},
			doc{"stem": "2+3?", "hint": "count", "extra": "x", "options": []any{option("c", "6"), option("a", "three"), option("b", "4")}}},
		{"what came later goes", []string{"/extra"}, doc{"stem": "2+3?", "options": []any{option("c", "6"), option("a", "three")}}},
		{"a list with its order", []string{"/options"}, doc{"stem": "2+3?", "extra": "x", "options": then["options"]}},
		{"nothing changed", []string{"/options/0/id"}, doc{"stem": "2+3?", "extra": "x", "options": []any{option("c", "6"), option("a", "three")}}},
		{"a field of an item that went", []string{"/stem", "/options/1/text"}, nil},
		{"nowhere", []string{"/nowhere"}, nil},
		{"too many", make([]string, 201), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			events, err := now.Restore(question.Restoration{Past: past, Fields: c.fields})
			if c.want == nil {
				refused(t, err, "question.restore_fields")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			q := apply(now, events)
			if !content.Equal(q.Draft.Content, c.want) || !reflect.DeepEqual(q.Metadata, now.Metadata) {
				t.Errorf("got %s", content.Canonical(q.Draft.Content))
			}
			for _, e := range events {
				if e := e.(question.Edited); e.RestoredFrom != 1 || !reflect.DeepEqual(e.Fields, c.fields) {
					t.Errorf("got %+v", e)
				}
			}
		})
	}
	_, err := now.Restore(question.Restoration{Past: past, Fields: []string{"/stem", "/options/1/text"}})
	if p := fault.Of(err).Problems; len(p) != 1 || p[0].Pointer != "/fields/1" {
		t.Errorf("got %v", p)
	}
}

func TestMetadataComeBackWhereAskedFor(t *testing.T) {
	t.Parallel()
	described := func(q question.Question) ([]event.Event, error) {
		return q.Describe(question.Metadata{Title: "Other", Tags: []string{"new"}})
	}
	past, now := given(t, created(stem("2+2?"))), given(t, created(stem("2+2?")), described, edited(stem("2+3?")))
	without, err := now.Restore(question.Restoration{Past: past})
	if q := apply(now, without); err != nil || q.Metadata.Title != "Other" {
		t.Errorf("got %+v, %v", q.Metadata, err)
	}
	with, err := now.Restore(question.Restoration{Past: past, Metadata: true})
	q := apply(now, with)
	if err != nil || q.Metadata.Title != "Sums" || q.Metadata.Tags != nil || q.Draft.Hash != past.Draft.Hash {
		t.Errorf("got %+v, %v", q, err)
	}
	if e := with[1].(question.Described); e.RestoredFrom != 1 || e.Hash != past.Metadata.Hash() {
		t.Errorf("got %+v", e)
	}
	if again, err := q.Restore(question.Restoration{Past: past, Metadata: true}); err != nil || again != nil {
		t.Errorf("the same once more: %v, %v", again, err)
	}
}
