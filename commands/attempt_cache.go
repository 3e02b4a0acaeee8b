package commands

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/roster"
	"qbank/eventstore"
)

// cachedAttempts bounds the folded attempts a process keeps; one of 40 questions takes some 10 kB.
const cachedAttempts = 20_000

// attemptCache keeps attempts folded between answers and lets one writer at a time at each. Other processes may write
// too: to a decision the expected version tells, and whoever only looks reads what came since.
type attemptCache struct {
	entries *lru.Cache[attempt.ID, *cachedAttempt]
	mu      sync.Mutex // two who miss must get one entry
}

type cachedAttempt struct {
	mu      sync.Mutex
	current bool // nothing is known to have been written beside the state
	state   attempt.Attempt
}

func newAttemptCache() (*attemptCache, error) {
	entries, err := lru.New[attempt.ID, *cachedAttempt](cachedAttempts)
	if err != nil {
		return nil, fmt.Errorf("make the attempt cache: %w", err)
	}
	return &attemptCache{entries: entries}, nil
}

func (c *attemptCache) entry(id attempt.ID) *cachedAttempt {
	if entry, known := c.entries.Get(id); known {
		return entry
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if entry, known := c.entries.Get(id); known {
		return entry
	}
	entry := &cachedAttempt{}
	c.entries.Add(id, entry)
	return entry
}

// forget drops an attempt that turned out not to exist, so that guessed ids cannot push real ones out.
func (c *attemptCache) forget(id attempt.ID) { c.entries.Remove(id) }

// attempt lets an attempt of the actor decide. A student's attempt is only that student's, in the environment of the token.
func (w *Work) attempt(ctx context.Context, id attempt.ID, decision func(attempt.Attempt) ([]event.Event, error)) error {
	return w.attemptOf(ctx, id, asKnown, ownAttempt, decision)
}

// freshness says how old a state a decision may be made on.
type freshness bool

const (
	asKnown freshness = false // what this process last saw: where it stores something, the expected version finds out
	asNow   freshness = true  // what is stored by now, other processes' writes included: to look is to be shown everything
)

// ownAttempt refuses what is not the actor's own: through a student's eyes, the student's own ones and the shadows of the same ticket. To others
// the attempt does not exist.
func ownAttempt(w *Work, a attempt.Attempt) error {
	w.person = roster.PersonOf(a.Student)
	if a.Revision == 0 || a.Student != w.Actor.Student() || a.Environment != w.Actor.Scope.Environment || !w.sees(a) ||
		a.Shadow != uuid.Nil && a.Shadow != w.Actor.Ticket {
		return notFound("attempt", "作答")
	}
	return nil
}

// sees reports whether the lesson of an attempt is one for the actor's organisation: its own, one above or one below it.
func (w *Work) sees(a attempt.Attempt) bool {
	org := w.Actor.Scope.Org
	return access.Related(a.Org, org)
}

// attemptWithin refuses what is not a student's, of the actor's organisation and environment.
func attemptWithin(w *Work, a attempt.Attempt) error {
	w.person = roster.PersonOf(a.Student)
	if a.Revision == 0 || a.Shadow != uuid.Nil || w.Actor.Within(a.Org) != nil || a.Environment != w.Actor.Scope.Environment {
		return notFound("attempt", "作答")
	}
	return nil
}

// attemptOf lets an attempt decide that the actor is allowed. The decision runs again where another process wrote in between.
func (w *Work) attemptOf(ctx context.Context, id attempt.ID, fresh freshness, allowed func(*Work, attempt.Attempt) error,
	decision func(attempt.Attempt) ([]event.Event, error)) error {
	entry := w.attempts.entry(id)
	entry.mu.Lock()
	defer entry.mu.Unlock()
	defer func() {
		if entry.state.Revision == 0 {
			w.attempts.forget(id)
		}
	}()
	if fresh {
		entry.current = false
	}
	for range races {
		if err := entry.catchUp(ctx, w, id); err != nil {
			return err
		}
		if err := allowed(w, entry.state); err != nil {
			return err
		}
		events, err := decision(entry.state)
		w.Done.ID, w.Done.Revision = id, entry.state.Revision
		w.meta.Environment = w.Actor.Scope.Environment
		if err != nil || len(events) == 0 {
			return err
		}
		stored, err := entry.append(ctx, w, id, events)
		if stored || err != nil {
			return err
		}
	}
	return fault.Refuse(fault.Unavailable, "busy", fault.Say("too many write to this at once; try again", "并发修改过多，请重试"))
}

// catchUp folds in what was stored since the state was current.
func (c *cachedAttempt) catchUp(ctx context.Context, w *Work, id attempt.ID) error {
	if c.current {
		return nil
	}
	recorded, err := w.Log.ReadStream(ctx, id, eventstore.Range{From: c.state.Revision + 1})
	if err != nil {
		return fmt.Errorf("read attempt %s: %w", id, err)
	}
	state, err := fold(w.Codec, c.state, recorded)
	if err != nil {
		c.state = attempt.Attempt{} // its maps are shared with the one that was being folded
		return err
	}
	c.state, c.current = state, true
	return nil
}

// append stores events and folds them in. After anything but a clean store the state is no longer known to be current.
func (c *cachedAttempt) append(ctx context.Context, w *Work, id attempt.ID, events []event.Event) (stored bool, err error) {
	c.current = false
	outcome, err := w.append(ctx, id, c.state.Revision, events)
	if err != nil || outcome.Status == eventstore.Conflicted {
		return false, err
	}
	if err := w.note(outcome); err != nil {
		return false, err
	}
	if outcome.Status != eventstore.Stored {
		return true, nil // stored by an earlier try: where, is for the next one to read
	}
	for _, e := range events {
		c.state = c.state.Apply(e)
	}
	c.current = true
	return true, nil
}
