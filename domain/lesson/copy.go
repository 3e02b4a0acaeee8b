package lesson

import (
	"qbank/domain/cue"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// Copy says of what a lesson is a copy. Its own changes stay; the master's come when somebody pulls them.
type Copy struct {
	Master  ID     `json:"master"`
	Version int    `json:"version"`        // of the master: the newest whose changes the copy has
	Term    string `json:"term,omitempty"` // what the copy is for, such as a term
}

const maxTerm = 100 // characters

// Copy starts a lesson, self, with what a version of another says.
func (l Lesson) Copy(self ID, org string, of Copy, plan Plan, plugins *cue.Registry) ([]event.Event, error) {
	// No longer way round is possible: a copy is new, and whatever its master comes from was there before.
	if self == of.Master {
		return nil, fault.Refuse(fault.Conflict, "lesson.cycle", fault.Say("a lesson is no copy of itself", "讲次不能是自身的副本"))
	}
	if problems := text.Check("/term", of.Term, 0, maxTerm); len(problems) > 0 {
		return nil, fault.Refuse(fault.Invalid, "lesson.invalid", fault.Say("the lesson is not valid", "讲次无效"), problems...)
	}
	created, err := l.Create(org, plan, plugins)
	if err != nil {
		return nil, err
	}
	first := created[0].(Created)
	first.Copy = &of
	return []event.Event{first}, nil
}

// Pull brings what the master changed since the copy last had it into the copy's draft. based is the master's version that the copy has,
// newer the one to be pulled, with its number. Places that both changed are a conflict, as in Edit, which choices decide.
func (l Lesson) Pull(based, newer Plan, version int, choices Choices, plugins *cue.Registry) ([]event.Event, error) {
	if err := l.changeable(); err != nil {
		return nil, err
	}
	if l.Master == nil {
		return nil, fault.Refuse(fault.Conflict, "lesson.no_copy", fault.Say("the lesson is no copy of another", "该讲次不是副本"))
	}
	switch {
	case version == l.Master.Version:
		return nil, nil
	case version < l.Master.Version:
		return nil, fault.Refuse(fault.Conflict, "lesson.pulled", fault.Say("the copy has version %d of its master already", "副本已同步到母版第 %d 版", l.Master.Version)).
			With("version", l.Master.Version)
	}
	newer, err := newer.Tidy(plugins)
	if err != nil {
		return nil, err
	}
	merged, err := merge(based, l.Plan, newer, choices, plugins)
	if err != nil {
		return nil, l.at(err)
	}
	return []event.Event{Edited{Plan: merged, Pulled: version}}, nil
}
