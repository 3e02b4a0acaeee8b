package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/release"
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
	Size    int                  // of the plan as it is stored, bytes
	Places  []LivePlace          // one for each item of the plan, in its order
	Pools   []environment.Frozen // what its draws draw from
}

// Candidate is what a release has of a lesson, and how far it is. Its Terms are read apart: they never change.
type Candidate struct {
	Set
	State  release.State
	Weight int
	Frozen time.Duration // since when, by the clock of the database, where it is frozen
}

// LivePlace is the version that was released for one place of a lesson.
type LivePlace struct {
	Version int
	Type    qtype.Ref
	Public  content.Hash // of the public view; see Reader.Public
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
		var since int64
		err := rows.Scan(&candidate, &found.Org, &found.Release, &found.Version, &frozen.slots, &frozen.questions, &frozen.versions, &plan,
			&frozen.types, &frozen.hashes, &found.State, &found.Weight, &since, &live.Position)
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
			found.Frozen = time.Duration(since) * time.Microsecond
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
	s.Size = len(plan)
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
		if strings.HasSuffix(slot, ".*") { // lesson.Draw.PoolSlot
			s.Pools = append(s.Pools, environment.Frozen{Slot: slot, Question: frozen.questions[i], Version: frozen.versions[i]})
			continue
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

// maxUnderWay bounds what UnderWay lists.
const maxUnderWay = 500

// UnderWay lists the lessons that a release under way has in the scope's environment, of those that are visible from its organisation.
func (r *Reader) UnderWay(ctx context.Context, scope access.Scope) ([]uuid.UUID, error) {
	where := read.Around("l.org", scope.Org)
	where.And("k.environment = ?", scope.Environment)
	where.And("r.state = any(?)", []release.State{release.IsRunning, release.IsPaused, release.IsFrozen})
	rows, err := r.db.Query(ctx, "select k.lesson from "+in+".candidates k join "+in+".releases r on r.release = k.release join "+in+
		".release_lessons l on l.release = k.release and l.lesson = k.lesson where "+where.String()+" order by k.lesson limit "+where.Arg(maxUnderWay), where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list the lessons of releases under way: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("list the lessons of releases under way: %w", err)
	}
	return list, nil
}

// Terms reads what a release's plan says about who is in, and of what.
func (r *Reader) Terms(ctx context.Context, id uuid.UUID) (terms Terms, err error) {
	var encoded []byte
	if err := r.db.QueryRow(ctx, r.sql.terms, id).Scan(&encoded, &terms.Lessons); err != nil {
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
