package resource_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/resource"
)

var file = resource.Uploaded{Org: "school", Hash: content.HashBytes(nil), Size: 10, Type: "image/png", Title: "bridge.png"}

func given(events ...event.Event) (r resource.Resource) {
	for _, e := range events {
		r = r.Apply(e)
	}
	return r
}

func titled(title string) resource.Uploaded {
	u := file
	u.Title = title
	return u
}

func TestWhatMayHappenToAFile(t *testing.T) {
	t.Parallel()
	again := file
	again.Title = "again"
	for name, c := range map[string]struct {
		given []event.Event
		when  func(resource.Resource) ([]event.Event, error)
		then  []event.Event
		code  string
	}{
		"a first upload":            {nil, func(r resource.Resource) ([]event.Event, error) { return r.Upload(file, false) }, []event.Event{file}, ""},
		"the same again":            {[]event.Event{file}, func(r resource.Resource) ([]event.Event, error) { return r.Upload(again, false) }, nil, ""},
		"a kept one recorded again": {[]event.Event{file, resource.Renamed{Title: "b"}}, func(r resource.Resource) ([]event.Event, error) { return r.Upload(file, true) }, []event.Event{titled("b")}, ""},
		"a marked one again":        {[]event.Event{file, resource.Collected{}}, func(r resource.Resource) ([]event.Event, error) { return r.Upload(again, false) }, []event.Event{again}, ""},
		"a gone one again":          {[]event.Event{file, resource.Collected{}, resource.Removed{}}, func(r resource.Resource) ([]event.Event, error) { return r.Upload(again, false) }, []event.Event{again}, ""},
		"without a name": {nil, func(r resource.Resource) ([]event.Event, error) {
			return r.Upload(resource.Uploaded{Title: " "}, false)
		}, nil, "resource.title"},
		"renamed":                 {[]event.Event{file}, func(r resource.Resource) ([]event.Event, error) { return r.Rename(" b ") }, []event.Event{resource.Renamed{Title: "b"}}, ""},
		"renamed to the same":     {[]event.Event{file}, func(r resource.Resource) ([]event.Event, error) { return r.Rename("bridge.png") }, nil, ""},
		"renamed when it is gone": {[]event.Event{file, resource.Collected{}}, func(r resource.Resource) ([]event.Event, error) { return r.Rename("b") }, nil, "resource.not_found"},
		"tagged": {[]event.Event{file}, func(r resource.Resource) ([]event.Event, error) { return r.Tag([]string{"b", " a", "b"}) },
			[]event.Event{resource.Tagged{Tags: []string{"a", "b"}}}, ""},
		"tagged alike":        {[]event.Event{file, resource.Tagged{Tags: []string{"a"}}}, func(r resource.Resource) ([]event.Event, error) { return r.Tag([]string{"a"}) }, nil, ""},
		"too many tags":       {[]event.Event{file}, func(r resource.Resource) ([]event.Event, error) { return r.Tag(make([]string, 51)) }, nil, "resource.tags"},
		"an empty tag":        {[]event.Event{file}, func(r resource.Resource) ([]event.Event, error) { return r.Tag([]string{""}) }, nil, "resource.tags"},
		"marked":              {[]event.Event{file}, resource.Resource.Collect, []event.Event{resource.Collected{}}, ""},
		"marked twice":        {[]event.Event{file, resource.Collected{}}, resource.Resource.Collect, nil, ""},
		"nothing is marked":   {nil, resource.Resource.Collect, nil, "resource.not_found"},
		"restored":            {[]event.Event{file, resource.Collected{}}, resource.Resource.Restore, []event.Event{resource.Restored{}}, ""},
		"a kept one restored": {[]event.Event{file}, resource.Resource.Restore, nil, ""},
		"a gone one restored": {[]event.Event{file, resource.Collected{}, resource.Removed{}}, resource.Resource.Restore, nil, "resource.not_found"},
		"removed":             {[]event.Event{file, resource.Collected{}}, resource.Resource.Remove, []event.Event{resource.Removed{}}, ""},
		"removed though kept": {[]event.Event{file}, resource.Resource.Remove, nil, "resource.kept"},
		"removed twice":       {[]event.Event{file, resource.Collected{}, resource.Removed{}}, resource.Resource.Remove, nil, ""},
	} {
		got, err := c.when(given(c.given...))
		if !reflect.DeepEqual(got, c.then) || (c.code == "") != (err == nil) || c.code != "" && !fault.Is(err, c.code) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// Whatever is asked in whatever order: bytes go only while the mark stands, and a replay through the log's text gives the same state.
func TestBytesGoOnlyUnderTheMark(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(resource.Events)
	rapid.Check(t, func(t *rapid.T) {
		var live, replayed resource.Resource
		for range rapid.IntRange(0, 40).Draw(t, "commands") {
			before := live.State
			var events []event.Event
			var err error
			switch rapid.IntRange(0, 5).Draw(t, "command") {
			case 0:
				events, err = live.Upload(file, rapid.Bool().Draw(t, "again"))
				if err != nil || live.State != resource.Kept && len(events) != 1 {
					t.Fatalf("an upload was not taken: %v, %v", events, err)
				}
			case 1:
				events, err = live.Rename(rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "name"))
			case 2:
				events, err = live.Tag(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", " c "}), 0, 3).Draw(t, "tags"))
			case 3:
				events, err = live.Collect()
			case 4:
				events, err = live.Restore()
			case 5:
				events, err = live.Remove()
			}
			if err != nil && (len(events) > 0 || fault.Of(err) == nil) {
				t.Fatalf("%v with %v", events, err)
			}
			for _, e := range events {
				if _, gone := e.(resource.Removed); gone && before != resource.Marked {
					t.Fatalf("removed in the state %q", before)
				}
				live = live.Apply(e)
				name, version, data, err := codec.Encode(e)
				if err != nil {
					t.Fatal(err)
				}
				read, err := codec.Decode(name, version, data)
				if err != nil {
					t.Fatal(err)
				}
				replayed = replayed.Apply(read)
			}
			if !slices.Equal(live.Tags, replayed.Tags) || live.State != replayed.State || live.Title != replayed.Title || live.Revision != replayed.Revision || live.Org != replayed.Org {
				t.Fatalf("%+v is read again as %+v", live, replayed)
			}
		}
	})
}

func TestHashesAreFoundWhereverTheyStand(t *testing.T) {
	t.Parallel()
	a, b := strings.Repeat("0a", 32), strings.Repeat("f1", 32)
	got := resource.Named(map[string]any{"resource": a, "text": "![x](/v1/blobs/" + b + ") and " + a, "list": []any{a + a, "0" + b, strings.ToUpper(a), 7.0, nil}, b: true})
	if want := map[content.Hash]int{content.Hash(a): 2, content.Hash(b): 1}; !reflect.DeepEqual(got, want) {
		t.Errorf("found %v", got)
	}
	if !resource.IsHash(a) || resource.IsHash(a[1:]) || resource.IsHash(a[1:]+"g") || resource.IsHash("") {
		t.Error("a hash has 64 digits")
	}
}

// The quick look never misses what the careful one finds, and what an edit takes out and puts in is what the counts differ by.
func TestHashesAreCountedAlike(t *testing.T) {
	t.Parallel()
	texts := rapid.SampledFrom([]string{"", "words", strings.Repeat("0a", 32), "x" + strings.Repeat("f1", 32) + "y", strings.Repeat("0a", 33), strings.Repeat("0a", 32) + " " + strings.Repeat("f1", 32)})
	documents := rapid.Custom(func(t *rapid.T) any {
		list := []any{}
		for i, text := range rapid.SliceOfN(texts, 0, 4).Draw(t, "texts") {
			list = append(list, map[string]any{"id": string(rune('a' + i)), "text": text})
		}
		return map[string]any{"list": list, "title": texts.Draw(t, "title")}
	})
	rapid.Check(t, func(t *rapid.T) {
		before, after := documents.Draw(t, "before"), documents.Draw(t, "after")
		if len(resource.Named(before)) > 0 && !resource.Mentions(content.Canonical(before)) {
			t.Fatalf("a hash was overlooked in %s", content.Canonical(before))
		}
		counts := resource.Named(before)
		for _, change := range content.Diff(before, after) {
			if change.Op != "move" {
				resource.Count(counts, change.Before, -1)
				resource.Count(counts, change.After, 1)
			}
		}
		for hash, n := range resource.Named(after) {
			counts[hash] -= n
		}
		for hash, n := range counts {
			if n != 0 {
				t.Fatalf("%s is counted wrong by %d", hash, n)
			}
		}
	})
}
