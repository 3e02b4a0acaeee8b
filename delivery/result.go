package delivery

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/scoring"
)

// Result is what a student gets back. Marks and solutions are there only once solutions are revealed.
type Result struct {
	ID       uuid.UUID    `json:"id"`
	Finished bool         `json:"finished"`
	Revealed bool         `json:"revealed"`
	Answered int          `json:"answered"`
	Total    *float64     `json:"total,omitempty"` // marks
	Max      *float64     `json:"max,omitempty"`
	Pending  *int         `json:"pending,omitempty"` // answers that wait for a mark by hand
	Items    []ResultItem `json:"items,omitempty"`
}

// ResultItem is one question with its mark and its solution.
type ResultItem struct {
	Slot     lesson.Slot     `json:"slot"`
	Response json.RawMessage `json:"response,omitempty"`
	Status   string          `json:"status"` // scored, pending, unscored, omitted
	Mark     float64         `json:"mark"`
	Max      float64         `json:"max"`
	Solution json.RawMessage `json:"solution"`
	Note     string          `json:"note,omitempty"` // of who marked it by hand
	// Corrected says that the key was wrong when the answer was given: the solution is the right one, and the mark what it came to.
	Corrected *Corrected `json:"corrected,omitempty"`
	judge     attempt.Item
}

// Corrected is what a regrade did to a mark.
type Corrected struct {
	Was     float64 `json:"was"`               // the mark before
	Dropped bool    `json:"dropped,omitempty"` // the question counts for nothing any more
}

// result serves the result of an attempt.
func (d *Door) result(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	attemptID, err := id(r)
	if err != nil {
		return err
	}
	var result Result
	var last attempt.ID
	read := func(revealed bool) error {
		_, err := d.Bus.Do(r.Context(), actor, commands.ReadAttempt{Attempt: attemptID, See: func(a attempt.Attempt) error {
			last = a.RevealedWith()
			result = Result{ID: attemptID, Finished: a.Done != nil, Revealed: revealed || a.Revealed()}
			if err := d.tally(r, a, &result); err != nil {
				return err
			}
			return d.rightKeys(r.Context(), a, result.Items)
		}})
		return err
	}
	if err := read(false); err != nil {
		return err
	}
	over, err := d.over(r.Context(), actor, last)
	if err == nil && over {
		err = read(true)
	}
	if err != nil {
		return err
	}
	if !result.Finished {
		return fault.Refuse(fault.Conflict, "attempt.not_finished", fault.Say("finish the attempt first", "请先结束作答"))
	}
	for i := range result.Items { // after the attempt is free again: this may read from the database
		if result.Items[i].Solution, err = d.solution(r.Context(), result.Items[i].judge); err != nil {
			return err
		}
	}
	return respond(w, http.StatusOK, result)
}

// over reports whether the actor's last attempt, if there is one to wait for, reveals solutions by now.
func (d *Door) over(ctx context.Context, actor access.Actor, last attempt.ID) (revealed bool, err error) {
	if last == uuid.Nil {
		return false, nil
	}
	_, err = d.Bus.Do(ctx, actor, commands.ReadAttempt{Attempt: last, See: func(a attempt.Attempt) error {
		revealed = a.Revealed()
		return nil
	}})
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return false, nil // it was not begun
	}
	return revealed, err
}

func (d *Door) tally(r *http.Request, a attempt.Attempt, to *Result) error {
	var total, highest scoring.Mark
	pending := 0
	for _, item := range a.Items {
		if a.Withdrawn(item.Slot) {
			continue
		}
		standing, answered := a.Standing(item.Slot)
		highest += item.Max - standing.Dropped()
		if answered {
			to.Answered++
			total += standing.Mark()
		}
		if standing.Pending() {
			pending++
		}
		if !to.Revealed {
			continue
		}
		line := ResultItem{Slot: item.Slot, Status: "omitted", Max: marks(item.Max - standing.Dropped()), judge: item}
		if answered {
			var err error
			if line.Response, _, err = d.Bus.Response(r.Context(), a.Student, standing.Answered); err != nil {
				return err
			}
			line.Status, line.Mark = string(standing.Status), marks(standing.Mark())
			if standing.Grade != nil {
				line.Status = string(scoring.Scored)
				if line.Note, _, err = d.Bus.NoteOf(r.Context(), a.Student, *standing.Grade); err != nil {
					return err
				}
			}
			if revised := standing.Revised; revised != nil {
				line.Status, line.Corrected = string(revised.Status), &Corrected{Was: marks(revised.Was), Dropped: revised.Dropped > 0}
			}
		}
		to.Items = append(to.Items, line)
	}
	if to.Revealed {
		t, m := marks(total), marks(highest)
		to.Total, to.Max, to.Pending = &t, &m, &pending
	}
	return nil
}

// rightKeys has the solutions drawn from the errata for which a regrade stands.
func (d *Door) rightKeys(ctx context.Context, a attempt.Attempt, items []ResultItem) error {
	for i := range items {
		correction, stands, err := d.Bus.Correction(ctx, a, items[i].judge)
		if err != nil {
			return err
		}
		if stands {
			items[i].judge.Version = correction.To
		}
	}
	return nil
}

func (d *Door) solution(ctx context.Context, item attempt.Item) (json.RawMessage, error) {
	judge, err := d.Bus.Judges.Judge(ctx, item.Question, item.Version)
	if err != nil {
		return nil, err
	}
	return content.Canonical(judge.Type.Reveal(judge.Public, judge.Solution)), nil
}

func marks(m scoring.Mark) float64 { return float64(m) / float64(scoring.OneMark) }
