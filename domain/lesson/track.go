package lesson

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"qbank/domain/cue"
	"qbank/domain/fault"
)

// Track is timed texts that come together: the subtitles in one language, or the chapters.
type Track struct {
	Plugin   string // the name of a plugin that takes a text: Subtitles or Chapters
	Language string // of subtitles, such as zh-CN
	Lines    []Line
}

// Line is a text from one instant of the medium to before another, in milliseconds.
type Line struct {
	From int64  `json:"from"`
	To   int64  `json:"to"`
	Text string `json:"text"`
}

// The plugins of tracks.
const (
	Subtitles = "subtitle"
	Chapters  = "chapter"
)

// WithTrack is the plan with a track in a stage, in place of the one it had. A line's cue is named by where it begins, so importing a
// corrected file changes the lines that were corrected and no others.
func (p Plan) WithTrack(stage string, t Track, plugins *cue.Registry) (Plan, error) {
	i, err := p.Stage(stage)
	if err != nil {
		return p, err
	}
	_, ref := plugins.Find(t.Plugin)
	if ref == "" || (t.Plugin != Subtitles && t.Plugin != Chapters) {
		return p, fault.Refuse(fault.Invalid, "lesson.track", fault.Say("a track is subtitles or chapters", "轨道应为字幕或章节"))
	}
	if t.Plugin == Chapters {
		t.Language = ""
	}
	p.Stages = slices.Clone(p.Stages)
	s := &p.Stages[i]
	s.Cues = slices.DeleteFunc(slices.Clone(s.Cues), t.holds)
	ids := map[string]bool{}
	for _, c := range s.Cues {
		ids[c.ID] = true
	}
	for _, line := range t.Lines {
		id := cmp.Or(t.Language, t.Plugin) + ":" + strconv.FormatInt(line.From, 10)
		if ids[id] {
			id = another(id, ids)
		}
		ids[id] = true
		s.Cues = append(s.Cues, Cue{ID: id, At: At{Kind: cue.Period, From: line.From, To: line.To}, Task: Task{Plugin: ref, Data: t.data(line)}})
	}
	return p, nil
}

// Track reads a track back; Lines are missing where the stage has none.
func (p Plan) Track(stage string, t Track) (Track, error) {
	i, err := p.Stage(stage)
	if err != nil {
		return t, err
	}
	for _, c := range p.Stages[i].Cues {
		if t.holds(c) && c.At.Kind == cue.Period {
			text, _ := c.Task.Data[t.member()].(string)
			t.Lines = append(t.Lines, Line{c.At.From, c.At.To, text})
		}
	}
	slices.SortStableFunc(t.Lines, func(a, b Line) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return t, nil
}

// holds reports whether a cue is one of the track's.
func (t Track) holds(c Cue) bool {
	name, _, _ := strings.Cut(c.Task.Plugin, "@")
	return name == t.Plugin && (t.Plugin == Chapters || c.Task.Data["language"] == t.Language)
}

func (t Track) member() string {
	if t.Plugin == Chapters {
		return "title"
	}
	return "text"
}

func (t Track) data(line Line) map[string]any {
	data := map[string]any{t.member(): line.Text}
	if t.Plugin == Subtitles {
		data["language"] = t.Language
	}
	return data
}
