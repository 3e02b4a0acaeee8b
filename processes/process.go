package processes

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"qbank/projections"
)

// Event is a fact as a process sees it. It is shared: never change what it points to.
type Event = projections.Event

// Process answers events with commands.
type Process interface {
	// Name is lower case letters, digits and underscores, at most 40, and no projection's name: "guard".
	Name() string
	// Events names the events it answers. Others pass it by.
	Events() []string
	// Handle answers one event. It is called again with the same one if it returns an error, and may be called again although
	// it did not: what it issues must have ids that say so (CommandID).
	Handle(ctx context.Context, e Event) error
}

// Start says where a process begins that has never run before.
type Start bool

// The beginnings.
const (
	FromBeginning Start = false // with the first event there is
	FromHead      Start = true  // with what happens from now on
)

// CommandID is the id of the n-th thing that a process issues in answer to an event: always the same, so that the log takes it once.
// It is the UUIDv5 of process and n in the name space of the event.
func CommandID(process string, eventID uuid.UUID, n int) uuid.UUID {
	return uuid.NewSHA1(eventID, fmt.Appendf(nil, "%s/%d", process, n))
}
