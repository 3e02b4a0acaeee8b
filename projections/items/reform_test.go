package items

import (
	"testing"

	"qbank/domain/attempt"
	"qbank/domain/lesson"
	"qbank/domain/scoring"
	"qbank/projections/projtest"
)

// An item's figure counts for the version that was answered, and what was withdrawn counts for nothing.
func TestFiguresFollowRepinsAndLeaveOutWhatWasWithdrawn(t *testing.T) {
	t.Parallel()
	repinned := attempt.Repinned{Items: []attempt.Item{{Slot: slot(0), Question: question, Version: 2, Max: scoring.OneMark}}}
	log := projtest.Given(t, attempt.Events, New(),
		of(started("ann", 1, 1, 1), chose(0, "A"), chose(1, "A"), attempt.Finished{}),
		of(started("bo", 1, 1, 1), repinned, chose(0, "B"), chose(1, "A"), attempt.Finished{}),
		of(started("cy", 1, 2, 1), chose(0, "A"), chose(1, "B"), attempt.Finished{}),
		of(started("di", 1, 1, 1), chose(1, "A"), attempt.Finished{Withdrawn: []lesson.Slot{slot(0)}}))
	log.RebuildEquals(t, New())
	a := analyse(t, log, acme, All)
	counts := map[int]int64{}
	for _, item := range a.Items {
		if item.Slot == slot(0) {
			counts[item.Version] = item.Marked
		}
	}
	if a.Attempts != 4 || counts[1] != 1 || counts[2] != 2 || a.AllForms != 3 {
		t.Errorf("%d attempts in %d forms, by version %v", a.Attempts, a.AllForms, counts)
	}
}

// A lesson may ask nothing, and everything that was asked may be taken down: such attempts count, and nothing stands still.
func TestAttemptsThatAskNothing(t *testing.T) {
	t.Parallel()
	log := projtest.Given(t, attempt.Events, New(),
		of(started("ann", 1)),
		of(started("bo", 1), attempt.Finished{}),
		of(started("cy", 1, 1), attempt.Finished{Withdrawn: []lesson.Slot{slot(0)}}),
		of(started("di", 1, 1), chose(0, "A"), attempt.Finished{}))
	log.RebuildEquals(t, New())
	for _, policy := range []Policy{First, Last, Best, All} {
		a := analyse(t, log, acme, policy)
		if a.Attempts != 3 || len(a.Items) != 1 || a.Items[0].Marked != 1 || a.AllForms != 2 {
			t.Errorf("%s: %+v", policy, a)
		}
	}
	if versions, err := NewReader(log.Pool).Versions(t.Context(), acme, algebra); err != nil || len(versions) != 1 || versions[0].Attempts != 3 {
		t.Errorf("%v, %v", versions, err)
	}
}
