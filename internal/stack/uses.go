package stack

import (
	"context"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
)

// inUse tells what is live with questions.
type inUse struct{ *Stack }

// StillLive implements commands.Uses. The position is read first: what is read then is no older.
func (u inUse) StillLive(ctx context.Context, scope access.Scope, question uuid.UUID) ([]commands.LiveUse, int64, error) {
	position, err := u.Engine.Position(ctx, "delivery")
	if err != nil {
		return nil, 0, err
	}
	held, err := u.Delivery.HoldingIn(ctx, scope, []uuid.UUID{question})
	if err != nil {
		return nil, 0, err
	}
	var list []commands.LiveUse
	for _, h := range held[question] {
		list = append(list, commands.LiveUse{Environment: h.Environment, Lesson: h.Lesson.Lesson, Version: h.Version, Candidate: h.Candidate})
	}
	return list, position, nil
}
