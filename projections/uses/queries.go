package uses

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/projections"
	"qbank/projections/read"
)

// Offer is a revision that a lesson may take.
type Offer struct {
	Lesson   uuid.UUID
	Org      string
	Owner    string // who wrote the lesson last
	Question uuid.UUID
	From     int       // the oldest version that the lesson has
	To       int       // what is offered: the newest revision, with its errata
	Places   int       // of the lesson, with an older version
	Since    int64     // microseconds, when the revision was published
	Declined *Declined // nil: nobody has decided yet
}

// Declined says why a lesson keeps what it has.
type Declined struct {
	By     string
	Reason string
	At     int64 // microseconds
}

// Filter says which offers are wanted; what is set must hold.
type Filter struct {
	Owner    string
	Question uuid.UUID
	Lesson   uuid.UUID
	Declined bool // those that were declined, instead of those that are open
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

// An offer is a lesson and a question: o.
var offers = read.From[Offer]{
	Columns: `o.lesson, o.org, o.owner, o.question, o.since, o.number, o.latest, o.places, o.by, o.reason, o.at`,
	Table: `(select l.lesson, l.org, l.owner, p.question, r.at as since, min(coalesce(nullif(p.number, 0), b.number)) as number, r.latest, count(*)::int as places,
			max(d.by) as by, max(d.reason) as reason, max(d.at) as at
		from ` + in + `.revised r
		join ` + in + `.places p on p.question = r.question and not p.published
		join ` + in + `.lessons l on l.lesson = p.lesson and not l.retired
		left join ` + in + `.places b on b.lesson = p.lesson and b.published and b.slot = p.slot and b.question = p.question
		left join ` + in + `.declined d on d.lesson = p.lesson and d.question = p.question and d.version >= r.revision
		where coalesce(nullif(p.number, 0), b.number) < r.revision
		group by l.lesson, p.question, r.question) o`,
	Scan: func(row pgx.CollectableRow) (o Offer, err error) {
		var by, reason *string
		var at *int64
		err = row.Scan(&o.Lesson, &o.Org, &o.Owner, &o.Question, &o.Since, &o.From, &o.To, &o.Places, &by, &reason, &at)
		if err == nil && at != nil {
			o.Declined = &Declined{By: *by, Reason: *reason, At: *at}
		}
		return o, err
	},
}

var newest = read.Order[Offer]{
	Name: "since", Desc: true, Keys: []read.Key{{Column: "o.since", Kind: read.Int}, {Column: "o.lesson", Kind: read.ID}, {Column: "o.question", Kind: read.ID}},
	Of: func(o Offer) []any { return []any{o.Since, o.Lesson, o.Question} },
}

func (f Filter) where(org string) (*read.Where, error) {
	where := read.Within("o.org", org)
	if err := read.CheckText("/owner", f.Owner); err != nil {
		return nil, err
	}
	if f.Owner != "" {
		where.And("o.owner = ?", f.Owner)
	}
	if f.Question != uuid.Nil {
		where.And("o.question = ?", f.Question)
	}
	if f.Lesson != uuid.Nil {
		where.And("o.lesson = ?", f.Lesson)
	}
	where.And("(o.at is not null) = ?", f.Declined)
	return where, nil
}

// Offers lists the revisions offered to lessons of an organisation and below, the newest first.
func (r *Reader) Offers(ctx context.Context, org string, filter Filter, page read.Page) (read.Rows[Offer], error) {
	where, err := filter.where(org)
	if err != nil {
		return read.Rows[Offer]{}, err
	}
	return read.List(ctx, r.db, offers, where, newest, page)
}

// MaxCount is up to where Count is exact.
const MaxCount = 10_000

// Count counts them, exactly up to MaxCount; more says that there are more than that.
func (r *Reader) Count(ctx context.Context, org string, filter Filter) (count int, more bool, err error) {
	where, err := filter.where(org)
	if err != nil {
		return 0, false, err
	}
	return read.Capped(ctx, r.db, offers.Table, where, MaxCount)
}
