package guard

import (
	"context"
	"fmt"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/release"
	"qbank/processes"
)

// SettleName is the name of the process Settle.
const SettleName = "settle_release"

// Settle carries out the end of a release again: whoever ended it may have died before its environment took the lessons back. Where it did not,
// nothing happens.
type Settle struct{ Commands *commands.Bus }

// Name is "settle_release".
func (Settle) Name() string { return SettleName }

// Events names the ends of a release.
func (Settle) Events() []string {
	return event.Names(release.RolledBack{}, release.Finished{}, release.Cancelled{})
}

// Handle ends the release again.
func (s Settle) Handle(ctx context.Context, e processes.Event) error {
	r, err := s.Commands.ReleaseState(ctx, e.Stream)
	if err != nil {
		return err
	}
	var again commands.Command
	switch e.Payload.(type) {
	case release.RolledBack:
		again = commands.RollBackRelease{Release: e.Stream, Revision: commands.Anything, Reason: "again"}
	case release.Finished:
		again = commands.CompleteRelease{Release: e.Stream, Revision: commands.Anything}
	case release.Cancelled:
		again = commands.CancelRelease{Release: e.Stream, Revision: commands.Anything, Reason: "again"}
	}
	actor := access.Actor{ID: access.System(SettleName), Roles: []access.Role{access.Releaser}, Scope: access.Scope{Org: r.Org, Environment: string(r.Environment)}}
	_, err = s.Commands.Do(ctx, actor, again, commands.As(processes.CommandID(SettleName, e.ID, 0)), commands.Because(e.ID, e.Meta.Correlation))
	if f := fault.Of(err); f != nil && f.Kind != fault.Unavailable {
		return fmt.Errorf("settle release %s: %w", e.Stream, err)
	}
	return err
}
