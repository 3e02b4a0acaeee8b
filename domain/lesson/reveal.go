package lesson

import "slices"

// Repeats reports whether students see solutions while they still have attempts, where that is hardly meant: in exams, and where attempts are counted.
func (p Plan) Repeats() bool {
	if p.Reveal != AfterFinish || p.MaxAttempts == 1 {
		return false
	}
	return p.MaxAttempts > 1 || p.Mode == Exam || slices.ContainsFunc(p.Stages, func(s Stage) bool { return s.Mode == Exam })
}
