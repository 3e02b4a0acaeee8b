package stack

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/bucketing"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/release"
	"qbank/domain/targeting"
	"qbank/internal/sized"
	"qbank/observations"
	"qbank/projections/delivery"
)

// The bounds of what a node keeps. A plan has up to a megabyte, so lessons are bounded by the bytes of their plans as they are stored; decoded they take
// some three times as much.
const (
	cachedLessons = 64 << 20 // bytes
	cachedSets    = 32 << 20
	cachedPins    = 32 << 20 // of class sessions
	cachedTerms   = 1_000
	cachedPlaces  = 50_000
	cachedMembers = 50_000
	cachedScopes  = 1_000
	// Trusted is how long a snapshot is used without asking whether the read model has moved. It bounds how late a node notices a
	// release, and keeps the database out of the way of a class that loads its lesson all at once.
	Trusted = 200 * time.Millisecond
)

type place struct {
	scope  access.Scope
	lesson uuid.UUID
}

type snapshot struct {
	live *commands.LiveLesson
	err  error // that nothing is live is worth remembering too
	at   time.Time
}

// sizeOf is about what a set takes, bytes.
func sizeOf(set *commands.LiveSet) int { return set.Size + placeSize*(len(set.Places)+len(set.Pools)) }

// placeSize is about what a place of a lesson takes beside its plan, bytes.
const placeSize = 300

func (s *snapshot) size() int {
	size := 0
	if s.live != nil {
		for _, resolved := range []*commands.Resolved{s.live.Baseline, s.live.Candidate} {
			if resolved != nil {
				size += sizeOf(resolved.LiveSet)
			}
		}
	}
	return size
}

// Settles is how long after a release was frozen it may be that who got it is not written down yet: a node goes by what it knew for as long as that is
// Trusted, and its recorder writes once a second. The rest is for the writing.
const Settles = 3 * time.Second

// live keeps a bounded snapshot of what is live, per node, and what was frozen, which never changes.
type live struct {
	delivery *delivery.Reader
	recorder *observations.Recorder // of who was served what
	observed *observations.Reader
	known    *sized.Cache[place, *snapshot]
	terms    *lru.Cache[uuid.UUID, *terms] // by release
	sets     *sized.Cache[frozen, *commands.LiveSet]
	places   *lru.Cache[version, commands.LivePlace]
	underWay *lru.Cache[access.Scope, lessonsUnderWay]
	members  *lru.Cache[member, time.Time] // when somebody was found not to have got a release; zero: has, and for ever
	asking   singleflight.Group
	changed  changed
}

// terms are a release's, its rules compiled.
type terms struct {
	delivery.Terms
	rules *targeting.List
}

type member struct {
	environment      string
	release, student uuid.UUID
}

// frozen names a lesson with versions that a release froze.
type frozen struct {
	release, lesson uuid.UUID
	hash            content.Hash
}

func newLive(d *delivery.Reader, recorder *observations.Recorder, observed *observations.Reader) (*live, error) {
	l := &live{delivery: d, recorder: recorder, observed: observed, known: sized.New[place](cachedLessons, (*snapshot).size), sets: sized.New[frozen](cachedSets, sizeOf)}
	var err error
	if l.terms, err = lru.New[uuid.UUID, *terms](cachedTerms); err != nil {
		return nil, err
	}
	if l.places, err = lru.New[version, commands.LivePlace](cachedPlaces); err != nil {
		return nil, err
	}
	if l.underWay, err = lru.New[access.Scope, lessonsUnderWay](cachedScopes); err != nil {
		return nil, err
	}
	l.members, err = lru.New[member, time.Time](cachedMembers)
	return l, err
}

// Lesson returns what is live of a lesson.
func (l *live) Lesson(ctx context.Context, scope access.Scope, lesson uuid.UUID) (*commands.LiveLesson, error) {
	key := place{scope, lesson}
	if s, ok := l.known.Get(key); ok && time.Since(s.at) < Trusted && !l.changed.since(s.at) {
		return s.live, s.err
	}
	fresh, err, _ := l.asking.Do(scope.Environment+"\x00"+scope.Org+"\x00"+lesson.String(), func() (any, error) {
		begun := time.Now()
		// Whoever asks first may give up; the others still want to know.
		found, err := l.ask(context.WithoutCancel(ctx), scope, lesson)
		if err != nil && fault.Of(err) == nil {
			return nil, err
		}
		s := &snapshot{live: found, err: err, at: begun}
		l.known.Add(key, s)
		return s, nil
	})
	if err != nil {
		return nil, err
	}
	s := fresh.(*snapshot)
	return s.live, s.err
}

func (l *live) ask(ctx context.Context, scope access.Scope, lesson uuid.UUID) (*commands.LiveLesson, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	found, err := l.delivery.Lesson(ctx, scope, lesson)
	if err != nil {
		return nil, err
	}
	out := &commands.LiveLesson{Position: found.Position}
	baseline, candidate := found.Baseline, found.Candidate
	if candidate != nil && candidate.State == release.IsCompleted { // its environment will say so next
		baseline, candidate = &candidate.Set, nil
	}
	if candidate != nil && !candidate.State.UnderWay() { // it has not begun yet, or is over
		candidate = nil
	}
	reason := release.Whole
	if candidate != nil {
		reason = release.Baseline
		out.Candidate = resolved(&candidate.Set, release.Candidate, found.Position)
		if out.Audience, err = l.audience(ctx, candidate); err != nil {
			return nil, err
		}
	}
	if baseline != nil {
		out.Baseline = resolved(baseline, reason, found.Position)
	}
	if out.Baseline == nil && out.Candidate == nil {
		return nil, delivery.NotLive()
	}
	return out, nil
}

func resolved(set *delivery.Set, reason release.Reason, position int64) *commands.Resolved {
	return commands.NewResolved(liveSet(set), reason, set.Release, position)
}

func liveSet(set *delivery.Set) *commands.LiveSet {
	out := &commands.LiveSet{Release: set.Release, Org: set.Org, Lesson: set.Lesson, Version: set.Version, Plan: set.Plan, Size: set.Size, Pools: set.Pools, Places: make([]commands.LivePlace, len(set.Places))}
	for i, p := range set.Places {
		out.Places[i] = commands.LivePlace(p)
	}
	return out
}

func (l *live) audience(ctx context.Context, c *delivery.Candidate) (*release.Audience, error) {
	known, err := l.termsOf(ctx, c.Release)
	if err != nil {
		return nil, err
	}
	frozen := c.State == release.IsFrozen
	return &release.Audience{Flag: c.Release.String(), Unit: known.Unit, Split: bucketing.Split{Candidate: c.Weight, Total: known.Total},
		Rules: known.rules, Frozen: frozen, Settling: frozen && c.Frozen < Settles}, nil
}

func (l *live) termsOf(ctx context.Context, id uuid.UUID) (*terms, error) {
	if known, ok := l.terms.Get(id); ok {
		return known, nil
	}
	read, err := l.delivery.Terms(ctx, id)
	if err != nil {
		return nil, err
	}
	rules, problems := targeting.Compile(read.Rules)
	if problems != nil {
		return nil, fmt.Errorf("the rules of release %s were accepted and do not compile now: %v", id, problems)
	}
	known := &terms{Terms: read, rules: rules}
	l.terms.Add(id, known)
	return known, nil
}

// lessonsUnderWay are the lessons of releases under way, as they were a moment ago.
type lessonsUnderWay struct {
	lessons []uuid.UUID
	at      time.Time
}

// UnderWay lists the lessons of the scope that a release under way has.
func (l *live) UnderWay(ctx context.Context, scope access.Scope) ([]uuid.UUID, error) {
	if known, ok := l.underWay.Get(scope); ok && time.Since(known.at) < Trusted {
		return known.lessons, nil
	}
	fresh, err, _ := l.asking.Do(scope.Environment+"\x00"+scope.Org, func() (any, error) {
		lessons, err := l.delivery.UnderWay(context.WithoutCancel(ctx), scope)
		if err == nil {
			l.underWay.Add(scope, lessonsUnderWay{lessons, time.Now()})
		}
		return lessons, err
	})
	if err != nil {
		return nil, err
	}
	return fresh.([]uuid.UUID), nil
}

// Got reports whether a student was served a manifest of a release, or began an attempt with it.
func (l *live) Got(ctx context.Context, environment string, release, student uuid.UUID) (bool, error) {
	key := member{environment, release, student}
	asked, known := l.members.Get(key)
	got := known && asked.IsZero() || l.recorder.Gave(environment, release, student)
	if got || known && time.Since(asked) < Trusted {
		return got, nil
	}
	got, err := l.written(ctx, key)
	if err != nil {
		return false, err
	}
	if got {
		l.members.Add(key, time.Time{})
	} else {
		l.members.Add(key, time.Now())
	}
	return got, nil
}

// written reports what Got does, as far as it is written down.
func (l *live) written(ctx context.Context, who member) (bool, error) {
	if began, err := l.delivery.Began(ctx, who.release, who.student); began || err != nil {
		return began, err
	}
	terms, err := l.termsOf(ctx, who.release)
	if err != nil {
		return false, err
	}
	return l.observed.Gave(ctx, who.environment, terms.Lessons, who.release, who.student)
}

// Set returns a lesson with versions that were frozen for it.
func (l *live) Set(ctx context.Context, by uuid.UUID, of release.Lesson) (*commands.LiveSet, error) {
	key := frozen{by, of.Lesson, environment.HashOf(of.Version, of.Questions)}
	if known, ok := l.sets.Get(key); ok {
		return known, nil
	}
	found, err := l.delivery.Set(ctx, by, of)
	if err != nil {
		return nil, err
	}
	set := liveSet(found)
	l.sets.Add(key, set)
	return set, nil
}

// Place returns a published version of a question.
func (l *live) Place(ctx context.Context, question uuid.UUID, number int) (commands.LivePlace, error) {
	key := version{question, number}
	if known, ok := l.places.Get(key); ok {
		return known, nil
	}
	found, err := l.delivery.Place(ctx, question, number)
	if err != nil {
		return commands.LivePlace{}, err
	}
	place := commands.LivePlace(found)
	l.places.Add(key, place)
	return place, nil
}
