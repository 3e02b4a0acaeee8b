package collect

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/resource"
	"qbank/internal/library"
	"qbank/projections/resources"
)

// Name of the process, as it stands in events.
const Name = "collect_resources"

// Times of a collector; zero fields stand for the defaults.
type Times struct {
	Grace  time.Duration // how long nothing has named a file that is marked; 7 days
	Settle time.Duration // from the mark to the last look; an hour
	Every  time.Duration // between looks; an hour
}

// Collector lets files go. Fill the fields; Run works until its context ends.
type Collector struct {
	Library *library.Library
	Times   Times
	Logger  *slog.Logger
	Now     func() time.Time // nil: the machine's clock
}

// grace is how long a file stays that nothing names, unless the times say otherwise.
const grace = 7 * 24 * time.Hour

// atOnce bounds what one look takes on.
const atOnce = 500

// leftBehind is the age from which bytes without an event, and drafts, are nobody's upload any more.
const leftBehind = 24 * time.Hour

// Run looks now and then.
func (c *Collector) Run(ctx context.Context) error {
	every := orDefault(c.Times.Every, time.Hour)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(every):
		}
		if err := c.Look(ctx); err != nil && ctx.Err() == nil {
			c.Logger.WarnContext(ctx, "look for files that nothing names", "error", err)
		}
	}
}

// Look marks what has become idle and decides about what was marked before.
func (c *Collector) Look(ctx context.Context) error {
	if err := c.Library.CaughtUp(ctx); err != nil {
		return err
	}
	marked, err := c.Library.Files.Marked(ctx, c.before(c.Times.Settle, time.Hour), atOnce)
	if err != nil {
		return err
	}
	for _, file := range marked {
		if err := c.Library.Alone(ctx, func(ctx context.Context) error { return c.decide(ctx, file) }, "hash "+string(file.Hash)); err != nil {
			return fmt.Errorf("decide about file %s: %w", file.ID, err)
		}
	}
	idle, err := c.Library.Files.Idle(ctx, c.before(c.Times.Grace, grace), atOnce)
	if err != nil {
		return err
	}
	for _, file := range idle {
		if err := c.issue(ctx, file, commands.CollectResource{Resource: file.ID}); err != nil {
			return fmt.Errorf("mark file %s: %w", file.ID, err)
		}
	}
	return c.tidy(ctx, c.now())
}

// decide is the last look at a marked file. It is alone with the hash: nobody keeps or removes it meanwhile.
func (c *Collector) decide(ctx context.Context, file resources.File) error {
	if err := c.Library.CaughtUp(ctx); err != nil {
		return err
	}
	holders, err := c.Library.Files.Holders(ctx, []content.Hash{file.Hash})
	if err != nil {
		return err
	}
	others := 0
	for _, holder := range holders {
		if holder.ID != file.ID {
			others++
		} else if holder.State != resource.Marked { // uploaded again
			return nil
		}
	}
	unused, err := c.Library.Files.UnusedSince(ctx, []uuid.UUID{file.ID})
	if err != nil {
		return err
	}
	since, idle := unused[file.ID]
	if (!idle || since > c.before(c.Times.Grace, grace)) && c.Library.Blobs.Has(string(file.Hash)) {
		return c.issue(ctx, file, commands.RestoreResource{Resource: file.ID})
	}
	if others == 0 { // the same bytes may be another organisation's too
		if err := c.Library.Blobs.Remove(string(file.Hash)); err != nil {
			return err
		}
	}
	return c.issue(ctx, file, commands.RemoveResource{Resource: file.ID})
}

// issue carries out a step. One that the file's state does not allow any more was overtaken, and is none of ours.
func (c *Collector) issue(ctx context.Context, file resources.File, command commands.Command) error {
	actor := access.Actor{ID: access.System(Name), Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: file.Org}}
	_, err := c.Library.Commands.Do(ctx, actor, command)
	if f := fault.Of(err); f != nil && f.Kind != fault.Unavailable {
		c.Logger.InfoContext(ctx, "a file is left as it is", "file", file.ID, "code", f.Code)
		return nil
	}
	return err
}

// tidy removes what processes left behind that ended in the middle: drafts, and bytes that no file has.
func (c *Collector) tidy(ctx context.Context, now time.Time) error {
	if err := c.Library.Blobs.Tidy(now, leftBehind); err != nil {
		return err
	}
	return c.Library.Blobs.Each(func(hash string, written time.Time) error {
		if now.Sub(written) < leftBehind {
			return ctx.Err()
		}
		held, err := c.held(ctx, hash)
		if err != nil || held {
			return err
		}
		return c.Library.Alone(ctx, func(ctx context.Context) error {
			if err := c.Library.CaughtUp(ctx); err != nil {
				return err
			}
			if held, err := c.held(ctx, hash); err != nil || held {
				return err
			}
			return c.Library.Blobs.Remove(hash)
		}, "hash "+hash)
	})
}

func (c *Collector) held(ctx context.Context, hash string) (bool, error) {
	holders, err := c.Library.Files.Holders(ctx, []content.Hash{content.Hash(hash)})
	return len(holders) > 0, err
}

func (c *Collector) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// before is the instant so long ago, microseconds.
func (c *Collector) before(d, otherwise time.Duration) int64 {
	return c.now().Add(-orDefault(d, otherwise)).UnixMicro()
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
