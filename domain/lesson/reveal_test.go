package lesson_test

import (
	"testing"

	"qbank/domain/lesson"
)

func TestWhereSolutionsComeWhileThereAreAttempts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan lesson.Plan
		want bool
	}{
		"practice without a limit":  {lesson.Plan{Reveal: lesson.AfterFinish}, false},
		"one attempt":               {lesson.Plan{Reveal: lesson.AfterFinish, MaxAttempts: 1, Mode: lesson.Exam}, false},
		"attempts that are counted": {lesson.Plan{Reveal: lesson.AfterFinish, MaxAttempts: 2}, true},
		"an exam without a limit":   {lesson.Plan{Reveal: lesson.AfterFinish, Mode: lesson.Exam}, true},
		"a stage of an exam":        {lesson.Plan{Reveal: lesson.AfterFinish, Stages: []lesson.Stage{{Mode: lesson.Exam}}}, true},
		"after the last":            {lesson.Plan{Reveal: lesson.AfterLast, MaxAttempts: 5, Mode: lesson.Exam}, false},
		"never":                     {lesson.Plan{Reveal: lesson.Never, Mode: lesson.Exam}, false},
	} {
		if got := c.plan.Repeats(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
