package paper

import (
	"slices"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/fault"
	"qbank/domain/scoring"
	"qbank/domain/text"
)

// Blueprint says what the questions of a section or of a pool are to be.
type Blueprint struct {
	Count       int          `json:"count"`           // questions, with those that were put there by hand
	Max         scoring.Mark `json:"max"`             // marks for a full answer; a pool has its own
	Marks       []TypeMark   `json:"marks,omitempty"` // for questions of these types, instead of Max
	Constraints []Constraint `json:"constraints,omitempty"`
}

// TypeMark is what questions of a type are worth.
type TypeMark struct {
	Type string       `json:"id"`
	Max  scoring.Mark `json:"max"`
}

// Constraint is one thing that the questions must be (Weight 0) or had better be. Those that count questions want Min to Max of them to have one
// of Values; where neither bound is given, all of them.
type Constraint struct {
	ID     string   `json:"id"`
	Kind   Kind     `json:"kind"`
	Values []string `json:"values,omitempty"`
	Min    *int64   `json:"min,omitempty"`    // in the unit of the kind
	Max    *int64   `json:"max,omitempty"`    // likewise
	Days   int      `json:"days,omitempty"`   // Recent: how far back
	Weight int      `json:"weight,omitempty"` // 0: must be met; else 1 to 100: what each question that is off costs
}

// Kind is what a constraint is about.
type Kind string

// The kinds that count questions.
const (
	ByType    Kind = "type"     // of these types (ids, whatever their versions)
	ByPoint   Kind = "point"    // under these knowledge points, or points below them
	ByTag     Kind = "tag"      // with one of these tags
	ByBand    Kind = "band"     // of this difficulty: easy, medium, hard
	BySubject Kind = "subject"  // 学科
	ByStage   Kind = "stage"    // 学段
	ByGrade   Kind = "grade"    // 年级
	BySource  Kind = "source"   // 来源
	Named     Kind = "question" // these very questions (ids)
	Recent    Kind = "recent"   // used in a lesson, a paper or a release within Days; without bounds, none may be
	Seen      Kind = "seen"     // given before to one of the students that the paper is for; without bounds, none may be
)

// The other kinds.
const (
	Mean  Kind = "mean"  // mean facility, in thousandths of the marks; of questions whose difficulty is known
	Marks Kind = "marks" // marks of all questions together, in millionths
	Apart Kind = "apart" // at most Max of one source (Values: "source"), chapter ("chapter"), or tag with a prefix ("tag:enemy-")
)

var kinds = []Kind{ByType, ByPoint, ByTag, ByBand, BySubject, ByStage, ByGrade, BySource, Named, Recent, Seen, Mean, Marks, Apart}

// The bounds of a blueprint.
const (
	maxWanted      = 500 // questions of a section or a pool
	maxConstraints = 30  // of a blueprint
	maxValues      = 100 // of a constraint
	maxDays        = 3650
	maxWeight      = 100
)

// counts reports whether the kind counts questions.
func (k Kind) counts() bool { return k != Mean && k != Marks && k != Apart }

// valued reports whether the kind needs values.
func (k Kind) valued() bool { return k != Recent && k != Seen && k != Mean && k != Marks }

// forbids reports whether not one question may be one of those that the constraint counts.
func (c Constraint) forbids() bool {
	if c.Min == nil && c.Max == nil {
		return c.Kind == Recent || c.Kind == Seen
	}
	return c.Max != nil && *c.Max == 0
}

// demands reports whether each question must be one of those that the constraint counts.
func (c Constraint) demands() bool {
	return c.Kind.counts() && c.Min == nil && c.Max == nil && !c.forbids()
}

func (c *check) blueprint(at string, b *Blueprint) {
	if b == nil {
		return
	}
	if b.Count < 1 || b.Count > maxWanted {
		c.wrong(at+"/count", "range", fault.Say("1 to %d questions", "应为 1 到 %d 道题目", maxWanted))
	}
	c.mark(at+"/max", b.Max)
	if len(b.Marks) > maxValues {
		c.wrong(at+"/marks", "max_items", fault.Say("at most %d entries", "最多 %d 项", maxValues))
	} else {
		ids := map[string]bool{}
		for i, m := range b.Marks {
			at := at + "/marks/" + strconv.Itoa(i)
			c.text(at+"/id", m.Type, 1, text.Title)
			c.mark(at+"/max", m.Max)
			if ids[m.Type] {
				c.wrong(at+"/id", "unique", fault.Say("each type once", "每种题型只能出现一次"))
			}
			ids[m.Type] = true
		}
	}
	c.constraints(at+"/constraints", b.Constraints)
}

func (c *check) constraints(at string, list []Constraint) {
	if len(list) > maxConstraints {
		c.wrong(at, "max_items", fault.Say("at most %d constraints", "最多 %d 个约束", maxConstraints))
		return
	}
	ids := map[string]bool{}
	for i, one := range list {
		at := at + "/" + strconv.Itoa(i)
		c.text(at+"/id", one.ID, 1, maxID)
		if ids[one.ID] {
			c.wrong(at+"/id", "unique", fault.Say("each constraint needs an id of its own", "每个约束需要唯一的标识"))
		}
		ids[one.ID] = true
		c.constraint(at, one)
	}
}

func (c *check) constraint(at string, one Constraint) {
	if !slices.Contains(kinds, one.Kind) {
		c.wrong(at+"/kind", "enum", fault.Say("there is no constraint of kind %.40q", "没有约束类型 %.40q", string(one.Kind)))
		return
	}
	if one.Weight < 0 || one.Weight > maxWeight {
		c.wrong(at+"/weight", "range", fault.Say("0, which is a must, to %d", "应为 0（必须满足）到 %d", maxWeight))
	}
	if (one.Kind == Recent) != (one.Days != 0) || one.Days < 0 || one.Days > maxDays {
		c.wrong(at+"/days", "range", fault.Say("1 to %d days, for recent only", "1 到 %d 天，仅用于 recent", maxDays))
	}
	c.values(at+"/values", one)
	c.bounds(at, one)
}

func (c *check) values(at string, one Constraint) {
	if one.Kind.valued() != (len(one.Values) > 0) || len(one.Values) > maxValues {
		c.wrong(at, "items", fault.Say("1 to %d values, or none where the kind takes none", "应为 1 到 %d 个值；不需要值的类型不填", maxValues))
		return
	}
	for i, value := range one.Values {
		at := at + "/" + strconv.Itoa(i)
		c.text(at, value, 1, text.Title)
		switch one.Kind {
		case ByBand:
			if !slices.Contains(Bands, Band(value)) {
				c.wrong(at, "enum", fault.Say("one of easy, medium, hard", "应为 easy、medium 或 hard"))
			}
		case Named:
			if id, err := uuid.Parse(value); err != nil || id.String() != value {
				c.wrong(at, "uuid", fault.Say("the id of a question is needed", "需要题目的 id"))
			}
		case Apart:
			if _, known := groupBy(value); !known || i > 0 {
				c.wrong(at, "enum", fault.Say("one of source, chapter, or tag: and a prefix", "应为 source、chapter，或 tag: 加前缀"))
			}
		}
	}
}

func (c *check) bounds(at string, one Constraint) {
	most, min, max := int64(maxWanted*2), one.Min, one.Max // a paper's constraint is on several sections
	switch one.Kind {
	case Mean:
		most = thousand
	case Marks:
		most = int64(maxTotal)
	case Apart:
		if min != nil || max == nil || *max < 1 {
			c.wrong(at+"/max", "range", fault.Say("1 or more of one group", "每组应不少于 1"))
		}
	}
	if !one.Kind.counts() && min == nil && max == nil {
		c.wrong(at+"/min", "required", fault.Say("min or max is needed", "需要 min 或 max"))
	}
	for _, bound := range []struct {
		name  string
		value *int64
	}{{"min", min}, {"max", max}} {
		if bound.value != nil && (*bound.value < 0 || *bound.value > most) {
			c.wrong(at+"/"+bound.name, "range", fault.Say("0 to %d", "应为 0 到 %d", most))
		}
	}
	if min != nil && max != nil && *min > *max {
		c.wrong(at+"/max", "range", fault.Say("max is less than min", "max 小于 min"))
	}
}
