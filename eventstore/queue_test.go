package eventstore

import (
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// Whatever order puts, takes and releases come in: a batch is within its limit unless it is one append, no two batches under way share
// a stream, each stream keeps its order, and nothing is lost.
func TestQueueKeepsTheOrderOfEachStream(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const maxEvents = 5
		q := newQueue()
		streams := make([]uuid.UUID, 4)
		for i := range streams {
			streams[i] = uuid.New()
		}
		var put, taken [4]int // appends of each stream; Expected numbers them
		stream := func(p *pending) int {
			for i := range streams {
				if streams[i] == p.Stream {
					return i
				}
			}
			panic("unknown stream")
		}
		var underWay [][]*pending
		busy := map[int]bool{}
		takeOne := func() {
			batch := q.take(nil, maxEvents)
			events := 0
			for _, p := range batch {
				s := stream(p)
				if busy[s] {
					t.Fatalf("stream %d is under way twice", s)
				}
				if p.Expected != taken[s] {
					t.Fatalf("stream %d: append %d comes, want %d", s, p.Expected, taken[s])
				}
				busy[s] = true
				taken[s]++
				events += len(p.Events)
			}
			if events > maxEvents && len(batch) > 1 {
				t.Fatalf("%d events in a batch", events)
			}
			underWay = append(underWay, batch)
		}
		releaseOne := func() {
			i := rapid.IntRange(0, len(underWay)-1).Draw(t, "batch")
			for _, p := range underWay[i] {
				delete(busy, stream(p))
			}
			q.release(underWay[i])
			underWay = append(underWay[:i], underWay[i+1:]...)
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				ps := make([]pending, rapid.IntRange(1, 6).Draw(t, "appends"))
				for i := range ps {
					s := rapid.IntRange(0, len(streams)-1).Draw(t, "stream")
					n := rapid.IntRange(1, 7).Draw(t, "events")
					ps[i] = pending{Append: &Append{Stream: streams[s], Expected: put[s], Events: make([]Event, n)}, size: n}
					put[s]++
				}
				if err := q.put(ps); err != nil {
					t.Fatal(err)
				}
			},
			"take": func(t *rapid.T) {
				if q.ready.first == nil {
					t.Skip("it would wait")
				}
				takeOne()
			},
			"release": func(t *rapid.T) {
				if len(underWay) == 0 {
					t.Skip("nothing is under way")
				}
				releaseOne()
			},
		})
		q.close()
		for q.ready.first != nil || len(underWay) > 0 {
			if q.ready.first != nil {
				takeOne()
			} else {
				releaseOne()
			}
		}
		if put != taken || q.events != 0 || q.bytes != 0 || len(q.busy) != 0 {
			t.Fatalf("put %v, taken %v; left: %d events, %d bytes, %d streams", put, taken, q.events, q.bytes, len(q.busy))
		}
	})
}

func TestQueueRefusesWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	q := newQueue()
	big := func() []pending {
		return []pending{{Append: &Append{Stream: uuid.New(), Events: make([]Event, maxWaitingEvents)}}}
	}
	if err := q.put(big()); err != nil {
		t.Fatal(err)
	}
	if err := q.put(big()); err == nil {
		t.Fatal("took what it cannot hold")
	}
	batch := q.take(nil, 10)
	if len(batch) != 1 {
		t.Fatalf("took %d", len(batch))
	}
	q.release(batch)
	if err := q.put(big()); err != nil {
		t.Fatal(err)
	}
}
