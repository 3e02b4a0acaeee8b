package graphql

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/eventstore"
	"qbank/graphql/engine"
)

// momentOf is one event of a thing with the states before and after it. States share what did not change.
type momentOf[S any] struct {
	recorded      eventstore.Recorded
	meta          event.Meta
	payload       event.Event
	before, after S
}

// pointInTime names a moment of a thing's history.
func pointInTime(thing, version string) *gql.InputObject {
	return inputObject(thing+"Point", "A point of its history: exactly one of the fields.", inputs{
		"revision": in(gql.Int, "The number of the event, from 1."),
		"version":  in(gql.Int, version),
		"moment":   in(engine.Instant, "Whatever had happened by then."),
		"draft":    in(gql.Boolean, "true: the draft as it is now."),
	})
}

// pastStates reads a thing's whole history, together with those of others.
func pastStates[S interface{ Apply(event.Event) S }](c call, id uuid.UUID, use func([]momentOf[S]) (any, error)) func() (any, error) {
	return c.streams.Then(c.ctx, id, func(recorded []eventstore.Recorded, _ bool) (any, error) {
		history := make([]momentOf[S], len(recorded))
		var state S
		for i, r := range recorded {
			e, err := c.Commands.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
			if err != nil {
				return nil, fmt.Errorf("the history of %s: %w", id, err)
			}
			history[i] = momentOf[S]{recorded: r, payload: e, before: state}
			if err := json.Unmarshal(r.Meta, &history[i].meta); err != nil {
				return nil, fmt.Errorf("the history of %s: %w", id, err)
			}
			state = state.Apply(e)
			history[i].after = state
		}
		return use(history)
	})
}

// at finds the moment that a point names: the last event up to it.
func at[S any](history []momentOf[S], point args) (momentOf[S], error) {
	if len(point) != 1 || point.has("draft") && !point.yes("draft") {
		return momentOf[S]{}, fault.Refuse(fault.Invalid, "point.invalid",
			fault.Say("a point is given by exactly one of revision, version, moment, draft: true", "时间点应由 revision、version、moment、draft: true 四者之一给出"))
	}
	for _, m := range slices.Backward(history) {
		switch {
		case point.yes("draft"),
			point.has("revision") && m.recorded.Version == point.number("revision"),
			point.has("version") && versionMade(m.payload) == point.number("version") && point.number("version") > 0,
			point.has("moment") && !m.recorded.RecordedAt.After(time.UnixMicro(point.instant("moment"))):
			return m, nil
		}
	}
	return momentOf[S]{}, fault.Refuse(fault.NotFound, "revision.not_found", fault.Say("there is no such revision", "没有这个修订"))
}

// between finds the moments of the arguments from and to, which is now where it is not given.
func between[S any](history []momentOf[S], a args) (from, to momentOf[S], err error) {
	if from, err = at(history, a.object("from")); err != nil {
		return from, to, err
	}
	later := args{"draft": true}
	if a.has("to") {
		later = a.object("to")
	}
	to, err = at(history, later)
	return from, to, err
}

// versionMade is the number of the version that an event published, or 0.
func versionMade(e event.Event) int {
	switch e := e.(type) {
	case question.Published:
		return e.Version
	case lesson.Published:
		return e.Version
	}
	return 0
}
