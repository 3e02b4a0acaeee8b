package resources_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/resource"
	"qbank/projections/projtest"
	"qbank/projections/read"
	"qbank/projections/resources"
)

var definitions = slices.Concat(question.Events, lesson.Events, resource.Events)

func hash(name string) content.Hash { return content.HashBytes([]byte(name)) }

func uploaded(org, name string) resource.Uploaded {
	return resource.Uploaded{Org: org, Hash: hash(name), Size: int64(len(name)), Type: "image/png", Title: name + ".png", Width: 4, Height: 3}
}

func raw(doc any) json.RawMessage { return content.Canonical(doc) }

func doc(texts ...string) map[string]any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = map[string]any{"id": fmt.Sprint(i), "text": text}
	}
	return map[string]any{"list": list}
}

func created(org string, d any) question.Created {
	return question.Created{Org: org, Type: qtype.Ref{ID: "x", Version: "1.0.0"}, Content: raw(d), Hash: content.HashOf(d)}
}

func edited(from, to any) question.Edited {
	return question.Edited{Changes: content.Diff(from, to), Hash: content.HashOf(to)}
}

func picture(name string) string { return "see ![x](/v1/blobs/" + string(hash(name)) + ")" }

func history() []projtest.Facts {
	first, second := doc(string(hash("a")), "words"), doc("words", picture("b"))
	return []projtest.Facts{
		projtest.In("a of school", uploaded("school", "a"), resource.Tagged{Tags: []string{"map"}}).By("wang"),
		projtest.In("b of maths", uploaded("school/maths", "b")).By("li"),
		projtest.In("a of other", uploaded("other", "a")),
		projtest.In("q1", created("school/maths", first), question.Published{Version: 1, Type: qtype.Ref{ID: "x", Version: "1.0.0"}, Content: raw(first)}, edited(first, second)),
		projtest.In("q2", created("other", doc(string(hash("b"))))),
		projtest.In("l", lesson.Created{Org: "school", Plan: lesson.Plan{Title: "on " + string(hash("a"))}}, lesson.Edited{Plan: lesson.Plan{Title: "on nothing"}}),
	}
}

func TestFilesAreListedFromAroundAnOrganisation(t *testing.T) {
	t.Parallel()
	r := resources.NewReader(projtest.Given(t, definitions, resources.New(), history()...).Pool)
	yes, no := true, false
	for _, c := range []struct {
		org    string
		filter resources.Filter
		want   string
	}{
		{"school", resources.Filter{}, "b.png, a.png"}, {"school/maths", resources.Filter{}, "b.png, a.png"}, {"school/art", resources.Filter{}, "a.png"},
		{"sch", resources.Filter{}, ""}, {"other", resources.Filter{}, "a.png"}, {"school", resources.Filter{Title: "A.p"}, "a.png"},
		{"school", resources.Filter{Media: "image"}, "b.png, a.png"}, {"school", resources.Filter{Media: "video"}, ""}, {"school", resources.Filter{Tag: "map"}, "a.png"},
		{"school", resources.Filter{Unused: &no}, "b.png, a.png"}, {"other", resources.Filter{Unused: &yes}, "a.png"}, {"school", resources.Filter{Title: "%"}, ""},
	} {
		list, err := r.List(t.Context(), c.org, c.filter, read.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var titles []string
		for _, f := range list.Rows {
			titles = append(titles, f.Title)
		}
		if got := strings.Join(titles, ", "); got != c.want {
			t.Errorf("%s %+v: %q, want %q", c.org, c.filter, got, c.want)
		}
		if n, err := r.Count(t.Context(), c.org, c.filter, 10); err != nil || n != len(titles) {
			t.Errorf("counted %d, %v", n, err)
		}
	}
	if _, err := r.List(t.Context(), "school", resources.Filter{Tag: "\x00"}, read.Page{}); !fault.Is(err, "filter.text") {
		t.Error(err)
	}
	for org, want := range map[string]bool{"school": true, "school/maths/7": true, "other": false} {
		if _, err := r.Visible(t.Context(), org, hash("b")); (err == nil) != want || err != nil && !fault.Is(err, "blob.not_found") {
			t.Errorf("%s: %v", org, err)
		}
	}
	if files, bytes, err := r.Total(t.Context(), "school"); err != nil || files != 1 || bytes != 1 {
		t.Errorf("%d files of %d bytes, %v", files, bytes, err)
	}
}

func TestUsesOfAFile(t *testing.T) {
	t.Parallel()
	r := resources.NewReader(projtest.Given(t, definitions, resources.New(), history()...).Pool)
	for _, c := range []struct {
		org, file string
		want      []string
	}{
		{"school", "a", []string{"q1 v1"}}, // the draft of q1 and the one of the lesson name it no more
		{"school", "b", []string{"q1 v0"}}, {"other", "b", []string{"q2 v0"}}, {"other", "a", nil},
	} {
		list, err := r.Uses(t.Context(), c.org, hash(c.file), read.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, u := range list.Rows {
			name := map[uuid.UUID]string{projtest.StreamID("q1"): "q1", projtest.StreamID("q2"): "q2", projtest.StreamID("l"): "l"}[u.Source]
			got = append(got, fmt.Sprintf("%s v%d", name, u.Version))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s of %s: %v, want %v", c.file, c.org, got, c.want)
		}
	}
}

func TestWhatNothingNamesIsIdle(t *testing.T) {
	t.Parallel()
	p := resources.New()
	log := projtest.Given(t, definitions, p, history()...)
	r := resources.NewReader(log.Pool)
	const future = int64(1) << 60
	idle := func(before int64) (orgs []string) {
		t.Helper()
		list, err := r.Idle(t.Context(), before, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			orgs = append(orgs, f.Org+" "+f.Title)
		}
		return orgs
	}
	if got := idle(future); !slices.Equal(got, []string{"other a.png"}) { // named in school, which is not around other
		t.Errorf("idle: %v", got)
	}
	if got := idle(1); got != nil {
		t.Errorf("idle long ago: %v", got)
	}
	second := doc("words", picture("b"))
	log.Append(projtest.In("q1", edited(second, doc("words"))))
	log.Run(p)
	if got := idle(future); !slices.Equal(got, []string{"school/maths b.png", "other a.png"}) {
		t.Errorf("idle after an edit: %v", got)
	}
	id := projtest.StreamID("b of maths")
	since, err := r.UnusedSince(t.Context(), []uuid.UUID{id, projtest.StreamID("a of school")})
	if err != nil || len(since) != 1 || since[id] == 0 {
		t.Fatalf("unused since %v, %v", since, err)
	}
	if got := idle(since[id]); slices.Contains(got, "school/maths b.png") {
		t.Error("it is idle before it became unused")
	}
	log.Append(projtest.In("b of maths", resource.Collected{}))
	log.Run(p)
	if marked, err := r.Marked(t.Context(), future, 10); err != nil || len(marked) != 1 || marked[0].ID != id {
		t.Errorf("marked: %v, %v", marked, err)
	}
	log.Append(projtest.In("b of maths", resource.Removed{}))
	log.Run(p)
	if holders, err := r.Holders(t.Context(), []content.Hash{hash("a"), hash("b")}); err != nil || len(holders) != 2 {
		t.Errorf("held by %v, %v", holders, err)
	}
	log.Append(projtest.In("b of maths", uploaded("school/maths", "b")))
	log.Run(p)
	if got, err := r.Get(t.Context(), "school", []uuid.UUID{id}); err != nil || got[id].State != resource.Kept || got[id].MarkedAt != 0 {
		t.Errorf("uploaded again: %+v, %v", got, err)
	}
}

// However drafts are edited, the hashes counted from the edits are those that stand in the draft; and batches do not matter.
func TestUsesFollowEdits(t *testing.T) {
	t.Parallel()
	texts := []string{"", "words", picture("a"), picture("a") + picture("b"), string(hash("c")), string(hash("b"))}
	facts := []projtest.Facts{}
	last := map[string]any{}
	for i := range 6 {
		name := fmt.Sprint("q", i)
		drafts := rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom(texts), 0, 4), 2, 12).Example(i)
		before := any(doc(drafts[0]...))
		facts = append(facts, projtest.In(name, created("school", before)))
		for _, next := range drafts[1:] {
			after := any(doc(next...))
			facts = append(facts, projtest.In(name, edited(before, after)))
			before = after
		}
		last[name] = before
	}
	log := projtest.Given(t, definitions, resources.New(), facts...)
	r := resources.NewReader(log.Pool)
	for _, file := range []string{"a", "b", "c"} {
		want := map[uuid.UUID]int{}
		for name, draft := range last {
			if n := resource.Named(draft)[hash(file)]; n > 0 {
				want[projtest.StreamID(name)] = n
			}
		}
		list, err := r.Uses(t.Context(), "school", hash(file), read.Page{})
		if err != nil || len(list.Rows) != len(want) {
			t.Fatalf("%s: %+v, %v; want %v", file, list.Rows, err, want)
		}
		for _, u := range list.Rows {
			if want[u.Source] != u.Places {
				t.Errorf("%s stands %d times in %s, want %d", file, u.Places, u.Source, want[u.Source])
			}
		}
	}
	log.RebuildEquals(t, resources.New())
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	facts := append(history(), projtest.In("b of maths", resource.Collected{}, resource.Restored{}, resource.Renamed{Title: "c"}),
		projtest.In("a of other", resource.Collected{}, resource.Removed{}), projtest.In("orphan", resource.Renamed{Title: "x"}),
		projtest.In("lost", edited(doc(), doc(string(hash("a"))))), projtest.In("a of other", uploaded("other", "a")))
	projtest.Given(t, definitions, resources.New(), facts...).RebuildEquals(t, resources.New())
}
