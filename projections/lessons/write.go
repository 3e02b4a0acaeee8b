package lessons

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/cue"
	"qbank/domain/lesson"
	"qbank/projections"
)

// table is lessons by column.
type table struct {
	ids                                                             []uuid.UUID
	orgs, titles, plans, outlines, terms, locks, creators, changers []string
	questions, revisions, latest, basedOn, waiting                  []int
	retired                                                         []bool
	masters                                                         []*uuid.UUID
	createdAt, updatedAt                                            []int64
}

func (t *table) add(l *row) error {
	plan, outline, err := encode(l.Plan)
	if err != nil {
		return fmt.Errorf("the plan of lesson %s: %w", l.id, err)
	}
	locks, err := json.Marshal(l.Locks)
	if err != nil {
		return fmt.Errorf("encode the locks of lesson %s: %w", l.id, err)
	}
	var master *uuid.UUID
	var copied lesson.Copy
	if l.Master != nil {
		copied = *l.Master
		master = &copied.Master
	}
	t.ids = append(t.ids, l.id)
	t.orgs = append(t.orgs, l.Org)
	t.titles = append(t.titles, l.Plan.Title)
	t.plans = append(t.plans, plan)
	t.outlines = append(t.outlines, outline)
	t.questions = append(t.questions, len(l.Plan.Items))
	t.revisions = append(t.revisions, l.Revision)
	t.latest = append(t.latest, l.Latest)
	t.retired = append(t.retired, l.Retired)
	t.masters = append(t.masters, master)
	t.basedOn = append(t.basedOn, copied.Version)
	t.terms = append(t.terms, copied.Term)
	t.locks = append(t.locks, string(locks))
	t.waiting = append(t.waiting, l.waiting)
	t.creators = append(t.creators, l.createdBy)
	t.createdAt = append(t.createdAt, l.createdAt)
	t.changers = append(t.changers, l.updatedBy)
	t.updatedAt = append(t.updatedAt, l.updatedAt)
	return nil
}

// encode writes a plan and its outline.
func encode(p lesson.Plan) (plan, outline string, err error) {
	whole, err := json.Marshal(p)
	if err != nil {
		return "", "", fmt.Errorf("encode: %w", err)
	}
	short, err := json.Marshal(outlineOf(p))
	if err != nil {
		return "", "", fmt.Errorf("encode the outline: %w", err)
	}
	return string(whole), string(short), nil
}

func (t *table) write(ctx context.Context, tx pgx.Tx) error {
	if len(t.ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		insert into lessons (id, org, title, plan, outline, questions, revision, latest, retired, master, based_on, term, locks, waiting,
			created_by, created_at, updated_by, updated_at)
		select * from unnest($1::uuid[], $2::text[], $3::text[], $4::json[], $5::json[], $6::int[], $7::int[], $8::int[], $9::boolean[], $10::uuid[],
			$11::int[], $12::text[], $13::json[], $14::int[], $15::text[], $16::bigint[], $17::text[], $18::bigint[])
		on conflict (id) do update set title = excluded.title, plan = excluded.plan, outline = excluded.outline, questions = excluded.questions,
			revision = excluded.revision, latest = excluded.latest, retired = excluded.retired, based_on = excluded.based_on, locks = excluded.locks,
			waiting = excluded.waiting, updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
		t.ids, t.orgs, t.titles, t.plans, t.outlines, t.questions, t.revisions, t.latest, t.retired, t.masters,
		t.basedOn, t.terms, t.locks, t.waiting, t.creators, t.createdAt, t.changers, t.updatedAt)
	return err
}

// versions are published versions by column.
type versions struct {
	lessons             []uuid.UUID
	numbers             []int
	plans, outlines, by []string
	at                  []int64
}

func (v *versions) add(e projections.Event, p lesson.Published) error {
	plan, outline, err := encode(p.Plan)
	if err != nil {
		return fmt.Errorf("version %d of lesson %s: %w", p.Version, e.Stream, err)
	}
	v.lessons, v.numbers = append(v.lessons, e.Stream), append(v.numbers, p.Version)
	v.plans, v.outlines = append(v.plans, plan), append(v.outlines, outline)
	v.by, v.at = append(v.by, e.Meta.Actor), append(v.at, e.RecordedAt.UnixMicro())
	return nil
}

func (v *versions) write(ctx context.Context, tx pgx.Tx) error {
	if len(v.lessons) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into versions select * from unnest($1::uuid[], $2::int[], $3::json[], $4::json[], $5::text[], $6::bigint[])`,
		v.lessons, v.numbers, v.plans, v.outlines, v.by, v.at)
	return err
}

// places are uses by column.
type places struct {
	plugins             *cue.Registry
	drafts              []uuid.UUID // lessons whose draft has other places now
	lessons             []uuid.UUID
	versions            []int
	slots, stages, cues []string
	drawn               []int
	questions           []uuid.UUID
	numbers             []int
}

func (p *places) add(id uuid.UUID, number int, plan lesson.Plan) {
	at := plan.Places(p.plugins)
	for _, item := range plan.Items {
		p.use(id, number, string(item.Slot), 0, item.Question, item.Version, at[item.Slot])
	}
	stages := map[string]string{} // by draw
	for _, s := range plan.Stages {
		for _, draw := range s.Draws {
			stages[draw] = s.ID
		}
	}
	for _, d := range plan.Draws {
		for _, q := range d.Pool {
			p.use(id, number, d.ID, 1, q.Question, q.Version, lesson.Place{Stage: stages[d.ID]})
		}
	}
}

func (p *places) use(id uuid.UUID, number int, slot string, drawn int, question uuid.UUID, version int, at lesson.Place) {
	p.lessons, p.versions, p.slots, p.drawn = append(p.lessons, id), append(p.versions, number), append(p.slots, slot), append(p.drawn, drawn)
	p.questions, p.numbers = append(p.questions, question), append(p.numbers, version)
	p.stages, p.cues = append(p.stages, at.Stage), append(p.cues, at.Cue)
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
	_, err := tx.Exec(ctx, `insert into uses select * from unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::uuid[], $6::int[], $7::text[], $8::text[])`,
		p.lessons, p.versions, p.slots, p.drawn, p.questions, p.numbers, p.stages, p.cues)
	return err
}
