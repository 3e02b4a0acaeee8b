package commands

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"qbank/domain/question"
)

// States folds many questions from the log at once, for callers that act on them next. It checks no permission: it is for programs,
// not for doors.
func (b *Bus) States(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]question.Question, error) {
	streams, err := b.Log.ReadStreams(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read questions: %w", err)
	}
	states := make(map[uuid.UUID]question.Question, len(ids))
	for id, recorded := range streams {
		if states[id], err = fold(b.Codec, question.Question{}, recorded); err != nil {
			return nil, err
		}
	}
	return states, nil
}
