package discussions

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/discussion"
	"qbank/projections"
	"qbank/projections/read"
)

// Thread is a thread without its comments.
type Thread struct {
	ID         uuid.UUID
	Subject    discussion.Subject
	Org        string
	OpenedBy   string
	OpenedAt   int64 // microseconds
	Anchor     discussion.Anchor
	Suggestion *discussion.Suggestion
	Status     discussion.Status // of the suggestion; "" where there is none
	Applied    int               // revision of the question that has the suggested change, 0 before
	Reason     string            // why the suggestion was declined
	DecidedBy  string            // who resolved, reopened, applied or declined it last
	DecidedAt  int64             // microseconds; 0: nobody yet
	Resolved   bool
	Open       bool
	position   int64
}

// Comment is something said in a thread.
type Comment struct {
	ID       uuid.UUID
	Number   int // in the thread, from 1
	By       string
	At       int64  // microseconds
	Text     string // "" where it is deleted
	Mentions []string
	EditedAt int64 // microseconds; 0: never
	Deleted  bool
}

// Mention is a comment that mentions somebody.
type Mention struct {
	Comment Comment
	Thread  Thread
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

const (
	threadColumns = `t.id, t.kind, t.subject, t.org, t.opened_by, t.opened_at, t.anchor, t.suggestion, t.status, t.applied, t.reason, t.decided_by,
		t.decided_at, t.resolved, t.open`
	commentColumns = "c.id, c.number, c.said_by, c.said_at, c.said, c.mentions, c.edited_at, c.deleted"
)

// fields are where threadColumns go.
func (t *Thread) fields() []any {
	return []any{&t.ID, &t.Subject.Kind, &t.Subject.ID, &t.Org, &t.OpenedBy, &t.OpenedAt, &t.Anchor, &t.Suggestion, &t.Status, &t.Applied, &t.Reason,
		&t.DecidedBy, &t.DecidedAt, &t.Resolved, &t.Open}
}

// fields are where commentColumns go.
func (c *Comment) fields() []any {
	return []any{&c.ID, &c.Number, &c.By, &c.At, &c.Text, &c.Mentions, &c.EditedAt, &c.Deleted}
}

var threads = read.From[Thread]{
	Columns: threadColumns + ", t.position", Table: in + ".threads t",
	Scan: func(row pgx.CollectableRow) (t Thread, err error) {
		err = row.Scan(append(t.fields(), &t.position)...)
		return t, err
	},
}

var latestThread = read.Order[Thread]{
	Name: "threads", Desc: true, Keys: []read.Key{{Column: "t.position", Kind: read.Int}},
	Of: func(t Thread) []any { return []any{t.position} },
}

// Threads lists what was said about a subject, the latest thread first; open narrows it to the open ones, or to the others.
func (r *Reader) Threads(ctx context.Context, org string, subject discussion.Subject, open *bool, page read.Page) (read.Rows[Thread], error) {
	where := read.Within("t.org", org)
	where.And("t.kind = ? and t.subject = ?", string(subject.Kind), subject.ID)
	if open != nil {
		where.And("t.open = ?", *open)
	}
	return read.List(ctx, r.db, threads, where, latestThread, page)
}

// Get reads threads by id. Those that are not there, or not of the organisation or below, are missing from the answer.
func (r *Reader) Get(ctx context.Context, org string, ids []uuid.UUID) (map[uuid.UUID]Thread, error) {
	return read.ByID(ctx, r.db, threads, read.Within("t.org", org), "t.id", ids, func(t Thread) uuid.UUID { return t.ID })
}

// Of finds the thread of a comment: see Get.
func (r *Reader) Of(ctx context.Context, org string, comment uuid.UUID) (Thread, bool, error) {
	where := read.Within("t.org", org)
	where.And("t.id = (select c.thread from "+in+".comments c where c.id = ?)", comment)
	list, err := read.All(ctx, r.db, threads, where)
	if err != nil || len(list) == 0 {
		return Thread{}, false, err
	}
	return list[0], true, nil
}

// Open counts the open threads of subjects of the organisation and below, by the subject's id. Those without any are missing from the answer.
func (r *Reader) Open(ctx context.Context, org string, subjects []uuid.UUID) (map[uuid.UUID]int, error) {
	if err := read.CheckBatch(len(subjects)); err != nil {
		return nil, err
	}
	where := read.Within("t.org", org)
	where.And("t.open and t.subject = any(?)", subjects)
	return read.Map[uuid.UUID, int](ctx, r.db, "how many threads are open", "select t.subject, count(*) from "+in+".threads t where "+where.String()+" group by t.subject", where.Args()...)
}

// Comments reads all that was said in threads, in the order in which it was said. A thread has a bounded number of comments.
func (r *Reader) Comments(ctx context.Context, threads []uuid.UUID) (map[uuid.UUID][]Comment, error) {
	if err := read.CheckBatch(len(threads)); err != nil {
		return nil, err
	}
	rows, err := r.db.Query(ctx, "select "+commentColumns+", c.thread from "+in+".comments c where c.thread = any($1) order by c.thread, c.number", threads)
	if err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	said := map[uuid.UUID][]Comment{}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Comment, err error) {
		var thread uuid.UUID
		if err = row.Scan(append(c.fields(), &thread)...); err == nil {
			said[thread] = append(said[thread], c)
		}
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	return said, nil
}

var mentioned = read.From[positioned]{
	Columns: commentColumns + ", " + threadColumns + ", m.position",
	Table:   in + ".mentions m join " + in + ".comments c on c.id = m.comment join " + in + ".threads t on t.id = c.thread",
	Scan: func(row pgx.CollectableRow) (m positioned, err error) {
		err = row.Scan(append(append(m.Comment.fields(), m.Thread.fields()...), &m.position)...)
		return m, err
	},
}

type positioned struct {
	Mention
	position int64
}

var latestMention = read.Order[positioned]{
	Name: "mentions", Desc: true, Keys: []read.Key{{Column: "m.position", Kind: read.Int}},
	Of: func(m positioned) []any { return []any{m.position} },
}

// Mentions lists the comments that mention a person, in discussions of these kinds of subjects, the latest first.
func (r *Reader) Mentions(ctx context.Context, org, person string, kinds []discussion.Kind, page read.Page) (read.Rows[Mention], error) {
	found, err := read.List(ctx, r.db, mentioned, mentioning(org, person, kinds), latestMention, page)
	out := read.Rows[Mention]{Cursors: found.Cursors, More: found.More}
	for _, m := range found.Rows {
		out.Rows = append(out.Rows, m.Mention)
	}
	return out, err
}

// MaxCount is up to where MentionCount is exact.
const MaxCount = 10_000

// MentionCount counts what Mentions lists, exactly up to MaxCount; more says that there are more than that.
func (r *Reader) MentionCount(ctx context.Context, org, person string, kinds []discussion.Kind) (count int, more bool, err error) {
	return read.Capped(ctx, r.db, mentioned.Table, mentioning(org, person, kinds), MaxCount)
}

func mentioning(org, person string, kinds []discussion.Kind) *read.Where {
	where := read.Within("t.org", org)
	where.And("m.person = ? and t.kind = any(?)", person, kinds)
	return where
}
