package commands

import (
	"context"
	"fmt"
	"strconv"
	"time"
	_ "time/tzdata" // blackouts name zones: they must mean the same on every machine

	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/release"
)

// release lets a release of the actor's organisation and environment decide. seen is the revision the caller saw. A command that finds
// done already what it asks for changes nothing, whatever was seen.
func (w *Work) release(ctx context.Context, id release.ID, seen int, decision func(release.Release) ([]event.Event, error)) error {
	return decide(ctx, w, id, func(r release.Release) ([]event.Event, error) {
		if err := w.mayKnowRelease(r); err != nil {
			return nil, err
		}
		events, err := decision(r)
		if err == nil && len(events) == 0 {
			return nil, nil
		}
		if stale := fresh(seen, r.Revision); stale != nil {
			return nil, stale
		}
		return events, err
	})
}

// mayKnowRelease refuses a release of another organisation or environment: it does not exist for the actor.
func (w *Work) mayKnowRelease(r release.Release) error {
	if r.Revision == 0 || string(r.Environment) != w.Actor.Scope.Environment || w.Actor.Within(r.Org) != nil {
		return release.NotFound()
	}
	w.meta.Environment = string(r.Environment)
	return nil
}

// further lets a release take more students along, as w.release does; not to versions other than those that lessons are locked at.
func (w *Work) further(ctx context.Context, id release.ID, seen int, decision func(release.Release) ([]event.Event, error)) error {
	return w.release(ctx, id, seen, func(r release.Release) ([]event.Event, error) {
		events, err := decision(r)
		if err != nil || len(events) == 0 {
			return nil, err
		}
		return events, w.keepLocks(ctx, r.Environment, r.Lessons)
	})
}

// keepLocks refuses to bring lessons to an environment in other versions than those that they are locked at (锁课). The locks are read beside the
// decision: one that is set in the same moment comes after it.
func (w *Work) keepLocks(ctx context.Context, name environment.Name, set release.Set) error {
	streams, err := w.Log.ReadStreams(ctx, set.IDs())
	if err != nil {
		return fmt.Errorf("read lessons: %w", err)
	}
	for i, l := range set {
		state, err := fold(w.Codec, lesson.Lesson{}, streams[l.Lesson])
		if err != nil {
			return err
		}
		err = state.MayGoLive(name, l.Version)
		if f := fault.Of(err); f != nil {
			f.Problems = append(f.Problems, fault.Problem{Pointer: "/lessons/" + strconv.Itoa(i), Code: f.Code, Message: f.Message})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// end ends a release: first its own stream says so, then its environment takes the lessons back. The environment cannot refuse, so what a crash
// leaves between the two is finished by the same command again.
func (w *Work) end(ctx context.Context, id release.ID, seen int, decision func(release.Release) ([]event.Event, error),
	settle func(environment.Environment) []event.Event) error {
	var name environment.Name
	err := w.release(ctx, id, seen, func(r release.Release) ([]event.Event, error) {
		name = r.Environment
		return decision(r)
	})
	if err != nil {
		return err
	}
	if name == "" { // the command was carried out before, under its id: of the release, only where it lies is asked
		r, _, err := load[release.Release](ctx, w, id, 1)
		if err != nil {
			return err
		}
		if err := w.mayKnowRelease(r); err != nil {
			return err
		}
		name = r.Environment
	}
	return w.beside(ctx, name, func(e environment.Environment) ([]event.Event, error) { return settle(e), nil })
}

// beside lets the environment decide while a release is what the command is about: Done stays the release's.
func (w *Work) beside(ctx context.Context, name environment.Name, decision func(environment.Environment) ([]event.Event, error)) error {
	done := w.Done
	if err := decide(ctx, w, name.Stream(), decision); err != nil {
		return err
	}
	done.Position = max(done.Position, w.Done.Position)
	w.Done = done
	return nil
}

// environment is that of the actor's token, in which something new is to begin: a release, a session.
func (w *Work) environment(ctx context.Context) (environment.Name, error) {
	name, err := w.lane()
	if err == nil {
		_, err = w.takes(ctx, name)
	}
	return name, err
}

// lane is the environment of the actor's token.
func (w *Work) lane() (environment.Name, error) {
	if err := w.Actor.Somewhere(); err != nil {
		return "", err
	}
	name := environment.Name(w.Actor.Scope.Environment)
	w.meta.Environment = string(name)
	return name, name.Check()
}

// moment is now, with the rules of the zones that blackouts name. "" and "Local" are not zones but what this machine happens to be set to.
func (w *Work) moment(blackouts []release.Blackout) release.Moment {
	now := release.Moment{At: w.meta.At, Zones: map[string]*time.Location{}}
	for _, b := range blackouts {
		if b.Zone == "" || b.Zone == "Local" || now.Zones[b.Zone] != nil {
			continue
		}
		if zone, err := time.LoadLocation(b.Zone); err == nil {
			now.Zones[b.Zone] = zone
		}
	}
	return now
}
