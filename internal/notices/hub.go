package notices

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/reissue"
	"qbank/projections/reissues"
)

// Source reads notices.
type Source interface {
	Notices(ctx context.Context, after int64, limit int) ([]reissues.Notice, error)
	Newest(ctx context.Context, last int) (newest, oldest int64, err error)
}

// Audiences tells who is in an audience now.
type Audiences interface {
	Audience(ctx context.Context, scope access.Scope, audience reissue.Audience) (reissue.Reached, error)
}

// Options of a hub; the zero value of a field stands for the value in brackets.
type Options struct {
	Each    int           // connections of one student [8]
	Most    int           // connections [50,000]
	Buffer  int           // messages that wait for one connection [16]
	History int           // messages that are remembered [1,000]
	People  int           // students that remembered messages name, together [500,000]
	Tick    time.Duration // how long a lost doorbell goes unnoticed [1 s]
	Breath  time.Duration // how long bells gather [10 ms]
	Logger  *slog.Logger  // [slog.Default]
	// Before is called with each notice before anybody is told of it: who is told must find it so.
	Before func(reissues.Notice)
}

// Hub tells. It is safe for concurrent use.
type Hub struct {
	source    Source
	audiences Audiences
	wait      func(ctx context.Context, position int64) error
	options   Options
	bell      chan struct{}
	begun     chan struct{} // closed when it knows from where on it tells

	mu        sync.Mutex
	head      int64                                 // of the log, as the bell said
	last      int64                                 // position up to which everybody was told
	first     int64                                 // position behind which everything is remembered; -1: it has not begun
	history   []*Message                            // the oldest first
	named     int                                   // students that history names
	listeners map[string]map[*Subscription]struct{} // by environment
	students  map[student]int
	count     int
	ended     bool
}

type student struct {
	environment string
	person      uuid.UUID
}

// Message is a notice as it goes over the wire.
type Message struct {
	Position int64
	Kind     reissues.Kind
	Subject  uuid.UUID
	Wire     []byte // an event of a stream of server-sent events; read only

	environment, org string
	below            bool
	people           map[uuid.UUID]bool // nil: everybody
}

// New makes a hub. wait returns when the read models that notices come from, and that those who are told will ask, have seen a position.
func New(source Source, audiences Audiences, wait func(context.Context, int64) error, o Options) *Hub {
	for _, d := range []struct {
		value *int
		or    int
	}{{&o.Each, 8}, {&o.Most, 50_000}, {&o.Buffer, 16}, {&o.History, 1_000}, {&o.People, 500_000}} {
		if *d.value <= 0 {
			*d.value = d.or
		}
	}
	if o.Tick <= 0 {
		o.Tick = time.Second
	}
	if o.Breath <= 0 {
		o.Breath = 10 * time.Millisecond
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Hub{source: source, audiences: audiences, wait: wait, options: o, bell: make(chan struct{}, 1), begun: make(chan struct{}), first: -1,
		listeners: map[string]map[*Subscription]struct{}{}, students: map[student]int{}}
}

// Wake says that the log has grown to head. It never blocks.
func (h *Hub) Wake(head int64) {
	h.mu.Lock()
	h.head = max(h.head, head)
	h.mu.Unlock()
	select {
	case h.bell <- struct{}{}:
	default:
	}
}

// Run tells until ctx ends, and ends all subscriptions then.
func (h *Hub) Run(ctx context.Context) error {
	defer h.End()
	for ctx.Err() == nil {
		if err := h.tell(ctx); err != nil && ctx.Err() == nil && fault.Of(err) == nil { // a read model that is behind says so elsewhere
			h.options.Logger.WarnContext(ctx, "notices cannot be read", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-h.bell:
		case <-time.After(h.options.Tick):
		}
		select {
		case <-ctx.Done():
		case <-time.After(h.options.Breath):
		}
	}
	return nil
}

// batch is how many notices are read at once.
const batch = 200

func (h *Hub) tell(ctx context.Context) error {
	h.mu.Lock()
	head, last, begun := h.head, h.last, h.first >= 0
	h.mu.Unlock()
	if err := h.wait(ctx, max(head, 1)); err != nil {
		return err
	}
	if !begun {
		newest, _, err := h.source.Newest(ctx, 1)
		if err != nil {
			return err
		}
		h.mu.Lock()
		h.first, h.last = newest, newest
		h.mu.Unlock()
		close(h.begun)
		return nil
	}
	for {
		list, err := h.source.Notices(ctx, last, batch)
		if err != nil {
			return err
		}
		for _, n := range list {
			if h.options.Before != nil {
				h.options.Before(n)
			}
			m, err := h.message(ctx, n)
			if err != nil {
				return err
			}
			h.spread(m)
			last = n.Position
		}
		if len(list) < batch {
			return nil
		}
	}
}

// message finds out whom a notice is for and writes it as an event.
func (h *Hub) message(ctx context.Context, n reissues.Notice) (*Message, error) {
	m := &Message{Position: n.Position, Kind: n.Kind, Subject: n.Subject, environment: n.Environment, org: n.Org, below: n.Below}
	if n.Audience != nil {
		reached, err := h.audiences.Audience(ctx, access.Scope{Org: n.Org, Environment: n.Environment}, *n.Audience)
		if err != nil {
			return nil, err
		}
		m.people = make(map[uuid.UUID]bool, len(reached.Members))
		for _, member := range reached.Members {
			m.people[member.Student] = true
		}
	}
	var err error
	m.Wire, err = Event(n.Position, string(n.Kind), struct {
		Subject uuid.UUID       `json:"subject"`
		At      int64           `json:"at"`
		Data    json.RawMessage `json:"data"`
	}{n.Subject, n.At, n.Data})
	return m, err
}

// Event writes an event of a stream of server-sent events. A position of 0 leaves the id out: the client's stays.
func Event(position int64, kind string, data any) ([]byte, error) {
	encoded, err := json.Marshal(data) // has no line breaks
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if position > 0 {
		out.WriteString("id: " + strconv.FormatInt(position, 10) + "\n")
	}
	out.WriteString("event: " + kind + "\ndata: ")
	out.Write(encoded)
	out.WriteString("\n\n")
	return out.Bytes(), nil
}

// spread hands a message to those it is for.
func (h *Hub) spread(m *Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = m.Position
	h.remember(m)
	if m.environment != "" {
		h.offer(m, h.listeners[m.environment])
		return
	}
	for _, list := range h.listeners {
		h.offer(m, list)
	}
}

func (h *Hub) offer(m *Message, list map[*Subscription]struct{}) {
	for s := range list {
		if m.concerns(s.Listener) {
			s.offer(m)
		}
	}
}

// remember keeps a message for those who come back. The lock is held.
func (h *Hub) remember(m *Message) {
	h.history = append(h.history, m)
	h.named += len(m.people)
	drop := 0
	for drop < len(h.history) && (len(h.history)-drop > h.options.History || h.named > h.options.People) {
		h.first = h.history[drop].Position
		h.named -= len(h.history[drop].people)
		drop++
	}
	if drop > 0 {
		h.history = append([]*Message(nil), h.history[drop:]...) // a new array: the old one would keep what was dropped alive
	}
}

func (m *Message) concerns(l Listener) bool {
	if m.environment != "" && m.environment != l.Environment {
		return false
	}
	if m.org != "" && !access.Covers(m.org, l.Org) && (m.below || !access.Covers(l.Org, m.org)) {
		return false
	}
	return m.people == nil || m.people[l.Student]
}
