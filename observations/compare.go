package observations

import (
	"context"

	"qbank/domain/release"
	"qbank/domain/release/guard"
)

// Comparison is a release's two arms beside each other.
type Comparison struct {
	guard.Judgement
	Arms                Arms
	Until               int64 // microseconds
	Candidate, Baseline guard.Sample
}

// Figures are the comparison as it is copied into an event.
func (c Comparison) Figures() release.Figures {
	return release.Figures{From: c.Arms.Since, Until: c.Until, Candidate: c.Candidate.Arm(), Baseline: c.Baseline.Arm(), Verdict: c.Verdict, Because: c.Because}
}

// week is how far back the baseline is looked at where nobody gets it any more, microseconds.
const week = 7 * 24 * 3600 * 1_000_000

// Compare counts what was observed of a release since its present step began, and judges it. At the whole nobody gets the baseline any more: there
// the week before counts, too. hasBaseline says whether there is a baseline at all; now is microseconds.
func (r *Reader) Compare(ctx context.Context, id release.ID, of release.Release, hasBaseline bool, now int64) (Comparison, error) {
	c := Comparison{Until: now, Arms: Arms{Environment: string(of.Environment), Release: id, Lessons: of.Lessons.IDs(), Since: of.Since, Beside: of.Since}}
	whole := of.Weight == of.Total
	if whole {
		c.Arms.Beside -= week
	}
	var err error
	if c.Candidate, c.Baseline, err = r.Samples(ctx, c.Arms); err != nil {
		return c, err
	}
	baseline := &c.Baseline
	if !hasBaseline || whole && c.Baseline.Served == 0 { // there is none, and nobody will get one
		baseline = nil
	}
	c.Judgement = guard.Judge(of.Guard, c.Candidate, baseline)
	return c, nil
}
