package lessons

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/lesson"
	"qbank/projections"
)

// State is what became of a request for a change.
type State string

// The states.
const (
	Open     State = "open"
	Approved State = "approved"
	Declined State = "declined"
	Lapsed   State = "lapsed" // the lesson was unlocked first
)

// changes are requests, and decisions about them, in their order.
type changes struct {
	requested requests
	decided   map[uuid.UUID]decision
	lapsed    []lapse
}

// requests is requests by column.
type requests struct {
	ids, lessons       []uuid.UUID
	revisions          []int
	plans, reasons, by []string
	at                 []int64
}

type decision struct {
	state      State
	by, note   string
	at         int64
	downloaded *int
}

// lapse closes what is open of a lesson and was asked for before.
type lapse struct {
	lesson uuid.UUID
	by     string
	at     int64
}

// add takes over what an event says of a request. l is the lesson after it.
func (c *changes) add(e projections.Event, l *row) error {
	decide := func(id uuid.UUID, d decision) {
		if c.decided == nil {
			c.decided = map[uuid.UUID]decision{}
		}
		d.at = e.RecordedAt.UnixMicro()
		c.decided[id] = d
		l.waiting--
	}
	switch payload := e.Payload.(type) {
	case lesson.ChangeRequested:
		plan, err := json.Marshal(payload.Change.Plan)
		if err != nil {
			return fmt.Errorf("encode the change %s of lesson %s: %w", payload.Change.ID, e.Stream, err)
		}
		r := &c.requested
		r.ids, r.lessons = append(r.ids, payload.Change.ID), append(r.lessons, e.Stream)
		r.revisions, r.plans = append(r.revisions, payload.Change.From), append(r.plans, string(plan))
		r.reasons, r.by, r.at = append(r.reasons, payload.Change.Reason), append(r.by, payload.Change.By), append(r.at, e.RecordedAt.UnixMicro())
		l.waiting++
	case lesson.ChangeApproved:
		decide(payload.Change, decision{state: Approved, by: payload.By, note: payload.Note, downloaded: payload.Downloaded})
	case lesson.ChangeDeclined:
		decide(payload.Change, decision{state: Declined, by: payload.By, note: payload.Reason})
	case lesson.Unlocked:
		if len(l.Locks) == 0 {
			c.lapsed = append(c.lapsed, lapse{e.Stream, e.Meta.Actor, e.RecordedAt.UnixMicro()})
			l.waiting = 0
		}
	}
	return nil
}

func (c *changes) write(ctx context.Context, tx pgx.Tx) error {
	if r := c.requested; len(r.ids) > 0 {
		if _, err := tx.Exec(ctx, `
			insert into changes select *, 'open', '', 0, '', null
			from unnest($1::uuid[], $2::uuid[], $3::int[], $4::json[], $5::text[], $6::text[], $7::bigint[])`,
			r.ids, r.lessons, r.revisions, r.plans, r.reasons, r.by, r.at); err != nil {
			return err
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(c.decided), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }) {
		d := c.decided[id]
		if _, err := tx.Exec(ctx, `update changes set state = $2, decided_by = $3, decided_at = $4, note = $5, downloaded = $6 where id = $1`,
			id, d.state, d.by, d.at, d.note, d.downloaded); err != nil {
			return err
		}
	}
	for _, l := range c.lapsed {
		if _, err := tx.Exec(ctx, `update changes set state = 'lapsed', decided_by = $2, decided_at = $3
			where lesson = $1 and state = 'open' and requested_at <= $3`, l.lesson, l.by, l.at); err != nil {
			return err
		}
	}
	return nil
}
