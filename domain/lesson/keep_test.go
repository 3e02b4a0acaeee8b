package lesson_test

import (
	"testing"

	"qbank/domain/lesson"
)

func TestWhatAnExamKeeps(t *testing.T) {
	t.Parallel()
	plan := lesson.Plan{Mode: lesson.Homework, KeepVersions: true, Items: []lesson.Item{{Slot: "a"}, {Slot: "b"}, {Slot: "c"}},
		Draws: []lesson.Draw{{ID: "d"}, {ID: "e"}}, Stages: []lesson.Stage{
			{ID: "1", Kind: lesson.Interaction, Slots: []lesson.Slot{"a"}, Draws: []string{"d"}},
			{ID: "2", Kind: lesson.Interaction, Mode: lesson.Exam, Slots: []lesson.Slot{"b"}, Draws: []string{"e"}},
		}}
	kept := plan.Kept()
	if len(kept) != 2 || !kept["b"] || !kept[plan.Draws[1].PoolSlot()] {
		t.Errorf("an exam of one segment keeps %v", kept)
	}
	plan.Stages[0].Cues = []lesson.Cue{{}}
	if kept := plan.Kept(); kept["c"] {
		t.Errorf("a timeline of homework keeps %v", kept)
	}
	plan.Stages[1].Cues = []lesson.Cue{{}}
	if kept := plan.Kept(); !kept["c"] || kept["a"] {
		t.Errorf("a timeline of the exam keeps %v", kept)
	}
	plan.KeepVersions = false
	if kept := plan.Kept(); kept != nil {
		t.Errorf("without saying so it keeps %v", kept)
	}
}
