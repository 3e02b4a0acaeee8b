package lesson

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"qbank/domain/content"
	"qbank/domain/cue"
	"qbank/domain/fault"
)

// Cue is something that happens at a place of a stage: on the timeline of its medium, or on a page of its courseware.
type Cue struct {
	ID     string       `json:"id"` // stable and unique in the stage
	At     At           `json:"at"`
	Medium content.Hash `json:"medium,omitempty"` // what a moment or period is of; the stage's medium where it is not given
	Task   Task         `json:"task"`
}

// At is when, or where, a cue comes.
type At struct {
	Kind cue.Place `json:"kind"`
	From int64     `json:"from,omitempty"` // milliseconds: of a moment when, of a period where it begins
	To   int64     `json:"to,omitempty"`   // milliseconds: where a period ends; what stands there is outside
	Each Repeat    `json:"each,omitempty"` // of a moment
	Page int       `json:"page,omitempty"` // 1, 2, 3 …
}

var places = []cue.Place{cue.Moment, cue.Period, cue.Page}

// Repeat says which crossings of a moment count.
type Repeat string

// Which crossings count.
const (
	Once  Repeat = "once" // the first; where it is not said
	Every Repeat = "every"
)

// Task is what happens: a plugin with data of its own.
type Task struct {
	Plugin string         `json:"plugin"` // name@version; the newest version where none is named
	Data   map[string]any `json:"data,omitempty"`
}

// cues completes a stage's cues and checks each, that no two ask something of the student at once, and that periods do not overlap which their
// plugin keeps apart.
func (a *arrangement) cues(at string, s Stage) []Cue {
	if len(s.Cues) > MaxCues {
		a.wrong(at, "max_items", fault.Say("at most %d cues", "最多 %d 个互动点", MaxCues))
		return s.Cues
	}
	cues, ids := slices.Clone(s.Cues), map[string]bool{}
	var busy []busyTime
	apart := map[string][]busyTime{}
	for i := range cues {
		here := at + "/" + strconv.Itoa(i)
		a.id(here, cues[i].ID, ids)
		cues[i] = a.timed(here, s, cues[i])
		plugin := a.task(here+"/task", &cues[i])
		if plugin == nil {
			continue
		}
		if plugin.Interactive() {
			busy = append(busy, busyAt(here, cues[i].At))
		}
		if name := plugin.Apart(cues[i].Task.Data); name != "" && cues[i].At.Kind == cue.Period {
			apart[name] = append(apart[name], busyAt(here, cues[i].At))
		}
	}
	a.disjoint(busy, fault.Say("another cue asks something of the student at the same time", "同一时间已有另一个需要学生操作的互动点"))
	for _, name := range slices.Sorted(maps.Keys(apart)) {
		a.disjoint(apart[name], fault.Say("another cue of this kind stands at the same time", "同一时间已有另一个同类互动点"))
	}
	return cues
}

// disjoint refuses times that begin before an earlier one ends.
func (a *arrangement) disjoint(times []busyTime, message fault.Text) {
	slices.SortStableFunc(times, func(x, y busyTime) int { return cmp.Compare(x.from, y.from) })
	end := int64(0)
	for i, t := range times {
		if i > 0 && t.from < end {
			a.wrong(t.pointer+"/at", "overlap", message)
		}
		end = max(end, t.to)
	}
}

// busyTime is when a cue takes place: milliseconds, or pages.
type busyTime struct {
	pointer  string
	from, to int64
}

func busyAt(pointer string, at At) busyTime {
	switch at.Kind {
	case cue.Period:
		return busyTime{pointer, at.From, at.To}
	case cue.Page:
		return busyTime{pointer, int64(at.Page), int64(at.Page) + 1}
	}
	return busyTime{pointer, at.From, at.From + 1}
}

// timed completes and checks where a cue stands.
func (a *arrangement) timed(here string, s Stage, c Cue) Cue {
	switch c.At.Kind {
	case cue.Page:
		if s.Webpage == nil || c.At.Page < 1 || c.At.Page > s.Webpage.Pages {
			a.wrong(here+"/at/page", "past_end", fault.Say("the courseware of the stage has no such page", "该环节的课件没有这一页"))
		}
		if c.At.From != 0 || c.At.To != 0 || c.At.Each != "" || c.Medium != "" {
			a.wrong(here+"/at", "not_allowed", fault.Say("a page has no time", "页面位置没有时间"))
		}
		return c
	case cue.Moment:
		if c.At.Each == "" {
			c.At.Each = Once
		}
		if c.At.Each != Once && c.At.Each != Every {
			a.wrong(here+"/at/each", "enum", oneOf([]Repeat{Once, Every}))
		}
		if c.At.To != 0 {
			a.wrong(here+"/at/to", "not_allowed", fault.Say("a moment has no end", "时刻没有结束时间"))
		}
	case cue.Period:
		if c.At.From >= c.At.To {
			a.wrong(here+"/at/to", "backwards", fault.Say("a period ends after it begins", "时段的结束应晚于开始"))
		}
		if c.At.Each != "" {
			a.wrong(here+"/at/each", "not_allowed", fault.Say("only a moment is crossed", "只有时刻才有触发次数"))
		}
	default:
		a.wrong(here+"/at/kind", "enum", oneOf(places))
		return c
	}
	return a.onMedium(here, s, c)
}

// onMedium holds a time to the medium it is of.
func (a *arrangement) onMedium(here string, s Stage, c Cue) Cue {
	if c.At.Page != 0 {
		a.wrong(here+"/at/page", "not_allowed", fault.Say("a time has no page", "时间位置没有页码"))
	}
	if s.Medium == nil {
		a.wrong(here+"/at", "no_medium", fault.Say("the stage has no medium to be timed by", "该环节没有媒体，无法按时间定位"))
		return c
	}
	if c.Medium == "" {
		c.Medium = s.Medium.SHA256
	}
	if c.Medium != s.Medium.SHA256 {
		a.wrong(here+"/medium", "other_medium", fault.Say("the cue is timed by another medium than the stage has; carry it over by the edit list",
			"互动点绑定的媒体与该环节的媒体不同，请按剪辑表迁移"))
	}
	last := c.At.From + 1
	if c.At.Kind == cue.Period {
		last = c.At.To
	}
	if c.At.From < 0 || c.At.From >= s.Medium.Duration || last > s.Medium.Duration {
		a.wrong(here+"/at", "past_end", fault.Say("the medium goes from 0 to before %d ms", "媒体的范围是 0 到 %d 毫秒（不含）", s.Medium.Duration))
	}
	return c
}

// task names the plugin's version and checks the data by it; nil: there is no such plugin.
func (a *arrangement) task(here string, c *Cue) *cue.Plugin {
	plugin, ref := a.plugins.Find(c.Task.Plugin)
	if plugin == nil {
		a.wrong(here+"/plugin", "ref.unknown", fault.Say("there is no cue plugin %.80q", "没有互动插件 %.80q", c.Task.Plugin))
		return nil
	}
	c.Task.Plugin = ref
	if slices.Contains(places, c.At.Kind) && !plugin.Allows(c.At.Kind) {
		a.wrong(here+"/plugin", "place", fault.Say("%s does not stand at a %s", "%s 不能放在 %s", ref, c.At.Kind))
	}
	for _, p := range plugin.Check(c.Task.Data) {
		a.wrong(here+"/data"+p.Pointer, p.Code, p.Message)
	}
	for _, slot := range plugin.Slots(c.Task.Data) {
		a.place(here+"/data"+slot.Pointer, "slot ", slot.Name, a.items[Slot(slot.Name)])
	}
	return plugin
}
