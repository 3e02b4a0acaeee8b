package stack

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"golang.org/x/sync/singleflight"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/internal/sized"
	"qbank/projections/roster"
)

type seated struct {
	scope   access.Scope
	session uuid.UUID
}

// sessions reads class sessions. What one pinned never changes, and is read and put together once; how a student stands to it is asked each time.
type sessions struct {
	*roster.Reader
	known  *sized.Cache[seated, *commands.Resolved]
	asking singleflight.Group
}

func newSessions(r *roster.Reader) *sessions {
	return &sessions{Reader: r, known: sized.New[seated](cachedPins, func(r *commands.Resolved) int { return sizeOf(r.LiveSet) })}
}

// Pinned returns what a session of a lesson fixed at its start.
func (s *sessions) Pinned(ctx context.Context, scope access.Scope, id, lesson uuid.UUID) (*commands.Resolved, error) {
	key := seated{scope, id}
	if known, ok := s.known.Get(key); ok {
		return known, nil
	}
	found, err, _ := s.asking.Do(scope.Environment+"\x00"+scope.Org+"\x00"+id.String(), func() (any, error) {
		// A class begins all at once, and whoever asks first may give up.
		pins, err := s.Reader.Pins(context.WithoutCancel(ctx), scope, id)
		if err != nil {
			return nil, err
		}
		plan, err := json.Marshal(pins.Plan)
		if err != nil {
			return nil, fmt.Errorf("measure what session %s pinned: %w", id, err)
		}
		resolved := commands.ResolvePins(pins, id, lesson, len(plan))
		s.known.Add(key, resolved)
		return resolved, nil
	})
	if err != nil {
		return nil, err
	}
	return found.(*commands.Resolved), nil
}
