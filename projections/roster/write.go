package roster

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/roster"
	"qbank/domain/session"
)

type nodeRow struct {
	org, kind, code      string
	said                 roster.NodeFacts
	createdAt, updatedAt int64
}

func (n *nodeRow) say(facts roster.NodeFacts, at int64) { n.said, n.updatedAt = facts, at }

// writeNodes inserts rows whose creation is in the batch and updates the others; where a creation was skipped, there is nothing to update.
func (c *change) writeNodes(ctx context.Context, tx pgx.Tx) error {
	if len(c.nodes) == 0 {
		return nil
	}
	var ids, parents, lessons []uuid.UUID
	var orgs, kinds, codes, titles []string
	var from, until, created, updated []int64
	for id, n := range c.nodes {
		ids, parents, lessons = append(ids, id), append(parents, n.said.Parent), append(lessons, n.said.Lesson)
		orgs, kinds, codes, titles = append(orgs, n.org), append(kinds, n.kind), append(codes, n.code), append(titles, n.said.Title)
		from, until = append(from, n.said.From), append(until, n.said.Until)
		created, updated = append(created, n.createdAt), append(updated, n.updatedAt)
	}
	var statements pgx.Batch
	statements.Queue(`
		insert into nodes (id, org, kind, code, title, parent, lesson, from_at, until_at, created_at, updated_at)
		select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::bigint[], $9::bigint[],
			$10::bigint[], $11::bigint[]) as rows(id, org, kind, code, title, parent, lesson, from_at, until_at, created_at, updated_at)
		where rows.created_at > 0`, ids, orgs, kinds, codes, titles, parents, lessons, from, until, created, updated)
	statements.Queue(`
		update nodes n set title = rows.title, parent = rows.parent, lesson = rows.lesson, from_at = rows.from_at, until_at = rows.until_at,
			updated_at = rows.updated_at
		from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[], $7::bigint[])
			as rows(id, title, parent, lesson, from_at, until_at, updated_at)
		where n.id = rows.id`, ids, titles, parents, lessons, from, until, updated)
	return tx.SendBatch(ctx, &statements).Close()
}

type classRow struct {
	org, code, title     string
	course               uuid.UUID
	createdAt, updatedAt int64
}

func (c *change) writeClasses(ctx context.Context, tx pgx.Tx) error {
	if len(c.classes) == 0 {
		return nil
	}
	var ids, courses []uuid.UUID
	var orgs, codes, titles []string
	var created, updated []int64
	for id, k := range c.classes {
		ids, courses = append(ids, id), append(courses, k.course)
		orgs, codes, titles = append(orgs, k.org), append(codes, k.code), append(titles, k.title)
		created, updated = append(created, k.createdAt), append(updated, k.updatedAt)
	}
	var statements pgx.Batch
	statements.Queue(`
		insert into classes (id, org, code, title, course, members, created_at, updated_at)
		select id, org, code, title, course, 0, created_at, updated_at
		from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::bigint[], $7::bigint[])
			as rows(id, org, code, title, course, created_at, updated_at)
		where created_at > 0`, ids, orgs, codes, titles, courses, created, updated)
	statements.Queue(`
		update classes c set title = coalesce(nullif(rows.title, ''), c.title), course = coalesce(nullif(rows.course, $5::uuid), c.course),
			updated_at = rows.updated_at
		from unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[]) as rows(id, title, course, updated_at)
		where c.id = rows.id`, ids, titles, courses, updated, uuid.Nil)
	return tx.SendBatch(ctx, &statements).Close()
}

// job is what somebody does in a class.
type job struct {
	class uuid.UUID
	role  roster.Role
}

func (c *change) writeStaff(ctx context.Context, tx pgx.Tx) error {
	if len(c.staff) == 0 {
		return nil
	}
	var changed, classes, people []uuid.UUID
	var changedRoles, roles []string
	for job, staff := range c.staff {
		changed, changedRoles = append(changed, job.class), append(changedRoles, string(job.role))
		for _, person := range staff {
			classes, roles, people = append(classes, job.class), append(roles, string(job.role)), append(people, person)
		}
	}
	var statements pgx.Batch
	statements.Queue(`delete from staff s using unnest($1::uuid[], $2::text[]) as changed(class, role)
		where s.class = changed.class and s.role = changed.role`, changed, changedRoles)
	statements.Queue(`insert into staff select * from unnest($1::uuid[], $2::text[], $3::uuid[])`, classes, roles, people)
	return tx.SendBatch(ctx, &statements).Close()
}

type seat struct{ class, student uuid.UUID }

// sitting is what a batch says of a seat.
type sitting struct {
	left   bool
	anew   bool // whoever sat there before left first
	window roster.Window
	since  int64
}

// join seats students. Those who sit there already have been members since before.
func (c *change) join(class uuid.UUID, e roster.MembersJoined, at int64) {
	for _, student := range e.Students {
		key := seat{class, student}
		was := c.seats[key]
		now := &sitting{window: e.Window, since: at}
		switch {
		case was != nil && was.left:
			now.anew = true
		case was != nil:
			now.anew, now.since = was.anew, was.since
		}
		c.seats[key] = now
	}
}

func (c *change) writeSeats(ctx context.Context, tx pgx.Tx) error {
	if len(c.seats) == 0 {
		return nil
	}
	var classes, students, leftClasses, leftStudents []uuid.UUID
	var since, from, until []int64
	touched := map[uuid.UUID]bool{}
	for seat, s := range c.seats {
		touched[seat.class] = true
		if s.left || s.anew {
			leftClasses, leftStudents = append(leftClasses, seat.class), append(leftStudents, seat.student)
		}
		if !s.left {
			classes, students, since = append(classes, seat.class), append(students, seat.student), append(since, s.since)
			from, until = append(from, s.window.From), append(until, s.window.Until)
		}
	}
	counted := make([]uuid.UUID, 0, len(touched))
	for class := range touched {
		counted = append(counted, class)
	}
	var statements pgx.Batch
	statements.Queue(`delete from members m using unnest($1::uuid[], $2::uuid[]) as gone(class, student)
		where m.class = gone.class and m.student = gone.student`, leftClasses, leftStudents)
	statements.Queue(`insert into members select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[])
		on conflict (class, student) do update set from_at = excluded.from_at, until_at = excluded.until_at`, classes, students, since, from, until)
	statements.Queue(counting, counted)
	return tx.SendBatch(ctx, &statements).Close()
}

func (c *change) writeStudents(ctx context.Context, tx pgx.Tx) error {
	if len(c.students) == 0 {
		return nil
	}
	var ids []uuid.UUID
	var orgs, grades, regions []string
	for id, s := range c.students {
		ids, orgs, grades, regions = append(ids, id), append(orgs, s.Org), append(grades, s.Grade), append(regions, s.Region)
	}
	_, err := tx.Exec(ctx, `insert into students (student, org, grade, region) select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
		on conflict (student) do update set grade = excluded.grade, region = excluded.region`, ids, orgs, grades, regions)
	return err
}

type guest struct{ session, student uuid.UUID }

func (c *change) writeGuests(ctx context.Context, tx pgx.Tx) error {
	if len(c.guests) == 0 {
		return nil
	}
	var sessions, students []uuid.UUID
	var since []int64
	for g, at := range c.guests {
		sessions, students, since = append(sessions, g.session), append(students, g.student), append(since, at)
	}
	_, err := tx.Exec(ctx, `insert into guests select * from unnest($1::uuid[], $2::uuid[], $3::bigint[])`, sessions, students, since)
	return err
}

type sessionRow struct {
	org, environment, code          string
	plan                            *session.Plan // nil: as it stands
	state                           session.State
	startedAt, endedAt, cancelledAt int64
	reason                          string
	pins                            *session.Pins
}

func (c *change) writeSessions(ctx context.Context, tx pgx.Tx) error {
	if len(c.sessions) == 0 {
		return nil
	}
	var statements pgx.Batch
	for id, s := range c.sessions { // few: one class's lesson is one row
		if s.environment != "" {
			statements.Queue(`insert into sessions values ($1, $2, $3, $4, '', $5, $5, $6, 0, 0, 0, 0, 0, '', null)`,
				id, s.org, s.environment, s.code, uuid.Nil, session.Waiting)
		}
		if s.plan != nil {
			statements.Queue(`update sessions set title = $2, lesson = $3, teacher = $4, start_at = $5, end_at = $6 where id = $1`,
				id, s.plan.Title, s.plan.Lesson, s.plan.Teacher, s.plan.Start, s.plan.End)
			statements.Queue(`delete from session_classes where session = $1`, id)
			statements.Queue(`insert into session_classes select $1, unnest($2::uuid[])`, id, s.plan.Classes)
		}
		if s.state == "" {
			continue
		}
		pins, err := encoded(s.pins)
		if err != nil {
			return err
		}
		statements.Queue(`update sessions set state = $2, started_at = greatest(started_at, $3), ended_at = greatest(ended_at, $4),
			cancelled_at = greatest(cancelled_at, $5), reason = coalesce(nullif($6, ''), reason), pins = coalesce($7::json, pins) where id = $1`,
			id, s.state, s.startedAt, s.endedAt, s.cancelledAt, s.reason, pins)
	}
	if statements.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, &statements).Close()
}

// encoded is pins as they stand in the row, nil where there are none.
func encoded(pins *session.Pins) (*string, error) {
	if pins == nil {
		return nil, nil
	}
	text, err := json.Marshal(pins)
	written := string(text)
	return &written, err
}
