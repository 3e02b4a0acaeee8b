package lesson

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"qbank/domain/content"
	"qbank/domain/cue"
	"qbank/domain/fault"
	"qbank/domain/text"
)

var (
	sha256Pattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
	mediumPattern = regexp.MustCompile(`^(video|audio)/[A-Za-z0-9.+-]{1,80}$`)
	bodyFormats   = []string{"plain", "markdown", "html"}
)

// arrangement checks stages against each other and the rest of the plan.
type arrangement struct {
	plan     Plan
	plugins  *cue.Registry
	items    map[Slot]bool
	draws    map[string]bool
	placed   map[string]bool // "slot …" and "draw …" that have their place
	problems []fault.Problem
}

func (a *arrangement) wrong(pointer, code string, message fault.Text) {
	if len(a.problems) < maxProblems {
		a.problems = append(a.problems, fault.Problem{Pointer: pointer, Code: code, Message: message})
	}
}

// arrange completes the stages and says what is wrong with them.
func arrange(p Plan, plugins *cue.Registry) ([]Stage, []fault.Problem) {
	if len(p.Stages) == 0 {
		return nil, nil
	}
	a := &arrangement{plan: p, plugins: plugins, items: map[Slot]bool{}, draws: map[string]bool{}, placed: map[string]bool{}}
	if len(p.Stages) > MaxStages {
		a.wrong("/stages", "max_items", fault.Say("at most %d stages", "最多 %d 个环节", MaxStages))
		return p.Stages, a.problems
	}
	for _, item := range p.Items {
		a.items[item.Slot] = true
	}
	for _, d := range p.Draws {
		a.draws[d.ID] = true
	}
	stages, ids := slices.Clone(p.Stages), map[string]bool{}
	for i := range stages {
		at := "/stages/" + strconv.Itoa(i)
		a.id(at, stages[i].ID, ids)
		stages[i] = a.stage(at, stages[i])
	}
	a.everythingHasAPlace()
	return stages, a.problems
}

// id demands a name of its own among those seen so far.
func (a *arrangement) id(at, id string, seen map[string]bool) {
	if seen[id] || len(text.Check("", id, 1, maxID)) > 0 {
		a.wrong(at+"/id", "unique", fault.Say("this needs an id of its own, 1 to %d characters", "需要唯一的 id（1 到 %d 个字符）", maxID))
	}
	seen[id] = true
}

func (a *arrangement) stage(at string, s Stage) Stage {
	for _, p := range text.Check(at+"/title", s.Title, 0, text.Title) {
		a.wrong(p.Pointer, p.Code, p.Message)
	}
	if s.Mode != "" && !slices.Contains(Modes, s.Mode) {
		a.wrong(at+"/mode", "enum", oneOf(Modes))
	}
	switch s.Judged {
	case "":
		s.Judged = ByServer
	case ByServer, Sealed:
	case Locally:
		if mode := a.plan.ModeOf(s); mode != Recorded && mode != Homework {
			a.wrong(at+"/judged", "local", fault.Say("only practice may be judged on the device: recorded or homework", "只有录播或课后练习可以在设备上判分"))
		}
	default:
		a.wrong(at+"/judged", "enum", oneOf([]Judged{ByServer, Sealed, Locally}))
	}
	a.parts(at, s)
	a.medium(at+"/medium", s.Medium)
	a.body(at+"/body", s.Body)
	a.webpage(at+"/webpage", s.Webpage)
	for i, slot := range s.Slots {
		a.place(at+"/slots/"+strconv.Itoa(i), "slot ", string(slot), a.items[slot])
	}
	for i, draw := range s.Draws {
		a.place(at+"/draws/"+strconv.Itoa(i), "draw ", draw, a.draws[draw])
	}
	s.Cues = a.cues(at+"/cues", s)
	return s
}

// parts refuses what a stage of its kind does not have.
func (a *arrangement) parts(at string, s Stage) {
	if !slices.Contains(Kinds, s.Kind) {
		a.wrong(at+"/kind", "enum", oneOf(Kinds))
		return
	}
	for _, part := range []struct {
		name  string
		there bool
		kinds []Kind
	}{
		{"medium", s.Medium != nil, []Kind{Video}},
		{"body", s.Body != nil, []Kind{Article}},
		{"webpage", s.Webpage != nil, []Kind{Webpage}},
		{"slots", len(s.Slots) > 0, []Kind{Interaction}},
		{"draws", len(s.Draws) > 0, []Kind{Interaction}},
		{"cues", len(s.Cues) > 0, []Kind{Video, Webpage}},
	} {
		if part.there && !slices.Contains(part.kinds, s.Kind) {
			a.wrong(at+"/"+part.name, "not_allowed", fault.Say("a stage of kind %s has no %s", "%s 类型的环节没有 %s", s.Kind, part.name))
		}
	}
}

func (a *arrangement) hash(at string, h content.Hash) {
	if !sha256Pattern.MatchString(string(h)) {
		a.wrong(at, "sha256", fault.Say("a SHA-256 as 64 lower-case hexadecimal digits", "应为 64 位小写十六进制的 SHA-256"))
	}
}

func (a *arrangement) medium(at string, m *Medium) {
	if m == nil {
		return
	}
	a.hash(at+"/sha256", m.SHA256)
	if m.Duration < 1 || m.Duration > maxDuration {
		a.wrong(at+"/duration", "range", fault.Say("1 to %d ms", "应为 1 到 %d 毫秒", maxDuration))
	}
	if !mediumPattern.MatchString(m.Type) {
		a.wrong(at+"/type", "pattern", fault.Say("a media type such as video/mp4 or audio/mpeg", "应为媒体类型，例如 video/mp4 或 audio/mpeg"))
	}
	if m.Width < 0 || m.Width > maxPixels || m.Height < 0 || m.Height > maxPixels {
		a.wrong(at+"/width", "range", fault.Say("width and height are 0 to %d pixels", "宽高应为 0 到 %d 像素", maxPixels))
	}
}

func (a *arrangement) body(at string, b *Body) {
	if b == nil {
		return
	}
	if !slices.Contains(bodyFormats, b.Format) {
		a.wrong(at+"/format", "enum", oneOf(bodyFormats))
	}
	for _, p := range text.Check(at+"/text", b.Text, 0, maxBody) {
		a.wrong(p.Pointer, p.Code, p.Message)
	}
	if len(b.Assets) > maxAssets {
		a.wrong(at+"/assets", "max_items", fault.Say("at most %d files", "最多 %d 个文件", maxAssets))
		return
	}
	ids := map[string]bool{}
	for i, asset := range b.Assets {
		here := at + "/assets/" + strconv.Itoa(i)
		a.id(here, asset.ID, ids)
		a.hash(here+"/sha256", asset.SHA256)
	}
}

func (a *arrangement) webpage(at string, w *Address) {
	if w == nil {
		return
	}
	u, err := url.Parse(w.URL)
	if err != nil || len(w.URL) > maxURL || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || len(text.Check("", w.URL, 1, maxURL)) > 0 {
		a.wrong(at+"/url", "url", fault.Say("an https address of at most %d bytes, without a user name", "应为不含用户名的 https 地址，最多 %d 字节", maxURL))
	}
	if w.Pages < 0 || w.Pages > maxPages {
		a.wrong(at+"/pages", "range", fault.Say("0 to %d", "应为 0 到 %d", maxPages))
	}
}

// place gives a question or a draw its place, of which each has one.
func (a *arrangement) place(at, kind, name string, known bool) {
	switch {
	case !known:
		a.wrong(at, "ref.unknown", fault.Say("the lesson has no %s%.70q", "讲次中没有 %s%.70q", kind, name))
	case a.placed[kind+name]:
		a.wrong(at, "placed_twice", fault.Say("%s%.70q has a place already", "%s%.70q 已有位置", kind, name))
	}
	a.placed[kind+name] = true
}

func (a *arrangement) everythingHasAPlace() {
	for i, item := range a.plan.Items {
		if !a.placed["slot "+string(item.Slot)] {
			a.wrong("/items/"+strconv.Itoa(i)+"/slot", "unplaced", fault.Say("no stage and no cue has this question", "没有环节或互动点包含这道题目"))
		}
	}
	for i, d := range a.plan.Draws {
		if !a.placed["draw "+d.ID] {
			a.wrong("/draws/"+strconv.Itoa(i)+"/id", "unplaced", fault.Say("no stage has this draw", "没有环节包含该抽题"))
		}
	}
}

// oneOf says what a place of a closed list may hold.
func oneOf[T ~string](values []T) fault.Text {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = string(v)
	}
	list := strings.Join(names, ", ")
	return fault.Say("one of %s", "应为以下之一：%s", list)
}
