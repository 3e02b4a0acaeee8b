package roster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/reissue"
	"qbank/domain/roster"
	"qbank/projections/read"
)

// groups are the classes that an audience comes to, each with why it is in it, and its sessions, within a scope.
const groups = `
	with own as (
		select c.id, c.course from {in}.classes c where {classes}
	), held as (
		select s.id from {in}.sessions s where {sessions} and s.id = any({session})
	), seats as (
		select id as class from own where id = any({class})
		union select id from own where course = any({course})
		union select k.class from {in}.session_classes k join held on held.id = k.session
	)`

// audience finds the students of an audience, each once with a class.
const audience = groups + `, everybody as (
		select m.student, m.class from seats join {in}.members m using (class) where {current}
		union all select g.student, '00000000-0000-0000-0000-000000000000' from held join {in}.guests g on g.session = held.id
		union all select n.student, coalesce((select m.class from {in}.members m join own on own.id = m.class where m.student = n.student and {current} order by m.class limit 1),
			'00000000-0000-0000-0000-000000000000') from unnest({student}::uuid[]) n(student)
	)
	select student, class, coalesce((select position from checkpoints where name = {name} and version = {version} and not shadow), 0)
	from (select distinct on (student) student, class from everybody order by student, class desc) each
	limit {limit}`

// known lists which of the named groups there are.
const known = groups + `
	select 'classes', id from own where id = any({class})
	union all select 'sessions', id from held
	union all select 'courses', n.id from {in}.nodes n where n.kind = {kind} and n.id = any({course}) and {nodes}`

// Audience finds the students of an audience at this moment: members of its classes, of the classes of its courses and sessions, guests of its sessions, and
// those who are named. Classes, courses and sessions are of the scope's organisation or below, sessions of its environment; others are listed as
// unknown. It reads one more than reissue.MaxAudience students at most.
func (r *Reader) Audience(ctx context.Context, scope access.Scope, a reissue.Audience) (reissue.Reached, error) {
	var reached reissue.Reached
	sql, args := r.audienceSQL(audience, scope, a)
	rows, err := r.db.Query(ctx, sql, args...)
	if err == nil {
		var m reissue.Member
		_, err = pgx.ForEachRow(rows, []any{&m.Student, &m.Class, &reached.Position}, func() error {
			reached.Members = append(reached.Members, m)
			return nil
		})
	}
	if err == nil && a.Groups() > 0 {
		reached.Unknown, err = r.unknown(ctx, scope, a)
	}
	if err != nil {
		return reached, fmt.Errorf("read an audience: %w", err)
	}
	return reached, nil
}

func (r *Reader) audienceSQL(template string, scope access.Scope, a reissue.Audience) (string, []any) {
	where := read.Within("c.org", scope.Org)
	classes := where.String() // whatever the environment: only sessions belong to one
	sessions := strings.ReplaceAll(classes, "c.org", "s.org") + " and s.environment = " + where.Arg(scope.Environment)
	sql := strings.NewReplacer("{in}", in, "{classes}", classes, "{nodes}", strings.ReplaceAll(classes, "c.org", "n.org"), "{sessions}", sessions,
		"{class}", where.Arg(some(a.Classes)), "{course}", where.Arg(some(a.Courses)), "{session}", where.Arg(some(a.Sessions)), "{current}", current)
	text := sql.Replace(template)
	for _, late := range []struct {
		name  string
		value any
	}{{"{student}", some(a.Students)}, {"{name}", name}, {"{version}", version}, {"{limit}", reissue.MaxAudience + 1}, {"{kind}", string(roster.Course)}} {
		if strings.Contains(text, late.name) { // PostgreSQL wants every parameter to be used
			text = strings.ReplaceAll(text, late.name, where.Arg(late.value))
		}
	}
	return text, where.Args()
}

// some is a list that is never null.
func some(ids []uuid.UUID) []uuid.UUID { return append([]uuid.UUID{}, ids...) }

func (r *Reader) unknown(ctx context.Context, scope access.Scope, a reissue.Audience) (problems []fault.Problem, err error) {
	sql, args := r.audienceSQL(known, scope, a)
	rows, err := r.db.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	found := map[string][]uuid.UUID{}
	var list string
	var id uuid.UUID
	if _, err = pgx.ForEachRow(rows, []any{&list, &id}, func() error {
		found[list] = append(found[list], id)
		return nil
	}); err != nil {
		return nil, err
	}
	for _, named := range []struct {
		list string
		ids  []uuid.UUID
	}{{"classes", a.Classes}, {"sessions", a.Sessions}, {"courses", a.Courses}} {
		for i, id := range named.ids {
			if !slices.Contains(found[named.list], id) {
				problems = append(problems, reissue.Unknown(named.list, i))
			}
		}
	}
	return problems, nil
}

// Unknown lists those of the classes that an organisation does not have, itself, above or below.
func (r *Reader) Unknown(ctx context.Context, org string, classes []uuid.UUID) ([]uuid.UUID, error) {
	where := read.Around("c.org", org)
	sql := "select n.id from unnest(" + where.Arg(some(classes)) + "::uuid[]) n(id) where not exists (select from " + in + ".classes c where c.id = n.id and " + where.String() + ")"
	rows, err := read.Query(ctx, r.db, sql, where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("look classes up: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}
