package processes

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"qbank/internal/checkpoint"
)

// Round is work that no event asks for: it looks at how things are and does what is due. Like a process it may be stopped anywhere and
// begin anew, so what it issues must have ids that say what it is about.
type Round struct {
	Name  string        // lower case letters, digits and underscores
	Every time.Duration // from one look to the next
	Do    func(ctx context.Context) error
}

// RunRounds does each round again and again until ctx ends, one program at a time. A round that fails is logged and has its next turn.
func RunRounds(ctx context.Context, pool *pgxpool.Pool, logger *slog.Logger, rounds ...Round) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, round := range rounds {
		g.Go(func() error {
			tick := time.NewTicker(round.Every)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return nil
				case <-tick.C:
				}
				if _, err := round.Turn(ctx, pool); err != nil && ctx.Err() == nil {
					logger.WarnContext(ctx, "a round failed", "round", round.Name, "error", err)
				}
			}
		})
	}
	return g.Wait()
}

// Turn does the round once, unless another program is at it.
func (r Round) Turn(ctx context.Context, pool *pgxpool.Pool) (did bool, err error) {
	connection, err := pool.Acquire(ctx)
	if err != nil {
		return false, fmt.Errorf("take the turn of %s: %w", r.Name, err)
	}
	defer connection.Release()
	subject := "round " + r.Name
	if did, err = checkpoint.TryLock(ctx, connection, subject); err != nil || !did {
		return false, err
	}
	defer func() {
		if defect := recover(); defect != nil {
			err = fmt.Errorf("panic: %v\n%s", defect, debug.Stack())
		}
		// Where it cannot be given back, the lock must go with its session.
		if unlocking := checkpoint.Unlock(context.WithoutCancel(ctx), connection, subject); unlocking != nil {
			_ = connection.Conn().Close(context.WithoutCancel(ctx))
		}
	}()
	return true, r.Do(ctx)
}
