package release

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/bucketing"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/targeting"
	"qbank/domain/text"
)

// Unit is what falls into the candidate's share or the baseline's as one.
type Unit string

// The units.
const (
	PerStudent Unit = "student" // each student alone
	PerSession Unit = "session" // a whole class session: one version on its screen. Outside of one, the student
)

// Step is a share that the candidate has for a while.
type Step struct {
	Weight int   `json:"weight"`           // of the plan's Total, 0: only those whom a rule lets in
	Hold   int64 `json:"hold,omitempty"`   // milliseconds that it stays so at least
	Sample int64 `json:"sample,omitempty"` // students to whom the candidate was served at least, before the next step
}

// Guard says how much worse than the baseline the candidate may be. A process judges by it; where a limit is missing, it does not look. A
// limit is a margin (see package guard): with 0, only a candidate that is certainly better goes on.
type Guard struct {
	LoadFailures *int64 `json:"load_failures,omitempty"` // by how much the share of loads that fail may be larger, in millionths
	AnswerErrors *int64 `json:"answer_errors,omitempty"` // the same of answers that end in an error
	ReadySlower  *int64 `json:"ready_slower,omitempty"`  // by how much the median time to ready may be longer, in thousandths of the baseline's
	Confidence   int    `json:"confidence,omitempty"`    // of the intervals, percent: 90, 95 (where it is not given) or 99
}

// Watches reports whether there is anything to look at.
func (g Guard) Watches() bool {
	return g.LoadFailures != nil || g.AnswerErrors != nil || g.ReadySlower != nil
}

// Plan is what a release is to do.
type Plan struct {
	Environment environment.Name   `json:"environment"`
	Org         string             `json:"org"`
	Title       string             `json:"title"`
	Lessons     Set                `json:"lessons"`
	Hash        content.Hash       `json:"hash"`      // of the lessons
	Algorithm   string             `json:"algorithm"` // of the split
	Unit        Unit               `json:"unit"`
	Total       int                `json:"total"` // what weights are out of
	Steps       []Step             `json:"steps"`
	Rules       []targeting.Clause `json:"rules,omitempty"` // asked before the split
	Start       int64              `json:"start,omitempty"` // microseconds since 1970 UTC; 0: when somebody says so
	Blackouts   []Blackout         `json:"blackouts,omitempty"`
	Guard       Guard              `json:"guard,omitzero"`
	Note        string             `json:"note,omitempty"`
	Promoted    *Promoted          `json:"promoted,omitempty"` // the set was live elsewhere before; nil: it comes from authors
}

// Promoted is where a set comes from that was live in another environment.
type Promoted struct {
	Environment environment.Name `json:"environment"`
	Releases    []uuid.UUID      `json:"releases"` // that it was live from there
}

// The bounds of a plan.
const (
	defaultTotal = 100
	maxSteps     = 50
	maxHold      = 90 * 24 * 3600 * 1000 // milliseconds
	maxAhead     = 366 * 24 * 3600 * 1e6 // microseconds
	maxThreshold = 1_000_000             // of a guard
	maxSample    = 1_000_000_000
)

// tidy fills in what was left open and says what is wrong. No steps is one: the whole at once.
func (p Plan) tidy(now Moment) (Plan, error) {
	p.Total, p.Unit, p.Algorithm, p.Hash = cmp.Or(p.Total, defaultTotal), cmp.Or(p.Unit, PerStudent), bucketing.Algorithm, p.Lessons.Hash()
	if len(p.Steps) == 0 {
		p.Steps = []Step{{Weight: p.Total}}
	}
	if p.Guard.Watches() {
		p.Guard.Confidence = cmp.Or(p.Guard.Confidence, 95)
	}
	problems := slices.Concat(text.Check("/title", p.Title, 1, text.Title), text.Check("/note", p.Note, 0, text.Note),
		p.Lessons.check(), p.checkSteps(), p.checkRules(), p.checkTimes(now), p.Guard.check())
	if p.Unit != PerStudent && p.Unit != PerSession {
		problems = append(problems, fault.Problem{Pointer: "/unit", Code: "enum", Message: fault.Say("one of student, session", "应为 student 或 session")})
	}
	if len(problems) > 0 {
		return p, fault.Refuse(fault.Invalid, "release.invalid", fault.Say("the release is not valid", "发布计划无效"), problems...)
	}
	return p, nil
}

func (p Plan) checkSteps() (problems []fault.Problem) {
	wrong := func(pointer, code string, message fault.Text) {
		problems = append(problems, fault.Problem{Pointer: pointer, Code: code, Message: message})
	}
	if p.Total < 1 || p.Total > bucketing.MaxTotal {
		wrong("/total", "range", fault.Say("1 to %d", "应为 1 到 %d", bucketing.MaxTotal))
		return problems
	}
	if len(p.Steps) > maxSteps {
		wrong("/steps", "max_items", fault.Say("at most %d steps", "最多 %d 步", maxSteps))
		return problems
	}
	before := -1
	for i, s := range p.Steps {
		at := "/steps/" + strconv.Itoa(i)
		switch {
		case s.Weight < 0 || s.Weight > p.Total:
			wrong(at+"/weight", "weights", fault.Say("a weight from 0 to the total of %d: the baseline has the rest", "权重应在 0 到总数 %d 之间，其余归基线", p.Total))
		case s.Weight <= before:
			wrong(at+"/weight", "shrinks", fault.Say("each step must be wider than the one before", "每一步都应比前一步更宽"))
		}
		before = s.Weight
		if s.Hold < 0 || s.Hold > maxHold {
			wrong(at+"/hold", "range", fault.Say("0 to 90 days, in milliseconds", "应为 0 到 90 天（毫秒）"))
		}
		if s.Sample < 0 || s.Sample > maxSample {
			wrong(at+"/sample", "range", fault.Say("0 to %d", "应为 0 到 %d", maxSample))
		}
	}
	if last := len(p.Steps) - 1; before >= 0 && before < p.Total {
		wrong("/steps/"+strconv.Itoa(last)+"/weight", "weights", fault.Say("the last step must be the whole, %d of %d", "最后一步应为全部，即 %d/%d", p.Total, p.Total))
	}
	return problems
}

func (p Plan) checkRules() []fault.Problem {
	_, problems := targeting.Compile(p.Rules)
	for i := range problems {
		problems[i].Pointer = "/rules" + problems[i].Pointer
	}
	return problems
}

func (p Plan) checkTimes(now Moment) (problems []fault.Problem) {
	if len(p.Blackouts) > MaxBlackouts {
		return []fault.Problem{{Pointer: "/blackouts", Code: "max_items", Message: fault.Say("at most %d blackouts", "最多 %d 个静默时段", MaxBlackouts)}}
	}
	for i, b := range p.Blackouts {
		problems = append(problems, b.check("/blackouts/"+strconv.Itoa(i), now)...)
	}
	if len(problems) == 0 && p.alwaysDark(now) {
		problems = []fault.Problem{{Pointer: "/blackouts", Code: "always", Message: fault.Say("together they cover the whole day: the release would never move; leave a time open",
			"各静默时段合起来覆盖了全天，发布将永远无法推进；请留出可变更的时间")}}
	}
	if p.Start == 0 || len(problems) > 0 {
		return problems
	}
	wrong := func(code string, message fault.Text) []fault.Problem {
		return []fault.Problem{{Pointer: "/start", Code: code, Message: message}}
	}
	switch {
	case p.Start <= now.At:
		return wrong("past", fault.Say("the start lies in the past; leave it out to start by hand", "开始时间已过；如需手动开始请留空"))
	case p.Start-now.At > maxAhead:
		return wrong("range", fault.Say("at most a year ahead", "最多提前一年"))
	case p.dark(Moment{At: p.Start, Zones: now.Zones}):
		return wrong("blackout", fault.Say("the start lies in a blackout of the release's own", "开始时间落在本发布的静默时段内"))
	}
	return nil
}

// dark reports whether a moment lies in a blackout.
func (p Plan) dark(m Moment) bool {
	return slices.ContainsFunc(p.Blackouts, func(b Blackout) bool { return b.Covers(m) })
}

// alwaysDark reports whether two days from now have no minute outside of blackouts. Two, for one of them may be the day on which clocks are changed.
func (p Plan) alwaysDark(now Moment) bool {
	const minute, days = 60 * 1_000_000, 2 * 24 * 60
	for n := range int64(days) {
		if !p.dark(Moment{At: now.At + n*minute, Zones: now.Zones}) {
			return false
		}
	}
	return true
}

func (g Guard) check() (problems []fault.Problem) {
	for _, limit := range [...]struct {
		name  string
		value *int64
	}{{"load_failures", g.LoadFailures}, {"answer_errors", g.AnswerErrors}, {"ready_slower", g.ReadySlower}} {
		if limit.value != nil && (*limit.value < 0 || *limit.value > maxThreshold) {
			problems = append(problems, fault.Problem{Pointer: "/guard/" + limit.name, Code: "range", Message: fault.Say("0 to %d", "应为 0 到 %d", maxThreshold)})
		}
	}
	if g.Confidence != 0 && g.Confidence != 90 && g.Confidence != 95 && g.Confidence != 99 {
		problems = append(problems, fault.Problem{Pointer: "/guard/confidence", Code: "enum", Message: fault.Say("90, 95 or 99", "应为 90、95 或 99")})
	}
	return problems
}
