package regradejob

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/regrade"
	"qbank/internal/jobs"
	"qbank/projections/gradebook"
)

// Shown is the kind of job that shows what is done about a regrade, under the regrade's id: it is looked at, watched, and taken by nobody.
const Shown = "regrade_progress"

// Work is what is done about a regrade.
type Work string

// The kinds of work.
const (
	Looking  Work = "looking"  // at what it would do
	Settling Work = "settling" // the marks, when it was approved or revoked
)

// Progress is how far the work is.
type Progress struct {
	Work     Work             `json:"work"`
	Attempts int              `json:"attempts"`          // done with so far
	Of       int              `json:"of"`                // as many as there were when it began
	Figures  *regrade.Figures `json:"figures,omitempty"` // looking: of those
	Outcome  *regrade.Outcome `json:"outcome,omitempty"` // settling: what their answers have of the regrade by now
}

// Shows is progress with how it ended, if it has.
type Shows struct {
	Progress
	State     jobs.State
	Error     string // safe to show
	UpdatedAt time.Time
}

// Of counts the attempts that a regrade concerns.
func (a *Assessor) Of(ctx context.Context, r regrade.Proposed) (int, error) {
	return a.Gradebook.CountAsked(ctx, access.Scope{Org: r.Org, Environment: r.Environment}, gradebook.Asked{Question: r.Question, From: r.From, To: r.To})
}

// Tell shows how far the work on a regrade is.
func (a *Assessor) Tell(ctx context.Context, r regrade.Proposed, state jobs.State, p Progress) error {
	return a.tell(ctx, r, state, p, "")
}

func (a *Assessor) tell(ctx context.Context, r regrade.Proposed, state jobs.State, p Progress, why string) error {
	encoded, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode the progress of a regrade: %w", err)
	}
	return a.Queue.Tell(ctx, jobs.Job{ID: r.ID(), Kind: Shown, State: state, Progress: encoded, Error: why, Org: r.Org})
}

// Progress reads what was done last about regrades, of those about which something was. Whose they are, the caller knows.
func (a *Assessor) Progress(ctx context.Context, of []uuid.UUID) (map[uuid.UUID]*Shows, error) {
	found, err := a.Queue.Told(ctx, Shown, of)
	if err != nil {
		return nil, err
	}
	out := make(map[uuid.UUID]*Shows, len(found))
	for id, job := range found {
		shows := &Shows{State: job.State, Error: job.Error, UpdatedAt: job.UpdatedAt}
		if err := json.Unmarshal(job.Progress, &shows.Progress); err != nil {
			return nil, fmt.Errorf("decode the progress of regrade %s: %w", id, err)
		}
		out[id] = shows
	}
	return out, nil
}
