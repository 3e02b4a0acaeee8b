package attempt

import (
	"slices"
	"strconv"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
)

// Open lists the places whose version may still change: those not answered yet, but for those of an exam that keeps its versions. A finished
// attempt has none.
func (a Attempt) Open() []Item {
	if a.Done != nil {
		return nil
	}
	var open []Item
	for _, item := range a.Items {
		if _, answered := a.counting[item.Slot]; !answered && !item.Keep {
			open = append(open, item)
		}
	}
	return open
}

// Repin gives places other versions. It refuses a place that was answered ("attempt.answered") or that keeps its version ("attempt.keeps_versions"), and
// what is not a version of the question that stands there. Where everything is as it should be already, nothing happens.
func (a Attempt) Repin(items []Item, at int64) ([]event.Event, error) {
	if a.Done != nil {
		return nil, Over()
	}
	var changed []Item
	var problems []fault.Problem
	for i, item := range items {
		now, err := a.Item(item.Slot)
		if err != nil {
			return nil, err
		}
		if now.Version == item.Version && now.By == item.By {
			continue
		}
		if code, message := a.fixed(now, item); code != "" {
			problems = append(problems, fault.Problem{Pointer: "/items/" + strconv.Itoa(i), Code: code, Message: message})
			continue
		}
		item.Max, item.Keep = now.Max, now.Keep
		changed = append(changed, item)
	}
	if len(problems) > 0 {
		return nil, fault.Refuse(fault.Conflict, "attempt."+problems[0].Code, problems[0].Message, problems...)
	}
	if len(changed) == 0 {
		return nil, nil
	}
	return []event.Event{Repinned{Items: changed, At: at}}, nil
}

// fixed says why a place cannot get another version; "" where it can.
func (a Attempt) fixed(now, item Item) (string, fault.Text) {
	_, answered := a.counting[now.Slot]
	switch {
	case answered:
		return "answered", fault.Say("the question at %.70q was answered: its version stays", "%.70q 处的题目已作答，其版本不再改变", string(now.Slot))
	case now.Keep:
		return "keeps_versions", fault.Say("the exam keeps the versions it started with", "本考试沿用开始时的版本")
	case now.Question != item.Question:
		return "other_question", fault.Say("another question stands at %.70q", "%.70q 处是另一道题目", string(now.Slot))
	}
	return "", fault.Text{}
}

// Over refuses what needs an attempt that is not finished.
func Over() error {
	return fault.Refuse(fault.Conflict, "attempt.finished", fault.Say("the attempt is finished", "作答已结束"))
}

// repinned folds new versions in. The list of items is made anew: whoever was shown the old one may still be reading it.
func (a Attempt) repinned(e Repinned) Attempt {
	a.Items = slices.Clone(a.Items)
	for _, item := range e.Items {
		if i, known := a.places[item.Slot]; known {
			a.Items[i] = item
		}
	}
	return a
}

// Withdrawn reports whether a finished attempt leaves a place out.
func (a Attempt) Withdrawn(slot lesson.Slot) bool {
	return a.Done != nil && slices.Contains(a.Done.Withdrawn, slot)
}
