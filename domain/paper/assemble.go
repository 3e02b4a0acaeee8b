package paper

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/fault"
	"qbank/domain/lesson"
)

// Order asks for questions.
type Order struct {
	Seed    uint64
	Now     int64    // microseconds: what Recent looks back from
	Targets []string // ids of sections and pools; none: all that have a blueprint
}

// maxTargets bounds what is put together at once.
const maxTargets = 20

// Assemble looks for the questions that blueprints ask for, and puts them into the plan: a section keeps the questions that were put there by hand and
// gets new ones instead of those that were assembled before; a pool gets all of its questions anew. No question stands in the plan
// twice. What could not be met is in the report, and the plan holds the best that was found. It refuses targets without a blueprint with "paper.target";
// another error is ctx's.
func (p Plan) Assemble(ctx context.Context, stock Stock, o Order) (Plan, Report, error) {
	wants, err := p.wanted(o.Targets)
	if err != nil {
		return p, Report{}, err
	}
	elsewhere := map[uuid.UUID]bool{}
	renewed := map[string]bool{}
	for _, w := range wants {
		renewed[w.id] = true
	}
	for _, s := range p.Sections {
		for _, item := range s.Items {
			if !item.Assembled || !renewed[s.ID] {
				elsewhere[item.Question] = true
			}
		}
		for _, pool := range s.Pools {
			for _, ref := range pool.Questions {
				if !renewed[pool.ID] {
					elsewhere[ref.Question] = true
				}
			}
		}
	}
	d := newDesk(stock, wants, p.Constraints, elsewhere, o)
	d.standing(p, renewed)
	if err := d.search(ctx); err != nil {
		return p, Report{}, err
	}
	return p.with(d), d.report(o.Seed), nil
}

// wanted lists the sections and pools to be put together.
func (p Plan) wanted(targets []string) (list []wanted, err error) {
	asked := func(id string, b *Blueprint) bool {
		return b != nil && (len(targets) == 0 || slices.Contains(targets, id))
	}
	for _, s := range p.Sections {
		if asked(s.ID, s.Blueprint) {
			kept := slices.DeleteFunc(slices.Clone(s.Items), func(i Item) bool { return i.Assembled })
			list = append(list, wanted{id: s.ID, blueprint: *s.Blueprint, kept: kept})
		}
		for _, pool := range s.Pools {
			if asked(pool.ID, pool.Blueprint) {
				b := *pool.Blueprint
				b.Max, b.Marks = pool.Max, nil
				list = append(list, wanted{id: pool.ID, blueprint: b, pool: true})
			}
		}
	}
	for i, target := range targets {
		if !slices.ContainsFunc(list, func(w wanted) bool { return w.id == target }) {
			return nil, fault.Refuse(fault.Invalid, "paper.target", fault.Say("no section or draw %.60q has a blueprint", "没有带组卷要求的部分或抽题组 %.60q", target),
				fault.Problem{Pointer: "/targets/" + strconv.Itoa(i), Code: "unknown", Message: fault.Say("it has no blueprint", "没有组卷要求")})
		}
	}
	switch {
	case len(list) == 0:
		return nil, fault.Refuse(fault.Invalid, "paper.target", fault.Say("nothing in the paper has a blueprint", "试卷中没有组卷要求"))
	case len(list) > maxTargets:
		return nil, fault.Refuse(fault.Limit, "paper.targets", fault.Say("at most %d sections and draws at once", "一次最多组卷 %d 个部分或抽题组", maxTargets))
	}
	return list, nil
}

// standing counts, for the whole, the fixed questions of sections that nothing is looked for.
func (d *desk) standing(p Plan, renewed map[string]bool) {
	rest := &part{}
	for _, r := range d.rules {
		if r.part == whole {
			rest.rules = append(rest.rules, r)
		}
	}
	for _, s := range p.Sections {
		if !renewed[s.ID] {
			rest.kept = append(rest.kept, s.Items...)
		}
	}
	rest.divide()
	d.keep(rest)
}

// with puts what was chosen into the plan.
func (p Plan) with(d *desk) Plan {
	used := map[string]bool{}
	for _, s := range p.Sections {
		for _, item := range s.Items {
			used[string(item.Slot)] = !item.Assembled || used[string(item.Slot)]
		}
		for _, pool := range s.Pools {
			used[pool.ID] = true
		}
	}
	found := map[string]*part{}
	for _, part := range d.parts {
		found[part.id] = part
	}
	sections := slices.Clone(p.Sections)
	for i := range sections {
		s := &sections[i]
		if part := found[s.ID]; part != nil {
			s.Items = slices.Clone(part.kept)
			n := 0
			for _, c := range d.picks(part) {
				slot := ""
				for used[slot] || slot == "" {
					n++
					slot = s.ID + "-" + strconv.Itoa(n)
				}
				used[slot] = true
				s.Items = append(s.Items, Item{Slot: lesson.Slot(slot), Question: c.Question, Version: c.Version, Max: part.worth(c.Type), Assembled: true})
			}
		}
		s.Pools = slices.Clone(s.Pools)
		for j := range s.Pools {
			if part := found[s.Pools[j].ID]; part != nil {
				s.Pools[j].Questions = []Ref{}
				for _, c := range d.picks(part) {
					s.Pools[j].Questions = append(s.Pools[j].Questions, Ref{c.Question, c.Version})
				}
			}
		}
	}
	p.Sections = sections
	return p
}

// picks are the questions chosen for a part as papers have them: type by type, the easy ones first.
func (d *desk) picks(p *part) []*Candidate {
	list := make([]*Candidate, len(p.chosen))
	for i, c := range p.chosen {
		list[i] = d.candidate(c.candidate)
	}
	slices.SortFunc(list, func(x, y *Candidate) int {
		return cmp.Or(cmp.Compare(x.Type, y.Type), cmp.Compare(y.Difficulty.Facility, x.Difficulty.Facility), slices.Compare(x.Question[:], y.Question[:]))
	})
	return list
}

// AsksWhatWasSeen reports whether a constraint is about what students were given before.
func (p Plan) AsksWhatWasSeen() bool {
	asks := func(list []Constraint) bool {
		return slices.ContainsFunc(list, func(c Constraint) bool { return c.Kind == Seen })
	}
	return asks(p.Constraints) || slices.ContainsFunc(p.Sections, func(s Section) bool {
		return s.Blueprint != nil && asks(s.Blueprint.Constraints) ||
			slices.ContainsFunc(s.Pools, func(pool Pool) bool { return pool.Blueprint != nil && asks(pool.Blueprint.Constraints) })
	})
}
