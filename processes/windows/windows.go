package windows

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/projections/reissues"
)

// Name of the process, as it stands in the history of reissues behind "system:".
const Name = "windows"

// Every is how often it is looked: told within a second, who is told must have waited much less for this.
const Every = 250 * time.Millisecond

// Forgotten is how long after the end of a window it is still recorded.
const Forgotten = time.Hour

// Windows looks after the windows of reissues. It is used by one goroutine at a time.
type Windows struct {
	Commands *commands.Bus
	Reissues *reissues.Reader
	Logger   *slog.Logger
}

// Look records every window that has begun or ended. One that cannot be does not hold up the others.
func (w *Windows) Look(ctx context.Context) error {
	now := w.Commands.Now()
	list, err := w.Reissues.Turning(ctx, now.UnixMicro(), now.Add(-Forgotten).UnixMicro())
	if err != nil {
		return err
	}
	var failures []error
	for _, r := range list {
		actor := access.Actor{ID: access.System(Name), Roles: []access.Role{access.Releaser}, Scope: access.Scope{Org: r.Org, Environment: r.Environment}}
		_, err := w.Commands.Do(ctx, actor, commands.TurnReissue{Reissue: r.ID}, commands.As(uuid.NewSHA1(r.ID, fmt.Appendf(nil, "%s/%d", Name, r.Revision))))
		if f := fault.Of(err); f != nil && f.Kind != fault.Unavailable {
			w.Logger.WarnContext(ctx, "that the window of a reissue has begun or ended is not recorded", "reissue", r.ID, "code", f.Code)
		} else if err != nil {
			failures = append(failures, fmt.Errorf("reissue %s: %w", r.ID, err))
		}
	}
	return errors.Join(failures...)
}
