package commands

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/eventstore"
)

// Anything is the revision of a caller who does not mind what happened in between.
const Anything = -1

// races bounds how often a lost race between load and append is tried again.
const races = 8

// Work is one command being carried out.
type Work struct {
	*Bus
	Actor access.Actor
	Done  Done
	meta  event.Meta
	// command is the command's own id (As); zero: it has none.
	command uuid.UUID
	// person is whom the events are about, for erasure; zero: nobody in particular.
	person uuid.UUID
}

// newID makes an id for what the command starts.
func (w *Work) newID() uuid.UUID {
	if w.command == uuid.Nil {
		return newID()
	}
	return madeBy(w.command)
}

// madeBy is the id of what a command with an id of its own starts.
func madeBy(command uuid.UUID) uuid.UUID { return uuid.NewSHA1(command, []byte("made")) }

// eventID makes the id of the n-th event that the command appends to a stream.
func (w *Work) eventID(stream uuid.UUID, n int) uuid.UUID {
	if w.command == uuid.Nil {
		return newID()
	}
	return uuid.NewSHA1(w.command, fmt.Appendf(nil, "%s %d", stream, n))
}

// Done is what a command did.
type Done struct {
	ID       uuid.UUID // of the thing acted on
	Revision int       // of it, afterwards
	Position int64     // of the last event; 0 where nothing happened. Wait for it to read your own write
}

// aggregate is a value folded from events.
type aggregate[S any] interface {
	Apply(event.Event) S
}

// load folds a stream; until bounds the revision, 0 for all.
func load[S aggregate[S]](ctx context.Context, w *Work, stream uuid.UUID, until int) (state S, revision int, err error) {
	recorded, err := w.read(ctx, stream, until)
	if err != nil {
		return state, 0, err
	}
	state, err = fold(w.Codec, state, recorded)
	return state, len(recorded), err
}

func (w *Work) read(ctx context.Context, stream uuid.UUID, until int) ([]eventstore.Recorded, error) {
	recorded, err := w.Log.ReadStream(ctx, stream, eventstore.Range{To: until})
	if err != nil {
		return nil, fmt.Errorf("read stream %s: %w", stream, err)
	}
	return recorded, nil
}

func fold[S aggregate[S]](codec *event.Codec, state S, recorded []eventstore.Recorded) (S, error) {
	for _, r := range recorded {
		e, err := codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			return state, fmt.Errorf("stream %s version %d: %w", r.Stream, r.Version, err)
		}
		state = state.Apply(e)
	}
	return state, nil
}

// decide loads an aggregate, lets it decide, and appends what it decided. A race lost to another writer is run again: the decision
// sees what the other wrote, and may refuse it (fresh). A command with an id of its own that did its part before does no more.
func decide[S aggregate[S]](ctx context.Context, w *Work, stream uuid.UUID, decision func(S) ([]event.Event, error)) error {
	for try := 0; ; try++ {
		recorded, err := w.read(ctx, stream, 0)
		if err != nil {
			return err
		}
		if w.didBefore(stream, recorded) {
			return nil
		}
		var state S
		if state, err = fold(w.Codec, state, recorded); err != nil {
			return err
		}
		revision := len(recorded)
		events, err := decision(state)
		if err != nil {
			return err
		}
		w.Done.ID, w.Done.Revision = stream, revision
		if len(events) == 0 {
			return nil
		}
		outcome, err := w.append(ctx, stream, revision, events)
		if err != nil {
			return err
		}
		if outcome.Status != eventstore.Conflicted {
			return w.note(outcome)
		}
		if try == races {
			return fault.Refuse(fault.Unavailable, "busy", fault.Say("too many write to this at once; try again", "并发修改过多，请重试"))
		}
	}
}

// didBefore finds what this very command appended to a stream when it was carried out before, and says so in Done.
func (w *Work) didBefore(stream uuid.UUID, recorded []eventstore.Recorded) bool {
	if w.command == uuid.Nil {
		return false
	}
	n := 0
	for _, r := range recorded {
		if r.ID == w.eventID(stream, n) {
			w.Done = Done{ID: stream, Revision: r.Version, Position: r.Position}
			n++
		}
	}
	return n > 0
}

// fresh refuses a caller who saw another revision than there is now: what came in between is the caller's to look at.
func fresh(seen, now int) error {
	if seen == Anything || seen == now {
		return nil
	}
	return fault.Refuse(fault.Conflict, "revision.stale",
		fault.Say("you saw revision %d, it is at %d by now; look again", "您看到的是修订 %d，现在已是 %d，请重新查看", seen, now)).With("revision", now)
}

func (w *Work) append(ctx context.Context, stream uuid.UUID, expected int, events []event.Event) (eventstore.Outcome, error) {
	a, err := w.encode(stream, expected, events)
	if err != nil {
		return eventstore.Outcome{}, err
	}
	outcomes, err := w.Log.Append(ctx, a)
	if err != nil {
		return eventstore.Outcome{}, fmt.Errorf("append to %s: %w", stream, err)
	}
	return outcomes[0], nil
}

func (w *Work) encode(stream uuid.UUID, expected int, events []event.Event) (eventstore.Append, error) {
	meta, err := json.Marshal(w.meta)
	if err != nil {
		return eventstore.Append{}, fmt.Errorf("encode metadata: %w", err)
	}
	a := eventstore.Append{Stream: stream, Expected: expected, Events: make([]eventstore.Event, len(events))}
	for i, e := range events {
		name, version, data, err := w.Codec.Encode(e)
		if err != nil {
			return a, fmt.Errorf("encode %s: %w", e.Name(), err)
		}
		a.Events[i] = eventstore.Event{ID: w.eventID(stream, i), Type: name, SchemaVersion: version, Data: data, Meta: meta, Person: w.person}
	}
	return a, nil
}

// note takes over what an append that was not a conflict came to.
func (w *Work) note(o eventstore.Outcome) error {
	if o.Err != nil {
		return o.Err
	}
	w.Done.Revision = o.Version
	w.Done.Position = max(w.Done.Position, o.Position)
	return nil
}

func notFound(what, zh string) error {
	return fault.Refuse(fault.NotFound, what+".not_found", fault.Text{EN: "there is no such " + what, ZH: "没有这个" + zh})
}
