package gradebook

import (
	"testing"

	"github.com/google/uuid"

	"qbank/domain/attempt"
	"qbank/domain/lesson"
	"qbank/domain/roster"
	"qbank/domain/scoring"
	"qbank/projections/projtest"
)

func repinned(i, version int) attempt.Repinned {
	return attempt.Repinned{Items: []attempt.Item{{Slot: slot(i), Question: projtest.StreamID("question"), Version: version, Max: scoring.OneMark}}}
}

func TestPlacesGetOtherVersionsAndWithdrawnOnesGo(t *testing.T) {
	t.Parallel()
	ann, bo, exam := started("ann", 1), started("bo", 1), started("cy", 1)
	exam.Items[0].Keep = true
	log := projtest.NewLog(t, attempt.Events)
	log.Append(of(ann, repinned(0, 7), scored(0, "1", scoring.Full), repinned(1, 8), repinned(1, 9)), of(bo, scored(0, "1", scoring.Full)), of(exam))
	log.Append(more(ann, attempt.Finished{At: 9}), more(bo, attempt.Finished{At: 9, Withdrawn: []lesson.Slot{slot(1)}}))
	log.RebuildEquals(t, New())
	a, items := read1(t, log, ann)
	if items[0].Version != 7 || items[1].Version != 9 || items[2].Version != 3 || a.Max != 3*scoring.OneMark || a.Total != scoring.OneMark {
		t.Errorf("%+v, %+v", a, items)
	}
	b, items := read1(t, log, bo)
	if len(items) != 2 || items[1].Slot != slot(2) || b.Max != 2*scoring.OneMark || b.Items != 2 || items[0].Version != 1 {
		t.Errorf("%+v, %+v", b, items)
	}
}

func TestWhoIsConcernedByAQuestion(t *testing.T) {
	t.Parallel()
	open, answered, done, exam, elsewhere := started("ann", 1), started("bo", 1), started("cy", 1), started("di", 1), started("ann", 1)
	exam.Items[0].Keep, exam.Items[1].Keep, exam.Items[2].Keep = true, true, true
	elsewhere.Environment = "dev"
	log := projtest.Given(t, attempt.Events, New(), of(open), of(answered, scored(0, "1", scoring.Full)), of(done, attempt.Finished{At: 9}), of(exam), of(elsewhere))
	var students []uuid.UUID
	for _, name := range []string{"ann", "bo", "cy", "di", "ed"} {
		students = append(students, roster.PersonOf(name))
	}
	ask := func(lesson uuid.UUID, questions ...string) map[uuid.UUID]Concerned {
		t.Helper()
		var ids []uuid.UUID
		for _, q := range questions {
			ids = append(ids, projtest.StreamID(q))
		}
		got, err := NewReader(log.Pool).Concerned(t.Context(), "prod", students, ids, lesson)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := ask(uuid.Nil, "question 0")
	if len(got) != 3 || len(got[students[0]].Open) != 1 || got[students[0]].Answered || len(got[students[1]].Open) != 0 || !got[students[1]].Answered ||
		len(got[students[3]].Open) != 0 || !got[students[3]].Exempt {
		t.Errorf("%+v", got)
	}
	if got := ask(algebra, "question 0", "question 1"); len(got[students[1]].Open) != 1 || !got[students[1]].Answered {
		t.Errorf("who answered one of two: %+v", got[students[1]])
	}
	if got := ask(uuid.New(), "question 0"); len(got) != 0 {
		t.Errorf("another lesson concerns %+v", got)
	}
	if _, err := NewReader(log.Pool).Concerned(t.Context(), "prod", make([]uuid.UUID, 1001), nil, uuid.Nil); err == nil {
		t.Error("no bound")
	}
}
