package roster

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/erasure"
	"qbank/domain/event"
	"qbank/domain/roster"
	"qbank/domain/session"
	"qbank/projections"
)

const (
	name    = "roster"
	version = 3
)

//go:embed schema.sql
var schema string

// Keys deciphers what is kept under people's keys.
type Keys interface {
	// OpenAll deciphers a text of each person; nil where it cannot be read any more.
	OpenAll(ctx context.Context, people []uuid.UUID, sealed [][]byte) ([][]byte, error)
}

// Projection keeps the tables.
type Projection struct {
	projections.Tables
	keys Keys
}

// New makes the projection.
func New(keys Keys) *Projection {
	return &Projection{projections.NewTables(name, version, schema), keys}
}

// Events names everything that happens to the roster and to sessions, and who is erased.
func (*Projection) Events() []string {
	var names []string
	for _, e := range []event.Event{roster.NodeCreated{}, roster.NodeChanged{}, roster.ClassCreated{}, roster.ClassRenamed{}, roster.ClassPlaced{},
		roster.ClassStaffed{}, roster.MembersJoined{}, roster.MembersLeft{}, roster.StudentDescribed{}, session.Planned{}, session.Replanned{},
		session.Started{}, session.Ended{}, session.Cancelled{}, session.Admitted{}, erasure.Begun{}} {
		names = append(names, e.Name())
	}
	return names
}

// change is what a batch comes to, table by table.
type change struct {
	nodes    rows[nodeRow]
	classes  rows[classRow]
	staff    map[job][]uuid.UUID
	seats    map[seat]*sitting
	students map[uuid.UUID]roster.StudentDescribed
	sessions rows[sessionRow]
	guests   map[guest]int64 // since when
	erased   map[uuid.UUID]bool
}

// Apply folds a batch.
func (p *Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	c := change{nodes: rows[nodeRow]{}, classes: rows[classRow]{}, staff: map[job][]uuid.UUID{}, seats: map[seat]*sitting{},
		students: map[uuid.UUID]roster.StudentDescribed{}, sessions: rows[sessionRow]{}, guests: map[guest]int64{},
		erased: map[uuid.UUID]bool{}}
	for _, e := range batch {
		c.fold(e)
	}
	if err := c.open(ctx, p.keys); err != nil {
		return err
	}
	for _, write := range []struct {
		what string
		rows func(context.Context, pgx.Tx) error
	}{{"nodes", c.writeNodes}, {"classes", c.writeClasses}, {"staff", c.writeStaff}, {"erased", c.writeErased}, {"members", c.writeSeats}, {"students", c.writeStudents},
		{"sessions", c.writeSessions}, {"guests", c.writeGuests}} {
		if err := write.rows(ctx, tx); err != nil {
			return fmt.Errorf("write %s: %w", write.what, err)
		}
	}
	return nil
}

func (c *change) fold(e projections.Event) {
	at := e.RecordedAt.UnixMicro()
	switch payload := e.Payload.(type) {
	case roster.NodeCreated:
		n := c.nodes.of(e.Stream)
		n.org, n.kind, n.code, n.createdAt = payload.Org, string(payload.Kind), payload.Code, at
		n.say(payload.NodeFacts, at)
	case roster.NodeChanged:
		c.nodes.of(e.Stream).say(payload.NodeFacts, at)
	case roster.ClassCreated:
		k := c.classes.of(e.Stream)
		k.org, k.code, k.title, k.createdAt = payload.Org, payload.Code, payload.Title, at
	case roster.ClassRenamed:
		c.classes.of(e.Stream).title = payload.Title
	case roster.ClassPlaced:
		c.classes.of(e.Stream).course = payload.Course
	case roster.ClassStaffed:
		c.staff[job{e.Stream, payload.Role}] = payload.People
	case roster.MembersJoined:
		c.join(e.Stream, payload, at)
	case roster.MembersLeft:
		for _, student := range payload.Students {
			c.seats[seat{e.Stream, student}] = &sitting{left: true}
		}
	case roster.StudentDescribed:
		c.students[payload.Student] = payload
	case erasure.Begun:
		c.erased[payload.Person] = true
	default:
		c.foldSession(e, at)
		return
	}
	if k, ok := c.class(e); ok {
		k.updatedAt = at
	}
}

// class is the class that an event is about.
func (c *change) class(e projections.Event) (*classRow, bool) {
	switch e.Payload.(type) {
	case roster.ClassCreated, roster.ClassRenamed, roster.ClassPlaced, roster.ClassStaffed, roster.MembersJoined, roster.MembersLeft:
		return c.classes.of(e.Stream), true
	}
	return nil, false
}

func (c *change) foldSession(e projections.Event, at int64) {
	s := c.sessions.of(e.Stream)
	switch payload := e.Payload.(type) {
	case session.Planned:
		s.org, s.environment, s.code, s.state = payload.Org, payload.Environment, payload.Code, session.Waiting
		s.plan = &payload.Plan
	case session.Replanned:
		s.plan = &payload.Plan
	case session.Started:
		s.state, s.startedAt, s.pins = session.Running, payload.At, &payload.Pins
	case session.Ended:
		s.state, s.endedAt = session.Over, payload.At
	case session.Cancelled:
		s.state, s.cancelledAt, s.reason = session.Off, payload.At, payload.Reason
	case session.Admitted:
		for _, student := range payload.Students {
			c.guests[guest{e.Stream, student}] = at
		}
	}
}

// rows are what a batch says of things, by id. An empty field says nothing: what stands in the table stays.
type rows[R any] map[uuid.UUID]*R

func (r rows[R]) of(id uuid.UUID) *R {
	if r[id] == nil {
		r[id] = new(R)
	}
	return r[id]
}
