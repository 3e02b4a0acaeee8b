package lessons

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/lesson"
	"qbank/projections"
)

const (
	name    = "lessons"
	version = 1
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{}

// New makes the projection.
func New() *Projection { return &Projection{} }

// Name is "lessons".
func (*Projection) Name() string { return name }

// Version is that of the tables.
func (*Projection) Version() int { return version }

// Schema is the DDL of the tables.
func (*Projection) Schema() string { return schema }

// Events names everything that happens to a lesson.
func (*Projection) Events() []string {
	return []string{lesson.Created{}.Name(), lesson.Edited{}.Name(), lesson.Published{}.Name(), lesson.Retired{}.Name(),
		lesson.Submitted{}.Name(), lesson.Approved{}.Name(), lesson.Returned{}.Name(), lesson.Assigned{}.Name(), lesson.Unassigned{}.Name(),
		lesson.RevisionDeclined{}.Name()}
}

// row is a lesson on its way through a batch.
type row struct {
	lesson.Lesson
	id        uuid.UUID
	createdBy string
	createdAt int64
	updatedBy string
	updatedAt int64
	replanned bool
}

// Apply folds a batch: the domain folds each lesson's events, and each lesson is written once.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	rows, err := load(ctx, tx, batch)
	if err != nil {
		return err
	}
	var versions versions
	var places places
	for _, e := range batch {
		l := rows[e.Stream]
		switch payload := e.Payload.(type) {
		case lesson.Created:
			l = &row{id: e.Stream, createdBy: e.Meta.Actor, createdAt: e.RecordedAt.UnixMicro(), replanned: true}
			rows[e.Stream] = l
		case lesson.Edited:
			if l != nil {
				l.replanned = true
			}
		case lesson.Published:
			if err := versions.add(e, payload); err != nil {
				return err
			}
			places.add(e.Stream, payload.Version, payload.Plan)
		}
		if l == nil { // its creation was skipped
			continue
		}
		l.Lesson = l.Apply(e.Payload)
		l.Revision = e.Version
		l.updatedBy, l.updatedAt = e.Meta.Actor, e.RecordedAt.UnixMicro()
	}
	var drafts table
	for _, l := range rows {
		if err := drafts.add(l); err != nil {
			return err
		}
		if l.replanned {
			places.replace(l.id, l.Plan)
		}
	}
	for _, write := range []func(context.Context, pgx.Tx) error{drafts.write, versions.write, places.write} {
		if err := write(ctx, tx); err != nil {
			return fmt.Errorf("write lessons: %w", err)
		}
	}
	return nil
}

// load reads the lessons that the batch goes on with.
func load(ctx context.Context, tx pgx.Tx, batch []projections.Event) (map[uuid.UUID]*row, error) {
	ids := make([]uuid.UUID, 0, len(batch))
	for _, e := range batch {
		if e.Version > 1 {
			ids = append(ids, e.Stream)
		}
	}
	found, err := tx.Query(ctx, `select id, org, plan, revision, latest, retired, created_by, created_at from lessons where id = any($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("read lessons: %w", err)
	}
	rows := map[uuid.UUID]*row{}
	list, err := pgx.CollectRows(found, func(r pgx.CollectableRow) (*row, error) {
		l := &row{}
		var plan []byte
		if err := r.Scan(&l.id, &l.Org, &plan, &l.Revision, &l.Latest, &l.Retired, &l.createdBy, &l.createdAt); err != nil {
			return nil, err
		}
		return l, json.Unmarshal(plan, &l.Plan)
	})
	if err != nil {
		return nil, fmt.Errorf("read lessons: %w", err)
	}
	for _, l := range list {
		rows[l.id] = l
	}
	return rows, nil
}

// table is lessons by column.
type table struct {
	ids                                 []uuid.UUID
	orgs, titles, plans, creators, last []string
	questions, revisions, latest        []int
	retired                             []bool
	createdAt, updatedAt                []int64
}

func (t *table) add(l *row) error {
	plan, err := json.Marshal(l.Plan)
	if err != nil {
		return fmt.Errorf("encode the plan of lesson %s: %w", l.id, err)
	}
	t.ids = append(t.ids, l.id)
	t.orgs = append(t.orgs, l.Org)
	t.titles = append(t.titles, l.Plan.Title)
	t.plans = append(t.plans, string(plan))
	t.questions = append(t.questions, len(l.Plan.Items))
	t.revisions = append(t.revisions, l.Revision)
	t.latest = append(t.latest, l.Latest)
	t.retired = append(t.retired, l.Retired)
	t.creators = append(t.creators, l.createdBy)
	t.createdAt = append(t.createdAt, l.createdAt)
	t.last = append(t.last, l.updatedBy)
	t.updatedAt = append(t.updatedAt, l.updatedAt)
	return nil
}

func (t *table) write(ctx context.Context, tx pgx.Tx) error {
	if len(t.ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		insert into lessons (id, org, title, plan, questions, revision, latest, retired, created_by, created_at, updated_by, updated_at)
		select * from unnest($1::uuid[], $2::text[], $3::text[], $4::json[], $5::int[], $6::int[], $7::int[], $8::boolean[],
			$9::text[], $10::bigint[], $11::text[], $12::bigint[])
		on conflict (id) do update set title = excluded.title, plan = excluded.plan, questions = excluded.questions, revision = excluded.revision,
			latest = excluded.latest, retired = excluded.retired, updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
		t.ids, t.orgs, t.titles, t.plans, t.questions, t.revisions, t.latest, t.retired, t.creators, t.createdAt, t.last, t.updatedAt)
	return err
}

// versions are published versions by column.
type versions struct {
	lessons   []uuid.UUID
	numbers   []int
	plans, by []string
	at        []int64
}

func (v *versions) add(e projections.Event, p lesson.Published) error {
	plan, err := json.Marshal(p.Plan)
	if err != nil {
		return fmt.Errorf("encode version %d of lesson %s: %w", p.Version, e.Stream, err)
	}
	v.lessons, v.numbers, v.plans = append(v.lessons, e.Stream), append(v.numbers, p.Version), append(v.plans, string(plan))
	v.by, v.at = append(v.by, e.Meta.Actor), append(v.at, e.RecordedAt.UnixMicro())
	return nil
}

func (v *versions) write(ctx context.Context, tx pgx.Tx) error {
	if len(v.lessons) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into versions select * from unnest($1::uuid[], $2::int[], $3::json[], $4::text[], $5::bigint[])`,
		v.lessons, v.numbers, v.plans, v.by, v.at)
	return err
}

// places are uses by column.
type places struct {
	drafts    []uuid.UUID // lessons whose draft has other places now
	lessons   []uuid.UUID
	versions  []int
	slots     []string
	questions []uuid.UUID
	numbers   []int
}

func (p *places) add(id uuid.UUID, number int, plan lesson.Plan) {
	for _, item := range plan.Items {
		p.lessons, p.versions, p.slots = append(p.lessons, id), append(p.versions, number), append(p.slots, string(item.Slot))
		p.questions, p.numbers = append(p.questions, item.Question), append(p.numbers, item.Version)
	}
}

func (p *places) replace(id uuid.UUID, plan lesson.Plan) {
	p.drafts = append(p.drafts, id)
	p.add(id, 0, plan)
}

func (p *places) write(ctx context.Context, tx pgx.Tx) error {
	if len(p.drafts) > 0 {
		if _, err := tx.Exec(ctx, `delete from uses where lesson = any($1) and version = 0`, p.drafts); err != nil {
			return err
		}
	}
	if len(p.lessons) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into uses select * from unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[], $5::int[])`,
		p.lessons, p.versions, p.slots, p.questions, p.numbers)
	return err
}
