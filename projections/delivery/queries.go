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
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/release"
	"qbank/projections"
	"qbank/projections/read"
)

// LiveLesson is a lesson as an environment's releases have it: a snapshot.
type LiveLesson struct {
	Baseline  *Set       // nil: none
	Candidate *Candidate // nil: no release has the lesson
	Position  int64      // in the log; everything up to there is in the snapshot
}

// Set is a lesson with exact versions of its questions.
type Set struct {
	Release uuid.UUID
	Org     string
	Lesson  uuid.UUID
	Version int
	Plan    lesson.Plan
	Places  []LivePlace // one for each item of the plan, in its order
}

// Candidate is what a release has of a lesson, and how far it is. Its Terms are read apart: they never change.
type Candidate struct {
	Set
	State  release.State
	Weight int
}

// LivePlace is the version that was released for one place of a lesson.
type LivePlace struct {
	Version int
	Type    qtype.Ref
	Public  content.Hash // of the public view; see Reader.Public
}

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
	return access.Covers(lessonOrg, studentOrg) || access.Covers(studentOrg, lessonOrg)
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct {
	db    read.DB
	types Types
	sql   statements
}

// statements are the queries with their schema written in.
type statements struct{ live, terms, began, set, judge, public string }

var in = projections.SchemaName(name, version)

// NewReader makes a reader over a pool.
func NewReader(db read.DB, types Types) *Reader {
	qualified := strings.NewReplacer("{in}", in)
	return &Reader{db: db, types: types, sql: statements{
		live: qualified.Replace(`
			select a.candidate, a.org, a.release, a.version, a.slots, a.questions, a.versions, v.plan, ` + frozenColumns + `, a.state, a.weight, coalesce(c.position, 0)
			from (
				select false as candidate, org, release, version, slots, questions, versions, '' as state, 0 as weight
				from {in}.live where environment = $1 and lesson = $2
				union all
				select true, l.org, l.release, l.version, l.slots, l.questions, l.versions, r.state, r.weight
				from {in}.candidates k
				join {in}.releases r on r.release = k.release
				join {in}.release_lessons l on l.release = k.release and l.lesson = k.lesson
				where k.environment = $1 and k.lesson = $2
			) a
			join {in}.lesson_versions v on v.lesson = $2 and v.version = a.version
			cross join lateral ` + frozenRows("a.questions", "a.versions") + `
			left join checkpoints c on c.name = $3 and c.version = $4 and not c.shadow`),
		terms: qualified.Replace(`select terms from {in}.releases where release = $1`),
		began: qualified.Replace(`select exists (select from {in}.members where release = $1 and student = $2)`),
		set: qualified.Replace(`select (select plan from {in}.lesson_versions where lesson = $1 and version = $2), ` + frozenColumns +
			` from ` + frozenRows("$3::uuid[]", "$4::int[]")),
		judge: qualified.Replace(`
			select q.type, b.bytes, s.solution
			from {in}.question_versions q
			join {in}.blobs b on b.hash = q.public_hash
			join {in}.solutions s on s.question = q.question and s.version = q.version
			where q.question = $1 and q.version = $2`),
		public: qualified.Replace(`select bytes from {in}.blobs where hash = $1`),
	}}
}

// frozenRows are the types and public hashes of frozen versions, in their order.
func frozenRows(questions, versions string) string {
	return `(
		select array_agg(coalesce(q.type, '') order by u.n), array_agg(coalesce(q.public_hash, '') order by u.n)
		from unnest(` + questions + `, ` + versions + `) with ordinality u(question, version, n)
		left join {in}.question_versions q on q.question = u.question and q.version = u.version
	) f(types, hashes)`
}

const frozenColumns = `f.types, f.hashes`

// Lesson reads what is live of a lesson, with the position of the read model, in one snapshot. What is not visible from the scope's
// organisation is left out; where nothing is live in its environment, it is the fault "lesson.not_live".
func (r *Reader) Lesson(ctx context.Context, scope access.Scope, id uuid.UUID) (*LiveLesson, error) {
	rows, err := r.db.Query(ctx, r.sql.live, scope.Environment, id, name, version)
	if err != nil {
		return nil, fmt.Errorf("read live lesson %s: %w", id, err)
	}
	defer rows.Close()
	live := &LiveLesson{}
	for rows.Next() {
		found := Candidate{Set: Set{Lesson: id}}
		var candidate bool
		var plan []byte
		var frozen frozenSet
		err := rows.Scan(&candidate, &found.Org, &found.Release, &found.Version, &frozen.slots, &frozen.questions, &frozen.versions, &plan,
			&frozen.types, &frozen.hashes, &found.State, &found.Weight, &live.Position)
		if err != nil {
			return nil, fmt.Errorf("read live lesson %s: %w", id, err)
		}
		if !Visible(found.Org, scope.Org) {
			continue
		}
		if err := found.fill(plan, frozen); err != nil {
			return nil, fmt.Errorf("release %s: %w", found.Release, err)
		}
		if candidate {
			live.Candidate = &found
		} else {
			live.Baseline = &found.Set
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read live lesson %s: %w", id, err)
	}
	if live.Baseline == nil && live.Candidate == nil {
		return nil, NotLive()
	}
	return live, nil
}

// frozenSet is frozen versions by column.
type frozenSet struct {
	slots         []string
	questions     []uuid.UUID
	versions      []int
	types, hashes []string
}

// fill decodes the plan and brings what was frozen, with its types and hashes, into its order.
func (s *Set) fill(plan []byte, frozen frozenSet) error {
	if err := json.Unmarshal(plan, &s.Plan); err != nil {
		return fmt.Errorf("decode the plan of lesson %s: %w", s.Lesson, err)
	}
	bySlot := make(map[string]LivePlace, len(frozen.slots))
	for i, slot := range frozen.slots {
		if frozen.hashes[i] == "" {
			return fmt.Errorf("version %d of question %s is not in the read model", frozen.versions[i], frozen.questions[i])
		}
		typ, err := qtype.ParseRef(frozen.types[i])
		if err != nil {
			return err
		}
		bySlot[slot] = LivePlace{Version: frozen.versions[i], Type: typ, Public: content.Hash(frozen.hashes[i])}
	}
	s.Places = make([]LivePlace, len(s.Plan.Items))
	for i, item := range s.Plan.Items {
		place, known := bySlot[string(item.Slot)]
		if !known {
			return fmt.Errorf("nothing was frozen for the place %q", item.Slot)
		}
		s.Places[i] = place
	}
	return nil
}

// maxCandidates bounds what Candidates lists.
const maxCandidates = 500

// Candidates lists the lessons that a release under way has in the scope's environment, of those that are visible from its organisation.
func (r *Reader) Candidates(ctx context.Context, scope access.Scope) ([]uuid.UUID, error) {
	where := read.Around("l.org", scope.Org)
	where.And("k.environment = ?", scope.Environment)
	where.And("r.state = any(?)", []string{string(release.IsRunning), string(release.IsPaused), string(release.IsFrozen)})
	rows, err := r.db.Query(ctx, "select k.lesson from "+in+".candidates k join "+in+".releases r on r.release = k.release join "+in+
		".release_lessons l on l.release = k.release and l.lesson = k.lesson where "+where.String()+" order by k.lesson limit "+where.Arg(maxCandidates), where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list the lessons of releases under way: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("list the lessons of releases under way: %w", err)
	}
	return list, nil
}

// Terms reads what a release's plan says about who is in.
func (r *Reader) Terms(ctx context.Context, id uuid.UUID) (terms Terms, err error) {
	var encoded []byte
	if err := r.db.QueryRow(ctx, r.sql.terms, id).Scan(&encoded); err != nil {
		return terms, fmt.Errorf("read the terms of release %s: %w", id, err)
	}
	if err := json.Unmarshal(encoded, &terms); err != nil {
		return terms, fmt.Errorf("decode the terms of release %s: %w", id, err)
	}
	return terms, nil
}

// Began reports whether a student began an attempt with a release.
func (r *Reader) Began(ctx context.Context, id, student uuid.UUID) (began bool, err error) {
	if err := r.db.QueryRow(ctx, r.sql.began, id, student).Scan(&began); err != nil {
		return false, fmt.Errorf("read who began with release %s: %w", id, err)
	}
	return began, nil
}

// Set reads a published version of a lesson with versions that were frozen for it, whether or not they are live.
func (r *Reader) Set(ctx context.Context, by uuid.UUID, l release.Lesson) (*Set, error) {
	set := &Set{Release: by, Org: l.Org, Lesson: l.Lesson, Version: l.Version}
	var frozen frozenSet
	frozen.slots, frozen.questions, frozen.versions = columns(l.Questions)
	var plan []byte
	err := r.db.QueryRow(ctx, r.sql.set, l.Lesson, l.Version, frozen.questions, frozen.versions).Scan(&plan, &frozen.types, &frozen.hashes)
	if err != nil {
		return nil, fmt.Errorf("read version %d of lesson %s: %w", l.Version, l.Lesson, err)
	}
	if plan == nil {
		return nil, fmt.Errorf("version %d of lesson %s is not in the read model", l.Version, l.Lesson)
	}
	if err := set.fill(plan, frozen); err != nil {
		return nil, fmt.Errorf("version %d of lesson %s: %w", l.Version, l.Lesson, err)
	}
	return set, nil
}

// Place reads one published version of a question.
func (r *Reader) Place(ctx context.Context, question uuid.UUID, number int) (LivePlace, error) {
	place := LivePlace{Version: number}
	var types, hashes []string
	var plan []byte
	err := r.db.QueryRow(ctx, r.sql.set, uuid.Nil, 0, []uuid.UUID{question}, []int{number}).Scan(&plan, &types, &hashes)
	if err != nil {
		return place, fmt.Errorf("read version %d of question %s: %w", number, question, err)
	}
	if hashes[0] == "" {
		return place, fmt.Errorf("version %d of question %s is not in the read model", number, question)
	}
	place.Public = content.Hash(hashes[0])
	place.Type, err = qtype.ParseRef(types[0])
	return place, err
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

// Public reads the canonical bytes of a public view by their SHA-256, or the fault "blob.not_found".
func (r *Reader) Public(ctx context.Context, hash content.Hash) ([]byte, error) {
	var view []byte
	if !isHash(hash) {
		return nil, noBlob()
	}
	err := r.db.QueryRow(ctx, r.sql.public, string(hash)).Scan(&view)
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
	where := read.Within("l.org", scope.Org)
	where.And("l.environment = ?", scope.Environment)
	return read.List(ctx, r.db, lives, where, latestFirst, page)
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
