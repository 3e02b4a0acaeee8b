package lesson_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/cue"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/resource"
	"qbank/domain/scoring"
	"qbank/schemas"
)

func plugins(t testing.TB) *cue.Registry {
	t.Helper()
	r, err := schemas.Cues()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const first, second = content.Hash("1111111111111111111111111111111111111111111111111111111111111111"), content.Hash("2222222222222222222222222222222222222222222222222222222222222222")

func moment(id string, ms int64, task lesson.Task) lesson.Cue {
	return lesson.Cue{ID: id, At: lesson.At{Kind: cue.Moment, From: ms}, Task: task}
}

func period(id string, from, to int64, task lesson.Task) lesson.Cue {
	return lesson.Cue{ID: id, At: lesson.At{Kind: cue.Period, From: from, To: to}, Task: task}
}

func ask(slots ...any) lesson.Task {
	return lesson.Task{Plugin: "question", Data: map[string]any{"slots": slots}}
}

func says(text string) lesson.Task { return saysIn("en", text) }

func saysIn(language, text string) lesson.Task {
	return lesson.Task{Plugin: "subtitle", Data: map[string]any{"language": language, "text": text}}
}

var chapter = lesson.Task{Plugin: "chapter", Data: map[string]any{"title": "One"}}

var dialog = lesson.Task{Plugin: "dialog", Data: map[string]any{"text": "Ready?"}}

// arranged is a plan with a stage of every kind: q1 on the video, q2 in an interaction beside a draw, q3 on a page.
func arranged() lesson.Plan {
	three := uuid.MustParse("00000000-0000-4000-8000-000000000003")
	p := plan(item("q1", one, 0), item("q2", two, 0), item("q3", three, 0))
	p.Mode = lesson.Recorded
	p.Draws = []lesson.Draw{{ID: "d", Count: 1, Max: scoring.OneMark, Pool: []lesson.Pooled{{Question: one}, {Question: two}}}}
	p.Stages = []lesson.Stage{
		{ID: "intro", Kind: lesson.Video, Medium: &lesson.Medium{SHA256: first, Duration: 10_000, Type: "video/mp4", Width: 1280, Height: 720}, Cues: []lesson.Cue{
			moment("ask", 4_000, ask("q1")), period("s1", 0, 2_000, says("Hello")), period("s2", 2_000, 5_000, says("Sums")), moment("ready", 9_999, dialog),
		}},
		{ID: "practice", Kind: lesson.Interaction, Mode: lesson.Homework, Judged: lesson.Locally, Slots: []lesson.Slot{"q2"}, Draws: []string{"d"}},
		{ID: "read", Kind: lesson.Article, Body: &lesson.Body{Format: "markdown", Text: "![](asset:a)", Assets: []lesson.Asset{{ID: "a", SHA256: second}}}},
		{ID: "slides", Kind: lesson.Webpage, Webpage: &lesson.Address{URL: "https://example.org/x", Pages: 3}, Cues: []lesson.Cue{
			{ID: "p", At: lesson.At{Kind: cue.Page, Page: 2}, Task: ask("q3")},
		}},
	}
	return p
}

func tidy(t testing.TB, p lesson.Plan) lesson.Plan {
	t.Helper()
	tidied, err := p.Tidy(plugins(t))
	if err != nil {
		t.Fatalf("%v %+v", err, fault.Of(err).Problems)
	}
	return tidied
}

func TestWhatIsLeftOpenIsFilledIn(t *testing.T) {
	t.Parallel()
	p := arranged()
	got := tidy(t, p)
	intro := got.Stages[0]
	if intro.Judged != lesson.ByServer || intro.Cues[0].Medium != first || intro.Cues[0].At.Each != lesson.Once || intro.Cues[0].Task.Plugin != "question@1.0.0" {
		t.Errorf("got %+v", intro)
	}
	if p.Stages[0].Judged != "" || p.Stages[0].Cues[0].Medium != "" {
		t.Error("the caller's plan was changed")
	}
	if again := tidy(t, got); !reflect.DeepEqual(again, got) {
		t.Errorf("tidied again it is %+v", again)
	}
	if got.ModeOf(got.Stages[0]) != lesson.Recorded || got.ModeOf(got.Stages[1]) != lesson.Homework || !got.Local() {
		t.Errorf("modes of %+v", got.Stages)
	}
	var files []string
	for _, f := range got.Files(plugins(t)) {
		files = append(files, f.Pointer)
	}
	if want := []string{"/stages/0/medium/sha256", "/stages/2/body/assets/0/sha256"}; !slices.Equal(files, want) {
		t.Errorf("files %v", files)
	}
	err := got.Held(plugins(t), func(h content.Hash) (resource.Facts, bool) { return resource.Facts{}, h == first })
	if f := fault.Of(err); f == nil || f.Code != "lesson.resources" || len(f.Problems) != 1 || f.Problems[0].Pointer != "/stages/2/body/assets/0/sha256" {
		t.Errorf("got %v", err)
	}
}

func TestAnArrangementThatIsNotValidIsRefusedByPlace(t *testing.T) {
	t.Parallel()
	cues := func(c ...lesson.Cue) func(*lesson.Plan) {
		return func(p *lesson.Plan) { p.Stages[0].Cues = append([]lesson.Cue{moment("ask", 4_000, ask("q1"))}, c...) }
	}
	for _, c := range []struct {
		want   string
		change func(*lesson.Plan)
	}{
		{"enum /mode", func(p *lesson.Plan) { p.Mode = "class" }},
		{"not_allowed /keep_versions", func(p *lesson.Plan) { p.KeepVersions = true }},
		{"max_items /stages", func(p *lesson.Plan) { p.Stages = make([]lesson.Stage, lesson.MaxStages+1) }},
		{"unique /stages/1/id", func(p *lesson.Plan) { p.Stages[1].ID = "intro" }},
		{"unique /stages/0/id", func(p *lesson.Plan) { p.Stages[0].ID = "" }},
		{"enum /stages/3/kind", func(p *lesson.Plan) { p.Stages[3].Kind = "game" }},
		{"max_length /stages/0/title", func(p *lesson.Plan) { p.Stages[0].Title = strings.Repeat("x", 301) }},
		{"enum /stages/0/mode", func(p *lesson.Plan) { p.Stages[0].Mode = "x" }},
		{"enum /stages/0/judged", func(p *lesson.Plan) { p.Stages[0].Judged = "me" }},
		{"local /stages/1/judged", func(p *lesson.Plan) { p.Stages[1].Mode = lesson.Exam }},
		{"not_allowed /stages/2/medium", func(p *lesson.Plan) { p.Stages[2].Medium = p.Stages[0].Medium }},
		{"sha256 /stages/0/medium/sha256", func(p *lesson.Plan) { p.Stages[0].Medium.SHA256 = "ABC"; p.Stages[0].Cues = nil; p.Items = p.Items[1:] }},
		{"range /stages/0/medium/duration", func(p *lesson.Plan) { p.Stages[0].Medium.Duration = 24*3600*1000 + 1 }},
		{"pattern /stages/0/medium/type", func(p *lesson.Plan) { p.Stages[0].Medium.Type = "text/html" }},
		{"range /stages/0/medium/width", func(p *lesson.Plan) { p.Stages[0].Medium.Width = -1 }},
		{"enum /stages/2/body/format", func(p *lesson.Plan) { p.Stages[2].Body.Format = "rtf" }},
		{"max_length /stages/2/body/text", func(p *lesson.Plan) { p.Stages[2].Body.Text = strings.Repeat("长", 100_001) }},
		{"sha256 /stages/2/body/assets/0/sha256", func(p *lesson.Plan) { p.Stages[2].Body.Assets[0].SHA256 = "" }},
		{"url /stages/3/webpage/url", func(p *lesson.Plan) { p.Stages[3].Webpage.URL = "http://example.org" }},
		{"url /stages/3/webpage/url", func(p *lesson.Plan) { p.Stages[3].Webpage.URL = "https://me:secret@example.org" }},
		{"url /stages/3/webpage/url", func(p *lesson.Plan) { p.Stages[3].Webpage.URL = "https:///path" }},
		{"past_end /stages/3/cues/0/at/page", func(p *lesson.Plan) { p.Stages[3].Cues[0].At.Page = 4 }},
		{"ref.unknown /stages/1/slots/1", func(p *lesson.Plan) { p.Stages[1].Slots = append(p.Stages[1].Slots, "q9") }},
		{"placed_twice /stages/1/slots/1", func(p *lesson.Plan) { p.Stages[1].Slots = append(p.Stages[1].Slots, "q1") }},
		{"unplaced /items/1/slot", func(p *lesson.Plan) { p.Stages[1].Slots = nil }},
		{"unplaced /draws/0/id", func(p *lesson.Plan) { p.Stages[1].Draws = nil }},
		{"unique /draws/1/id", func(p *lesson.Plan) { p.Draws = append(p.Draws, p.Draws[0]) }},
		{"range /draws/0/count", func(p *lesson.Plan) { p.Draws[0].Count = 3 }},
		{"unique /draws/0/pool/1/question", func(p *lesson.Plan) { p.Draws[0].Pool[1].Question = one }},
		{"unique /draws/0/id", func(p *lesson.Plan) { p.Items[1].Slot = "d.1"; p.Stages[1].Slots[0] = "d.1" }},
		{"unique /stages/0/cues/1/id", cues(moment("ask", 1, dialog))},
		{"past_end /stages/0/cues/1/at", cues(moment("x", 10_000, dialog))},
		{"past_end /stages/0/cues/1/at", cues(moment("x", -1, dialog))},
		{"past_end /stages/0/cues/1/at", cues(period("x", 9_000, 10_001, says("x")))},
		{"backwards /stages/0/cues/1/at/to", cues(period("x", 3_000, 3_000, says("x")))},
		{"enum /stages/0/cues/1/at/kind", cues(lesson.Cue{ID: "x", Task: dialog})},
		{"enum /stages/0/cues/1/at/each", cues(lesson.Cue{ID: "x", At: lesson.At{Kind: cue.Moment, Each: "twice"}, Task: dialog})},
		{"not_allowed /stages/0/cues/1/at/to", cues(lesson.Cue{ID: "x", At: lesson.At{Kind: cue.Moment, To: 1}, Task: dialog})},
		{"other_medium /stages/0/cues/1/medium", cues(lesson.Cue{ID: "x", At: lesson.At{Kind: cue.Moment}, Medium: second, Task: dialog})},
		{"overlap /stages/0/cues/1/at", cues(moment("x", 4_000, dialog))},
		{"overlap /stages/0/cues/0/at", func(p *lesson.Plan) {
			p.Items = append(p.Items, item("q4", two, 0))
			cues(period("x", 3_000, 4_001, ask("q4")))(p)
		}},
		{"overlap /stages/0/cues/2/at", cues(period("x", 1_000, 2_000, says("x")), period("y", 1_999, 3_000, says("y")))},
		{"overlap /stages/0/cues/1/at", cues(period("x", 1_500, 2_000, chapter), period("y", 1_000, 1_501, chapter))},
		{"ref.unknown /stages/0/cues/1/task/plugin", cues(moment("x", 1, lesson.Task{Plugin: "poll"}))},
		{"ref.unknown /stages/0/cues/1/task/plugin", cues(moment("x", 1, lesson.Task{Plugin: "dialog@9.0.0"}))},
		{"place /stages/0/cues/1/task/plugin", cues(moment("x", 1, says("x")))},
		{"required /stages/0/cues/1/task/data/text", cues(moment("x", 1, lesson.Task{Plugin: "dialog"}))},
		{"ref.unknown /stages/0/cues/1/task/data/slots/0", cues(moment("x", 1, ask("q9")))},
		{"placed_twice /stages/0/cues/1/task/data/slots/0", cues(moment("x", 1, ask("q1")))},
		{"max_items /stages/0/cues", func(p *lesson.Plan) { p.Stages[0].Cues = make([]lesson.Cue, lesson.MaxCues+1); p.Items = p.Items[1:] }},
		{"no_medium /stages/0/cues/0/at", func(p *lesson.Plan) { p.Stages[0].Medium = nil; cues()(p) }},
		{"max_length ", func(p *lesson.Plan) {
			p.Stages[0].Medium.Duration = 6_000_000
			cues()(p)
			for i := range 4_000 {
				p.Stages[0].Cues = append(p.Stages[0].Cues, period(fmt.Sprint("s", i), int64(i), int64(i+1), says(strings.Repeat("x", 200))))
			}
		}},
	} {
		p := arranged()
		c.change(&p)
		_, err := p.Tidy(plugins(t))
		f := fault.Of(err)
		if f == nil || f.Code != "lesson.invalid" {
			t.Errorf("%s: got %v", c.want, err)
			continue
		}
		var got []string
		for _, problem := range f.Problems {
			got = append(got, problem.Code+" "+problem.Pointer)
			if problem.Message.EN == "" || problem.Message.ZH == "" || problem.Message.EN == problem.Message.ZH {
				t.Errorf("%s says %+v", got, problem.Message)
			}
		}
		if !slices.Equal(got, []string{c.want}) {
			t.Errorf("got %v, want %s", got, c.want)
		}
	}
}

func TestWhatADraftMayLackAVersionMayNot(t *testing.T) {
	t.Parallel()
	newest := map[uuid.UUID]int{}
	for _, q := range arranged().Questions() {
		newest[q] = 4
	}
	for at, change := range map[string]func(*lesson.Plan){
		"/stages/0/medium": func(p *lesson.Plan) { p.Stages[0].Medium, p.Stages[0].Cues, p.Items = nil, nil, p.Items[1:] },
		"/stages/1/slots": func(p *lesson.Plan) {
			p.Stages[1].Slots, p.Stages[1].Draws, p.Draws, p.Items[1] = nil, nil, nil, p.Items[2]
			p.Items = p.Items[:2]
		},
		"/stages/2/body":    func(p *lesson.Plan) { p.Stages[2].Body = nil },
		"/stages/3/webpage": func(p *lesson.Plan) { p.Stages[3].Webpage, p.Stages[3].Cues, p.Items = nil, nil, p.Items[:2] },
	} {
		p := arranged()
		change(&p)
		_, err := given(lesson.Created{Org: "acme", Plan: tidy(t, p)}).Publish(newest)
		if f := fault.Of(err); f == nil || f.Code != "lesson.incomplete" || len(f.Problems) != 1 || f.Problems[0].Pointer != at {
			t.Errorf("%s: got %v", at, err)
		}
	}
	p := arranged()
	p.Stages[0].Mode, p.Stages[0].Medium, p.Stages[0].Cues, p.Items = lesson.Live, nil, nil, p.Items[1:]
	events, err := given(lesson.Created{Org: "acme", Plan: tidy(t, p)}).Publish(newest)
	if err != nil {
		t.Fatalf("what is live has no recording yet: %v", err)
	}
	published := events[0].(lesson.Published).Plan
	if published.Items[0].Version != 4 || published.Draws[0].Pool[1].Version != 4 || p.Draws[0].Pool[1].Version != 0 {
		t.Errorf("published %+v", published)
	}
	delete(newest, one) // it is in the draw's pool only
	_, err = given(lesson.Created{Org: "acme", Plan: tidy(t, p)}).Publish(newest)
	if f := fault.Of(err); f == nil || f.Code != "lesson.questions" || f.Problems[0].Pointer != "/draws/0/pool/0/question" {
		t.Errorf("got %v", err)
	}
	if err := tidy(t, p).Known(func(id uuid.UUID) bool { return id != one }); !fault.Is(err, "lesson.questions") {
		t.Errorf("got %v", err)
	}
}

// A medium is what its file says, where that is known.
func TestAMediumIsWhatItsFileSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		facts resource.Facts
		said  string
		want  []string
	}{
		{resource.Facts{}, "video/mp4", nil},
		{resource.Facts{Type: "video/mp4", Duration: 10_000}, "video/mp4", nil},
		{resource.Facts{Type: "video/mp4", Duration: 9_000}, "video/mp4", nil},
		{resource.Facts{Type: "video/mp4", Duration: 11_001}, "video/mp4", []string{"/stages/0/medium/duration"}},
		{resource.Facts{Type: "video/mp4", Duration: 8_999}, "video/mp4", []string{"/stages/0/medium/duration"}},
		{resource.Facts{Type: "image/png"}, "video/mp4", []string{"/stages/0/medium/type"}},
		{resource.Facts{Type: "audio/mp4"}, "video/mp4", []string{"/stages/0/medium/type"}},
		{resource.Facts{Type: "video/mp4"}, "audio/mp4", nil},
		{resource.Facts{Type: "video/webm"}, "audio/mp4", []string{"/stages/0/medium/type"}},
	} {
		p := arranged()
		p.Stages[0].Medium.Type = c.said
		err := tidy(t, p).Held(plugins(t), func(content.Hash) (resource.Facts, bool) { return c.facts, true })
		var got []string
		if f := fault.Of(err); f != nil {
			for _, p := range f.Problems {
				got = append(got, p.Pointer)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v said to be %s: %v, want %v", c.facts, c.said, got, c.want)
		}
	}
}

// An article may be kept as it was pasted; students are sent nothing that runs.
func TestAnArticleThatHoldsScriptIsNotPublished(t *testing.T) {
	t.Parallel()
	newest := map[uuid.UUID]int{}
	for _, q := range arranged().Questions() {
		newest[q] = 4
	}
	for text, refused := range map[string]bool{
		"<script>x()</script><p onclick=a()>t</p>": true,
		`<a href="javascript:x()">t</a>`:           true,
		"<p>t <img src='asset:a'></p>":             false,
	} {
		p := arranged()
		p.Stages[2].Body.Format, p.Stages[2].Body.Text = "html", text
		_, err := given(lesson.Created{Org: "acme", Plan: tidy(t, p)}).Publish(newest)
		if !refused {
			if err != nil {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if f := fault.Of(err); f == nil || f.Code != "lesson.unsafe" || f.Problems[0].Pointer != "/stages/2/body/text" || f.Problems[0].Code != "html.unsafe" {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
