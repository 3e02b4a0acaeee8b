package stack

import (
	"context"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

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
	known *lru.Cache[seated, *session.Pins]
}

func newSessions(r *roster.Reader) (*sessions, error) {
	known, err := lru.New[seated, *session.Pins](cachedPins)
	return &sessions{r, known}, err
}

// Pins returns what a session fixed at its start.
func (s *sessions) Pins(ctx context.Context, scope access.Scope, id uuid.UUID) (*session.Pins, error) {
	key := seated{scope, id}
	if known, ok := s.known.Get(key); ok {
		return known, nil
	}
	pins, err := s.Reader.Pins(ctx, scope, id)
	if err == nil {
		s.known.Add(key, pins)
	}
	return pins, err
}
