package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/projections"
	"qbank/projections/read"
)

// Live is a lesson in the list of those that are live.
type Live struct {
	Lesson     uuid.UUID
	Release    uuid.UUID
	Org        string
	Version    int // of the lesson
	Title      string
	Questions  int
	ReleasedAt int64 // microseconds
	Note       string
}

// Version is a published version of a question, without what is secret.
type Version struct {
	Version     int
	Kind        question.Kind
	Type        qtype.Ref
	Public      content.Hash
	PublishedAt int64 // microseconds
}

// Visible reports whether students of one organisation may see lessons of another: those of their own, of those above it
// and of those below it.
func Visible(lessonOrg, studentOrg string) bool {
	return access.Related(lessonOrg, studentOrg)
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct {
	db    read.DB
	types Types
	sql   statements
}

// statements are the queries with their schema written in.
type statements struct{ live, terms, began, set, judge, public, held, holders, errata, reissued string }

var in = projections.SchemaName(name, version)

// NewReader makes a reader over a pool.
func NewReader(db read.DB, types Types) *Reader {
	qualified := strings.NewReplacer("{in}", in)
	return &Reader{db: db, types: types, sql: statements{
		live: qualified.Replace(`
			select a.candidate, a.org, a.release, a.version, a.slots, a.questions, a.versions, v.plan, ` + frozenColumns + `, a.state, a.weight,
				case when a.state = 'frozen' then (extract(epoch from clock_timestamp()) * 1000000)::bigint - a.frozen_at else 0 end, coalesce(c.position, 0)
			from (
				select false as candidate, org, release, version, slots, questions, versions, '' as state, 0 as weight, 0::bigint as frozen_at
				from {in}.live where environment = $1 and lesson = $2
				union all
				select true, l.org, l.release, l.version, l.slots, l.questions, l.versions, r.state, r.weight, r.frozen_at
				from {in}.candidates k
				join {in}.releases r on r.release = k.release
				join {in}.release_lessons l on l.release = k.release and l.lesson = k.lesson
				where k.environment = $1 and k.lesson = $2
			) a
			join {in}.lesson_versions v on v.lesson = $2 and v.version = a.version
			cross join lateral ` + frozenRows("a.questions", "a.versions") + `
			left join checkpoints c on c.name = $3 and c.version = $4 and not c.shadow`),
		terms: qualified.Replace(`select terms, array(select lesson from {in}.release_lessons where release = $1) from {in}.releases where release = $1`),
		began: qualified.Replace(`select exists (select from {in}.members where release = $1 and student = $2)`),
		set: qualified.Replace(`select (select plan from {in}.lesson_versions where lesson = $1 and version = $2), ` + frozenColumns +
			` from ` + frozenRows("$3::uuid[]", "$4::int[]")),
		judge: qualified.Replace(`
			select q.type, b.bytes, s.solution
			from {in}.question_versions q
			join {in}.blobs b on b.hash = q.public_hash
			join {in}.solutions s on s.question = q.question and s.version = q.version
			where q.question = $1 and q.version = $2`),
		held: qualified.Replace(held),
		holders: qualified.Replace(`select view, question, version, array_agg(org) from {in}.given
			where view in (select public_hash from {in}.question_versions where question = any($1)) and environment = $2
			group by view, question, version order by view, question, version`),
		errata:   qualified.Replace(`select question, array_agg(version order by version) from {in}.question_versions where question = any($1) and kind = 'erratum' group by question`),
		reissued: qualified.Replace(`select reissue, versions from {in}.reissues where reissue = any($1)`),
		public: qualified.Replace(`select bytes from {in}.blobs where hash = $1 and exists (select from {in}.given where view = $1 and environment = $2
			and (org = $3 or starts_with(org, $3 || '/') or starts_with($3, org || '/')))`),
	}}
}

// Judge reads what scoring needs of a published version: its type, its public view (decoded, and the bytes that its hash
// is of) and its solution. It reads secrets: only scoring, and review after reveal, may ask. A version that was never published is
// the fault "question.version_unknown". Nothing of the answer ever changes, so it may be kept.
func (r *Reader) Judge(ctx context.Context, id uuid.UUID, number int) (typ *qtype.Type, public, solution any, publicBytes []byte, err error) {
	var ref string
	var secret []byte
	err = r.db.QueryRow(ctx, r.sql.judge, id, number).Scan(&ref, &publicBytes, &secret)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, nil, nil, fault.Refuse(fault.NotFound, "question.version_unknown",
			fault.Say("the question has no published version %d", "题目没有已发布的第 %d 版", number))
	}
	if err != nil {
		return nil, nil, nil, nil, fmt.Errorf("read version %d of question %s: %w", number, id, err)
	}
	parsed, err := qtype.ParseRef(ref)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	if typ, err = r.types.Type(ctx, parsed); err != nil {
		return nil, nil, nil, nil, err
	}
	if err = errors.Join(json.Unmarshal(publicBytes, &public), json.Unmarshal(secret, &solution)); err != nil {
		return nil, nil, nil, nil, fmt.Errorf("decode version %d of question %s: %w", number, id, err)
	}
	return typ, public, solution, publicBytes, nil
}

// Public reads the canonical bytes of a public view by their SHA-256. What students of the scope were never given is the fault "blob.not_found"; what
// they were given once they may read for ever.
func (r *Reader) Public(ctx context.Context, scope access.Scope, hash content.Hash) ([]byte, error) {
	var view []byte
	if !isHash(hash) {
		return nil, noBlob()
	}
	err := r.db.QueryRow(ctx, r.sql.public, string(hash), scope.Environment, scope.Org).Scan(&view)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, noBlob()
	}
	if err != nil {
		return nil, fmt.Errorf("read public view %.64s: %w", hash, err)
	}
	return view, nil
}

// isHash keeps what a client made up away from the database.
func isHash(hash content.Hash) bool {
	return len(hash) == 64 && strings.Trim(string(hash), "0123456789abcdef") == ""
}

func noBlob() *fault.Fault {
	return fault.Refuse(fault.NotFound, "blob.not_found", fault.Say("there is nothing under this hash", "没有该哈希对应的内容"))
}

// ListLive lists the lessons that are live in the scope's environment and belong to its organisation or below, the latest release first.
func (r *Reader) ListLive(ctx context.Context, scope access.Scope, page read.Page) (read.Rows[Live], error) {
	return read.List(ctx, r.db, lives, read.InScope("l", scope), latestFirst, page)
}

// maxCounted is up to where CountLive is exact.
const maxCounted = 10_000

// CountLive counts the lessons that ListLive lists, exactly up to 10,000; more says that there are more than that.
func (r *Reader) CountLive(ctx context.Context, scope access.Scope) (count int, more bool, err error) {
	return read.Capped(ctx, r.db, lives.Table, read.InScope("l", scope), maxCounted)
}

var lives = read.From[Live]{
	Columns: `l.lesson, l.release, l.org, l.version, v.plan->>'title', cardinality(l.questions), l.released_at, l.note`,
	Table:   in + ".live l join " + in + ".lesson_versions v on v.lesson = l.lesson and v.version = l.version",
	Scan: func(row pgx.CollectableRow) (l Live, err error) {
		err = row.Scan(&l.Lesson, &l.Release, &l.Org, &l.Version, &l.Title, &l.Questions, &l.ReleasedAt, &l.Note)
		return l, err
	},
}

var latestFirst = read.Order[Live]{
	Name: "released", Desc: true, Keys: []read.Key{{Column: "l.released_at", Kind: read.Int}, {Column: "l.lesson", Kind: read.ID}},
	Of: func(l Live) []any { return []any{l.ReleasedAt, l.Lesson} },
}

// Versions lists the published versions of a question, the newest first. Who may read the question is for the caller to know.
func (r *Reader) Versions(ctx context.Context, id uuid.UUID, page read.Page) (read.Rows[Version], error) {
	var where read.Where
	where.And("question = ?", id)
	return read.List(ctx, r.db, versions, &where, newestFirst, page)
}

var versions = read.From[Version]{
	Columns: "version, kind, type, public_hash, published_at",
	Table:   in + ".question_versions",
	Scan: func(row pgx.CollectableRow) (v Version, err error) {
		var ref string
		if err = row.Scan(&v.Version, &v.Kind, &ref, &v.Public, &v.PublishedAt); err != nil {
			return v, err
		}
		v.Type, err = qtype.ParseRef(ref)
		return v, err
	},
}

var newestFirst = read.Order[Version]{
	Name: "version", Desc: true, Keys: []read.Key{{Column: "version", Kind: read.Int}},
	Of: func(v Version) []any { return []any{v.Version} },
}

// NotLive refuses a lesson of which nothing is live.
func NotLive() *fault.Fault {
	return fault.Refuse(fault.NotFound, "lesson.not_live", fault.Say("the lesson is not live here", "该讲次未在此上线"))
}
