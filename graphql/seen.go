package graphql

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"qbank/internal/audit"
	"qbank/internal/signin"
)

// maxSeen bounds the questions that are remembered of a request. What a request may ask for has a limit far below.
const maxSeen = 100_000

// seen is the questions whose keys a request was shown, in the order in which it asked.
type seen struct {
	order []string
	known map[uuid.UUID]bool
}

func (s *seen) add(question uuid.UUID) {
	if s.known[question] || len(s.order) >= maxSeen {
		return
	}
	if s.known == nil {
		s.known = map[uuid.UUID]bool{}
	}
	s.known[question] = true
	s.order = append(s.order, question.String())
}

type underWayKey struct{}

// underWay is where a request is found again when it has been answered. An event of a stream is a request of its own.
type underWay struct{ request *request }

// begin makes what the fields of a request share.
func (d *Door) begin(r *http.Request, caller signin.Caller) *request {
	request := newRequest(d, caller)
	request.address = d.Limits.From(r).String()
	if way, is := r.Context().Value(underWayKey{}).(*underWay); is {
		d.note(r.Context(), way.request)
		way.request = request
	}
	return request
}

// noting writes down what requests were shown that not everybody may see: one row for each request.
func (d *Door) noting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		way := &underWay{}
		ctx := context.WithValue(r.Context(), underWayKey{}, way)
		defer func() { d.note(ctx, way.request) }()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func (d *Door) note(ctx context.Context, r *request) {
	if r == nil || len(r.seen.order) == 0 {
		return
	}
	d.Audit.Note(ctx, audit.Entry{At: d.Commands.Now(), Actor: r.actor, Address: r.address, Action: audit.KeysRead, Objects: r.seen.order})
}
