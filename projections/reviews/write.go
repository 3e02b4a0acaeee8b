package reviews

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/content"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/projections"
)

// record is a row of the table items, column by column. Rows travel as JSON: lists of different lengths do not fit into arrays.
type record struct {
	ID          uuid.UUID          `json:"id"`
	Kind        workflow.Kind      `json:"kind"`
	Org         string             `json:"org"`
	Code        string             `json:"code"`
	Title       string             `json:"title"`
	Subject     string             `json:"subject"`
	Type        string             `json:"type"`
	Revision    int                `json:"revision"`
	State       string             `json:"state"`
	Standing    *workflow.Standing `json:"standing"`
	Waiting     bool               `json:"waiting"`
	Workflow    string             `json:"workflow"`
	Lane        string             `json:"lane"`
	Step        string             `json:"step"`
	Role        string             `json:"role"`
	Permission  string             `json:"permission"`
	Reserved    bool               `json:"reserved"`
	SpotCheck   bool               `json:"spot_check"`
	Given       int                `json:"given"`
	Needed      int                `json:"needed"`
	Barred      []string           `json:"barred"`
	Assigned    []string           `json:"assigned"`
	Due         int64              `json:"due"`
	SubmittedBy string             `json:"submitted_by"`
	SubmittedAt int64              `json:"submitted_at"`
	Since       int64              `json:"since"`
}

type table struct{ rows []record }

func (t *table) add(i *item) {
	r := record{ID: i.id, Kind: i.kind, Org: i.org, Code: i.code, Title: i.title, Subject: i.subject, Type: i.typ, Revision: i.revision, State: i.state,
		SpotCheck: len(i.standing.Review.SpotChecks()) > 0, SubmittedBy: i.submittedBy, SubmittedAt: i.submittedAt, Since: i.since, Barred: []string{}, Assigned: []string{}}
	if i.standing.Hash != "" || len(i.standing.Drawn) > 0 {
		r.Standing = &i.standing
	}
	if i.waits() != "" {
		r.wait(i.standing)
	}
	t.rows = append(t.rows, r)
}

// wait says what waits for an approval, and of whom.
func (r *record) wait(s workflow.Standing) {
	step, _ := s.Waiting()
	r.Waiting, r.Workflow, r.Lane = true, s.Review.Workflow, s.Review.Lane
	r.Step, r.Role, r.Permission, r.Reserved = step.ID, string(step.Role), string(step.Permission), step.AssignedOnly
	r.Given, r.Needed = s.Given(step.ID), step.Approvals
	r.Barred = append(r.Barred, s.Barred()...)
	for _, a := range s.Assigned {
		if a.Step != step.ID {
			continue
		}
		r.Assigned = append(r.Assigned, a.Person)
		if a.Due > 0 && (r.Due == 0 || a.Due < r.Due) {
			r.Due = a.Due
		}
	}
}

func (t *table) write(ctx context.Context, tx pgx.Tx) error {
	return insert(ctx, tx, t.rows, `insert into items select * from json_populate_recordset(null::items, $1)
		on conflict (id) do update set (title, subject, type, revision, state, standing, waiting, workflow, lane, step, role, permission, reserved,
			spot_check, given, needed, barred, assigned, due, submitted_by, submitted_at, since) =
			(excluded.title, excluded.subject, excluded.type, excluded.revision, excluded.state, excluded.standing, excluded.waiting, excluded.workflow,
			excluded.lane, excluded.step, excluded.role, excluded.permission, excluded.reserved, excluded.spot_check, excluded.given, excluded.needed,
			excluded.barred, excluded.assigned, excluded.due, excluded.submitted_by, excluded.submitted_at, excluded.since)`)
}

func insert[T any](ctx context.Context, tx pgx.Tx, rows []T, sql string) error {
	if len(rows) == 0 {
		return nil
	}
	raw, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode rows: %w", err)
	}
	_, err = tx.Exec(ctx, sql, string(raw))
	return err
}

// happened is a row of the table history.
type happened struct {
	Item     uuid.UUID    `json:"item"`
	Revision int          `json:"revision"`
	Action   string       `json:"action"`
	Step     string       `json:"step"`
	Persons  []string     `json:"persons"`
	Workflow string       `json:"workflow"`
	Hash     content.Hash `json:"hash"`
	Note     string       `json:"note"`
	By       string       `json:"by"`
	At       int64        `json:"at"`
}

type history struct{ rows []happened }

func (h *history) add(e projections.Event) {
	r := happened{Item: e.Stream, Revision: e.Version, Persons: []string{}, By: e.Meta.Actor, At: e.RecordedAt.UnixMicro()}
	switch payload := e.Payload.(type) {
	case question.Submitted:
		r.Action, r.Workflow, r.Hash, r.Note = "submitted", payload.Workflow, payload.Hash, payload.Note
	case lesson.Submitted:
		r.Action, r.Workflow, r.Hash, r.Note = "submitted", payload.Workflow, payload.Hash, payload.Note
	case question.Approved:
		r.Action, r.Step, r.Hash, r.Note = "approved", payload.Step, payload.Hash, payload.Note
	case lesson.Approved:
		r.Action, r.Step, r.Hash, r.Note = "approved", payload.Step, payload.Hash, payload.Note
	case question.Returned:
		r.Action, r.Hash, r.Note = "returned", payload.Hash, payload.Reason
	case lesson.Returned:
		r.Action, r.Hash, r.Note = "returned", payload.Hash, payload.Reason
	case lesson.Recalled:
		r.Action, r.Hash, r.Note = "recalled", payload.Hash, payload.Reason
	case question.Assigned:
		r.Action = "assigned"
		r.of(payload.Given)
	case lesson.Assigned:
		r.Action = "assigned"
		r.of(payload.Given)
	case question.Unassigned:
		r.Action = "unassigned"
		r.of(payload.Ended)
	case lesson.Unassigned:
		r.Action = "unassigned"
		r.of(payload.Ended)
	case question.Published:
		r.Action, r.Workflow, r.Hash = "published", payload.Workflow, payload.Hash
	case lesson.Published:
		r.Action = "published"
	default:
		return
	}
	h.rows = append(h.rows, r)
}

func (r *happened) of(list []workflow.Assignment) {
	for _, a := range list {
		r.Step, r.Persons = a.Step, append(r.Persons, a.Person)
	}
}

func (h *history) write(ctx context.Context, tx pgx.Tx) error {
	return insert(ctx, tx, h.rows, `insert into history select * from json_populate_recordset(null::history, $1)`)
}
