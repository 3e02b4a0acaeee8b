package paper

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"qbank/domain/fault"
)

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
		d.explainSum(f, r)
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
func (d *desk) explainSum(f *Finding, r *rule) {
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
