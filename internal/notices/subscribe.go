package notices

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"qbank/domain/fault"
)

// Listener is who listens, as a verified token says.
type Listener struct {
	Environment, Org string
	Student          uuid.UUID // opaque, as the roster has it
}

// Subscription is one connection.
type Subscription struct {
	Listener
	C       <-chan *Message // closed when the hub ends
	Missed  []*Message      // what happened since what was seen last
	Resumed bool            // Missed is all of it; without it, the client has to ask for everything anew
	Since   int64           // position up to which C and Missed hold what came before

	hub    *Hub
	c      chan *Message
	lagged atomic.Bool
}

// patience is how long a connection waits for a hub that has not begun.
const patience = 5 * time.Second

// Subscribe connects a listener who saw messages up to a position; 0: none. One connection too many of a student is the fault "events.too_many", of all of
// them "events.full".
func (h *Hub) Subscribe(ctx context.Context, l Listener, seen int64) (*Subscription, error) {
	select {
	case <-h.begun:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(patience):
		return nil, Full()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	who := student{l.Environment, l.Student}
	switch {
	case h.ended || h.count >= h.options.Most:
		return nil, Full()
	case h.students[who] >= h.options.Each:
		return nil, TooMany(h.options.Each)
	}
	c := make(chan *Message, h.options.Buffer)
	s := &Subscription{Listener: l, C: c, c: c, hub: h, Since: h.last}
	if s.Resumed = seen > 0 && seen >= h.first && seen <= h.last; s.Resumed { // what it saw beyond is of another log, or of a node that is ahead
		for _, m := range h.history {
			if m.Position > seen && m.concerns(l) {
				s.Missed = append(s.Missed, m)
			}
		}
	}
	if h.listeners[l.Environment] == nil {
		h.listeners[l.Environment] = map[*Subscription]struct{}{}
	}
	h.listeners[l.Environment][s] = struct{}{}
	h.students[who]++
	h.count++
	return s, nil
}

// offer hands over a message, or notes that there was no room. The hub's lock is held.
func (s *Subscription) offer(m *Message) {
	select {
	case s.c <- m:
	default:
		s.lagged.Store(true)
	}
}

// Lagged reports, once, that messages were lost since it was asked last.
func (s *Subscription) Lagged() bool { return s.lagged.Load() && s.lagged.Swap(false) }

// Close disconnects.
func (s *Subscription) Close() {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.listeners[s.Environment]
	if _, there := list[s]; !there {
		return
	}
	delete(list, s)
	if len(list) == 0 {
		delete(h.listeners, s.Environment)
	}
	who := student{s.Environment, s.Student}
	if h.students[who]--; h.students[who] == 0 {
		delete(h.students, who)
	}
	h.count--
}

// End ends all subscriptions: their channels are closed, and there are no new ones.
func (h *Hub) End() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return
	}
	h.ended = true
	for _, list := range h.listeners {
		for s := range list {
			close(s.c)
		}
	}
	clear(h.listeners)
	clear(h.students)
	h.count = 0
}

// Connected is how many listen.
func (h *Hub) Connected() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.count
}

// TooMany refuses one connection too many of a student.
func TooMany(each int) *fault.Fault {
	return fault.Refuse(fault.Limit, "events.too_many", fault.Say("a student may have %d connections at most; close one", "每个学生最多 %d 个连接，请先关闭一个", each)).With("limit", each)
}

// Full refuses a connection where there is no room, or where the program ends.
func Full() *fault.Fault {
	return fault.Refuse(fault.Unavailable, "events.full", fault.Say("this server takes no more connections; try again", "本服务器连接已满，请重试"))
}
