package stack

import (
	"context"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"qbank/domain/access"
	"qbank/domain/session"
	"qbank/projections/roster"
)

// cachedPins bounds the sessions whose pins a process keeps; one of 40 questions takes some 20 kB.
const cachedPins = 2_000

type seated struct {
	scope   access.Scope
	session uuid.UUID
}

// sessions reads class sessions. What one pinned never changes and is read once; how a student stands to it is asked each time.
type sessions struct {
	*roster.Reader
	known  *lru.Cache[seated, *session.Pins]
	asking singleflight.Group
}

func newSessions(r *roster.Reader) (*sessions, error) {
	known, err := lru.New[seated, *session.Pins](cachedPins)
	return &sessions{Reader: r, known: known}, err
}

// Pins returns what a session fixed at its start.
func (s *sessions) Pins(ctx context.Context, scope access.Scope, id uuid.UUID) (*session.Pins, error) {
	key := seated{scope, id}
	if known, ok := s.known.Get(key); ok {
		return known, nil
	}
	found, err, _ := s.asking.Do(scope.Environment+"\x00"+scope.Org+"\x00"+id.String(), func() (any, error) {
		// A class begins all at once, and whoever asks first may give up.
		pins, err := s.Reader.Pins(context.WithoutCancel(ctx), scope, id)
		if err == nil {
			s.known.Add(key, pins)
		}
		return pins, err
	})
	if err != nil {
		return nil, err
	}
	return found.(*session.Pins), nil
}
