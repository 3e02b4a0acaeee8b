package projections

import (
	"sync"

	"qbank/domain/fault"
	"qbank/internal/checkpoint"
)

// progress is what this process knows of how far a projection has come, and who waits for more.
type progress struct {
	key    checkpoint.Key
	wanted chan struct{} // poked when somebody begins to wait

	mu       sync.Mutex
	position int64
	build    build
	stopped  error // why it goes no further, if it does not
	refused  error // why this program cannot work on it, if it cannot
	waiters  map[*waiter]struct{}
}

type waiter struct {
	position int64
	done     chan error // takes one result
}

func newProgress(key checkpoint.Key) *progress {
	return &progress{key: key, wanted: make(chan struct{}, 1), waiters: map[*waiter]struct{}{}}
}

// reached returns a waiter where the position is still to come, else nil and whether it will never come.
func (p *progress) reached(position int64) (*waiter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.position >= position {
		return nil, nil
	}
	if err := p.reason(); err != nil {
		return nil, err
	}
	w := &waiter{position, make(chan error, 1)}
	p.waiters[w] = struct{}{}
	poke(p.wanted)
	return w, nil
}

func (p *progress) forget(w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiters, w)
}

func (p *progress) waitedFor() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiters) > 0
}

func (p *progress) at() (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.position, p.reason()
}

// advance notes what the worker in this process has done. It knows better than any row read before.
func (p *progress) advance(of build, position int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.position, p.build, p.stopped, p.refused = position, of, nil, nil
	p.answer()
}

// refuse notes why this program cannot work on it.
func (p *progress) refuse(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused = why
	p.answer()
}

func (p *progress) reason() error {
	if p.stopped != nil {
		return p.stopped
	}
	return p.refused
}

// see notes what the checkpoints say.
func (p *progress) see(rows []checkpoint.Row) {
	row := checkpoint.Find(rows, p.key)
	serving := checkpoint.Serving(rowsOf(rows, p.key.Name))
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case row == nil && serving != nil && serving.Version > p.key.Version:
		p.stopped = retired(p.key, serving)
	case row == nil:
		return
	case row.Status == checkpoint.Retired:
		p.stopped = retired(p.key, serving)
	case row.Failure != nil:
		p.stopped = parked(*row)
	default:
		p.stopped = nil
	}
	if row != nil && (row.Build != p.build || row.Position > p.position) {
		p.position, p.build = row.Position, row.Build
	}
	p.answer()
}

func rowsOf(rows []checkpoint.Row, name string) []checkpoint.Row {
	var own []checkpoint.Row
	for _, row := range rows {
		if row.Name == name {
			own = append(own, row)
		}
	}
	return own
}

// answer ends the waits that are over. The lock is held.
func (p *progress) answer() {
	for w := range p.waiters {
		switch {
		case p.position >= w.position:
			w.done <- nil
		case p.reason() != nil:
			w.done <- p.reason()
		default:
			continue
		}
		delete(p.waiters, w)
	}
}

func parked(row checkpoint.Row) *fault.Fault {
	return fault.Refuse(fault.Unavailable, "projection.parked", fault.Say(
		"%s stands still at position %d: the event there cannot be applied. Somebody has to retry or skip it.",
		"%s 停在位置 %d:该处的事件无法应用,需要有人重试或跳过。", row.Name, row.Failure.Position)).
		With("projection", row.Name).With("version", row.Version).With("position", row.Failure.Position)
}

func retired(key checkpoint.Key, by *checkpoint.Row) *fault.Fault {
	f := fault.Refuse(fault.Unavailable, "projection.retired", fault.Say(
		"Version %d of %s is no longer kept up to date: another version has taken over. Start the program that brings it.",
		"%[2]s 的版本 %[1]d 已不再更新:另一个版本已接替。请启动带有该版本的程序。", key.Version, key.Name)).
		With("projection", key.Name).With("version", key.Version)
	if by != nil {
		f.With("serving", by.Version)
	}
	return f
}
