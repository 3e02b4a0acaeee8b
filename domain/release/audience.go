package release

import (
	"qbank/domain/bucketing"
	"qbank/domain/targeting"
)

// Audience says who is in a release, as its stream has it. It is safe for concurrent use.
type Audience struct {
	Flag   string // the flag key of the split: the release's id
	Unit   Unit
	Split  bucketing.Split
	Rules  *targeting.List
	Frozen bool // it matters who got the release already, and nothing else does
	// Settling is for a moment after it was frozen: what other machines gave out until then is not written down yet. Who is not known to have got
	// the release is in or out as the rules and the share have it, and whoever is let in has got it.
	Settling bool
}

// Cause is what decided whether a student is in.
type Cause string

// The causes.
const (
	ByRule   Cause = "rule"   // a rule matched
	BySplit  Cause = "split"  // none did: the share
	ByFreeze Cause = "freeze" // the release is frozen: whoever got it already is in, nobody else
)

// Decision is whether a student is in, and why.
type Decision struct {
	In     bool
	Cause  Cause
	Rule   int    // index of the rule that matched; -1 where none did or none was asked
	Key    string // what the split is made by
	Bucket int    // of Total; -1 where there was no split
	Weight int    // buckets below it are in
	Total  int
}

// Decide says whether a student is in: by the first rule that matches, else by the split. While the release is frozen those are in
// who got it already, and nobody else.
func (a *Audience) Decide(who *targeting.Context, got bool) Decision {
	d := Decision{Rule: -1, Bucket: -1, Weight: a.Split.Candidate, Total: a.Split.Total, Cause: ByFreeze, In: got}
	if a.Frozen && (got || !a.Settling) {
		return d
	}
	if match, matched := a.Rules.First(who); matched {
		d.Cause, d.Rule, d.In = ByRule, match.Clause, !match.Out
		return d
	}
	d.Cause, d.Key = BySplit, who.Student
	if a.Unit == PerSession && who.Session != "" {
		d.Key = who.Session
	}
	d.Bucket = bucketing.Bucket(bucketing.Hash(a.Flag, d.Key), a.Split.Total)
	d.In = d.Bucket < d.Weight
	return d
}
