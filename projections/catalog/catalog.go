package catalog

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"golang.org/x/sync/errgroup"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/projections"
)

const (
	name    = "catalog"
	version = 2
)

//go:embed schema.sql
var schema string

//go:embed indexes.sql
var indexes string

// Types gives compiled question types. A registered version never changes.
type Types interface {
	Type(ctx context.Context, ref qtype.Ref) (*qtype.Type, error)
}

// Projection keeps the tables.
type Projection struct {
	projections.Tables
	types Types
}

// New makes the projection.
func New(types Types) *Projection {
	return &Projection{projections.NewTables(name, version, schema), types}
}

// Indexes is the DDL of what only readers need.
func (*Projection) Indexes() string { return indexes }

// Events names everything that happens to a question.
func (*Projection) Events() []string {
	return event.Names(
		question.Created{}, question.Edited{}, question.Described{}, question.Submitted{}, question.Approved{},
		question.Returned{}, question.Published{}, question.Retired{}, question.Reinstated{}, question.Withdrawn{},
		question.Assigned{}, question.Unassigned{},
	)
}

// Apply folds a batch: it loads the questions that the batch goes on with, lets the domain fold their events, and
// writes each question once. While the database writes some of them, what the next ones say is worked out.
func (p *Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	rows, err := load(ctx, tx, batch)
	if err != nil {
		return err
	}
	for _, e := range batch {
		rows.fold(e)
	}
	if err := pace(ctx, tx, len(rows.touched)); err != nil {
		return err
	}
	type portion struct {
		rows []*row
		err  error
	}
	ready := make(chan portion, 1)
	go func() {
		defer close(ready)
		for rows := range slices.Chunk(rows.touched, portionSize) {
			ready <- portion{rows, p.describe(ctx, rows)}
		}
	}()
	for next := range ready { // to the end in any case: the goroutine must not stay behind
		if err == nil {
			err = next.err
		}
		if err == nil {
			err = write(ctx, tx, next.rows)
		}
	}
	return err
}

// pace says how much the indexes of terms and words may put off. Each search reads all that is put off, so it is little; but when the catalogue
// catches up, putting together the entries of many questions before they are sorted in is several times faster.
func pace(ctx context.Context, tx pgx.Tx, questions int) error {
	pending, memory := "512kB", "4MB"
	if questions >= 1000 {
		pending, memory = "64MB", "64MB"
	}
	_, err := tx.Exec(ctx, `select set_config('gin_pending_list_limit', $1, true), set_config('work_mem', $2, true)`, pending, memory)
	if err != nil {
		return fmt.Errorf("set the pace of the indexes: %w", err)
	}
	return nil
}

// portionSize is how many questions are written at a time.
const portionSize = 500

// row is a question on its way through a batch.
type row struct {
	question.Question
	id        uuid.UUID
	createdBy string
	createdAt int64
	updatedBy string
	updatedAt int64
	changed   int64 // position

	fresh    bool // created in this batch
	reworded bool // title, metadata or content changed: its words do
	edited   bool // content changed: its draft and summary do
	judged   bool // the problems of the draft are known
	summary  string
	problems int
	words    pgtype.TSVector
	draft    []byte // canonical; of a fresh or edited row
}

type rows struct {
	byID    map[uuid.UUID]*row
	touched []*row
}

// fold applies an event. Events of a question that is not there, because its creation was skipped, pass by.
func (r *rows) fold(e projections.Event) {
	q := r.byID[e.Stream]
	if created, ok := e.Payload.(question.Created); ok {
		q = &row{id: e.Stream, fresh: true, createdBy: e.Meta.Actor, createdAt: e.RecordedAt.UnixMicro(), draft: created.Content}
		r.byID[e.Stream] = q
		r.touched = append(r.touched, q)
	}
	if q == nil {
		return
	}
	if q.updatedAt == 0 && !q.fresh {
		r.touched = append(r.touched, q)
	}
	q.Question = q.Apply(e.Payload)
	q.Revision = e.Version
	q.updatedBy, q.updatedAt, q.changed = e.Meta.Actor, e.RecordedAt.UnixMicro(), e.Position
	switch e.Payload.(type) {
	case question.Created:
		q.edited, q.reworded, q.judged = true, true, false
	case question.Edited:
		q.edited, q.reworded, q.judged = true, true, false
		q.draft = nil
	case question.Described:
		q.reworded = true
	case question.Submitted, question.Published: // which only a valid draft can be
		q.judged, q.problems = true, 0
	}
}

// describe works out what the rows say of their drafts, on all processors.
func (p *Projection) describe(ctx context.Context, rows []*row) error {
	var work errgroup.Group
	for some := range slices.Chunk(rows, len(rows)/runtime.GOMAXPROCS(0)+1) {
		work.Go(func() error {
			words := newLexicon(maxWords)
			for _, q := range some {
				if err := q.describe(ctx, p.types, words); err != nil {
					return fmt.Errorf("question %s: %w", q.id, err)
				}
			}
			return nil
		})
	}
	return work.Wait()
}

// describe turns a panic into an error, as the engine does: it cannot see those of our goroutines, and they would end the process.
func (q *row) describe(ctx context.Context, types Types, words *lexicon) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	if !q.reworded {
		return nil
	}
	typ, err := types.Type(ctx, q.Draft.Type)
	if err != nil {
		return err
	}
	if q.edited {
		q.summary = typ.Summary(q.Draft.Content)
		if !q.judged {
			q.problems = len(typ.Check(q.Draft.Content))
		}
		if q.draft == nil {
			q.draft = content.Canonical(q.Draft.Content)
		}
	}
	words.reset()
	m := q.Metadata
	for _, text := range [...]string{m.Title, m.Subject, m.Stage, m.Grade, m.Chapter, m.Source, m.Category, m.Difficulty} {
		words.addText(text)
	}
	for _, texts := range [...][]string{m.Tags, m.Points, typ.Texts(q.Draft.Content)} {
		for _, text := range texts {
			words.addText(text)
		}
	}
	q.words = vector(words.words)
	return nil
}

// load reads the rows that the batch goes on with, and the drafts of those whose words will change.
func load(ctx context.Context, tx pgx.Tx, batch []projections.Event) (*rows, error) {
	born, known, worded := map[uuid.UUID]bool{}, map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
	for _, e := range batch {
		switch e.Payload.(type) {
		case question.Created:
			born[e.Stream] = true
			continue
		case question.Edited, question.Described:
			if !born[e.Stream] {
				worded[e.Stream] = true
			}
		}
		if !born[e.Stream] {
			known[e.Stream] = true
		}
	}
	r := &rows{byID: make(map[uuid.UUID]*row, len(born)+len(known)), touched: make([]*row, 0, len(born)+len(known))}
	if len(known) == 0 {
		return r, nil
	}
	if err := r.load(ctx, tx, keys(known)); err != nil {
		return nil, err
	}
	return r, r.loadDrafts(ctx, tx, keys(worded))
}

func keys(set map[uuid.UUID]bool) []uuid.UUID {
	list := make([]uuid.UUID, 0, len(set))
	for id := range set {
		list = append(list, id)
	}
	return list
}

func (r *rows) load(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) error {
	found, err := tx.Query(ctx, `select `+columnsOfRow+` from questions q where id = any($1)`, ids)
	if err != nil {
		return fmt.Errorf("read questions: %w", err)
	}
	list, err := pgx.CollectRows(found, scan)
	if err != nil {
		return fmt.Errorf("read questions: %w", err)
	}
	for _, q := range list {
		r.byID[q.ID] = &row{
			Question: question.Question{
				Revision: q.Revision, Code: q.Code, Org: q.Org, State: q.State, Metadata: q.Metadata, Latest: q.Latest, Published: q.Published,
				Draft: question.Draft{Type: q.Type, Hash: q.Draft}, Origin: q.Origin,
			},
			id: q.ID, createdBy: q.CreatedBy, createdAt: q.CreatedAt, summary: q.Summary, problems: q.Problems,
		}
	}
	return nil
}

func (r *rows) loadDrafts(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := tx.Query(ctx, `select id, content from drafts where id = any($1)`, ids)
	if err != nil {
		return fmt.Errorf("read drafts: %w", err)
	}
	var id uuid.UUID
	var draft []byte
	_, err = pgx.ForEachRow(found, []any{&id, &draft}, func() error {
		q := r.byID[id]
		if q == nil {
			return fmt.Errorf("a draft without a question: %s", id)
		}
		return json.Unmarshal(draft, &q.Draft.Content)
	})
	if err != nil {
		return fmt.Errorf("read drafts: %w", err)
	}
	return nil
}
