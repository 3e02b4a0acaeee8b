package paper

import (
	"slices"

	"qbank/domain/fault"
)

// Report says what came of looking for questions.
type Report struct {
	Seed     uint64       `json:"seed,string"`
	Parts    []PartReport `json:"parts"`
	Findings []Finding    `json:"findings"` // one for each constraint, and one for each part that could not be filled
}

// PartReport is about a section or a pool.
type PartReport struct {
	Part       string `json:"part"`
	Wanted     int    `json:"wanted"`     // questions
	Got        int    `json:"got"`        // with those that were put there by hand
	Candidates int    `json:"candidates"` // that no hard constraint was against
	Measured   int    `json:"measured"`   // chosen, with a difficulty from what students answered
	Estimated  int    `json:"estimated"`  // chosen, with one from the author's label
	Unknown    int    `json:"unknown"`    // chosen, without one
}

// Finding is how a constraint was met.
type Finding struct {
	Part       string     `json:"part,omitempty"`       // "": the whole paper
	Constraint string     `json:"constraint,omitempty"` // "": the number of questions
	Kind       Kind       `json:"kind,omitempty"`
	Hard       bool       `json:"hard"`
	Min        *int64     `json:"min,omitempty"` // what was wanted, in the unit of the kind
	Max        *int64     `json:"max,omitempty"`
	Got        int64      `json:"got"` // likewise
	Met        bool       `json:"met"`
	Available  int        `json:"available"` // candidates that the constraint counts
	Reason     Reason     `json:"reason,omitempty"`
	With       string     `json:"with,omitempty"`     // Conflict: the other constraint
	Blockers   []Blocker  `json:"blockers,omitempty"` // hard constraints that alone keep out more of them, the most first
	Why        fault.Text `json:"why,omitzero"`
}

// Blocker is a hard constraint that keeps questions out that would have been of use.
type Blocker struct {
	Constraint string `json:"constraint"`
	Questions  int    `json:"questions"`
}

// Reason says why a constraint is not met. All but NotFound are proven.
type Reason string

// The reasons.
const (
	TooFew     Reason = "too_few"      // there are not enough such questions
	Conflict   Reason = "conflict"     // no selection meets this and another constraint
	OutOfReach Reason = "out_of_reach" // not even the most extreme selection does
	KeptOnes   Reason = "kept"         // questions that were put there by hand are against it
	NotFound   Reason = "not_found"    // the search found no selection; there may be one
)

// Unmet lists the findings that are not met.
func (r Report) Unmet() []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return f.Met })
}

// Met reports whether all places are filled and every hard constraint is met.
func (r Report) Met() bool {
	return !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Hard && !f.Met })
}

// report says what the selection has of each rule.
func (d *desk) report(seed uint64) Report {
	r := Report{Seed: seed, Findings: []Finding{}}
	for _, p := range d.parts {
		part := PartReport{Part: p.id, Wanted: p.blueprint.Count, Got: len(p.kept) + len(p.chosen), Candidates: p.eligible.both(p.eligible)}
		for _, c := range p.chosen {
			switch d.candidate(c.candidate).Difficulty.Basis {
			case Measured:
				part.Measured++
			case Estimated:
				part.Estimated++
			default:
				part.Unknown++
			}
		}
		r.Parts = append(r.Parts, part)
		if part.Got != part.Wanted {
			r.Findings = append(r.Findings, d.short(p, part))
		}
	}
	for _, rule := range d.rules {
		r.Findings = append(r.Findings, d.finding(rule))
	}
	return r
}

// short is the finding about a part with too few questions, or too many by hand.
func (d *desk) short(p *part, part PartReport) Finding {
	wanted := int64(part.Wanted)
	f := Finding{Part: p.id, Hard: true, Min: &wanted, Max: &wanted, Got: int64(part.Got), Available: part.Candidates, Reason: TooFew,
		Why: fault.Say("only %d questions are left to choose from; %d more are wanted", "可选题目只有 %d 道，还需要 %d 道", part.Candidates, p.places)}
	if part.Got > part.Wanted {
		f.Reason = KeptOnes
		f.Why = fault.Say("%d questions were put there by hand; %d are wanted", "手工放入了 %d 道题目，只需要 %d 道", part.Got, part.Wanted)
		return f
	}
	everything := newSet(len(d.order))
	for i := range d.order {
		everything.add(i)
	}
	f.Blockers = d.blockers(everything, p)
	if part.Candidates >= p.places {
		f.Reason, f.Why = Conflict, fault.Say("other parts of the paper took the questions", "题目已被试卷其他部分使用")
	}
	return f
}

func (d *desk) finding(r *rule) Finding {
	f := Finding{Constraint: r.ID, Kind: r.Kind, Hard: r.hard(), Min: r.Min, Max: r.Max, Got: r.sum, Met: r.off() == 0}
	if r.part != whole {
		f.Part = d.parts[r.part].id
	}
	wanted, places := 0, 0
	for _, p := range d.partsOf(r) {
		wanted, places = wanted+len(p.kept)+len(p.chosen), places+p.places
	}
	v := d.view(r)
	f.Available = v.counted
	switch {
	case r.Kind == Marks:
		f.Available = v.counted + v.others
	case r.Kind == Mean:
		f.Got, f.Available = 0, v.counted+v.others
		if r.known > 0 {
			f.Got = (2*r.sum + r.known) / (2 * r.known)
		}
	case r.Kind == Apart:
		f.Got, f.Available = d.largest(r), v.others
	case r.demands():
		least := int64(wanted)
		f.Min, f.Got, f.Available = &least, least-r.sum, v.others
	}
	if !f.Met {
		d.explain(&f, r, v, places)
	}
	return f
}

// largest is how many questions the largest group of a rule that keeps groups apart has.
func (d *desk) largest(r *rule) (n int64) {
	for name, pen := range d.pens.byName {
		if name.rule == r {
			n = max(n, pen.n)
		}
	}
	return n
}

// partsOf are the parts that a rule counts.
func (d *desk) partsOf(r *rule) (list []*part) {
	for i, p := range d.parts {
		if r.part == i || r.part == whole && !p.pool {
			list = append(list, p)
		}
	}
	return list
}
