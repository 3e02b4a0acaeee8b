package paper

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/text"
)

// ID is a paper's stream.
type ID = uuid.UUID

// Paper is as much of the history as decisions need.
type Paper struct {
	Revision int // number of events
	Org      string
	Plan     Plan      // the draft
	Unmet    []Finding // what its blueprints demand and the last assembly found in vain; what was repaired since is gone
	Latest   int       // number of the newest version, 0 before the first
	Retired  bool
}

// Create starts a paper. It may be incomplete; publishing demands the rest.
func (p Paper) Create(org string, plan Plan) ([]event.Event, error) {
	if p.Revision > 0 {
		return nil, fault.Refuse(fault.Conflict, "paper.exists", fault.Say("the paper exists already", "试卷已存在"))
	}
	plan, err := plan.Tidy()
	if err != nil {
		return nil, err
	}
	return []event.Event{Created{Org: org, Plan: plan}}, nil
}

// Edit makes a plan the draft. seen is the draft as the editor first saw it: what others changed since stays, and where both changed the
// same, the fault "paper.merge_conflict" shows both.
func (p Paper) Edit(seen, edited Plan) ([]event.Event, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	edited, err := edited.Tidy()
	if err != nil {
		return nil, err
	}
	merged, err := merge(seen, p.Plan, edited, p.Revision)
	if err != nil {
		return nil, err
	}
	if merged, err = merged.Tidy(); err != nil {
		return nil, err // each side was fine by itself
	}
	if reflect.DeepEqual(merged, p.Plan) {
		return nil, nil
	}
	return []event.Event{Edited{Plan: merged}}, nil
}

// Assemble makes the plan that Plan.Assemble came to the draft.
func (p Paper) Assemble(a Assembled) ([]event.Event, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	plan, err := a.Plan.Tidy()
	if err != nil {
		return nil, err
	}
	a.Plan = plan
	return []event.Event{a}, nil
}

// Acceptance is of what could not be met.
type Acceptance struct {
	Given  bool
	Reason string // needed where it is given
}

// Publish makes the draft the next version. newest gives the newest published version of each question that may be used; the others are
// missing. A paper that does not have what its blueprints demand is refused with "paper.unmet", unless that is accepted.
func (p Paper) Publish(newest map[uuid.UUID]int, unmet Acceptance) ([]event.Event, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	c := &check{problems: p.Plan.Problems()}
	exact := func(at, field string, ref Ref) int {
		latest, published := newest[ref.Question]
		switch {
		case !published:
			c.wrong(at+"/"+field, "not_published", fault.Say("the question is not published or is retired", "题目未发布或已停用"))
		case ref.Version > latest:
			c.wrong(at+"/version", "unknown", fault.Say("the question has no version %d", "题目没有第 %d 版", ref.Version))
		case ref.Version == 0:
			return latest
		}
		return ref.Version
	}
	plan := p.Plan
	plan.Sections = slices.Clone(plan.Sections)
	for i := range plan.Sections {
		s := &plan.Sections[i]
		at := "/sections/" + strconv.Itoa(i)
		s.Items, s.Pools = slices.Clone(s.Items), slices.Clone(s.Pools)
		for j := range s.Items {
			item := &s.Items[j]
			item.Version = exact(at+"/items/"+strconv.Itoa(j), "question", Ref{item.Question, item.Version})
		}
		for j := range s.Pools {
			refs := slices.Clone(s.Pools[j].Questions)
			for k := range refs {
				refs[k].Version = exact(at+"/draws/"+strconv.Itoa(j)+"/pool/"+strconv.Itoa(k), "id", refs[k])
			}
			s.Pools[j].Questions = refs
		}
	}
	if err := c.refusal(); err != nil {
		return nil, err
	}
	published := Published{Version: p.Latest + 1, Plan: plan}
	if unmet.Given {
		if err := text.CheckReason(unmet.Reason); err != nil {
			return nil, err
		}
	}
	if len(p.Unmet) > 0 {
		if !unmet.Given {
			return nil, fault.Refuse(fault.Conflict, "paper.unmet",
				fault.Say("the paper does not have what its blueprints demand", "试卷未满足组卷要求"), p.shortfalls()...)
		}
		published.Unmet, published.Reason = p.Unmet, unmet.Reason
	}
	return []event.Event{published}, nil
}

// Retire takes the paper out of use.
func (p Paper) Retire(reason string) ([]event.Event, error) {
	if err := p.alive(); err != nil {
		return nil, err
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	return []event.Event{Retired{Reason: reason}}, nil
}

func (p Paper) alive() error {
	if p.Revision == 0 {
		return fault.Refuse(fault.NotFound, "paper.not_found", fault.Say("there is no such paper", "没有这份试卷"))
	}
	if p.Retired {
		return fault.Refuse(fault.Conflict, "paper.retired", fault.Say("the paper is retired", "试卷已停用"))
	}
	return nil
}

// Known refuses a plan with questions that are not known.
func (p Plan) Known(known func(uuid.UUID) bool) error {
	c := &check{}
	look := func(at string, question uuid.UUID) {
		if !known(question) {
			c.wrong(at, "unknown", fault.Say("there is no such question", "没有这道题目"))
		}
	}
	for i, s := range p.Sections {
		at := "/sections/" + strconv.Itoa(i)
		for j, item := range s.Items {
			look(at+"/items/"+strconv.Itoa(j)+"/question", item.Question)
		}
		for j, pool := range s.Pools {
			for k, ref := range pool.Questions {
				look(at+"/draws/"+strconv.Itoa(j)+"/pool/"+strconv.Itoa(k)+"/id", ref.Question)
			}
		}
	}
	return c.refusal()
}

// LayOut puts the questions of a published plan into a lesson's, instead of those that were there.
func (p Plan) LayOut(into lesson.Plan) lesson.Plan {
	into.Items, into.Draws = []lesson.Item{}, nil
	for _, s := range p.Sections {
		for _, item := range s.Items {
			into.Items = append(into.Items, lesson.Item{Slot: item.Slot, Question: item.Question, Version: item.Version, Max: item.Max})
		}
		for _, pool := range s.Pools {
			draw := lesson.Draw{ID: pool.ID, Count: pool.Count, Max: pool.Max}
			for _, ref := range pool.Questions {
				draw.Pool = append(draw.Pool, lesson.Pooled(ref))
			}
			into.Draws = append(into.Draws, draw)
		}
	}
	return into
}

// Apply folds one event. Events are facts: it cannot fail.
func (p Paper) Apply(e event.Event) Paper {
	p.Revision++
	switch e := e.(type) {
	case Created:
		p.Org, p.Plan = e.Org, e.Plan
	case Edited:
		p.Plan, p.Unmet = e.Plan, e.Plan.standing(p.Unmet)
	case Assembled:
		p.Plan, p.Unmet = e.Plan, e.Plan.standing(e.Report.left(p.Unmet))
	case Published:
		p.Latest = e.Version
	case Retired:
		p.Retired = true
	}
	return p
}
