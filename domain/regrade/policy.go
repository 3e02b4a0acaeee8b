package regrade

import (
	"slices"

	"github.com/google/uuid"

	"qbank/domain/fault"
	"qbank/domain/scoring"
)

// Policy says what becomes of a mark that was given by a wrong key. Append-only.
type Policy string

// The policies.
const (
	Better Policy = "better" // the better of the two marks
	Exact  Policy = "exact"  // the mark by the right key, whoever loses by it
	Full   Policy = "full"   // full marks for everybody who answered
	Drop   Policy = "drop"   // the question counts for nothing, neither in the marks nor in what was to be had
)

// Policies lists them all.
var Policies = []Policy{Better, Exact, Full, Drop}

func (p Policy) check() error {
	for _, known := range Policies {
		if p == known {
			return nil
		}
	}
	return fault.Refuse(fault.Invalid, "regrade.policy", fault.Say("there is no such policy", "没有这种重判方式"),
		fault.Problem{Pointer: "/policy", Code: "enum", Message: fault.Say("one of better, exact, full, drop", "应为 better、exact、full 或 drop")})
}

// Correction is a standing regrade, as answers are held against it.
type Correction struct {
	Regrade     ID
	Round       int
	Environment string
	Org         string
	Question    uuid.UUID
	From, To    int
	Policy      Policy
}

// Covers reports whether answers to a version are to be revised.
func (c Correction) Covers(question uuid.UUID, version int) bool {
	return c.Question == question && version >= c.From && version < c.To
}

// Mark is a mark as it is, or is to be.
type Mark struct {
	Status   scoring.Status
	Fraction scoring.Fraction
	Mark     scoring.Mark
	Parts    []scoring.Part
	Dropped  scoring.Mark // marks that are not to be had any more
}

// Revise says what becomes of a mark. anew is what the right key says, nil where the answer cannot be scored by it: then only policies that do not
// ask for it change anything. changes is false where the mark stays.
func (p Policy) Revise(was Mark, anew *scoring.Result, most scoring.Mark) (now Mark, changes bool) {
	switch {
	case p == Full:
		now = Mark{Status: scoring.Scored, Fraction: scoring.Full, Mark: most, Parts: was.Parts}
	case p == Drop:
		now = Mark{Status: scoring.Unscored, Dropped: most}
	case anew == nil || anew.Status == scoring.Pending:
		return was, false
	default:
		now = Mark{Status: anew.Status, Fraction: anew.Fraction, Mark: anew.Fraction.Of(most), Parts: anew.Parts}
	}
	same := now.Status == was.Status && now.Mark == was.Mark && now.Dropped == was.Dropped && slices.Equal(now.Parts, was.Parts)
	if same || p == Better && now.Mark < was.Mark {
		return was, false
	}
	return now, true
}

// For is the correction that holds for a version of a question: of several, that of the latest erratum.
func For(standing []Correction, question uuid.UUID, version int) (found Correction, ok bool) {
	for _, c := range standing {
		if c.Covers(question, version) && c.To > found.To {
			found, ok = c, true
		}
	}
	return found, ok
}

// Count adds what the policies would do to one answer.
func (f *Figures) Count(was Mark, anew *scoring.Result, most scoring.Mark) {
	f.Answers++
	if anew == nil || anew.Status == scoring.Pending {
		f.Unread++
	}
	for policy, outcome := range map[Policy]*Outcome{Better: &f.Better, Exact: &f.Exact, Full: &f.Full, Drop: &f.Drop} {
		now, _ := policy.Revise(was, anew, most)
		outcome.Add(now.Mark - was.Mark)
	}
}

// Plus adds what other answers come to.
func (o *Outcome) Plus(other Outcome) {
	o.Gain, o.Lose, o.Delta = o.Gain+other.Gain, o.Lose+other.Lose, o.Delta+other.Delta
}

// Add counts an answer whose mark changes by so much.
func (o *Outcome) Add(delta scoring.Mark) {
	o.Delta += delta
	switch {
	case delta > 0:
		o.Gain++
	case delta < 0:
		o.Lose++
	}
}

// Of is the outcome of a policy.
func (f Figures) Of(p Policy) Outcome {
	return map[Policy]Outcome{Better: f.Better, Exact: f.Exact, Full: f.Full, Drop: f.Drop}[p]
}
