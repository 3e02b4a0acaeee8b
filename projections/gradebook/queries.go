package gradebook

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/roster"
	"qbank/domain/scoring"
	"qbank/projections"
	"qbank/projections/read"
)

// Attempt is a row of the gradebook.
type Attempt struct {
	ID         uuid.UUID
	Org        string
	Lesson     uuid.UUID
	Version    int // of the lesson
	Student    string
	Number     int         // 1, 2, 3 … of this student at this lesson
	Classes    []uuid.UUID // of the student at the start
	StartedAt  int64       // microseconds
	FinishedAt int64       // microseconds; 0: open
	Items      int         // places
	Answered   int         // places with an answer
	Pending    int         // places that wait for a mark by hand
	Total, Max scoring.Mark
}

// Place is what was asked at a place, and what a full answer is worth.
type Place struct {
	Slot     lesson.Slot  `json:"slot"`
	Question uuid.UUID    `json:"question"`
	Version  int          `json:"version"`
	Max      scoring.Mark `json:"max"`
	Keep     bool         `json:"keep,omitempty"` // it keeps its version, whatever is reissued
}

// Answer is the answer that counts at a place. What it says is the event at version Sequence of the attempt's stream.
type Answer struct {
	Key      string
	Sequence int
	Status   scoring.Status
	Fraction scoring.Fraction
	Mark     scoring.Mark // by rule
	Tries    int          // answers given at this place
	At       int64        // microseconds, when it was received
	ClientAt int64        // microseconds, when it was given; 0: unknown
	Grade    *Grade       // by hand
	Revised  *Revision    // by a regrade that stands
}

// Revision is what a regrade made of a mark.
type Revision struct {
	Mark    scoring.Mark
	Dropped scoring.Mark // marks that are not to be had any more
	Regrade uuid.UUID
}

// Grade is a mark given by hand.
type Grade struct {
	Mark   scoring.Mark
	By     string
	At     int64 // microseconds
	Sealed bool  // something was said with it, under the key of the student: see the attempt
}

// Counts is the mark that counts: the revised one, else the one by hand, where there is one.
func (a Answer) Counts() scoring.Mark {
	if a.Revised != nil {
		return a.Revised.Mark
	}
	if a.Grade != nil {
		return a.Grade.Mark
	}
	return a.Mark
}

// Pending reports whether the answer waits for a mark by hand.
func (a Answer) Pending() bool {
	return a.Status == scoring.Pending && a.Grade == nil && a.Revised == nil
}

// Item is a place of an attempt with its answer, if there is one.
type Item struct {
	Place
	Answer *Answer
}

// Reader answers queries. A scope is an environment and an organisation with all below it. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

// Filter narrows a list of attempts. A zero field does not; a lesson or a student is needed.
type Filter struct {
	Lesson   uuid.UUID
	Version  int // of the lesson
	Student  string
	Class    uuid.UUID
	Number   int
	Finished *bool
}

func (f Filter) where(scope access.Scope) (*read.Where, error) {
	where := read.InScope("t", scope)
	if f.Lesson == uuid.Nil && f.Student == "" {
		return nil, fault.Refuse(fault.Invalid, "gradebook.filter", fault.Say("name a lesson or a student", "请指定讲次或学生"))
	}
	if err := read.CheckText("/student", f.Student); err != nil {
		return nil, err
	}
	if f.Lesson != uuid.Nil {
		where.And("t.lesson = ?", f.Lesson)
	}
	if f.Version != 0 {
		where.And("t.version = ?", f.Version)
	}
	if f.Student != "" {
		where.And("t.person = ? and t.student = ?", roster.PersonOf(f.Student), f.Student)
	}
	if f.Class != uuid.Nil {
		where.And("? = any(t.classes)", f.Class)
	}
	if f.Number != 0 {
		where.And("t.number = ?", f.Number)
	}
	if f.Finished != nil {
		where.And("(t.finished_at > 0) = ?", *f.Finished)
	}
	return where, nil
}

// attempts are drawn together with the totals of those that are open.
var attempts = read.From[Attempt]{
	Columns: `t.attempt, t.org, t.lesson, t.version, t.student, t.number, t.classes, t.started_at, t.finished_at, t.items, t.max - coalesce(s.dropped, t.dropped),
		coalesce(s.answered, t.answered), coalesce(s.pending, t.pending), coalesce(s.total, t.total)`,
	Table: in + ".attempts t left join lateral (" + strings.ReplaceAll(sums, "from answers", "from "+in+".answers") + " where n.attempt = t.attempt) s on t.finished_at = 0",
	Scan: func(row pgx.CollectableRow) (a Attempt, err error) {
		return a, row.Scan(a.columns()...)
	},
}

func (a *Attempt) columns() []any {
	return []any{&a.ID, &a.Org, &a.Lesson, &a.Version, &a.Student, &a.Number, &a.Classes, &a.StartedAt, &a.FinishedAt, &a.Items, &a.Max,
		&a.Answered, &a.Pending, &a.Total}
}

var newest = read.Order[Attempt]{
	Name: "newest", Desc: true, Keys: []read.Key{{Column: "t.started_at", Kind: read.Int}, {Column: "t.attempt", Kind: read.ID}},
	Of: func(a Attempt) []any { return []any{a.StartedAt, a.ID} },
}

// List reads a page of the attempts that pass the filter, the newest first. Without a lesson and a student it refuses with "gradebook.filter".
func (r *Reader) List(ctx context.Context, scope access.Scope, filter Filter, page read.Page) (read.Rows[Attempt], error) {
	where, err := filter.where(scope)
	if err != nil {
		return read.Rows[Attempt]{}, err
	}
	return read.List(ctx, r.db, attempts, where, newest, page)
}

// MaxCount is up to where Count is exact.
const MaxCount = 10_000

// Count counts the attempts that pass the filter, exactly up to MaxCount; more says that there are more than that.
func (r *Reader) Count(ctx context.Context, scope access.Scope, filter Filter) (count int, more bool, err error) {
	where, err := filter.where(scope)
	if err != nil {
		return 0, false, err
	}
	return read.Capped(ctx, r.db, in+".attempts t", where, MaxCount)
}

// Attempt reads one attempt with its places, in the order of the lesson. One outside the scope is "attempt.not_found".
func (r *Reader) Attempt(ctx context.Context, scope access.Scope, id uuid.UUID) (Attempt, []Item, error) {
	where := read.InScope("t", scope)
	where.And("t.attempt = ?", id)
	rows, err := r.db.Query(ctx, `select `+attempts.Columns+`, f.places, n.slot, `+answerColumns+`
		from `+attempts.Table+` join `+in+`.forms f using (form) left join `+in+`.answers n on n.attempt = t.attempt
		where `+where.String(), where.Args()...)
	if err != nil {
		return Attempt{}, nil, fmt.Errorf("read attempt %s: %w", id, err)
	}
	defer rows.Close()
	var a Attempt
	var places []Place
	answers := map[lesson.Slot]*Answer{}
	for rows.Next() {
		var slot *string
		var answer answerRow
		if err := rows.Scan(append(append(a.columns(), &places, &slot), answer.columns()...)...); err != nil {
			return Attempt{}, nil, fmt.Errorf("read attempt %s: %w", id, err)
		}
		if slot != nil {
			answers[lesson.Slot(*slot)] = answer.answer()
		}
	}
	if err := rows.Err(); err != nil {
		return Attempt{}, nil, fmt.Errorf("read attempt %s: %w", id, err)
	}
	if a.ID == uuid.Nil {
		return Attempt{}, nil, fault.Refuse(fault.NotFound, "attempt.not_found", fault.Say("there is no such attempt", "没有这次作答"))
	}
	items := make([]Item, len(places))
	for i, p := range places {
		items[i] = Item{p, answers[p.Slot]}
	}
	return a, items, nil
}

const answerColumns = `n.key, n.sequence, n.status, n.fraction, n.mark, n.tries, n.at, n.client_at, n.grade, n.graded_by, n.graded_at, n.sealed,
	n.revised, n.dropped, n.regrade`

// answerRow is an answer that may not be there.
type answerRow struct {
	key, status, gradedBy                         *string
	sealed                                        *bool
	sequence, tries                               *int
	fraction, mark, at, clientAt, grade, gradedAt *int64
	revised, dropped                              *int64
	regrade                                       *uuid.UUID
}

func (r *answerRow) columns() []any {
	return []any{&r.key, &r.sequence, &r.status, &r.fraction, &r.mark, &r.tries, &r.at, &r.clientAt, &r.grade, &r.gradedBy, &r.gradedAt, &r.sealed, &r.revised, &r.dropped, &r.regrade}
}

func (r *answerRow) answer() *Answer {
	a := &Answer{Key: *r.key, Sequence: *r.sequence, Status: scoring.Status(*r.status), Fraction: scoring.Fraction(*r.fraction),
		Mark: scoring.Mark(*r.mark), Tries: *r.tries, At: *r.at, ClientAt: *r.clientAt}
	if r.grade != nil {
		a.Grade = &Grade{Mark: scoring.Mark(*r.grade), By: *r.gradedBy, At: *r.gradedAt, Sealed: *r.sealed}
	}
	if r.revised != nil {
		a.Revised = &Revision{Mark: scoring.Mark(*r.revised), Dropped: scoring.Mark(*r.dropped), Regrade: *r.regrade}
	}
	return a
}

// Work narrows the list of what waits for a mark by hand. A zero field does not.
type Work struct {
	Lesson   uuid.UUID
	Class    uuid.UUID
	Student  string
	Slot     lesson.Slot
	Finished bool // only of attempts that are finished: in an open one, another answer may come
}

// Waiting is an answer that waits for a mark by hand.
type Waiting struct {
	Attempt  uuid.UUID
	Org      string
	Lesson   uuid.UUID
	Version  int // of the lesson
	Student  string
	Number   int
	Finished bool
	Place
	Key      string // names the answer when the mark is given
	Sequence int
	At       int64 // microseconds, when it was received
}

var oldest = read.Order[Waiting]{
	Name: "waiting", Keys: []read.Key{{Column: "n.at", Kind: read.Int}, {Column: "n.attempt", Kind: read.ID}, {Column: "n.slot", Kind: read.Text}},
	Of: func(w Waiting) []any { return []any{w.At, w.Attempt, w.Slot} },
}

var waiting = read.From[Waiting]{
	Columns: `n.attempt, t.org, t.lesson, t.version, t.student, t.number, t.finished_at > 0, n.slot, n.key, n.sequence, n.at, f.places`,
	Table:   in + `.answers n join ` + in + `.attempts t on t.attempt = n.attempt join ` + in + `.forms f on f.form = t.form`,
	Scan: func(row pgx.CollectableRow) (w Waiting, err error) {
		var places json.RawMessage
		if err = row.Scan(&w.Attempt, &w.Org, &w.Lesson, &w.Version, &w.Student, &w.Number, &w.Finished, &w.Slot, &w.Key, &w.Sequence, &w.At, &places); err != nil {
			return w, err
		}
		var list []Place
		if err = json.Unmarshal(places, &list); err != nil {
			return w, fmt.Errorf("the places of attempt %s: %w", w.Attempt, err)
		}
		for _, p := range list {
			if p.Slot == w.Slot {
				w.Place = p
			}
		}
		return w, nil
	},
}

// Waiting reads a page of the answers that wait for a mark by hand, the oldest first.
func (r *Reader) Waiting(ctx context.Context, scope access.Scope, work Work, page read.Page) (read.Rows[Waiting], error) {
	where := read.InScope("t", scope)
	where.And("n.status = 'pending' and n.grade is null and n.revised is null")
	for pointer, text := range map[string]string{"/student": work.Student, "/slot": string(work.Slot)} {
		if err := read.CheckText(pointer, text); err != nil {
			return read.Rows[Waiting]{}, err
		}
	}
	if work.Lesson != uuid.Nil {
		where.And("t.lesson = ?", work.Lesson)
	}
	if work.Class != uuid.Nil {
		where.And("? = any(t.classes)", work.Class)
	}
	if work.Student != "" {
		where.And("t.student = ?", work.Student)
	}
	if work.Slot != "" {
		where.And("n.slot = ?", work.Slot)
	}
	if work.Finished {
		where.And("t.finished_at > 0")
	}
	return read.List(ctx, r.db, waiting, where, oldest, page)
}

// Class is how a class did at a lesson. Of each student the latest finished attempt counts, or, where none is finished, the latest.
// A student of two classes counts in both.
type Class struct {
	Class    uuid.UUID // zero: students who were in none
	Students int64     // who started
	Finished int64     // of those, with a finished attempt
	Pending  int64     // answers in the finished attempts that wait for a mark by hand
	Total    scoring.Mark
	Max      scoring.Mark // Total and Max are sums over the finished attempts
}

// Rate is the share of the marks to be had that the class got so far; false where there is none.
func (c Class) Rate() (float64, bool) {
	if c.Max == 0 {
		return 0, false
	}
	return float64(c.Total) / float64(c.Max), true
}

// Classes sums up a lesson class by class, over all its versions.
func (r *Reader) Classes(ctx context.Context, scope access.Scope, lesson uuid.UUID) ([]Class, error) {
	where := read.InScope("t", scope)
	where.And("t.lesson = ?", lesson)
	rows, err := read.Query(ctx, r.db, `with latest as (
			select distinct on (t.student) t.classes, t.finished_at > 0 as done, t.total, t.max - t.dropped as max, t.pending
			from `+in+`.attempts t where `+where.String()+` order by t.student, t.finished_at > 0 desc, t.number desc)
		select coalesce(c.class, '00000000-0000-0000-0000-000000000000'), count(*), count(*) filter (where done),
			coalesce(sum(pending) filter (where done), 0)::bigint, coalesce(sum(total) filter (where done), 0)::bigint, coalesce(sum(max) filter (where done), 0)::bigint
		from latest left join lateral unnest(classes) as c(class) on true group by c.class order by c.class nulls last`, where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("sum up the classes of lesson %s: %w", lesson, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Class])
	if err != nil {
		return nil, fmt.Errorf("sum up the classes of lesson %s: %w", lesson, err)
	}
	return list, nil
}
