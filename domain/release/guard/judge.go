package guard

import (
	"math"

	"qbank/domain/release"
)

// Sample is what was observed of the students who got one of the two. A student is counted once for each lesson.
type Sample struct {
	Served       int64 // to whom a manifest was served
	Loads        int64 // whose device said how a load went
	LoadFailures int64 // of those, with one that failed
	Answers      int64 // who answered, or tried to
	AnswerErrors int64 // of those, with an answer that ended in an error
	Ready        Times // from the manifest to ready, of each the last
}

// Arm is the sample as it is copied into an event.
func (s Sample) Arm() release.Arm {
	arm := release.Arm{Manifests: s.Served, Loads: s.Loads, LoadFailures: s.LoadFailures, Answers: s.Answers, AnswerErrors: s.AnswerErrors}
	if s.Ready.Count() > 0 {
		arm.ReadyMedian, arm.ReadyP95 = int64(math.Round(s.Ready.Quantile(0.5))), int64(math.Round(s.Ready.Quantile(0.95)))
	}
	return arm
}

// The limits of a release's guard, as Judgement.Because names them.
const (
	LoadFailures = "load_failures"
	AnswerErrors = "answer_errors"
	ReadySlower  = "ready_slower"
)

// Judgement is what two samples say.
type Judgement struct {
	Verdict release.Verdict
	Because string // the limit that decided; "" where all were kept
	// The intervals of the difference, candidate − baseline; of the ratio of the medians − 1. nil: there are too few of one.
	LoadFailures, AnswerErrors, ReadySlower *Interval
}

// Judge compares a candidate with its baseline. A nil baseline says that there is none and will be none, as where a lesson goes live for
// the first time: shares are held against a baseline in which nothing ever fails, and times against nothing.
//
// One limit that is certainly exceeded is a failure, whatever the others say; success needs all of them certainly kept. Where there are no limits,
// it is enough that somebody was served.
func Judge(limits release.Guard, candidate Sample, baseline *Sample) Judgement {
	j := compare(limits.Confidence, candidate, baseline)
	if candidate.Served == 0 {
		j.Verdict = release.Inconclusive
		return j
	}
	checks := [...]struct {
		name  string
		limit *int64
		unit  float64
		found *Interval
	}{
		{LoadFailures, limits.LoadFailures, 1e6, j.LoadFailures}, {AnswerErrors, limits.AnswerErrors, 1e6, j.AnswerErrors},
		{ReadySlower, limits.ReadySlower, 1e3, j.ReadySlower},
	}
	j.Verdict = release.Successful
	for _, c := range checks {
		if c.limit == nil || c.name == ReadySlower && baseline == nil {
			continue
		}
		limit := float64(*c.limit) / c.unit
		switch {
		case c.found != nil && c.found.Low > limit:
			j.Verdict, j.Because = release.Failed, c.name
			return j
		case c.found == nil || c.found.High > limit:
			if j.Verdict == release.Successful {
				j.Verdict, j.Because = release.Inconclusive, c.name
			}
		}
	}
	return j
}

func compare(confidence int, candidate Sample, baseline *Sample) (j Judgement) {
	loads, answers := Share{candidate.LoadFailures, candidate.Loads}, Share{candidate.AnswerErrors, candidate.Answers}
	if baseline == nil {
		j.LoadFailures, j.AnswerErrors = Wilson(loads, confidence), Wilson(answers, confidence)
		return j
	}
	j.LoadFailures = Difference(loads, Share{baseline.LoadFailures, baseline.Loads}, confidence)
	j.AnswerErrors = Difference(answers, Share{baseline.AnswerErrors, baseline.Answers}, confidence)
	j.ReadySlower = Slower(candidate.Ready, baseline.Ready, confidence)
	return j
}
