package paper

import (
	"slices"
	"strconv"

	"qbank/domain/fault"
)

// left is what blueprints demanded in vain, once questions were looked for again: of the parts that were looked at, and of the whole, the
// report says all anew.
func (r Report) left(before []Finding) []Finding {
	list := slices.DeleteFunc(slices.Clone(before), func(f Finding) bool {
		return f.Part == "" || slices.ContainsFunc(r.Parts, func(p PartReport) bool { return p.Part == f.Part })
	})
	for _, f := range r.Unmet() {
		if f.Hard {
			list = append(list, f)
		}
	}
	return list
}

// standing is which findings are still true of a plan. How many questions there are, which, and what they are worth is counted anew. What else
// they are is not known here: such a finding stands, as long as the plan demands what it is about, until questions are looked for again.
func (p Plan) standing(findings []Finding) (list []Finding) {
	for _, f := range findings {
		if d, demanded := p.demanded(f); demanded {
			if f, unmet := d.renew(f); unmet {
				list = append(list, f)
			}
		}
	}
	return list
}

// demand is a constraint where it stands, and the questions that it is on. The number of questions is one of no kind.
type demand struct {
	Constraint
	at    string // JSON Pointer
	items []Item
}

// demanded finds in the plan what a finding is about; false where it is not demanded any more.
func (p Plan) demanded(f Finding) (demand, bool) {
	if f.Part == "" {
		d := demand{at: ""}
		for _, s := range p.Sections {
			d.items = append(d.items, s.Items...)
		}
		return d.find(f, p.Constraints)
	}
	for i, s := range p.Sections {
		at := "/sections/" + strconv.Itoa(i)
		if s.ID == f.Part {
			return demand{at: at + "/blueprint", items: s.Items}.in(s.Blueprint, f)
		}
		for j, pool := range s.Pools {
			if pool.ID == f.Part {
				return demand{at: at + "/draws/" + strconv.Itoa(j) + "/blueprint", items: pool.items()}.in(pool.Blueprint, f)
			}
		}
	}
	return demand{}, false
}

// items are the pool's questions as fixed ones are written.
func (p Pool) items() []Item {
	items := make([]Item, len(p.Questions))
	for i, ref := range p.Questions {
		items[i] = Item{Question: ref.Question, Version: ref.Version, Max: p.Max}
	}
	return items
}

// in finds what a finding is about in a part's blueprint, if it has one.
func (d demand) in(b *Blueprint, f Finding) (demand, bool) {
	if b == nil {
		return d, false
	}
	if f.Constraint == "" {
		count := int64(b.Count)
		d.at, d.Min, d.Max = d.at+"/count", &count, &count
		return d, true
	}
	return d.find(f, b.Constraints)
}

func (d demand) find(f Finding, constraints []Constraint) (demand, bool) {
	i := slices.IndexFunc(constraints, func(c Constraint) bool { return c.ID == f.Constraint && c.Kind == f.Kind && c.Weight == 0 })
	if i < 0 {
		return d, false
	}
	d.at, d.Constraint = d.at+"/constraints/"+strconv.Itoa(i), constraints[i]
	return d, true
}

// counted is how much of what is demanded the questions have, where that can be told from the plan alone.
func (d demand) counted() (got int64, known bool) {
	switch d.Kind {
	case "":
		return int64(len(d.items)), true
	case Marks:
		for _, item := range d.items {
			got += int64(item.Max)
		}
		return got, true
	case Named:
		for _, item := range d.items {
			if slices.Contains(d.Values, item.Question.String()) {
				got++
			}
		}
		return got, true
	}
	return 0, false
}

// renew is the finding as it is now; false where it is met.
func (d demand) renew(f Finding) (Finding, bool) {
	now := f
	got, counted := d.counted()
	if counted {
		now.Got = got
	}
	all := int64(len(d.items))
	switch {
	case d.Kind == Mean, d.demands() && !counted: // what was got is a rounded mean, or of other questions
		return f, true
	case d.demands():
		now.Min, now.Max = &all, nil
	default:
		now.Min, now.Max = d.Min, d.Max
	}
	if equal(now.Min, f.Min) && equal(now.Max, f.Max) && now.Got == f.Got {
		return f, true
	}
	if (now.Min == nil || now.Got >= *now.Min) && (now.Max == nil || now.Got <= *now.Max) {
		return f, false
	}
	now.Reason, now.With, now.Blockers = "", "", nil
	now.Why = fault.Say("the questions that stand there now do not meet it", "现有题目不满足此要求")
	return now, true
}

func equal(x, y *int64) bool { return x == y || x != nil && y != nil && *x == *y }

// Problems lists what keeps the draft from being published, whatever its questions: what is wrong with the plan, and what blueprints
// demanded in vain, which whoever publishes may accept.
func (p Paper) Problems() []fault.Problem { return append(p.Plan.Problems(), p.shortfalls()...) }

// shortfalls are problems made of what is not met.
func (p Paper) shortfalls() []fault.Problem {
	problems := make([]fault.Problem, len(p.Unmet))
	for i, f := range p.Unmet {
		d, _ := p.Plan.demanded(f)
		problems[i] = fault.Problem{Pointer: d.at, Code: "unmet", Message: fault.Text{
			EN: f.Why.EN + ": assemble again, change the blueprint or the questions, or accept it when publishing, with a reason",
			ZH: f.Why.ZH + "；请重新组卷、修改组卷要求或题目，或在发布时注明原因并接受"}}
	}
	return problems
}
