package eventstore

import "fmt"

// UpcastKey names events that are written in an old shape.
type UpcastKey struct {
	Type          string
	SchemaVersion int
}

// Upcaster turns an event into its next shape, with a higher schema version or another type. It is applied whenever such
// an event is read, and again until no upcaster knows the result, so each one needs to know only its successor. The
// log itself is never rewritten. It must not change the bytes it is given.
type Upcaster func(Event) (Event, error)

// maxUpcasts ends a circle of upcasters.
const maxUpcasts = 100

func (s *Store) upcast(r *Recorded) error {
	for range maxUpcasts {
		up, old := s.upcasters[UpcastKey{r.Type, r.SchemaVersion}]
		if !old {
			return nil
		}
		e, err := up(r.Event)
		if err != nil {
			return &upcastError{r, err}
		}
		r.Event = e
	}
	return &upcastError{r, fmt.Errorf("no end after %d steps", maxUpcasts)}
}

// upcastError is an old event that this program cannot read.
type upcastError struct {
	event *Recorded
	error
}

func (e *upcastError) Error() string {
	return fmt.Sprintf("upcast %s version %d at position %d: %v", e.event.Type, e.event.SchemaVersion, e.event.Position, e.error)
}

func (e *upcastError) Unwrap() error { return e.error }
