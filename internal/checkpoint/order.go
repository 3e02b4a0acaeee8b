package checkpoint

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/fault"
)

// Bounds of what a person may say about a skip, in bytes.
const (
	maxReason = 1000
	maxActor  = 200
)

// Retry lets parked copies of a follower try again. which is its name, or one copy as Key.String writes it.
func Retry(ctx context.Context, db Begins, which string) error {
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		parked, err := parked(ctx, tx, which)
		if err != nil {
			return err
		}
		for _, row := range parked {
			if err := Unpark(ctx, tx, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// Skip leaves the event out that a follower is parked on, for this version of it, and keeps who wanted that and why. position must
// be that of the event, so that nobody skips what they have not seen.
func Skip(ctx context.Context, db Begins, which string, position int64, actor, reason string) error {
	if err := explained(actor, reason); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		parked, err := parked(ctx, tx, which)
		if err != nil {
			return err
		}
		skipped := false
		for _, row := range parked {
			if row.Failure.Position != position {
				continue
			}
			if err := skip(ctx, tx, row, actor, reason); err != nil {
				return err
			}
			if err := Unpark(ctx, tx, row); err != nil {
				return err
			}
			skipped = true
		}
		if skipped {
			return nil
		}
		return fault.Refuse(fault.Conflict, "checkpoint.parked_elsewhere", fault.Say(
			"%s is parked at position %d, not at %d; look at the event there before you skip it.",
			"%s 停在位置 %d,而不是 %d;跳过之前请先查看该位置的事件。", parked[0].Key, parked[0].Failure.Position, position)).
			With("position", parked[0].Failure.Position)
	})
}

// Begins starts transactions: a pool or a connection.
type Begins interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

func skip(ctx context.Context, tx pgx.Tx, row Row, actor, reason string) error {
	_, err := tx.Exec(ctx, `insert into skips (name, version, position, event_id, reason, actor) values ($1, $2, $3, $4, $5, $6)
		on conflict (name, version, position) do nothing`,
		row.Name, row.Version, row.Failure.Position, uuid.NullUUID{UUID: row.Failure.Event, Valid: row.Failure.Event != uuid.Nil}, reason, actor)
	if err != nil {
		return fmt.Errorf("skip %d of %s: %w", row.Failure.Position, row.Key, err)
	}
	return nil
}

func explained(actor, reason string) error {
	var problems []fault.Problem
	for _, field := range []struct {
		pointer, value string
		most           int
	}{{"/actor", actor, maxActor}, {"/reason", reason, maxReason}} {
		if strings.TrimSpace(field.value) == "" || len(field.value) > field.most || strings.ContainsRune(field.value, 0) {
			problems = append(problems, fault.Problem{Pointer: field.pointer, Code: "required", Message: fault.Say(
				"Write 1 to %d bytes of text.", "请填写 1 到 %d 字节的文字。", field.most)})
		}
	}
	if problems != nil {
		return fault.Refuse(fault.Invalid, "checkpoint.unexplained", fault.Say(
			"Leaving an event out needs a name and a reason.", "跳过事件需要写明操作人和原因。"), problems...)
	}
	return nil
}

func parked(ctx context.Context, tx pgx.Tx, which string) ([]Row, error) {
	rows, err := load(ctx, tx, `select `+columns+` from checkpoints
		where $1 in (name, name || '_v' || version, name || '_v' || version || '_next') order by version, shadow for update`, which)
	if err != nil {
		return nil, err
	}
	known := false
	parked := rows[:0]
	for _, row := range rows {
		if which != row.Name && which != row.Key.String() {
			continue
		}
		known = true
		if row.Failure != nil && row.Status != Retired {
			parked = append(parked, row)
		}
	}
	switch {
	case !known:
		return nil, Unknown(which)
	case len(parked) == 0:
		return nil, fault.Refuse(fault.Conflict, "checkpoint.not_parked", fault.Say(
			"%s is not parked; there is nothing to retry or skip.", "%s 没有停止,无需重试或跳过。", which))
	}
	return parked, nil
}

// Unknown is the refusal of a name that no follower has.
func Unknown(which string) *fault.Fault {
	return fault.Refuse(fault.NotFound, "checkpoint.unknown", fault.Say(
		"No projection or process is called %q; the status lists them all.", "没有名为 %q 的投影或流程;请查看状态列表。", which))
}

// Skips returns the positions that somebody decided to leave out of a version.
func Skips(ctx context.Context, db DB, name string, version int) (map[int64]bool, error) {
	rows, err := db.Query(ctx, `select position from skips where name = $1 and version = $2`, name, version)
	if err != nil {
		return nil, fmt.Errorf("read skips: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read skips: %w", err)
	}
	skips := make(map[int64]bool, len(list))
	for _, position := range list {
		skips[position] = true
	}
	return skips, nil
}
