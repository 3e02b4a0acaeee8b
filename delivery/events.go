package delivery

import (
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/roster"
	"qbank/internal/notices"
	"qbank/observations/ledger"
	"qbank/projections/reissues"
)

// The bounds of a stream of events.
const (
	heartbeat   = 15 * time.Second // between two signs of life, so that nobody in between takes the connection for dead
	sendTimeout = 10 * time.Second // for a client that does not read
	streamLife  = 30 * time.Minute // then the client connects anew, with a token that still holds
)

// events is a stream of server-sent events: what concerns the student, as it happens. It begins with a snapshot, unless the client says what it saw last and
// everything since is remembered.
func (d *Door) events(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	seen, err := lastSeen(r)
	if err != nil {
		return err
	}
	session, err := sessionOf(r)
	if err != nil {
		return err
	}
	if r.Method == http.MethodHead {
		streamHeaders(w.Header())
		return nil
	}
	listener := notices.Listener{Environment: actor.Scope.Environment, Org: actor.Scope.Org, Student: roster.PersonOf(actor.Student())}
	subscription, err := d.Notices.Subscribe(r.Context(), listener, seen)
	if err != nil {
		return err
	}
	defer subscription.Close()
	s := &stream{door: d, actor: actor, student: listener.Student, w: w, rc: http.NewResponseController(w)}
	opening, err := s.opening(r, session, subscription)
	if err != nil {
		return err
	}
	// The server bounds how long a request may take to arrive; here that would end the stream.
	_ = s.rc.SetReadDeadline(time.Time{}) // a server that knows no deadlines has none
	streamHeaders(w.Header())
	w.WriteHeader(http.StatusOK)
	if s.send(opening...) {
		s.follow(r, subscription)
	}
	return nil
}

func streamHeaders(h http.Header) {
	h.Set("Content-Type", "text/event-stream")
	h["Cache-Control"] = noStore
	h.Set("X-Accel-Buffering", "no") // nginx passes each event on at once
}

// lastSeen reads the id of the last event that the client had; 0: none.
func lastSeen(r *http.Request) (int64, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		return 0, nil
	}
	seen, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seen < 0 {
		return 0, shape("", fault.Say("Last-Event-ID is the id of an event of this stream", "Last-Event-ID 应为本事件流中事件的 id"))
	}
	return seen, nil
}

// stream is one connection.
type stream struct {
	door    *Door
	actor   access.Actor
	student uuid.UUID
	w       http.ResponseWriter
	rc      *http.ResponseController
}

// opening is what a client needs to go on from: what it missed, or a snapshot.
func (s *stream) opening(r *http.Request, session uuid.UUID, subscription *notices.Subscription) ([][]byte, error) {
	if subscription.Resumed {
		wires := [][]byte{[]byte(": resumed\n\n")}
		for _, m := range subscription.Missed {
			s.told(m)
			wires = append(wires, m.Wire)
		}
		return wires, nil
	}
	given, err := s.door.Bus.Reissues(r.Context(), s.actor, session)
	if err != nil {
		return nil, err
	}
	if given == nil {
		given = []commands.Given{}
	}
	for _, g := range given {
		s.door.mark(s.actor, g.Reissue, ledger.Told)
	}
	snapshot, err := notices.Event(subscription.Since, "snapshot", map[string]any{"reissues": given})
	return [][]byte{snapshot}, err
}

func (s *stream) told(m *notices.Message) {
	if m.Kind == reissues.Reissued {
		s.door.mark(s.actor, m.Subject, ledger.Told)
	}
}

// believed reports whether the client would be let in again: a key may have been retired or revoked since, a ticket closed.
func (s *stream) believed(r *http.Request) bool {
	_, err := s.door.actor(r)
	return err == nil
}

// follow sends what comes until the client goes away, does not read, is believed no more, or has been here long enough. Borrowed eyes see nothing after
// their ticket has ended; others are asked about at each sign of life.
func (s *stream) follow(r *http.Request, subscription *notices.Subscription) {
	beat, life := time.NewTicker(heartbeat), time.NewTimer(streamLife)
	defer beat.Stop()
	defer life.Stop()
	for {
		select {
		case m, more := <-subscription.C:
			if !more || s.actor.ActingFor != "" && !s.believed(r) || !s.send(m.Wire) {
				return
			}
			s.told(m)
		case <-beat.C:
			if !s.believed(r) || !s.send([]byte(": \n\n")) {
				return
			}
		case <-life.C:
			return
		case <-r.Context().Done():
			return
		}
		if subscription.Lagged() && !s.send([]byte("event: resync\ndata: {}\n\n")) {
			return
		}
	}
}

// send writes and flushes, and reports whether the client is still there.
func (s *stream) send(wires ...[]byte) bool {
	_ = s.rc.SetWriteDeadline(time.Now().Add(sendTimeout)) // a server that knows no deadlines has none
	for _, wire := range wires {
		if _, err := s.w.Write(wire); err != nil {
			return false
		}
	}
	return s.rc.Flush() == nil
}

// mark notes in the ledger of reissues how far one has come with the student, and says whether it does: what borrowed eyes see does not count.
func (d *Door) mark(actor access.Actor, reissue uuid.UUID, stage ledger.Stage) bool {
	if d.Ledger == nil || actor.ActingFor != "" {
		return false
	}
	d.Ledger.Mark(reissue, roster.PersonOf(actor.ID), stage, d.Now().UnixMicro())
	return true
}
