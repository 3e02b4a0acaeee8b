package commands

import (
	"context"
	"fmt"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"qbank/domain/attempt"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/roster"
	"qbank/eventstore"
)

// cachedAttempts bounds the folded attempts a process keeps; one of 40 questions takes some 10 kB.
const cachedAttempts = 20_000

// attemptCache keeps attempts folded between answers and lets one writer at a time at each. Other processes may write
// too: the expected version finds out, and the attempt is loaded anew.
type attemptCache struct {
	entries *lru.Cache[attempt.ID, *cachedAttempt]
	mu      sync.Mutex // two who miss must get one entry
}

type cachedAttempt struct {
	mu     sync.Mutex
	loaded bool
	state  attempt.Attempt
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

// attempt lets an attempt of the actor decide. The decision runs again on a fresh load where another process wrote in between.
// A student's attempt is only that student's, in the environment of the token.
func (w *Work) attempt(ctx context.Context, id attempt.ID, decision func(attempt.Attempt) ([]event.Event, error)) error {
	return w.attemptOf(ctx, id, ownAttempt, decision)
}

// ownAttempt refuses what is not the actor's own. To others the attempt does not exist.
func ownAttempt(w *Work, a attempt.Attempt) error {
	student := w.Actor.ID
	if w.Actor.ActingFor != "" {
		student = w.Actor.ActingFor
	}
	w.person = roster.PersonOf(a.Student)
	if a.Revision == 0 || a.Student != student || a.Environment != w.Actor.Scope.Environment {
		return notFound("attempt", "作答")
	}
	return nil
}

// attemptWithin refuses what is not of the actor's organisation and environment.
func attemptWithin(w *Work, a attempt.Attempt) error {
	w.person = roster.PersonOf(a.Student)
	if a.Revision == 0 || w.Actor.Within(a.Org) != nil || a.Environment != w.Actor.Scope.Environment {
		return notFound("attempt", "作答")
	}
	return nil
}

func (w *Work) attemptOf(ctx context.Context, id attempt.ID, allowed func(*Work, attempt.Attempt) error, decision func(attempt.Attempt) ([]event.Event, error)) error {
	entry := w.attempts.entry(id)
	entry.mu.Lock()
	defer entry.mu.Unlock()
	for range races {
		if err := entry.load(ctx, w, id); err != nil {
			return err
		}
		if entry.state.Revision == 0 {
			w.attempts.forget(id)
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

func (c *cachedAttempt) load(ctx context.Context, w *Work, id attempt.ID) error {
	if c.loaded {
		return nil
	}
	state, _, err := load[attempt.Attempt](ctx, w, id, 0)
	if err != nil {
		return err
	}
	c.state, c.loaded = state, state.Revision > 0
	return nil
}

// append stores events and folds them in. Anything but a clean store makes the next one load anew.
func (c *cachedAttempt) append(ctx context.Context, w *Work, id attempt.ID, events []event.Event) (stored bool, err error) {
	c.loaded = false
	outcome, err := w.append(ctx, id, c.state.Revision, events)
	if err != nil || outcome.Status == eventstore.Conflicted {
		return false, err
	}
	if err := w.note(outcome); err != nil {
		return false, err
	}
	for _, e := range events {
		c.state = c.state.Apply(e)
	}
	c.loaded = true
	return true, nil
}
