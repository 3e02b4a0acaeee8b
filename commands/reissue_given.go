package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
)

// Given is a reissue that a student has now.
type Given struct {
	Reissue   uuid.UUID   `json:"reissue"`
	Lesson    uuid.UUID   `json:"lesson,omitzero"`
	Questions []uuid.UUID `json:"questions"`
	Until     int64       `json:"until"` // microseconds
}

// Reissues lists what is reissued to a student now, what was granted last first. What is for a class session is among it where the student says to be in that one, and
// belongs to it.
func (b *Bus) Reissues(ctx context.Context, actor access.Actor, session uuid.UUID) ([]Given, error) {
	if b.Overrides == nil {
		return nil, nil
	}
	force, err := b.Overrides.InForce(ctx, actor.Scope.Environment)
	if err != nil || force == nil {
		return nil, err
	}
	if session != uuid.Nil {
		attendance, err := b.Sessions.Attends(ctx, actor.Scope, session, actor.Student())
		if f := fault.Of(err); err != nil && (f == nil || f.Kind != fault.NotFound) {
			return nil, err
		}
		if err != nil || !attendance.Belongs {
			session = uuid.Nil
		}
	}
	who, err := b.learner(ctx, actor, session, force.Roster())
	if err != nil {
		return nil, err
	}
	return force.Given(who), nil
}

// Overruled is what overrules a public view for a student: that it is gone, or which reissues give it; neither, mostly.
func (b *Bus) Overruled(ctx context.Context, actor access.Actor, view content.Hash) (tomb *Tombstone, by []uuid.UUID, err error) {
	if b.Overrides == nil {
		return nil, nil, nil
	}
	force, err := b.Overrides.InForce(ctx, actor.Scope.Environment)
	if err != nil || force == nil {
		return nil, nil, err
	}
	if found, gone := force.Gone(actor.Scope.Org, view); gone {
		return &found, nil, nil
	}
	carries := force.Carries(view)
	if carries == nil {
		return nil, nil, nil
	}
	who, err := b.learner(ctx, actor, uuid.Nil, force.Roster())
	if err != nil {
		return nil, nil, err
	}
	return nil, carries(who), nil
}

// Tombstones lists the public views that devices of a scope must forget, those that are gone for the shortest time first. It is shared: read only.
func (b *Bus) Tombstones(ctx context.Context, scope access.Scope) ([]Tombstone, error) {
	if b.Overrides == nil {
		return nil, nil
	}
	force, err := b.Overrides.InForce(ctx, scope.Environment)
	if err != nil || force == nil {
		return nil, err
	}
	return force.Tombstones(scope.Org), nil
}

// Down tells which versions are taken down in an environment; nil: none is.
func (b *Bus) Down(ctx context.Context, environment string) (func(question uuid.UUID, version int) bool, error) {
	if b.Overrides == nil {
		return nil, nil
	}
	force, err := b.Overrides.InForce(ctx, environment)
	if err != nil || force == nil {
		return nil, err
	}
	return func(question uuid.UUID, version int) bool {
		_, down := force.Down(question, version)
		return down
	}, nil
}
