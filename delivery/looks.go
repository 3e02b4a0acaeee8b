package delivery

import (
	"net/http"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/roster"
	"qbank/internal/audit"
)

// Look is a time during which staff could look through the student's eyes.
type Look struct {
	ID       uuid.UUID `json:"id"`
	Staff    string    `json:"staff"` // opaque
	Reason   string    `json:"reason"`
	OpenedAt int64     `json:"opened_at"` // microseconds
	EndedAt  int64     `json:"ended_at"`  // microseconds; of what has not ended, when it will
	Answers  bool      `json:"answers"`   // staff could answer too, apart from the student's attempts
}

// look writes down what staff asks for through a student's eyes.
func (d *Door) look(r *http.Request, actor access.Actor) {
	if actor.ActingFor == "" || d.Audit == nil {
		return
	}
	objects := []string{actor.Ticket.String()}
	for _, name := range []string{"id", "sha256"} {
		if object := r.PathValue(name); object != "" {
			objects = append(objects, object)
		}
	}
	d.Audit.Note(r.Context(), audit.Entry{At: d.Now(), Actor: actor, Address: d.Limits.From(r).String(), Action: audit.StudentSeen, Objects: objects,
		Detail: r.Method + " " + r.Pattern})
}

// looks tells a student who looked through the student's eyes, where that is what students are told. Staff that looks is told the same.
func (d *Door) looks(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	if !d.TellLooks || d.Looks == nil {
		return fault.Refuse(fault.NotFound, "pseudo.not_told", fault.Say("this is not told here", "此处不提供该信息"))
	}
	tickets, err := d.Looks.Looks(r.Context(), actor.Scope.Environment, roster.PersonOf(actor.Student()))
	if err != nil {
		return err
	}
	list := []Look{}
	for _, t := range tickets {
		// Two organisations may call their students alike.
		if !access.Related(t.Org, actor.Scope.Org) {
			continue
		}
		look := Look{ID: t.ID, Staff: t.Staff, Reason: t.Reason, OpenedAt: t.OpenedAt, EndedAt: t.Until, Answers: t.ApprovedBy != ""}
		if t.EndedAt != 0 {
			look.EndedAt = t.EndedAt
		}
		list = append(list, look)
	}
	return respond(w, http.StatusOK, map[string][]Look{"looks": list})
}
