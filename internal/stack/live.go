package stack

import (
	"context"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/projections/delivery"
)

const (
	cachedLessons = 10_000
	// trusted is how long a snapshot is used without asking whether the read model has moved. It bounds how late a node notices a
	// release, and keeps the database out of the way of a class that loads its lesson all at once.
	trusted = 200 * time.Millisecond
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

// live keeps a bounded snapshot of what is live, per node.
type live struct {
	delivery *delivery.Reader
	known    *lru.Cache[place, *snapshot]
	asking   singleflight.Group
}

func newLive(d *delivery.Reader) (*live, error) {
	known, err := lru.New[place, *snapshot](cachedLessons)
	return &live{delivery: d, known: known}, err
}

// Lesson returns what is live of a lesson.
func (l *live) Lesson(ctx context.Context, scope access.Scope, lesson uuid.UUID) (*commands.LiveLesson, error) {
	key := place{scope, lesson}
	if s, ok := l.known.Get(key); ok && time.Since(s.at) < trusted {
		return s.live, s.err
	}
	fresh, err, _ := l.asking.Do(scope.Environment+"\x00"+scope.Org+"\x00"+lesson.String(), func() (any, error) {
		// Whoever asks first may give up; the others still want to know.
		found, err := l.ask(context.WithoutCancel(ctx), scope, lesson)
		if err != nil && fault.Of(err) == nil {
			return nil, err
		}
		s := &snapshot{live: found, err: err, at: time.Now()}
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
	places := make([]commands.LivePlace, len(found.Places))
	for i, p := range found.Places {
		places[i] = commands.LivePlace{Version: p.Version, Type: p.Type, Public: p.Public}
	}
	return &commands.LiveLesson{Release: found.Release, Plan: found.Plan, Places: places, Position: found.Position}, nil
}
