package commands

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/lesson"
)

// ApproveLessonChange makes a change that somebody else requested, and publishes the locked lesson with it as its next version. Where the version that
// was locked is what everybody gets in the actor's environment, the next one takes its place at once: two people have agreed to it.
type ApproveLessonChange struct {
	Lesson   lesson.ID
	Revision int // what the caller saw
	Change   uuid.UUID
	Note     string
	See      func(LateChange) // told what came of it; nil: nobody is
}

// LateChange is how far an approved change has come.
type LateChange struct {
	Live int                // version that is live in the actor's environment; 0: none is, or the token names no environment
	Left []environment.Name // for which the lesson is locked, and where the new version is still to be released
}

// Needs the right to let a locked lesson change.
func (ApproveLessonChange) Needs() access.Permission { return access.ApproveChanges }

// Do makes the change. Carried out again after a break in between, it goes on with the rest.
func (c ApproveLessonChange) Do(ctx context.Context, w *Work) error {
	if err := c.publish(ctx, w); err != nil {
		return err
	}
	l, _, err := load[lesson.Lesson](ctx, w, c.Lesson, w.Done.Revision) // with the change as its last event
	if err != nil {
		return err
	}
	came := LateChange{}
	if name := environment.Name(w.Actor.Scope.Environment); name != "" {
		if err := c.replace(ctx, w, name, l); err != nil {
			return err
		}
		lane, _, err := load[environment.Environment](ctx, w, name.Stream(), 0)
		if err != nil {
			return err
		}
		if live, is := lane.Live[c.Lesson]; is {
			came.Live = live.Version
		}
	}
	for _, k := range l.Locks {
		if string(k.Environment) != w.Actor.Scope.Environment || came.Live != l.Latest {
			came.Left = append(came.Left, k.Environment)
		}
	}
	if c.See != nil {
		c.See(came)
	}
	return nil
}

// replace makes the version with the change live where the one before it, which was locked, is what everybody gets. What a release under way has is
// that release's.
func (c ApproveLessonChange) replace(ctx context.Context, w *Work, name environment.Name, l lesson.Lesson) error {
	if !slices.ContainsFunc(l.Locks, func(k lesson.Lock) bool { return k.Environment == name }) {
		return nil
	}
	frozen, err := w.freeze(ctx, l.Newest.Frozen())
	if err != nil {
		return err
	}
	w.meta.Environment = string(name)
	out := environment.Released{Release: w.newID(), Environment: name, Org: l.Org, Lesson: c.Lesson, Version: l.Latest, Questions: frozen, Note: c.Note}
	return w.beside(ctx, name, func(e environment.Environment) ([]event.Event, error) {
		_, taken := e.Candidates[c.Lesson]
		if live, is := e.Live[c.Lesson]; !is || taken || live.Version != l.Latest-1 {
			return nil, nil
		}
		return e.Release(out)
	})
}

func (c ApproveLessonChange) publish(ctx context.Context, w *Work) error {
	return w.lesson(ctx, c.Lesson, c.Revision, func(l lesson.Lesson) ([]event.Event, error) {
		change, err := l.Change(c.Change)
		if err != nil {
			return nil, err
		}
		seen, err := w.draftOf(ctx, c.Lesson, change.From)
		if err != nil {
			return nil, err
		}
		newest, err := w.newestVersions(ctx, append(l.Plan.Questions(), change.Plan.Questions()...))
		if err != nil {
			return nil, err
		}
		approved := lesson.ChangeApproved{Change: c.Change, By: w.Actor.Person(), Note: c.Note}
		if approved.Downloaded, err = w.Downloaded(ctx, c.Lesson, l.Org, l.Locks); err != nil {
			return nil, err
		}
		events, err := l.ApproveChange(seen, approved, newest, w.Cues)
		if err != nil {
			return nil, err
		}
		return events, w.mayGoOut(ctx, l.Org, events)
	})
}

// Downloaded counts the manifests of locked versions that devices have; nil where nobody counts.
func (b *Bus) Downloaded(ctx context.Context, id lesson.ID, org string, locks []lesson.Lock) (*int, error) {
	if b.Downloads == nil {
		return nil, nil
	}
	total := 0
	for _, k := range locks {
		n, err := b.Downloads.Count(ctx, access.Scope{Org: org, Environment: string(k.Environment)}, id, k.Version)
		if err != nil {
			return nil, fmt.Errorf("count what devices downloaded of lesson %s: %w", id, err)
		}
		total += n
	}
	return &total, nil
}
