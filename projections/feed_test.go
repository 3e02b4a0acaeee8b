package projections

import (
	"context"
	"testing"

	"qbank/domain/event"
	"qbank/eventstore"
)

// countedLog is a log of so many events.
type countedLog int64

func (l countedLog) Head(context.Context) (int64, error) { return int64(l), nil }

func (l countedLog) ReadAll(_ context.Context, after int64, limit int) ([]eventstore.Recorded, error) {
	var events []eventstore.Recorded
	for p := after + 1; p <= int64(l) && len(events) < limit; p++ {
		events = append(events, eventstore.Recorded{Position: p})
	}
	return events, nil
}

// A take-over moves a worker ahead of what its feed has read for it already. What comes next must follow the new position: an event before
// it would be applied a second time.
func TestAFeedNeverGivesWhatTheWorkerHasAlready(t *testing.T) {
	t.Parallel()
	const events, batch = 1000, 10
	for jump := range 3 * batch {
		tail := newTail(countedLog(events), Options{BatchSize: batch}.withDefaults())
		tail.start(events)
		f := &feed{tail: tail, decoder: newDecoder(event.NewCodec()), wants: map[string]bool{}}
		position := int64(0)
		for step := 0; position < events; step++ {
			entries, _, err := f.next(t.Context(), position)
			if err != nil {
				t.Fatal(err)
			}
			if len(entries) == 0 {
				t.Fatalf("jump %d: nothing follows %d", jump, position)
			}
			for i, e := range entries {
				if e.Position != position+int64(i)+1 {
					t.Fatalf("jump %d: %d follows %d", jump, e.Position, position+int64(i))
				}
			}
			position = entries[len(entries)-1].Position
			if step%4 == 1 {
				position = min(position+int64(jump), events-batch)
			}
		}
		f.close()
	}
}
