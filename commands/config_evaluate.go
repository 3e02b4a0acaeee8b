package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/hotconfig"
	"qbank/domain/targeting"
)

// Configured is what holds for a student's organisation and environment, and who the student is to its rules.
type Configured struct {
	*hotconfig.Snapshot
	Who *targeting.Context
}

// Configured finds what a student is configured by. The answer is a snapshot: whoever keeps what it evaluates to, keeps it by its position and
// the facts about the student.
func (b *Bus) Configured(ctx context.Context, actor access.Actor) (Configured, error) {
	if b.Configs == nil {
		return Configured{Snapshot: &hotconfig.Snapshot{}, Who: &targeting.Context{}}, nil
	}
	snapshot, err := b.Configs.Snapshot(ctx, actor.Scope)
	if err != nil {
		return Configured{}, err
	}
	who, err := b.learner(ctx, actor, uuid.Nil, snapshot.Roster)
	return Configured{snapshot, who}, err
}
