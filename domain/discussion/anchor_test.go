package discussion_test

import (
	"reflect"
	"strings"
	"testing"

	"qbank/domain/content"
	"qbank/domain/discussion"
	"qbank/domain/fault"
)

func decoded(t testing.TB, text string) any {
	t.Helper()
	v, err := content.Decode([]byte(text), content.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAnAnchorIsFoundAgain(t *testing.T) {
	t.Parallel()
	const before = `{"stem":"What is 2+2? Is it?","options":[{"id":"a","text":"3"},{"id":"b","text":"4"}],"tags":["x","y"]}`
	part := func(start, end int) *discussion.Range { return &discussion.Range{Start: start, End: end} }
	for _, c := range []struct {
		name, pointer string
		part          *discussion.Range
		now           string
		want          discussion.Standing
	}{
		{"nothing changed", "/stem", part(0, 4), before, discussion.Standing{State: "current", Pointer: "/stem", Range: part(0, 4)}},
		{"something else changed", "/stem", part(0, 4), `{"stem":"What is 2+2? Is it?"}`, discussion.Standing{State: "current", Pointer: "/stem", Range: part(0, 4)}},
		{"its item moved", "/options/1/text", nil, `{"options":[{"id":"b","text":"4"},{"id":"a","text":"3"}]}`, discussion.Standing{State: "current", Pointer: "/options/0/text"}},
		{"its item moved and changed", "/options/1", nil, `{"options":[{"id":"b","text":"5"}]}`, discussion.Standing{State: "outdated", Pointer: "/options/0"}},
		{"its item went", "/options/1/text", nil, `{"options":[{"id":"a","text":"3"}]}`, discussion.Standing{State: "gone"}},
		{"the text around it changed", "/stem", part(13, 15), `{"stem":"Is 题? Is it?"}`, discussion.Standing{State: "outdated", Pointer: "/stem", Range: part(6, 8)}},
		{"the nearest of several", "/stem", part(13, 15), `{"stem":"Is Is Is and IsIs is Is"}`, discussion.Standing{State: "outdated", Pointer: "/stem", Range: part(13, 15)}},
		{"the quote went", "/stem", part(0, 4), `{"stem":"2+2?"}`, discussion.Standing{State: "outdated", Pointer: "/stem"}},
		{"the text is none any more", "/stem", part(0, 4), `{"stem":1}`, discussion.Standing{State: "outdated", Pointer: "/stem"}},
		{"in a list without ids", "/tags/1", nil, `{"tags":["x","y"]}`, discussion.Standing{State: "current", Pointer: "/tags/1"}},
		{"in a list without ids that changed", "/tags/1", nil, `{"tags":["y"]}`, discussion.Standing{State: "outdated", Pointer: "/tags"}},
		{"the whole", "", nil, `{}`, discussion.Standing{State: "outdated"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, err := discussion.NewAnchor(decoded(t, before), 3, c.pointer, c.part)
			if err != nil {
				t.Fatal(err)
			}
			now := decoded(t, c.now)
			if got := a.Standing(now, content.HashOf(now)); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v %v, want %+v", got, got.Range, c.want)
			}
		})
	}
}

func TestAnAnchorNeedsAPlace(t *testing.T) {
	t.Parallel()
	seen := decoded(t, `{"stem":"题干","n":1,"long":"`+strings.Repeat("x", 501)+`"}`)
	if a, err := discussion.NewAnchor(seen, 3, "/stem", &discussion.Range{Start: 1, End: 2}); err != nil || a.Quote != "干" || a.Revision != 3 || a.Hash != content.HashOf(seen) {
		t.Errorf("got %+v, %v", a, err)
	}
	for _, c := range []struct {
		pointer string
		part    *discussion.Range
		at      string
	}{
		{"/nowhere", nil, "/pointer"}, {"stem", nil, "/pointer"}, {"/n", &discussion.Range{End: 1}, "/range"}, {"/stem", &discussion.Range{}, "/range"},
		{"/stem", &discussion.Range{Start: -1, End: 1}, "/range"}, {"/stem", &discussion.Range{Start: 1, End: 3}, "/range"}, {"/long", &discussion.Range{End: 501}, "/range"},
	} {
		_, err := discussion.NewAnchor(seen, 3, c.pointer, c.part)
		if f := fault.Of(err); !fault.Is(err, "discussion.anchor") || f.Problems[0].Pointer != c.at {
			t.Errorf("%q %v: got %v", c.pointer, c.part, err)
		}
	}
}
