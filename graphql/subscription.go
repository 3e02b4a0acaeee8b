package graphql

import (
	"context"
	"io"
	"maps"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/graphql/engine"
	"qbank/internal/watch"
)

// subscription is a field of Subscription.
type subscription struct {
	name, about string
	of          gql.Output
	args        gql.FieldConfigArgument
	needs       access.Permission
	model       string                          // the read model that an event waits for; "": none
	wants       func(call) (watch.Wants, error) // what wakes it; refuses what the caller may not follow
	value       func(call, *news) (any, error)  // what is told; nil: that concerns the caller in nothing
	begins      bool                            // it tells at once how things are, not of changes only
}

// news is the source of an event.
type news struct {
	watch.Change
	feed *feed
}

// feed is one subscription that is open.
type feed struct {
	watcher *watch.Watcher
	first   *watch.Change // to be told before any other
	since   int64         // position of the log when it was opened: what is heard late was not news any more
	last    string        // what was told last, in the words of those who compare
	over    bool          // there is nothing more to come
}

// Next implements engine.Source.
func (f *feed) Next(ctx context.Context) (any, error) {
	if f.over {
		return nil, io.EOF
	}
	if f.first != nil {
		change := *f.first
		f.first = nil
		return &news{change, f}, nil
	}
	for {
		change, err := f.watcher.Next(ctx)
		if err != nil {
			return nil, err
		}
		if change.Position == 0 || change.Position > f.since {
			return &news{change, f}, nil
		}
	}
}

// Close implements engine.Source.
func (f *feed) Close() { f.watcher.Close() }

// again reports whether what is about to be told was told last.
func (n *news) again(told string) bool {
	same := n.feed.last == told
	n.feed.last = told
	return same
}

func (s subscription) field() *gql.Field {
	args := gql.FieldConfigArgument{}
	if s.model != "" {
		args["after"] = arg(engine.Long, "A position of the log that the caller has seen: if the log has grown since, one event comes at once.")
	}
	maps.Copy(args, s.args)
	return &gql.Field{Type: gql.GetNullable(s.of).(gql.Output), Description: demanding(s.about, s.needs), Args: args,
		Subscribe: s.subscribe, Resolve: s.resolve}
}

func (s subscription) subscribe(p gql.ResolveParams) (any, error) {
	c := callOf(p)
	if err := c.actor.Require(s.needs); err != nil {
		return nil, err
	}
	if s.model != "" {
		if err := c.reads(c.ctx, s.model); err != nil {
			return nil, err
		}
	}
	wants, err := s.wants(c)
	if err != nil {
		return nil, err
	}
	wants.Org = c.actor.Scope.Org
	f := &feed{watcher: c.Changes.Watch(wants)}
	if err := s.begin(c, f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// begin finds out where the log is when the watch has begun, so that nothing is lost between the two, and what is to be told at once.
func (s subscription) begin(c call, f *feed) (err error) {
	if s.model != "" {
		if f.since, err = c.Store.Head(c.ctx); err != nil {
			return err
		}
	}
	if seen, given := c.args["after"].(int64); given && seen < f.since {
		f.first = &watch.Change{Many: true, Position: f.since}
	}
	if s.begins {
		f.first = &watch.Change{}
	}
	return nil
}

func (s subscription) resolve(p gql.ResolveParams) (any, error) {
	c, n := callOf(p), p.Source.(*news)
	if err := c.actor.Require(s.needs); err != nil {
		n.feed.over = true
		return nil, err
	}
	c.at = max(c.at, n.Position)
	if s.model != "" {
		if err := c.reads(c.ctx, s.model); err != nil {
			return nil, err
		}
	}
	told, err := s.value(c, n)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		n.feed.over = true // it was taken away, or out of sight
	}
	if err == nil && told == nil {
		err = engine.ErrNothing
	}
	return told, err
}

// changed is what an event tells of one thing.
type changed struct {
	position int64
	thing    any
}

// follows is the subscription of one thing of a type, woken by what its read model hears of.
func (s *schema) follows(typ, model string, of *gql.Object, events []string) subscription {
	lower := string(typ[0]|0x20) + typ[1:]
	payload := object(typ+"Changed", "A "+lower+" after something happened to it.", func() []member[*changed] {
		return []member[*changed]{
			show("position", required(engine.Long), "Position of the last event that is told of, for the argument at.", func(c *changed) any { return c.position }),
			show(lower, required(of), "The "+lower+" as it is now.", func(c *changed) any { return c.thing }),
		}
	})
	find := func(c call) (any, uuid.UUID, error) {
		id, err := c.args.id("id", typ)
		if err != nil {
			return nil, id, err
		}
		found, err := resolved(kinds[typ].find(c, id))
		if err == nil && found == nil {
			err = fault.Refuse(fault.NotFound, lower+".not_found", fault.Say("there is no such thing here", "这里没有这个对象"))
		}
		return found, id, err
	}
	return subscription{name: lower + "Changed", of: payload, needs: kinds[typ].needs, model: model, about: "Tells of a " + lower + " whenever something has happened to it.",
		args: gql.FieldConfigArgument{"id": arg(gql.NewNonNull(gql.ID), "Global id or UUID.")},
		wants: func(c call) (watch.Wants, error) {
			_, id, err := find(c)
			return watch.Wants{Events: events, Stream: id}, err
		},
		value: func(c call, n *news) (any, error) {
			found, _, err := find(c)
			if err != nil {
				return nil, err
			}
			return &changed{n.Position, found}, nil
		}}
}

// resolved runs a thunk; nil pointers are nothing.
func resolved(v any, err error) (any, error) {
	if thunk, waits := v.(func() (any, error)); waits && err == nil {
		return thunk()
	}
	return v, err
}
