package commands

import (
	"context"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/roster"
)

// TransferStudents moves students from one class into another (调班).
type TransferStudents struct {
	From     string   // code of the class they leave
	To       string   // code of the class they join
	Students []string // the organisation's own numbers
	AsOf     roster.AsOf
}

// Needs the right to write the roster.
func (TransferStudents) Needs() access.Permission { return access.WriteRoster }

// Do moves the students: in first, out then. Where it is interrupted between, nobody is without a class, and doing it again ends it.
func (c TransferStudents) Do(ctx context.Context, w *Work) error {
	students, err := w.peopleOf("students", numbered(c.Students))
	if err != nil {
		return err
	}
	from, err := w.inRoster(ctx, "from", c.From, roster.ClassID)
	if err != nil {
		return err
	}
	to, err := w.inRoster(ctx, "to", c.To, roster.ClassID)
	if err != nil {
		return err
	}
	if from == to {
		message := fault.Say("they are to leave the class they join", "转出与转入的班级相同")
		return fault.Refuse(fault.Invalid, "class.same", message, fault.Problem{Pointer: "/to", Code: "same", Message: message})
	}
	left, _, err := load[roster.Class](ctx, w, from, 0)
	if err != nil {
		return err
	}
	joining := decide(ctx, w, to, func(class roster.Class) ([]event.Event, error) {
		if err := c.known(students.ids, left, class); err != nil {
			return nil, err
		}
		return class.Join(students.ids, roster.Window{}, c.AsOf, w.meta.At)
	})
	if joining != nil && !fault.Is(joining, "roster.stale") {
		return joining
	}
	joined := w.Done
	leaving := decide(ctx, w, from, func(class roster.Class) ([]event.Event, error) {
		return class.Leave(students.ids, c.AsOf, w.meta.At)
	})
	joined.Position = max(joined.Position, w.Done.Position)
	w.Done = joined
	if fault.Is(leaving, "roster.stale") && w.Done.Position > 0 {
		return nil // half of it was news
	}
	if joining != nil && w.Done.Position == 0 {
		return joining
	}
	return leaving
}

// known refuses, of a move that is made here and now, students who are in neither class: whoever asks mistakes the class. What another
// system tells may come before what it told earlier.
func (c TransferStudents) known(students []uuid.UUID, from, to roster.Class) error {
	if !c.AsOf.IsZero() {
		return nil
	}
	at := slices.IndexFunc(students, func(s uuid.UUID) bool { return !from.Members[s].In && !to.Members[s].In })
	if at < 0 {
		return nil
	}
	message := fault.Say("the student %.100q is not in the class", "学生 %.100q 不在该班级", c.Students[at])
	return fault.Refuse(fault.Conflict, "class.not_a_member", message,
		fault.Problem{Pointer: "/students/" + strconv.Itoa(at), Code: "not_a_member", Message: message})
}
