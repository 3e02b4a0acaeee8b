package graphql

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"qbank/internal/audit"
)

// maxSeen bounds the questions that are remembered of a request, one beyond those that a row of the audit trail names: there is a limit to what a
// request may ask for, and this is far from it.
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

type notedKey struct{}

// noted is where a request is found again when it has been answered; nil: it never came so far.
type noted struct{ request *request }

// noting writes down what requests were shown that not everybody may see: one row for each request.
func (d *Door) noting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := &noted{}
		defer func() {
			if n.request != nil && len(n.request.seen.order) > 0 {
				d.Audit.Note(r.Context(), audit.Entry{At: d.Commands.Now(), Actor: n.request.actor, Address: n.request.address, Action: audit.KeysRead,
					Objects: n.request.seen.order})
			}
		}()
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), notedKey{}, n)))
	})
}
