package eventstore

import (
	"sync"

	"qbank/domain/fault"
)

// What may wait. Beyond it callers are refused at once: behind it stands a database that does not keep up or is away.
const (
	maxWaitingEvents = 200_000
	maxWaitingBytes  = 256 << 20
	maxBatchBytes    = 8 << 20
)

// queue holds the appends that wait for a committer. A stream has at most one append in ready or in the hands of a
// committer, the others stand in the stream's own line: so no batch names a stream twice, two batches under way
// never touch the same stream, and a stream's appends keep their order.
type queue struct {
	mu     sync.Mutex
	some   sync.Cond // ready is not empty, or the queue is closed
	ready  line
	busy   map[StreamID]line // the streams with an append in ready or under way, and who stands behind it
	events int               // waiting or under way
	bytes  int
	closed bool
}

func newQueue() *queue {
	q := &queue{busy: make(map[StreamID]line)}
	q.some.L = &q.mu
	return q
}

// pending is an append on its way.
type pending struct {
	*Append
	size    int
	call    *call
	outcome *Outcome
	next    *pending
}

// line is a first-in-first-out list of pendings, linked through them.
type line struct{ first, last *pending }

func (l *line) push(p *pending) {
	p.next = nil
	if l.first == nil {
		l.first = p
	} else {
		l.last.next = p
	}
	l.last = p
}

func (l *line) pop() *pending {
	p := l.first
	if l.first = p.next; l.first == nil {
		l.last = nil
	}
	p.next = nil
	return p
}

// put takes all of ps in, or none.
func (q *queue) put(ps []pending) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	if q.events >= maxWaitingEvents || q.bytes >= maxWaitingBytes {
		return fault.Refuse(fault.Unavailable, "store.overloaded", fault.Say(
			"Too much is waiting to be stored; try again shortly.", "等待保存的内容过多,请稍后重试。"))
	}
	for i := range ps {
		p := &ps[i]
		q.events += len(p.Events)
		q.bytes += p.size
		behind, busy := q.busy[p.Stream]
		if busy {
			behind.push(p)
		} else {
			q.ready.push(p)
		}
		q.busy[p.Stream] = behind
	}
	q.some.Signal()
	return nil
}

// take waits for appends and adds to batch, which is empty, what is ready, up to maxEvents events. A larger append goes alone. The
// batch stays empty only after close, when nothing is left.
func (q *queue) take(batch []*pending, maxEvents int) []*pending {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.ready.first == nil && !q.closed {
		q.some.Wait()
	}
	events, bytes := 0, 0
	for p := q.ready.first; p != nil; p = q.ready.first {
		events += len(p.Events)
		bytes += p.size
		if len(batch) > 0 && (events > maxEvents || bytes > maxBatchBytes) {
			q.some.Signal() // there is work for the other committer
			break
		}
		batch = append(batch, q.ready.pop())
	}
	return batch
}

// release lets the next append of each stream of the batch go.
func (q *queue) release(batch []*pending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, p := range batch {
		q.events -= len(p.Events)
		q.bytes -= p.size
		behind := q.busy[p.Stream]
		if behind.first == nil {
			delete(q.busy, p.Stream)
			continue
		}
		q.ready.push(behind.pop())
		q.busy[p.Stream] = behind
	}
	if q.ready.first != nil {
		q.some.Signal()
	}
}

// close lets the committers finish what is there and turns away what comes.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.some.Broadcast()
}
