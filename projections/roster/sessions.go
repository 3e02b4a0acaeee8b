package roster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/roster"
	"qbank/domain/session"
	"qbank/projections/read"
)

// Session is a class session.
type Session struct {
	ID          uuid.UUID
	Org         string
	Environment string
	Code        string // the organisation's own
	session.Plan
	State       session.State
	StartedAt   int64  // microseconds; 0: not yet
	EndedAt     int64  // microseconds; 0: not yet
	CancelledAt int64  // microseconds; 0: it was not
	Reason      string // why it was cancelled
}

// Guest is a student of another class in a session.
type Guest struct {
	Student    uuid.UUID // opaque
	AdmittedAt int64     // microseconds
}

var sessions = read.From[Session]{
	Columns: `s.id, s.org, s.environment, s.code, s.title, s.lesson, s.teacher, s.start_at, s.end_at, s.state, s.started_at, s.ended_at, s.cancelled_at, s.reason,
		array(select k.class from ` + in + `.session_classes k where k.session = s.id order by k.class)`,
	Table: in + ".sessions s",
	Scan: func(row pgx.CollectableRow) (s Session, err error) {
		err = row.Scan(&s.ID, &s.Org, &s.Environment, &s.Code, &s.Title, &s.Lesson, &s.Teacher, &s.Start, &s.End, &s.State, &s.StartedAt, &s.EndedAt,
			&s.CancelledAt, &s.Reason, &s.Classes)
		return s, err
	},
}

var byStart = read.Order[Session]{
	Name: "start", Desc: true, Keys: []read.Key{{Column: "s.start_at", Kind: read.Int}, {Column: "s.id", Kind: read.ID}},
	Of: func(s Session) []any { return []any{s.Start, s.ID} },
}

// SessionFilter says which sessions are wanted; what is set must hold.
type SessionFilter struct {
	Lesson  uuid.UUID
	Class   uuid.UUID
	Teacher uuid.UUID // opaque id
	State   session.State
	From    int64 // microseconds: planned to end after it
	Until   int64 // microseconds: planned to start before it
}

// Sessions lists the sessions of a scope, the latest planned start first.
func (r *Reader) Sessions(ctx context.Context, scope access.Scope, filter SessionFilter, page read.Page) (read.Rows[Session], error) {
	where := read.InScope("s", scope)
	if filter.Lesson != uuid.Nil {
		where.And("s.lesson = ?", filter.Lesson)
	}
	if filter.Class != uuid.Nil {
		where.And("exists (select from "+in+".session_classes k where k.session = s.id and k.class = ?)", filter.Class)
	}
	if filter.Teacher != uuid.Nil {
		where.And("s.teacher = ?", filter.Teacher)
	}
	if filter.State != "" {
		where.And("s.state = ?", filter.State)
	}
	if filter.From > 0 {
		where.And("s.end_at > ?", filter.From)
	}
	if filter.Until > 0 {
		where.And("s.start_at < ?", filter.Until)
	}
	return read.List(ctx, r.db, sessions, where, byStart, page)
}

// GetSessions reads sessions by id. Those that are not there in the scope are missing from the answer.
func (r *Reader) GetSessions(ctx context.Context, scope access.Scope, ids []uuid.UUID) (map[uuid.UUID]Session, error) {
	return read.ByID(ctx, r.db, sessions, read.InScope("s", scope), "s.id", ids, func(s Session) uuid.UUID { return s.ID })
}

var allGuests = read.From[Guest]{
	Columns: "g.student, g.admitted_at",
	Table:   in + ".guests g join " + in + ".sessions s on s.id = g.session",
	Scan: func(row pgx.CollectableRow) (g Guest, err error) {
		err = row.Scan(&g.Student, &g.AdmittedAt)
		return g, err
	},
}

var byGuest = read.Order[Guest]{
	Name: "guest", Keys: []read.Key{{Column: "g.student", Kind: read.ID}},
	Of: func(g Guest) []any { return []any{g.Student} },
}

// Guests lists the guests of a session, in the order of their ids.
func (r *Reader) Guests(ctx context.Context, scope access.Scope, id uuid.UUID, page read.Page) (read.Rows[Guest], error) {
	where := read.InScope("s", scope)
	where.And("g.session = ?", id)
	return read.List(ctx, r.db, allGuests, where, byGuest, page)
}

// around is the condition that a session is one for the scope's students: of their environment, of their organisation, one above or one below it.
func around(scope access.Scope, id uuid.UUID) *read.Where {
	where := read.Around("s.org", scope.Org)
	where.And("s.environment = ? and s.id = ?", scope.Environment, id)
	return where
}

// Attends says how the subject of a token stands to a session now, or is the fault "session.not_found".
func (r *Reader) Attends(ctx context.Context, scope access.Scope, id uuid.UUID, student string) (session.Attendance, error) {
	where := around(scope, id)
	sql := strings.NewReplacer("{in}", in, "{where}", where.String(), "{current}", current, "{student}", where.Arg(roster.PersonOf(student))).Replace(`
		select s.lesson, s.state, exists (select from {in}.guests g where g.session = s.id and g.student = {student}) or exists (
			select from {in}.session_classes k join {in}.members m on m.class = k.class
			where k.session = s.id and m.student = {student} and {current})
		from {in}.sessions s where {where}`)
	var a session.Attendance
	err := r.db.QueryRow(ctx, sql, where.Args()...).Scan(&a.Lesson, &a.State, &a.Belongs)
	return a, missing(err, id)
}

// Pins reads what a session fixed at its start, or is the fault "session.not_running" where it has not started, or "session.not_found".
func (r *Reader) Pins(ctx context.Context, scope access.Scope, id uuid.UUID) (*session.Pins, error) {
	where := around(scope, id)
	var pins *session.Pins
	err := r.db.QueryRow(ctx, "select s.pins from "+sessions.Table+" where "+where.String(), where.Args()...).Scan(&pins)
	if err := missing(err, id); err != nil {
		return nil, err
	}
	if pins == nil {
		return nil, session.NotRunning()
	}
	return pins, nil
}

func missing(err error, id uuid.UUID) error {
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return session.NotFound()
	case err != nil:
		return fmt.Errorf("read session %s: %w", id, err)
	}
	return nil
}
