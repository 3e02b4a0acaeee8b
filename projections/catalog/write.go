package catalog

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"qbank/domain/question"
)

// table is rows by column, as unnest takes them.
type table struct {
	ids                                                                           []uuid.UUID
	numbers, createdAt, updatedAt, changed                                        []int64
	codes, orgs, typeIDs, typeVersions, states, hashes, published                 []string
	revisions, latest, problems                                                   []int32
	titles, subjects, stages, grades, chapters, sources, categories, difficulties []string
	tags, points, summaries, batches, batchSources, batchHashes                   []string
	createdBy, updatedBy                                                          []string
	terms                                                                         []pgtype.TSVector
}

func (t *table) add(q *row) {
	m := q.Metadata
	o := question.Origin{}
	if q.Origin != nil {
		o = *q.Origin
	}
	t.ids = append(t.ids, q.id)
	t.numbers = append(t.numbers, number(q.Code))
	t.codes = append(t.codes, string(q.Code))
	t.orgs = append(t.orgs, q.Org)
	t.typeIDs = append(t.typeIDs, q.Draft.Type.ID)
	t.typeVersions = append(t.typeVersions, q.Draft.Type.Version)
	t.states = append(t.states, string(q.State))
	t.revisions = append(t.revisions, int32(q.Revision))
	t.hashes = append(t.hashes, string(q.Draft.Hash))
	t.latest = append(t.latest, int32(q.Latest))
	t.published = append(t.published, string(q.Published))
	t.titles = append(t.titles, m.Title)
	t.subjects = append(t.subjects, m.Subject)
	t.stages = append(t.stages, m.Stage)
	t.grades = append(t.grades, m.Grade)
	t.chapters = append(t.chapters, m.Chapter)
	t.sources = append(t.sources, m.Source)
	t.categories = append(t.categories, m.Category)
	t.difficulties = append(t.difficulties, m.Difficulty)
	t.tags = append(t.tags, array(m.Tags))
	t.points = append(t.points, array(m.Points))
	t.summaries = append(t.summaries, q.summary)
	t.problems = append(t.problems, int32(q.problems))
	t.batches = append(t.batches, o.Batch)
	t.batchSources = append(t.batchSources, o.Source)
	t.batchHashes = append(t.batchHashes, string(o.Hash))
	t.createdBy = append(t.createdBy, q.createdBy)
	t.createdAt = append(t.createdAt, q.createdAt)
	t.updatedBy = append(t.updatedBy, q.updatedBy)
	t.updatedAt = append(t.updatedAt, q.updatedAt)
	t.changed = append(t.changed, q.changed)
	t.terms = append(t.terms, vector(terms(q.Question)))
}

// array writes a list as PostgreSQL reads an array: rows have lists of different lengths, which unnest does not take.
func array(items []string) string {
	if len(items) == 0 {
		return "{}"
	}
	var b strings.Builder
	for i, item := range items {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteByte('"')
		if strings.ContainsAny(item, `"\`) {
			item = strings.ReplaceAll(strings.ReplaceAll(item, `\`, `\\`), `"`, `\"`)
		}
		b.WriteString(item)
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}

const insertQuestions = `
	insert into questions (id, number, code, org, type_id, type_version, state, revision, draft_hash, latest, published_hash,
		title, subject, stage, grade, chapter, source, category, difficulty, tags, points, summary, problems,
		batch, batch_source, batch_hash, created_by, created_at, updated_by, updated_at, changed, terms)
	select a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t::text[], u::text[], v, w, x, y, z, aa, ab, ac, ad, ae, af
	from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[], $9::text[], $10::int[], $11::text[],
		$12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[],
		$22::text[], $23::int[], $24::text[], $25::text[], $26::text[], $27::text[], $28::bigint[], $29::text[], $30::bigint[], $31::bigint[], $32::tsvector[])
		as rows(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab, ac, ad, ae, af)`

// replaceQuestions leaves alone what a question keeps for ever.
const replaceQuestions = insertQuestions + `
	on conflict (id) do update set type_id = excluded.type_id, type_version = excluded.type_version, state = excluded.state,
		revision = excluded.revision, draft_hash = excluded.draft_hash, latest = excluded.latest, published_hash = excluded.published_hash,
		title = excluded.title, subject = excluded.subject, stage = excluded.stage, grade = excluded.grade, chapter = excluded.chapter,
		source = excluded.source, category = excluded.category, difficulty = excluded.difficulty, tags = excluded.tags, points = excluded.points,
		summary = excluded.summary, problems = excluded.problems, batch = excluded.batch, batch_source = excluded.batch_source,
		batch_hash = excluded.batch_hash, updated_by = excluded.updated_by, updated_at = excluded.updated_at, changed = excluded.changed, terms = excluded.terms`

func (t *table) write(ctx context.Context, tx pgx.Tx, sql string) error {
	if len(t.ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, sql, t.ids, t.numbers, t.codes, t.orgs, t.typeIDs, t.typeVersions, t.states, t.revisions, t.hashes, t.latest, t.published,
		t.titles, t.subjects, t.stages, t.grades, t.chapters, t.sources, t.categories, t.difficulties, t.tags, t.points, t.summaries, t.problems,
		t.batches, t.batchSources, t.batchHashes, t.createdBy, t.createdAt, t.updatedBy, t.updatedAt, t.changed, t.terms)
	if err != nil {
		return fmt.Errorf("write questions: %w", err)
	}
	return nil
}

// texts are rows of the tables beside: an id and what is kept under it.
type texts[T any] struct {
	ids    []uuid.UUID
	values []T
}

func (t *texts[T]) add(id uuid.UUID, value T) {
	t.ids, t.values = append(t.ids, id), append(t.values, value)
}

func (t *texts[T]) write(ctx context.Context, tx pgx.Tx, sql string, more ...any) error {
	if len(t.ids) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, sql, append([]any{t.ids, t.values}, more...)...); err != nil {
		return fmt.Errorf("write what drafts say: %w", err)
	}
	return nil
}

// write stores the rows of a batch as they stand at its end.
func write(ctx context.Context, tx pgx.Tx, touched []*row) error {
	var fresh, known table
	var drafts texts[string]
	var words texts[pgtype.TSVector]
	var orgs []string   // of words
	var numbers []int64 // likewise
	for _, q := range touched {
		if q.fresh {
			fresh.add(q)
		} else {
			known.add(q)
		}
		if q.edited {
			drafts.add(q.id, string(q.draft))
		}
		if q.reworded {
			words.add(q.id, q.words)
			orgs, numbers = append(orgs, q.Org), append(numbers, number(q.Code))
		}
	}
	if err := fresh.write(ctx, tx, insertQuestions); err != nil {
		return err
	}
	if err := known.write(ctx, tx, replaceQuestions); err != nil {
		return err
	}
	if err := drafts.write(ctx, tx, `insert into drafts select * from unnest($1::uuid[], $2::json[])
		on conflict (id) do update set content = excluded.content`); err != nil {
		return err
	}
	return words.write(ctx, tx, `insert into words (id, words, org, number) select * from unnest($1::uuid[], $2::tsvector[], $3::text[], $4::bigint[])
		on conflict (id) do update set words = excluded.words`, orgs, numbers)
}
