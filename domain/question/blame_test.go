package question_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/question"
)

// told is a history with somebody behind each event.
func told(events []event.Event) []question.Fact {
	facts := make([]question.Fact, len(events))
	for i, e := range events {
		facts[i] = question.Fact{Event: e, By: fmt.Sprint("u", i+1), At: int64(i + 1)}
	}
	return facts
}

// A field was changed last where the value that its path leads to is another one than the revision before had.
func TestBlameIsWhoeverMadeTheFieldWhatItIs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := nested(t, nil)
		events := []event.Event{question.Created{Type: choice1, Code: "Q1", Content: content.Canonical(first), Hash: content.HashOf(first)}}
		states := []question.Question{apply(question.Question{}, events)}
		for range rapid.IntRange(0, 6).Draw(t, "revisions") {
			q := states[len(states)-1]
			decided, err := q.Edit(q.Draft, draft(nested(t, q.Draft.Content.(doc))), nil)
			if rapid.IntRange(0, 3).Draw(t, "describe") == 0 || err == nil && len(decided) == 0 {
				decided, err = q.Describe(question.Metadata{Title: fmt.Sprint(len(events))})
			}
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, decided...)
			states = append(states, apply(q, decided))
		}
		lines, err := question.Blame(told(events), "")
		if err != nil {
			t.Fatal(err)
		}
		last := states[len(states)-1].Draft.Content
		seen := map[string]bool{}
		for _, line := range lines {
			seen[line.Pointer] = true
			at, value, there := content.Locate(last, line.Path)
			if !there || at != line.Pointer {
				t.Fatalf("%v is at %q, not %q", line.Path, at, line.Pointer)
			}
			want := 1
			for i := len(states) - 1; i > 0; i-- {
				if _, before, was := content.Locate(states[i-1].Draft.Content, line.Path); !was || !content.Equal(before, value) {
					want = i + 1
					break
				}
			}
			if line.Revision != want || line.By != fmt.Sprint("u", want) || line.At != int64(want) {
				t.Fatalf("%q was changed by %d, not by %+v", line.Pointer, want, line)
			}
		}
		leaves(last, "", func(pointer string) {
			if !seen[pointer] {
				t.Fatalf("nobody is to blame for %q: %v", pointer, lines)
			}
			part, err := question.Blame(told(events), pointer)
			if path, there := content.Path(last, pointer); there && (err != nil || len(part) != 1 || fmt.Sprint(part[0].Path) != fmt.Sprint(path)) {
				t.Fatalf("%q alone: %v, %v", pointer, part, err)
			}
		})
	})
}

// leaves visits every value that holds no others.
func leaves(v any, at string, visit func(string)) {
	if object, is := v.(doc); is && len(object) > 0 {
		for name, member := range object {
			leaves(member, at+content.Pointer(name), visit)
		}
		return
	}
	if ids, is := content.ItemIDs(v); is && len(ids) > 0 {
		for i, item := range v.([]any) {
			leaves(item, fmt.Sprint(at, "/", i), visit)
		}
		return
	}
	visit(at)
}

// nested draws a content, often like another one.
func nested(t *rapid.T, like doc) doc {
	out := doc{}
	for _, name := range []string{"stem", "hint", "options", "more"} {
		if was, there := like[name]; there && rapid.Bool().Draw(t, "keep") {
			out[name] = was
			continue
		}
		switch rapid.SampledFrom([]string{"text", "text", "items", "items", "object", "list", "none"}).Draw(t, name) {
		case "text":
			out[name] = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "text")
		case "object":
			out[name] = doc{"x": doc{}, "y": rapid.SampledFrom([]any{"a", "b", doc{}, doc{"z": 1.0}}).Draw(t, "y")}
		case "list":
			out[name] = rapid.SliceOfN(rapid.SampledFrom([]any{"a", "b", doc{"z": 1.0}}), 1, 2).Draw(t, "list")
		case "items":
			list := []any{}
			for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3, rapid.ID).Draw(t, "ids") {
				list = append(list, option(id, rapid.SampledFrom([]string{"3", "4"}).Draw(t, "text")))
			}
			out[name] = list
		}
	}
	return out
}

func TestBlameOfAPart(t *testing.T) {
	t.Parallel()
	events := history(t, created(doc{"stem": "a", "options": []any{option("x", "1"), option("y", "2")}}),
		edited(doc{"stem": "a", "options": []any{option("y", "2"), option("x", "3")}}), edited(doc{"stem": "b", "options": []any{option("y", "2"), option("x", "3")}}))
	for under, want := range map[string]string{
		"":                "/options/0 1, /options/0/id 1, /options/0/text 1, /options/1 2, /options/1/id 1, /options/1/text 2, /stem 3",
		"/options/1":      "/options/1 2, /options/1/id 1, /options/1/text 2",
		"/options/0/text": "/options/0/text 1",
	} {
		lines, err := question.Blame(told(events), under)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range lines {
			got = append(got, fmt.Sprint(l.Pointer, " ", l.Revision))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q: got %s", under, strings.Join(got, ", "))
		}
	}
	_, err := question.Blame(told(events), "/nowhere")
	refused(t, err, "blame.no_place")
	many := doc{}
	for i := range question.MaxLines + 1 {
		many[fmt.Sprint(i)] = true
	}
	_, err = question.Blame(told(history(t, created(many))), "")
	refused(t, err, "blame.too_long")
}

// history is what steps did.
func history(t *testing.T, steps ...step) (all []event.Event) {
	t.Helper()
	var q question.Question
	for _, s := range steps {
		events, err := s(q)
		if err != nil {
			t.Fatal(err)
		}
		all, q = append(all, events...), apply(q, events)
	}
	return all
}
