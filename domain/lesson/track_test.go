package lesson_test

import (
	"slices"
	"testing"

	"qbank/domain/fault"
	"qbank/domain/lesson"
)

func TestATrackIsReplacedAsAWhole(t *testing.T) {
	t.Parallel()
	rules := plugins(t)
	p := tidy(t, arranged())
	chinese := lesson.Track{Plugin: lesson.Subtitles, Language: "zh-CN"}
	imported := func(p lesson.Plan, t2 lesson.Track, lines ...lesson.Line) lesson.Plan {
		t.Helper()
		t2.Lines = lines
		with, err := p.WithTrack("intro", t2, rules)
		if err != nil {
			t.Fatal(err)
		}
		return tidy(t, with)
	}
	p = imported(p, chinese, lesson.Line{From: 500, To: 900, Text: "大家好"}, lesson.Line{From: 0, To: 500, Text: "（音乐）"}, lesson.Line{From: 900, To: 2_000, Text: "加法"})
	p = imported(p, lesson.Track{Plugin: lesson.Chapters}, lesson.Line{From: 0, To: 5_000, Text: "Sums"})
	if got := where(p.Stages[0].Cues); got != "ask@4000-0 s1@0-2000 s2@2000-5000 ready@9999-0 zh-CN:500@500-900 zh-CN:0@0-500 zh-CN:900@900-2000 chapter:0@0-5000" {
		t.Errorf("got %s", got)
	}
	back, err := p.Track("intro", chinese)
	if want := []lesson.Line{{From: 0, To: 500, Text: "（音乐）"}, {From: 500, To: 900, Text: "大家好"}, {From: 900, To: 2_000, Text: "加法"}}; err != nil || !slices.Equal(back.Lines, want) {
		t.Errorf("read back as %+v, %v", back, err)
	}
	p = imported(p, chinese)
	if back, err := p.Track("intro", chinese); err != nil || back.Lines != nil || len(p.Stages[0].Cues) != 5 {
		t.Errorf("left are %+v, %v", back, err)
	}
	for code, wrong := range map[string]struct {
		stage string
		track lesson.Track
	}{"lesson.stage_unknown": {"outro", chinese}, "lesson.track": {"intro", lesson.Track{Plugin: "music"}}} {
		if _, err := p.WithTrack(wrong.stage, wrong.track, rules); !fault.Is(err, code) {
			t.Errorf("%s: got %v", code, err)
		}
	}
}
