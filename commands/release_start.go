package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/release"
)

// StartRelease lets the first step's share in. A release with a start of its own is started then, by a process; before, it refuses.
type StartRelease struct {
	Release  release.ID
	Revision int // what the caller saw
}

// Needs the right to release.
func (StartRelease) Needs() access.Permission { return access.Release }

// Do starts the release: the environment gives it its lessons first, all of them or none, then its own stream says that it runs. Until it
// does, nobody gets anything of it.
func (c StartRelease) Do(ctx context.Context, w *Work) error {
	r, revision, err := load[release.Release](ctx, w, c.Release, 0)
	if err != nil {
		return err
	}
	if err := w.mayKnowRelease(r); err != nil {
		return err
	}
	now := w.moment(r.Blackouts)
	if r.State == release.IsPlanned {
		if err := w.mayStart(ctx, r); err != nil {
			return err
		}
		if err := fresh(c.Revision, revision); err != nil {
			return err
		}
		if _, err := r.Start(now); err != nil {
			return err
		}
		err := w.beside(ctx, r.Environment, func(e environment.Environment) ([]event.Event, error) {
			opened, err := e.Open(environment.Opened{Release: c.Release, Environment: r.Environment, Set: r.Hash, Lessons: r.Lessons.Entries()})
			if err != nil || len(opened) == 0 {
				return nil, err
			}
			return opened, w.keepLocks(ctx, r.Environment, r.Lessons)
		})
		if err != nil {
			return err
		}
	}
	over := false
	err = w.release(ctx, c.Release, c.Revision, func(r release.Release) ([]event.Event, error) {
		over = r.State.Over()
		return r.Start(now)
	})
	if err != nil && over { // somebody cancelled it meanwhile: it must not keep its lessons
		if undone := w.beside(ctx, r.Environment, func(e environment.Environment) ([]event.Event, error) { return e.Close(c.Release), nil }); undone != nil {
			return undone
		}
	}
	return err
}

// mayStart refuses a release in an environment that takes nothing new, or wants a second person where there is but one.
func (w *Work) mayStart(ctx context.Context, r release.Release) error {
	declared, err := w.takes(ctx, r.Environment)
	if err != nil {
		return err
	}
	if declared.SecondPerson && (r.By == w.Actor.Person() || r.By == "" || w.Actor.IsSystem()) { // the wish for one may be younger than the plan
		return fault.Refuse(fault.Denied, "environment.second_person", fault.Say("in the environment %s another person than planned a release starts it",
			"环境 %s 要求由计划者以外的人开始发布", r.Environment))
	}
	return nil
}
