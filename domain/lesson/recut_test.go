package lesson_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/cue"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/timeline"
)

func newCut(duration int64) lesson.Medium {
	return lesson.Medium{SHA256: second, Duration: duration, Type: "video/mp4"}
}

func where(cues []lesson.Cue) string {
	var out []string
	for _, c := range cues {
		out = append(out, fmt.Sprintf("%s@%d-%d", c.ID, c.At.From, c.At.To))
	}
	return strings.Join(out, " ")
}

func TestCuesFollowARecutMedium(t *testing.T) {
	t.Parallel()
	l := given(lesson.Created{Org: "acme", Plan: tidy(t, arranged())})
	// The last 6 s come first, behind a second of something new; 2.5 s to 4.5 s are gone, with the question in them.
	cut := timeline.Cut{{From: 4_500, To: 10_000, At: 1_000}, {From: 0, To: 2_500, At: 6_500}}
	events, carried, err := l.Recut("intro", newCut(9_000), cut, plugins(t))
	if err != nil {
		t.Fatalf("%v %+v", err, fault.Of(err).Problems)
	}
	edited := events[0].(lesson.Edited)
	if edited.Recut.From != first || edited.Recut.To != second || edited.Recut.Stage != "intro" {
		t.Errorf("recorded %+v", edited.Recut)
	}
	stage := edited.Plan.Stages[0]
	if got := where(stage.Cues); got != "s1@6500-8500 s2@1000-1500 s2.2@8500-9000 ready@6499-0" {
		t.Errorf("the cues are %s", got)
	}
	for _, c := range stage.Cues {
		if c.Medium != second {
			t.Errorf("%s is bound to %s", c.ID, c.Medium)
		}
	}
	if carried[0].Cue.ID != "ask" || carried[0].Now != nil || len(carried[0].Items) != 1 || carried[0].Items[0].Slot != "q1" {
		t.Errorf("the question went as %+v", carried[0])
	}
	if carried[2].Lost != 2_000 || len(edited.Plan.Items) != 2 {
		t.Errorf("the subtitle lost %d ms, and %d questions are left", carried[2].Lost, len(edited.Plan.Items))
	}
	if l.Plan.Stages[0].Medium.SHA256 != first || len(l.Plan.Items) != 3 {
		t.Error("the draft before was changed")
	}
}

func TestAQuestionWhosePeriodIsTornKeepsOnePlace(t *testing.T) {
	t.Parallel()
	p := arranged()
	p.Stages[0].Cues = []lesson.Cue{period("ask", 0, 4_000, ask("q1"))}
	l := given(lesson.Created{Org: "acme", Plan: tidy(t, p)})
	_, carried, err := l.Recut("intro", newCut(6_000), timeline.Cut{{From: 2_000, To: 4_000, At: 0}, {From: 0, To: 2_000, At: 3_000}}, plugins(t))
	if err != nil || where(carried[0].Now) != "ask@0-2000" || carried[0].Lost != 2_000 {
		t.Errorf("got %+v, %v", carried, err)
	}
}

func TestARecutIsRefused(t *testing.T) {
	t.Parallel()
	l := given(lesson.Created{Org: "acme", Plan: tidy(t, arranged())})
	same := newCut(10_000)
	same.SHA256 = first
	for _, c := range []struct {
		code, stage string
		medium      lesson.Medium
		cut         timeline.Cut
	}{
		{"lesson.stage_unknown", "outro", newCut(10_000), timeline.Cut{{To: 10_000}}},
		{"lesson.same_medium", "intro", same, timeline.Cut{{To: 10_000}}},
		{"lesson.same_medium", "read", newCut(10_000), timeline.Cut{{To: 10_000}}},
		{"lesson.cut", "intro", newCut(9_000), timeline.Cut{{To: 10_000}}},
		{"lesson.invalid", "intro", lesson.Medium{SHA256: second, Duration: 10_000}, timeline.Cut{{To: 10_000}}},
	} {
		if events, _, err := l.Recut(c.stage, c.medium, c.cut, plugins(t)); !fault.Is(err, c.code) || events != nil {
			t.Errorf("%s: got %v, %v", c.code, events, err)
		}
	}
}

// Whatever is cut, the plan stays valid, every cue is told of, and every question is either in its place or listed.
func TestNothingIsLostSilentlyByARecut(t *testing.T) {
	t.Parallel()
	rules := plugins(t)
	rapid.Check(t, func(t *rapid.T) {
		p := arranged()
		p.Stages[0].Medium.Duration = 40
		p.Stages[0].Cues = []lesson.Cue{moment("ask", int64(rapid.IntRange(0, 39).Draw(t, "question")), ask("q1"))}
		for n := range rapid.IntRange(0, 5).Draw(t, "subtitles") {
			from := rapid.Int64Range(0, 38).Draw(t, "from")
			p.Stages[0].Cues = append(p.Stages[0].Cues, period(fmt.Sprint("s", n), from, rapid.Int64Range(from+1, 40).Draw(t, "to"), saysIn(fmt.Sprint("en-", n), "x")))
		}
		bounds := rapid.SliceOfNDistinct(rapid.Int64Range(0, 40), 0, 6, rapid.ID).Draw(t, "bounds")
		slices.Sort(bounds)
		var cut timeline.Cut
		for i := 0; i+1 < len(bounds); i += 2 {
			cut = append(cut, timeline.Span{From: bounds[i], To: bounds[i+1]})
		}
		cut = rapid.Permutation(cut).Draw(t, "order")
		end := int64(0)
		for i := range cut {
			cut[i].At = end
			end += cut[i].To - cut[i].From
		}
		tidied, err := p.Tidy(rules)
		if err != nil {
			t.Fatal(err)
		}
		l := given(lesson.Created{Org: "acme", Plan: tidied})
		events, carried, err := l.Recut("intro", newCut(max(end, 1)), cut, rules)
		if err != nil {
			t.Fatalf("%v %+v", err, fault.Of(err).Problems)
		}
		after := events[0].(lesson.Edited).Plan
		if len(carried) != len(tidied.Stages[0].Cues) {
			t.Fatalf("%d cues became of %d", len(carried), len(tidied.Stages[0].Cues))
		}
		listed := len(after.Items)
		for _, c := range carried {
			listed += len(c.Items)
			length := int64(0)
			for _, piece := range c.Now {
				length += piece.At.To - piece.At.From
			}
			if c.Cue.At.Kind == cue.Period && length+c.Lost != c.Cue.At.To-c.Cue.At.From {
				t.Fatalf("%+v lost more than it says", c)
			}
		}
		if listed != len(tidied.Items) {
			t.Fatalf("%d questions of %d are accounted for", listed, len(tidied.Items))
		}
	})
}
