package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/release"
	"qbank/projections/releases"
)

// Name of the schedule, as it stands in the history of releases behind "system:".
const Name = "schedule"

// Schedule starts releases. It is used by one goroutine at a time.
type Schedule struct {
	Commands *commands.Bus
	Releases *releases.Reader
	Logger   *slog.Logger
	waiting  map[uuid.UUID]string // why a release does not start, as the log has it already
}

// Look starts every release whose instant has come. One that cannot start does not hold up the others.
func (s *Schedule) Look(ctx context.Context) error {
	list, err := s.Releases.Due(ctx, s.Commands.Now().UnixMicro())
	if err != nil {
		return err
	}
	before := s.waiting
	s.waiting = map[uuid.UUID]string{}
	var failures []error
	for _, due := range list {
		code, err := s.start(ctx, due.ID)
		if err != nil {
			failures = append(failures, fmt.Errorf("release %s: %w", due.ID, err))
		}
		if code == "" {
			continue
		}
		s.waiting[due.ID] = code
		if before[due.ID] != code {
			s.Logger.WarnContext(ctx, "a release cannot start yet", "release", due.ID, "code", code)
		}
	}
	return errors.Join(failures...)
}

// start starts a release; waits is why it cannot yet.
func (s *Schedule) start(ctx context.Context, id release.ID) (waits string, err error) {
	r, err := s.Commands.ReleaseState(ctx, id)
	if err != nil || r.State != release.IsPlanned { // the read model is behind
		return "", err
	}
	actor := access.Actor{ID: access.System(Name), Roles: []access.Role{access.Releaser}, Scope: access.Scope{Org: r.Org, Environment: string(r.Environment)}}
	_, err = s.Commands.Do(ctx, actor, commands.StartRelease{Release: id, Revision: r.Revision}, commands.As(uuid.NewSHA1(id, fmt.Appendf(nil, "%s/%d", Name, r.Revision))))
	if f := fault.Of(err); f != nil && (f.Kind == fault.Conflict || f.Kind == fault.Denied) {
		return f.Code, nil
	}
	return "", err
}
