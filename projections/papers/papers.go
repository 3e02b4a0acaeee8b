package papers

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/event"
	"qbank/domain/paper"
	"qbank/projections"
)

const (
	name    = "papers"
	version = 2
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{ projections.Tables }

// New makes the projection.
func New() *Projection { return &Projection{projections.NewTables(name, version, schema)} }

// Events names everything that happens to a paper.
func (*Projection) Events() []string {
	return event.Names(paper.Created{}, paper.Edited{}, paper.Assembled{}, paper.Published{}, paper.Retired{})
}

// row is a paper on its way through a batch.
type row struct {
	paper.Paper
	id        uuid.UUID
	createdBy string
	createdAt int64
	updatedBy string
	updatedAt int64
	replanned bool
}

// Apply folds a batch: the domain folds each paper's events, and each paper is written once.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	rows, err := load(ctx, tx, batch)
	if err != nil {
		return err
	}
	var versions versions
	var runs assemblies
	var places places
	for _, e := range batch {
		p := rows[e.Stream]
		if _, creates := e.Payload.(paper.Created); creates {
			p = &row{id: e.Stream, createdBy: e.Meta.Actor, createdAt: e.RecordedAt.UnixMicro(), replanned: true}
			rows[e.Stream] = p
		}
		if p == nil { // its creation was skipped
			continue
		}
		switch payload := e.Payload.(type) {
		case paper.Edited:
			p.replanned = true
		case paper.Assembled:
			p.replanned = true
			err = runs.add(e, payload)
		case paper.Published:
			places.add(e.Stream, payload.Version, payload.Plan)
			err = versions.add(e, payload)
		}
		if err != nil {
			return err
		}
		p.Paper = p.Apply(e.Payload)
		p.Revision = e.Version
		p.updatedBy, p.updatedAt = e.Meta.Actor, e.RecordedAt.UnixMicro()
	}
	var drafts table
	for _, p := range rows {
		if err := drafts.add(p); err != nil {
			return err
		}
		if p.replanned {
			places.replace(p.id, p.Plan)
		}
	}
	for _, write := range []func(context.Context, pgx.Tx) error{drafts.write, versions.write, runs.write, places.write} {
		if err := write(ctx, tx); err != nil {
			return fmt.Errorf("write papers: %w", err)
		}
	}
	return nil
}

// load reads the papers that the batch goes on with.
func load(ctx context.Context, tx pgx.Tx, batch []projections.Event) (map[uuid.UUID]*row, error) {
	return projections.Rows(ctx, tx, batch, `select id, org, plan, unmet, revision, latest, retired, created_by, created_at from papers where id = any($1)`,
		func(r pgx.CollectableRow) (*row, error) {
			p := &row{}
			return p, r.Scan(&p.id, &p.Org, &p.Plan, &p.Unmet, &p.Revision, &p.Latest, &p.Retired, &p.createdBy, &p.createdAt)
		}, func(p *row) uuid.UUID { return p.id })
}

// table is papers by column.
type table struct {
	ids                                        []uuid.UUID
	orgs, titles, plans, unmet, creators, last []string
	revisions, latest                          []int
	retired                                    []bool
	createdAt, updatedAt                       []int64
}

func (t *table) add(p *row) error {
	plan, unmet, err := encode(p.Plan, p.Unmet)
	if err != nil {
		return fmt.Errorf("encode the plan of paper %s: %w", p.id, err)
	}
	t.unmet = append(t.unmet, unmet)
	t.ids, t.orgs, t.titles, t.plans = append(t.ids, p.id), append(t.orgs, p.Org), append(t.titles, p.Plan.Title), append(t.plans, plan)
	t.revisions, t.latest, t.retired = append(t.revisions, p.Revision), append(t.latest, p.Latest), append(t.retired, p.Retired)
	t.creators, t.createdAt = append(t.creators, p.createdBy), append(t.createdAt, p.createdAt)
	t.last, t.updatedAt = append(t.last, p.updatedBy), append(t.updatedAt, p.updatedAt)
	return nil
}

// encode writes a plan and what is unmet of it as JSON.
func encode(p paper.Plan, findings []paper.Finding) (plan, unmet string, err error) {
	written, err := json.Marshal(p)
	if err != nil {
		return "", "", err
	}
	if len(findings) == 0 {
		return string(written), "[]", nil
	}
	found, err := json.Marshal(findings)
	return string(written), string(found), err
}

func (t *table) write(ctx context.Context, tx pgx.Tx) error {
	if len(t.ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		insert into papers (id, org, title, plan, unmet, revision, latest, retired, created_by, created_at, updated_by, updated_at)
		select * from unnest($1::uuid[], $2::text[], $3::text[], $4::json[], $5::json[], $6::int[], $7::int[], $8::boolean[], $9::text[], $10::bigint[],
			$11::text[], $12::bigint[])
		on conflict (id) do update set title = excluded.title, plan = excluded.plan, unmet = excluded.unmet, revision = excluded.revision,
			latest = excluded.latest, retired = excluded.retired, updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
		t.ids, t.orgs, t.titles, t.plans, t.unmet, t.revisions, t.latest, t.retired, t.creators, t.createdAt, t.last, t.updatedAt)
	return err
}

// versions are published versions by column.
type versions struct {
	papers                            []uuid.UUID
	numbers                           []int
	titles, plans, unmet, reasons, by []string
	at                                []int64
}

func (v *versions) add(e projections.Event, p paper.Published) error {
	plan, unmet, err := encode(p.Plan, p.Unmet)
	if err != nil {
		return fmt.Errorf("encode version %d of paper %s: %w", p.Version, e.Stream, err)
	}
	v.papers, v.numbers, v.titles = append(v.papers, e.Stream), append(v.numbers, p.Version), append(v.titles, p.Plan.Title)
	v.plans, v.unmet, v.reasons = append(v.plans, plan), append(v.unmet, unmet), append(v.reasons, p.Reason)
	v.by, v.at = append(v.by, e.Meta.Actor), append(v.at, e.RecordedAt.UnixMicro())
	return nil
}

func (v *versions) write(ctx context.Context, tx pgx.Tx) error {
	if len(v.papers) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into versions select * from unnest($1::uuid[], $2::int[], $3::text[], $4::json[], $5::json[], $6::text[], $7::text[], $8::bigint[])`,
		v.papers, v.numbers, v.titles, v.plans, v.unmet, v.reasons, v.by, v.at)
	return err
}

// assemblies are few and wide: they go one by one, in one round trip.
type assemblies struct{ statements pgx.Batch }

func (a *assemblies) add(e projections.Event, made paper.Assembled) error {
	report, err := json.Marshal(made.Report)
	if err != nil {
		return fmt.Errorf("encode a report on paper %s: %w", e.Stream, err)
	}
	targets := made.Targets
	if targets == nil {
		targets = []string{}
	}
	a.statements.Queue(`insert into assemblies (paper, revision, targets, report, made_by, made_at) values ($1, $2, $3, $4, $5, $6)`,
		e.Stream, e.Version, targets, report, e.Meta.Actor, e.RecordedAt.UnixMicro())
	return nil
}

func (a *assemblies) write(ctx context.Context, tx pgx.Tx) error {
	if a.statements.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, &a.statements).Close()
}

// places are uses by column.
type places struct {
	drafts    []uuid.UUID // papers whose draft has other places now
	papers    []uuid.UUID
	versions  []int
	names     []string
	questions []uuid.UUID
	numbers   []int
}

func (p *places) add(id uuid.UUID, number int, plan paper.Plan) {
	put := func(place string, ref paper.Ref) {
		p.papers, p.versions, p.names = append(p.papers, id), append(p.versions, number), append(p.names, place)
		p.questions, p.numbers = append(p.questions, ref.Question), append(p.numbers, ref.Version)
	}
	for _, s := range plan.Sections {
		for _, item := range s.Items {
			put(string(item.Slot), paper.Ref{Question: item.Question, Version: item.Version})
		}
		for _, pool := range s.Pools {
			for _, ref := range pool.Questions {
				put(pool.ID, ref)
			}
		}
	}
}

func (p *places) replace(id uuid.UUID, plan paper.Plan) {
	p.drafts = append(p.drafts, id)
	p.add(id, 0, plan)
}

func (p *places) write(ctx context.Context, tx pgx.Tx) error {
	if len(p.drafts) > 0 {
		if _, err := tx.Exec(ctx, `delete from uses where paper = any($1) and version = 0`, p.drafts); err != nil {
			return err
		}
	}
	if len(p.papers) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into uses select * from unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[], $5::int[])`,
		p.papers, p.versions, p.names, p.questions, p.numbers)
	return err
}
