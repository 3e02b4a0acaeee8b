package lesson

import (
	"maps"
	"slices"
	"strconv"

	"qbank/domain/content"
	"qbank/domain/cue"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/timeline"
)

// Recut records how a stage came to another cut of its medium.
type Recut struct {
	Stage string       `json:"stage"`
	From  content.Hash `json:"from"`
	To    content.Hash `json:"to"`
	Cut   timeline.Cut `json:"cut"`
}

// Carried is what became of a cue: where its pieces stand now. None: it was cut out.
type Carried struct {
	Cue   Cue   // as it was
	Now   []Cue // the first has its id
	Lost  int64 // milliseconds of a period that were cut out, or that a piece which cannot be doubled had
	Items []Item
}

// Recut puts another cut of its medium into a stage, and carries its cues over by the edit list. What becomes of each cue is told, also of
// those that are cut out; the questions of these go with them.
func (l Lesson) Recut(stage string, medium Medium, cut timeline.Cut, plugins *cue.Registry) ([]event.Event, []Carried, error) {
	if err := l.changeable(); err != nil {
		return nil, nil, err
	}
	i, err := l.Plan.Stage(stage)
	if err != nil {
		return nil, nil, err
	}
	before := l.Plan.Stages[i].Medium
	if before == nil || before.SHA256 == medium.SHA256 {
		return nil, nil, fault.Refuse(fault.Conflict, "lesson.same_medium", fault.Say("the stage has no other medium to be cut from", "该环节没有可供重新剪辑的其他媒体"))
	}
	if problems := cut.Check(before.Duration, medium.Duration); len(problems) > 0 {
		for i := range problems {
			problems[i].Pointer = "/cut" + problems[i].Pointer
		}
		return nil, nil, fault.Refuse(fault.Invalid, "lesson.cut", fault.Say("the edit list does not lead from the old medium to the new one", "剪辑表无法从原媒体得到新媒体"), problems...)
	}
	plan := l.Plan
	plan.Stages = slices.Clone(plan.Stages)
	carried := carry(plan, plan.Stages[i], medium.SHA256, cut, plugins)
	plan.Stages[i].Medium, plan.Stages[i].Cues = &medium, nil
	gone := map[Slot]bool{}
	for _, c := range carried {
		plan.Stages[i].Cues = append(plan.Stages[i].Cues, c.Now...)
		for _, item := range c.Items {
			gone[item.Slot] = true
		}
	}
	plan.Items = slices.DeleteFunc(slices.Clone(plan.Items), func(item Item) bool { return gone[item.Slot] })
	if plan, err = plan.Tidy(plugins); err != nil {
		return nil, nil, err
	}
	return []event.Event{Edited{Plan: plan, Recut: &Recut{Stage: stage, From: before.SHA256, To: medium.SHA256, Cut: cut}}}, carried, nil
}

// carry follows each cue of a stage to the new medium.
func carry(plan Plan, s Stage, medium content.Hash, cut timeline.Cut, plugins *cue.Registry) []Carried {
	ids := map[string]bool{}
	for _, c := range s.Cues {
		ids[c.ID] = true
	}
	items := map[string]Item{}
	for _, item := range plan.Items {
		items[string(item.Slot)] = item
	}
	carried := make([]Carried, len(s.Cues))
	for i, c := range s.Cues {
		carried[i] = Carried{Cue: c}
		to := &carried[i]
		var slots []cue.Reference
		if plugin, _ := plugins.Find(c.Task.Plugin); plugin != nil {
			slots = plugin.Slots(c.Task.Data)
		}
		for n, p := range pieces(c.At, cut) {
			if n > 0 && len(slots) > 0 {
				break // a question has one place: it stays where its period begins
			}
			piece := c
			piece.At, piece.Medium, piece.Task.Data = p, medium, maps.Clone(c.Task.Data)
			if n > 0 {
				piece.ID = another(c.ID, ids)
			}
			to.Now = append(to.Now, piece)
		}
		if c.At.Kind == cue.Period {
			to.Lost = c.At.To - c.At.From
			for _, piece := range to.Now {
				to.Lost -= piece.At.To - piece.At.From
			}
		}
		if len(to.Now) == 0 {
			for _, slot := range slots {
				to.Items = append(to.Items, items[slot.Name])
			}
		}
	}
	return carried
}

func pieces(at At, cut timeline.Cut) (out []At) {
	if at.Kind == cue.Moment {
		if from, kept := cut.Moment(at.From); kept {
			at.From = from
			out = append(out, at)
		}
		return out
	}
	for _, p := range cut.Period(at.From, at.To) {
		at.From, at.To = p.From, p.To
		out = append(out, at)
	}
	return out
}

// another makes a further id for a piece of a cue.
func another(id string, taken map[string]bool) string {
	base := []rune(id)
	base = base[:min(len(base), maxID-6)]
	for n := 2; ; n++ {
		if next := string(base) + "." + strconv.Itoa(n); !taken[next] {
			taken[next] = true
			return next
		}
	}
}
