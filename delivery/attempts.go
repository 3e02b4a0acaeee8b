package delivery

import (
	"encoding/json"
	"net/http"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/release"
	"qbank/observations/ledger"
)

// Attempt is an attempt as its student sees it while answering.
type Attempt struct {
	ID        uuid.UUID     `json:"id"`
	Lesson    uuid.UUID     `json:"lesson"`
	Session   uuid.UUID     `json:"session,omitzero"` // in class
	Version   int           `json:"version"`
	Number    int           `json:"number"`
	StartedAt int64         `json:"started_at"` // microseconds
	Finished  bool          `json:"finished"`
	Shadow    bool          `json:"shadow,omitempty"` // of staff, through the student's eyes
	Items     []AttemptItem `json:"items"`
}

// AttemptItem is one pinned question, with the student's own answer where there is one.
type AttemptItem struct {
	Slot     lesson.Slot         `json:"slot"`
	Question uuid.UUID           `json:"question"`
	Version  int                 `json:"version"`
	Type     string              `json:"type"`
	Public   string              `json:"sha256"`
	Max      float64             `json:"max"`
	Orders   map[string][]string `json:"orders,omitempty"`
	// Withdrawn: what stands here was taken down before it was answered. It cannot be answered and counts for nothing.
	Withdrawn bool       `json:"withdrawn,omitempty"`
	Answer    *OwnAnswer `json:"answer,omitempty"`
}

// OwnAnswer is the answer that counts.
type OwnAnswer struct {
	attempt.Receipt
	Response json.RawMessage `json:"response,omitempty"` // missing where it was erased
}

// startAttempt starts the student's next attempt at a lesson, or resumes the one that is open.
func (d *Door) startAttempt(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	request, err := body(w, r)
	if err != nil {
		return err
	}
	text, _ := request["lesson"].(string)
	lessonID, err := uuid.Parse(text)
	if err != nil {
		return shape("/lesson", fault.Say("the id of a lesson is expected", "应为讲次的编号"))
	}
	var session uuid.UUID
	if given, there := request["session"]; there {
		text, _ := given.(string)
		if session, err = uuid.Parse(text); err != nil || session == uuid.Nil {
			return shape("/session", fault.Say("the id of a session is expected", "应为场次的编号"))
		}
	}
	var seen Attempt
	done, err := d.Bus.Do(r.Context(), actor, commands.StartAttempt{Lesson: lessonID, Session: session, Seed: d.Seed(), See: d.show(r, actor, &seen)})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if done.Position > 0 { // something was stored: it is new
		status = http.StatusCreated
	}
	w.Header().Set("Location", "/v1/attempts/"+seen.ID.String())
	return respond(w, status, seen)
}

// readAttempt shows an attempt, for resuming.
func (d *Door) readAttempt(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	attemptID, err := id(r)
	if err != nil {
		return err
	}
	var seen Attempt
	if _, err := d.Bus.Do(r.Context(), actor, commands.ReadAttempt{Attempt: attemptID, See: d.show(r, actor, &seen)}); err != nil {
		return err
	}
	return respond(w, http.StatusOK, seen)
}

// finishAttempt closes an attempt.
func (d *Door) finishAttempt(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	attemptID, err := id(r)
	if err != nil {
		return err
	}
	var seen Attempt
	if _, err := d.Bus.Do(r.Context(), actor, commands.FinishAttempt{Attempt: attemptID, See: d.show(r, actor, &seen)}); err != nil {
		return err
	}
	return respond(w, http.StatusOK, seen)
}

// show copies an attempt out while nobody writes it.
func (d *Door) show(r *http.Request, actor access.Actor, to *Attempt) func(attempt.Attempt) error {
	return func(a attempt.Attempt) error {
		down, err := d.Bus.Down(r.Context(), a.Environment)
		if err != nil {
			return err
		}
		*to = Attempt{ID: a.ID(), Lesson: a.Lesson, Session: a.Session, Version: a.Version, Number: a.Number,
			StartedAt: a.At, Finished: a.Done != nil, Shadow: a.Shadow != uuid.Nil, Items: make([]AttemptItem, len(a.Items))}
		for i, item := range a.Items {
			to.Items[i] = AttemptItem{Slot: item.Slot, Question: item.Question, Version: item.Version, Type: item.Type.String(),
				Public: string(item.Public), Max: float64(item.Max) / 1e6, Orders: item.Orders}
			if item.Reason == release.Reissue {
				d.mark(actor, item.By, ledger.Running)
			}
			standing, answered := a.Standing(item.Slot)
			if !answered {
				to.Items[i].Withdrawn = a.Withdrawn(item.Slot) || a.Done == nil && down != nil && down(item.Question, item.Version)
				continue
			}
			response, _, err := d.Bus.Response(r.Context(), a.Student, standing.Answered)
			if err != nil {
				return err
			}
			to.Items[i].Answer = &OwnAnswer{Receipt: standing.Receipt(standing.Sequence), Response: response}
		}
		return nil
	}
}
