package projections

import (
	"context"
	"time"

	"github.com/google/uuid"

	"qbank/domain/fault"
	"qbank/internal/checkpoint"
)

// The states of a copy, as Status shows them.
const (
	Absent  = "absent"  // no process has begun to build it
	Filling = "filling" // on its way to the head; nobody is served from it
	Live    = "live"    // readers are served from it
	Parked  = "parked"  // an event stopped it; Failure says which
	Retired = "retired" // another copy has taken over; it is dropped when no process reads it
)

// Status is how one copy of a projection does, for people and progress bars.
type Status struct {
	Name     string
	Version  int
	Schema   string // where its tables are
	Rebuild  bool   // the copy that a rebuild of the serving version fills
	State    string
	Position int64
	Head     int64         // of the log
	Rate     float64       // events per second, lately; 0 where it stands still
	ETA      time.Duration // until it reaches the head at this rate; 0 where it is there or cannot be told
	Worker   string        // the node that moved it last
	Since    time.Time     // when it last moved
	Failure  *Failure      // where State is Parked
}

// Failure is why a copy is parked.
type Failure struct {
	Position int64
	Event    uuid.UUID // zero where it could not be read
	Error    string    // for operators; not for readers
	Attempts int
	At       time.Time
}

// Lag is how many events the copy is behind the head.
func (s Status) Lag() int64 { return max(0, s.Head-s.Position) }

// Done is the share of the log that is applied, 0 to 1.
func (s Status) Done() float64 {
	if s.Head <= s.Position {
		return 1
	}
	return float64(s.Position) / float64(s.Head)
}

// Status returns how every copy of every projection does, those of other programs and versions included, by name, version and
// with the rebuilt copy after the serving one. It reads the database, so an engine that does not run can tell as well.
func (e *Engine) Status(ctx context.Context) ([]Status, error) {
	rows, err := checkpoint.All(ctx, e.pool, "")
	if err != nil {
		return nil, err
	}
	head, err := e.log.Head(ctx)
	if err != nil {
		return nil, err
	}
	var list []Status
	for _, row := range rows {
		if row.Version > 0 {
			list = append(list, statusOf(row, head))
		}
	}
	for _, f := range e.followers {
		if checkpoint.Find(rows, f.key) == nil {
			list = append(list, Status{Name: f.key.Name, Version: f.key.Version, Schema: f.key.String(), State: Absent, Head: head})
		}
	}
	return list, nil
}

func statusOf(row checkpoint.Row, head int64) Status {
	s := Status{
		Name: row.Name, Version: row.Version, Schema: row.Key.String(), Rebuild: row.Shadow, State: row.Status,
		Position: row.Position, Head: max(head, row.Position), Worker: row.Worker, Since: row.UpdatedAt,
	}
	if f := row.Failure; f != nil {
		s.State = Parked
		s.Failure = &Failure{f.Position, f.Event, f.Error, f.Attempts, f.At}
		return s
	}
	if s.Lag() > 0 && row.Status != checkpoint.Retired {
		s.Rate = row.Rate
		if s.Rate > 0 {
			s.ETA = time.Duration(float64(s.Lag()) / s.Rate * float64(time.Second))
		}
	}
	return s
}

// Ready refuses with "projection.not_ready" while any projection of this process is not served: still filling for the first time, parked, or
// retired. Details name them and their states. Being behind is no reason: it shows in the status and bounds waits.
func (e *Engine) Ready(ctx context.Context) error {
	all, err := e.Status(ctx)
	if err != nil {
		return err
	}
	var refusal *fault.Fault
	for _, s := range all {
		f := e.follower(s.Name)
		if f == nil || f.key.Version != s.Version || s.Rebuild {
			continue
		}
		_, stopped := f.progress.at()
		if s.State == Live && stopped == nil {
			continue
		}
		if refusal == nil {
			refusal = fault.Refuse(fault.Unavailable, "projection.not_ready", fault.Say(
				"Some read models are not ready; the details say which and why.", "部分读模型尚未就绪;详情中列出了名称和原因。"))
		}
		if reason := fault.Of(stopped); reason != nil {
			refusal.With(s.Name, reason.Code)
		} else {
			refusal.With(s.Name, s.State)
		}
	}
	if refusal == nil {
		return nil
	}
	return refusal
}
