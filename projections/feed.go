package projections

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"qbank/domain/event"
	"qbank/eventstore"
)

// decoder turns what the log holds into what projections see.
type decoder struct {
	codec *event.Codec
	names map[string]bool
}

func newDecoder(codec *event.Codec) decoder {
	d := decoder{codec, map[string]bool{}}
	for _, name := range codec.Names() {
		d.names[name] = true
	}
	return d
}

func (d decoder) knows(name string) bool { return d.names[name] }

// Decode turns a recorded event into what projections and processes see.
func Decode(codec *event.Codec, r eventstore.Recorded) (Event, error) {
	e := Event{Position: r.Position, Stream: r.Stream, Version: r.Version, ID: r.ID, Person: r.Person, RecordedAt: r.RecordedAt}
	if err := json.Unmarshal(r.Meta, &e.Meta); err != nil {
		return e, fmt.Errorf("decode the metadata of %s at position %d: %w", r.Type, r.Position, err)
	}
	var err error
	if e.Payload, err = codec.Decode(r.Type, r.SchemaVersion, r.Data); err != nil {
		return e, fmt.Errorf("position %d: %w", r.Position, err)
	}
	return e, nil
}

// entry is an event of the log. It is decoded once, when the first projection wants it.
type entry struct {
	eventstore.Recorded
	once  sync.Once
	event Event
	err   error
}

func (e *entry) decode(codec *event.Codec) error {
	e.once.Do(func() { e.event, e.err = Decode(codec, e.Recorded) })
	return e.err
}

func (e *entry) size() int { return 200 + len(e.Data) + len(e.Meta) }

// read returns the entries after a position and how much memory they take. It asserts that nothing is missing between.
func read(ctx context.Context, log Log, after int64, limit int) (entries []*entry, bytes int, err error) {
	recorded, err := log.ReadAll(ctx, after, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("read the log after %d: %w", after, err)
	}
	block := make([]entry, len(recorded))
	entries = make([]*entry, len(recorded))
	for i, r := range recorded {
		if want := after + 1 + int64(i); r.Position != want {
			return nil, 0, fmt.Errorf("the log has a gap: position %d follows %d", r.Position, want-1)
		}
		block[i].Recorded = r
		entries[i] = &block[i]
		bytes += entries[i].size()
	}
	return entries, bytes, nil
}

// tail reads the end of the log once for all projections of the process, and keeps the last of it in memory.
type tail struct {
	log   Log
	limit int
	tick  time.Duration
	warn  func(error)
	heard func(*eventstore.Recorded) // nil: nobody listens
	bell  chan struct{}

	mu      sync.Mutex
	begun   bool
	entries []*entry // without a gap; the last is at position last
	last    int64
	bytes   int
	grown   chan struct{} // closed and replaced when last moves
}

// breath is how long the tail lets commits gather after a doorbell: a query per commit would be one too many.
const breath = time.Millisecond

// maxTailBytes bounds the memory of the tail. A worker that falls further behind reads by itself.
const maxTailBytes = 32 << 20

func newTail(log Log, o Options) *tail {
	warn := func(err error) { o.Logger.Warn("the tail of the log cannot be read", "error", err) }
	return &tail{log: log, limit: o.BatchSize, tick: o.Tick, warn: warn, bell: make(chan struct{}, 1), grown: make(chan struct{})}
}

func (t *tail) start(head int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last, t.begun = head, true
}

func (t *tail) head() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last
}

func (t *tail) ring(head int64) {
	if head > t.head() {
		poke(t.bell)
	}
}

func (t *tail) run(ctx context.Context) {
	for ctx.Err() == nil {
		entries, bytes, err := read(ctx, t.log, t.head(), t.limit)
		if err != nil && ctx.Err() == nil {
			t.warn(err)
		}
		t.add(entries, bytes)
		if t.heard != nil {
			for _, e := range entries {
				t.heard(&e.Recorded)
			}
		}
		if len(entries) < t.limit && bytes < maxTailBytes { // large events come in shorter answers
			sleep(ctx, t.tick, t.bell)
			sleep(ctx, breath, nil)
		}
	}
}

func (t *tail) add(entries []*entry, bytes int) {
	if len(entries) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = append(t.entries, entries...)
	t.bytes += bytes
	t.last += int64(len(entries))
	if len(t.entries) > 3*pouring*t.limit || t.bytes > maxTailBytes {
		t.trim()
	}
	close(t.grown)
	t.grown = make(chan struct{})
}

// trim forgets more than it must, so that it is seldom called. The lock is held.
func (t *tail) trim() {
	drop := 0
	for drop < len(t.entries) && (len(t.entries)-drop > 2*pouring*t.limit || t.bytes > maxTailBytes/2) {
		t.bytes -= t.entries[drop].size()
		drop++
	}
	t.entries = append([]*entry(nil), t.entries[drop:]...) // a new array: the old one would keep what was dropped alive
}

// after returns what the tail holds after a position, at most a batch, and what is closed when there is more. covered is false where the
// position is too old for it.
func (t *tail) after(position int64) (entries []*entry, grown <-chan struct{}, covered bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if entries, covered = t.since(position); !covered {
		return nil, nil, false
	}
	return t.batch(entries), t.grown, true
}

// since is all that the tail holds after a position. The lock is held.
func (t *tail) since(position int64) (entries []*entry, covered bool) {
	first := t.last - int64(len(t.entries)) // the position before the oldest entry
	switch {
	case !t.begun || position < first:
		return nil, false
	case position > t.last: // another process was told earlier
		poke(t.bell)
		return nil, true
	}
	return t.entries[position-first:], true
}

// ReadAll is for those who follow the log beside the projections: what the tail holds is not read again.
func (t *tail) ReadAll(ctx context.Context, after int64, limit int) ([]eventstore.Recorded, error) {
	t.mu.Lock()
	entries, covered := t.since(after)
	t.mu.Unlock()
	if !covered {
		return t.log.ReadAll(ctx, after, limit)
	}
	recorded := make([]eventstore.Recorded, min(len(entries), limit))
	for i := range recorded {
		recorded[i] = entries[i].Recorded
	}
	return recorded, nil
}

// Head is that of the log.
func (t *tail) Head(ctx context.Context) (int64, error) { return t.log.Head(ctx) }

// Where small events pour in, such as answers, a transaction may take more of them than usual: what it costs to begin with is shared.
const (
	pouring       = 3
	maxBatchBytes = 4 << 20
)

// batch cuts what is applied at a time: so many events, or more as long as they are small. The lock is held.
func (t *tail) batch(entries []*entry) []*entry {
	n, bytes := min(len(entries), t.limit), 0
	for _, e := range entries[:n] {
		bytes += e.size()
	}
	for n < min(len(entries), pouring*t.limit) && bytes < maxBatchBytes {
		bytes += entries[n].size()
		n++
	}
	return entries[:n]
}

// feed gives one worker the log in order: from the tail where that reaches back far enough, else read for it alone, in larger batches and
// one batch ahead of the one being applied.
type feed struct {
	tail    *tail
	decoder decoder
	wants   map[string]bool
	ahead   <-chan chunk
	stop    context.CancelFunc
}

type chunk struct {
	entries []*entry
	err     error
}

// catchUp is how much larger than at the tail batches are when catching up; maxAheadBytes bounds their memory.
const (
	catchUp       = 2
	maxAheadBytes = 16 << 20
)

// next returns the entries after a position. At the end of the log there are none, and it says when to come back.
func (f *feed) next(ctx context.Context, position int64) (entries []*entry, grown <-chan struct{}, err error) {
	for {
		if f.ahead != nil {
			select {
			case c, more := <-f.ahead:
				switch {
				case !more:
					f.close()
				case c.err != nil:
					return nil, nil, c.err
				default:
					// A take-over applies what its predecessor was ahead; some of that may have been read here already.
					if entries := behind(c.entries, position); len(entries) > 0 {
						return entries, nil, nil
					}
					continue
				}
			case <-ctx.Done():
				return nil, nil, ctx.Err()
			}
		}
		if entries, grown, covered := f.tail.after(position); covered {
			return entries, grown, nil
		}
		f.readAhead(ctx, position)
	}
}

// behind leaves out the entries up to a position.
func behind(entries []*entry, position int64) []*entry {
	for len(entries) > 0 && entries[0].Position <= position {
		entries = entries[1:]
	}
	return entries
}

func (f *feed) close() {
	if f.stop != nil {
		f.stop()
	}
	f.ahead, f.stop = nil, nil
}

// readAhead reads and decodes until the tail takes over or ctx ends.
func (f *feed) readAhead(ctx context.Context, position int64) {
	ctx, f.stop = context.WithCancel(ctx)
	ahead := make(chan chunk, 1)
	f.ahead = ahead
	go func() {
		defer close(ahead)
		most := catchUp * f.tail.limit
		limit := f.tail.limit
		for {
			entries, bytes, err := read(ctx, f.tail.log, position, limit)
			if err == nil && len(entries) == 0 {
				return
			}
			for _, e := range entries {
				if f.wants[e.Type] {
					_ = e.decode(f.decoder.codec) // an error stays with the entry, for the worker to find
				}
			}
			select {
			case ahead <- chunk{entries, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
			position = entries[len(entries)-1].Position
			if _, _, covered := f.tail.after(position); covered {
				return
			}
			limit = min(most, max(1, maxAheadBytes/max(1, bytes/len(entries))))
		}
	}()
}
