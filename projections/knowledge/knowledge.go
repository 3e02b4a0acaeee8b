package knowledge

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/event"
	"qbank/domain/knowledge"
	"qbank/projections"
)

const (
	name    = "knowledge"
	version = 1
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{ projections.Tables }

// New makes the projection.
func New() *Projection { return &Projection{projections.NewTables(name, version, schema)} }

// Events names everything that happens to a tree.
func (*Projection) Events() []string {
	return event.Names(knowledge.TreeCreated{}, knowledge.PointKept{}, knowledge.PointRetired{}, knowledge.TreePublished{})
}

// Apply folds a batch. A large tree comes as thousands of single points: each is written once.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	trees, points := trees{}, points{}
	var versions versions
	for _, e := range batch {
		at := e.RecordedAt.UnixMicro()
		t := trees[e.Stream]
		switch payload := e.Payload.(type) {
		case knowledge.TreeCreated:
			t.created, t.org, t.subject, t.createdAt = true, payload.Org, payload.Subject, at
		case knowledge.PointKept:
			points[key{e.Stream, payload.Point.ID}] = change{point: payload.Point}
		case knowledge.PointRetired:
			k := key{e.Stream, payload.ID}
			change, here := points[k]
			change.only = !here || change.only // all that this batch knows of the point
			change.point.Retired = true
			points[k] = change
		case knowledge.TreePublished:
			t.latest = payload.Version
			if err := versions.add(e, payload); err != nil {
				return err
			}
		}
		t.revision, t.updatedAt = e.Version, at
		trees[e.Stream] = t
	}
	for _, write := range []func(context.Context, pgx.Tx) error{trees.write, points.write, versions.write} {
		if err := write(ctx, tx); err != nil {
			return fmt.Errorf("write knowledge trees: %w", err)
		}
	}
	return nil
}

// tree is what a batch says of a tree.
type tree struct {
	created              bool
	org, subject         string
	revision, latest     int
	createdAt, updatedAt int64
}

type trees map[uuid.UUID]tree

func (t trees) write(ctx context.Context, tx pgx.Tx) error {
	var rows pgx.Batch
	for id, tree := range t {
		if tree.created {
			rows.Queue(`insert into trees (id, org, subject, revision, latest, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7)`,
				id, tree.org, tree.subject, tree.revision, tree.latest, tree.createdAt, tree.updatedAt)
			continue
		}
		rows.Queue(`update trees set revision = $2, latest = greatest(latest, $3), updated_at = $4 where id = $1`, id, tree.revision, tree.latest, tree.updatedAt)
	}
	return tx.SendBatch(ctx, &rows).Close()
}

type key struct{ tree, point uuid.UUID }

// change is what a batch makes of a point.
type change struct {
	point knowledge.Point
	only  bool // it is retired, and nothing else is known of it
}

type points map[key]change

func (p points) write(ctx context.Context, tx pgx.Tx) error {
	var trees, ids, parents, retiredTrees, retiredIDs []uuid.UUID
	var titles []string
	var places []int
	var retired []bool
	for k, change := range p {
		if change.only {
			retiredTrees, retiredIDs = append(retiredTrees, k.tree), append(retiredIDs, k.point)
			continue
		}
		trees, ids, parents = append(trees, k.tree), append(ids, k.point), append(parents, change.point.Parent)
		titles, places, retired = append(titles, change.point.Title), append(places, change.point.Order), append(retired, change.point.Retired)
	}
	if len(ids) > 0 {
		_, err := tx.Exec(ctx, `
			insert into points select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::boolean[])
			on conflict (tree, id) do update set parent = excluded.parent, title = excluded.title, place = excluded.place, retired = excluded.retired`,
			trees, ids, parents, titles, places, retired)
		if err != nil {
			return err
		}
	}
	if len(retiredIDs) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `update points p set retired = true from unnest($1::uuid[], $2::uuid[]) as gone(tree, id)
		where p.tree = gone.tree and p.id = gone.id`, retiredTrees, retiredIDs)
	return err
}

// versions are published trees by column.
type versions struct {
	trees      []uuid.UUID
	numbers    []int
	points, by []string
	at         []int64
}

func (v *versions) add(e projections.Event, p knowledge.TreePublished) error {
	points, err := json.Marshal(p.Points)
	if err != nil {
		return fmt.Errorf("encode version %d of tree %s: %w", p.Version, e.Stream, err)
	}
	v.trees, v.numbers, v.points = append(v.trees, e.Stream), append(v.numbers, p.Version), append(v.points, string(points))
	v.by, v.at = append(v.by, e.Meta.Actor), append(v.at, e.RecordedAt.UnixMicro())
	return nil
}

func (v *versions) write(ctx context.Context, tx pgx.Tx) error {
	if len(v.trees) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into versions select * from unnest($1::uuid[], $2::int[], $3::json[], $4::text[], $5::bigint[])`,
		v.trees, v.numbers, v.points, v.by, v.at)
	return err
}
