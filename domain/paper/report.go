package paper

import (
	"cmp"
	"math"
	"math/bits"
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

// report counts anew what the selection has.
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

// view is what a rule could have chosen from.
type view struct {
	eligible set
	counted  int   // eligible, and counted by the rule
	others   int   // eligible, and not
	kept     int64 // questions that stay, and are counted by the rule
}

func (d *desk) view(r *rule) view {
	v := view{eligible: newSet(len(d.order)), kept: r.sum}
	for _, p := range d.partsOf(r) {
		v.eligible.join(p.eligible)
		for _, c := range p.chosen {
			if r.Kind.counts() && r.counts.has(int(c.candidate)) {
				v.kept--
			}
		}
	}
	v.counted, v.others = v.eligible.both(r.counts), v.eligible.without(r.counts)
	return v
}

// blockers counts candidates of a set that a single hard rule keeps out of a part.
func (d *desk) blockers(of set, parts ...*part) []Blocker {
	counts := map[int16]int{}
	for _, p := range parts {
		for i, by := range p.blocker {
			if by >= 0 && of.has(i) {
				counts[by]++
			}
		}
	}
	var list []Blocker
	for by, n := range counts {
		list = append(list, Blocker{d.rules[by].ID, n})
	}
	slices.SortFunc(list, func(x, y Blocker) int {
		return cmp.Or(cmp.Compare(y.Questions, x.Questions), cmp.Compare(x.Constraint, y.Constraint))
	})
	return list[:min(len(list), 3)]
}

// explain says why a rule is not met.
func (d *desk) explain(f *Finding, r *rule, v view, places int) {
	f.Reason = NotFound
	f.Why = fault.Say("no selection that meets this was found; there may be one", "未找到满足此约束的组合，但不排除存在")
	if !r.Kind.counts() {
		d.explainSum(f, r, v, places)
		return
	}
	lack := r.low - v.kept // more of those that it counts
	switch {
	case v.kept > r.high:
		f.Reason = KeptOnes
		f.Why = fault.Say("%d questions that were put there by hand are against it", "手工放入的题目中有 %d 道不符合", v.kept)
	case lack > int64(v.counted):
		f.Reason, f.Blockers = TooFew, d.blockers(r.counts, d.partsOf(r)...)
		f.Why = fault.Say("only %d such questions are left to choose from; %d are wanted", "符合条件的题目只有 %d 道，需要 %d 道", v.counted, lack)
	case lack > int64(places):
		f.Reason = OutOfReach
		f.Why = fault.Say("%d places are left for %d such questions", "只剩 %d 个位置，需要 %d 道", places, lack)
	case int64(places-v.others) > r.high-v.kept:
		f.Reason = TooFew
		f.Why = fault.Say("only %d other questions are left for %d places", "其他题目只有 %d 道，需要填满 %d 个位置", v.others, places)
	default:
		d.conflicts(f, r, v, places)
	}
}

// conflicts looks for a second hard rule of the same part that leaves this one no room.
func (d *desk) conflicts(f *Finding, r *rule, v view, places int) {
	for _, other := range d.rules {
		if other == r || other.part != r.part || !other.hard() || !other.Kind.counts() || other.filters() {
			continue
		}
		o := d.view(other)
		common := int64(0)
		for i, w := range v.eligible {
			common += int64(bits.OnesCount64(w & r.counts[i] & other.counts[i]))
		}
		mine, theirs := int64(v.counted), int64(o.counted)
		low, high, otherLow, otherHigh := r.low-v.kept, r.high-v.kept, other.low-o.kept, other.high-o.kept
		if low > 0 && otherLow > 0 && low+otherLow-common > int64(places) ||
			low > mine-common+max(0, otherHigh) && otherHigh < theirs ||
			otherLow > theirs-common+max(0, high) && high < mine {
			f.Reason, f.With = Conflict, other.ID
			f.Why = fault.Say("it cannot be met together with %q", "无法与约束 %q 同时满足", other.ID)
			return
		}
	}
}

// explainSum says whether a mean or a sum of marks is out of reach whatever is chosen.
func (d *desk) explainSum(f *Finding, r *rule, v view, places int) {
	if r.Kind == Apart {
		return
	}
	least, most, known := r.sum, r.sum, r.known
	for _, p := range d.partsOf(r) {
		var worth []int64
		for _, c := range p.chosen {
			if r.Kind == Marks {
				least, most = least-int64(c.worth), most-int64(c.worth)
			} else if c.known {
				least, most, known = least-c.facility, most-c.facility, known-1
			}
		}
		for _, c := range p.classes {
			value := int64(c.worth)
			if r.Kind == Mean {
				if value = c.facility; !c.known {
					return // how many of those are chosen is open
				}
			}
			for range min(len(c.members), p.places) {
				worth = append(worth, value)
			}
		}
		slices.Sort(worth)
		n := min(len(worth), p.places)
		for i := range n {
			least, most = least+worth[i], most+worth[len(worth)-1-i]
		}
		known += int64(n)
	}
	scale := int64(1)
	if r.Kind == Mean {
		scale = max(1, known)
	}
	if r.low > 0 && most < r.low*scale || r.high < math.MaxInt64 && least > r.high*scale {
		f.Reason = OutOfReach
		f.Why = fault.Say("not even the most extreme choice of questions reaches it", "即使选择最极端的题目也无法达到")
	}
}
