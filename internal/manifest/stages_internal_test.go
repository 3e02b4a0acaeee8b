package manifest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/cue"
	"qbank/domain/lesson"
	"qbank/domain/scoring"
	"qbank/schemas"
)

const film, tune = content.Hash("1111111111111111111111111111111111111111111111111111111111111111"), content.Hash("2222222222222222222222222222222222222222222222222222222222222222")

// arranged is a plan as it is published.
func arranged(t testing.TB, plugins *cue.Registry) lesson.Plan {
	t.Helper()
	moment := func(id string, ms int64, plugin string, data map[string]any) lesson.Cue {
		return lesson.Cue{ID: id, At: lesson.At{Kind: cue.Moment, From: ms}, Task: lesson.Task{Plugin: plugin, Data: data}}
	}
	p, err := lesson.Plan{Title: "Exam", Mode: lesson.Exam, KeepVersions: true,
		Items: []lesson.Item{{Slot: "a", Question: uuid.New(), Version: 1}, {Slot: "b", Question: uuid.New(), Version: 1}},
		Draws: []lesson.Draw{{ID: "d", Count: 1, Max: scoring.OneMark, Pool: []lesson.Pooled{{Question: uuid.New(), Version: 1}, {Question: uuid.New(), Version: 1}}}},
		Stages: []lesson.Stage{
			{ID: "film", Kind: lesson.Video, Mode: lesson.Recorded, Medium: &lesson.Medium{SHA256: film, Duration: 9_000, Type: "video/mp4", Width: 16, Height: 9},
				Cues: []lesson.Cue{moment("ask", 500, "question", map[string]any{"slots": []any{"a"}}), moment("tune", 0, "music", map[string]any{"sha256": string(tune)}),
					{ID: "s", At: lesson.At{Kind: cue.Period, From: 1, To: 2}, Task: lesson.Task{Plugin: "subtitle", Data: map[string]any{"language": "en", "text": "Hi"}}}}},
			{ID: "test", Kind: lesson.Interaction, Judged: lesson.Sealed, Slots: []lesson.Slot{"b"}, Draws: []string{"d"}},
			{ID: "text", Kind: lesson.Article, Body: &lesson.Body{Format: "markdown", Text: "![](asset:x)", Assets: []lesson.Asset{{ID: "x", SHA256: film}}}},
			{ID: "web", Kind: lesson.Webpage, Webpage: &lesson.Address{URL: "https://example.org/", Pages: 2},
				Cues: []lesson.Cue{{ID: "p", At: lesson.At{Kind: cue.Page, Page: 2}, Task: lesson.Task{Plugin: "chapter", Data: map[string]any{"title": "End"}}}}},
		}}.Tidy(plugins)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStagesInAManifest(t *testing.T) {
	t.Parallel()
	plugins, err := schemas.Cues()
	if err != nil {
		t.Fatal(err)
	}
	got := Stages(arranged(t, plugins), plugins, func(h content.Hash) File {
		if h != film {
			return File{Source: "/v1/blobs/" + string(h)}
		}
		return File{"/v1/blobs/" + string(h), 1234, "video/mp4"}
	})
	const want = `{"mode": "exam", "keep_versions": true, "draws": [{"id": "d", "count": 1, "max": 1}], "stages": [
		{"id": "film", "kind": "video", "mode": "recorded", "judged": "server",
			"medium": {"sha256": "1111111111111111111111111111111111111111111111111111111111111111", "duration": 9000, "type": "video/mp4", "width": 16, "height": 9},
			"cues": [{"id": "ask", "at": {"kind": "moment", "ms": 500, "each": "once"}, "task": {"plugin": "question@1.0.0", "interactive": true, "data": {"slots": ["a"]}}},
				{"id": "tune", "at": {"kind": "moment", "ms": 0, "each": "once"}, "task": {"plugin": "music@1.0.0", "interactive": false,
					"data": {"sha256": "2222222222222222222222222222222222222222222222222222222222222222"}}},
				{"id": "s", "at": {"kind": "period", "from": 1, "to": 2}, "task": {"plugin": "subtitle@1.0.0", "interactive": false, "data": {"language": "en", "text": "Hi"}}}]},
		{"id": "test", "kind": "interaction", "mode": "exam", "judged": "sealed", "slots": ["b"], "draws": ["d"]},
		{"id": "text", "kind": "article", "mode": "exam", "judged": "server", "body": {"format": "markdown", "text": "![](asset:x)",
			"assets": {"x": "1111111111111111111111111111111111111111111111111111111111111111"}}},
		{"id": "web", "kind": "webpage", "mode": "exam", "judged": "server", "webpage": {"url": "https://example.org/", "pages": 2},
			"cues": [{"id": "p", "at": {"kind": "page", "page": 2}, "task": {"plugin": "chapter@1.0.0", "interactive": false, "data": {"title": "End"}}}]}],
		"files": [
			{"sha256": "1111111111111111111111111111111111111111111111111111111111111111", "size": 1234, "type": "video/mp4", "priority": 0,
				"source": "/v1/blobs/1111111111111111111111111111111111111111111111111111111111111111"},
			{"sha256": "2222222222222222222222222222222222222222222222222222222222222222", "priority": 0,
				"source": "/v1/blobs/2222222222222222222222222222222222222222222222222222222222222222"}]}`
	var wanted any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if a, b := string(content.Canonical(got)), string(content.Canonical(wanted)); a != b {
		t.Errorf("got  %s\nwant %s", a, b)
	}
	if plain := Stages(lesson.Plan{Title: "Sums"}, nil, nil); len(plain) != 0 {
		t.Errorf("a list of questions has %v", plain)
	}
}

// Plans that differ only in what they draw from, and in which questions stand where, have the same stages.
func TestAManifestDoesNotTellWhatMayBeDrawn(t *testing.T) {
	t.Parallel()
	plugins, err := schemas.Cues()
	if err != nil {
		t.Fatal(err)
	}
	p := arranged(t, plugins)
	none := func(content.Hash) File { return File{} }
	first := string(content.Canonical(Stages(p, plugins, none)))
	rapid.Check(t, func(t *rapid.T) {
		other := p
		other.Draws, other.Items = slices.Clone(p.Draws), slices.Clone(p.Items)
		other.Draws[0].Pool = nil
		for i := range rapid.IntRange(1, 5).Draw(t, "pool") {
			id := uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "question"))
			other.Draws[0].Pool = append(other.Draws[0].Pool, lesson.Pooled{Question: id, Version: i + 1})
			other.Items[i%2].Question = id
			if strings.Contains(first, id.String()) {
				t.Fatal("the manifest names a question of the pool")
			}
		}
		if got := string(content.Canonical(Stages(other, plugins, none))); got != first {
			t.Fatalf("got %s\nand %s", got, first)
		}
	})
}
