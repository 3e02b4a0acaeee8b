package undoimport

import (
	"context"
	"fmt"
	"log/slog"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/processes"
)

// Name of the process.
const Name = "undo_import"

// Process undoes imports.
type Process struct {
	Commands *commands.Bus
	Logger   *slog.Logger
}

// Name is "undo_import".
func (Process) Name() string { return Name }

// Events names the wish to undo.
func (Process) Events() []string { return event.Names(batch.Undone{}) }

// Handle takes every item of the batch back.
func (p Process) Handle(ctx context.Context, e processes.Event) error {
	actor := access.Actor{ID: access.System(Name), Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: e.Meta.Org}}
	n := 0
	return p.Commands.ImportReport(ctx, e.Stream, func(item batch.Item) error {
		n++
		if item.Status != batch.Created && item.Status != batch.Updated {
			return nil
		}
		_, err := p.Commands.Do(ctx, actor, commands.UndoImportedItem{Batch: e.Stream, Item: item},
			commands.As(processes.CommandID(Name, e.ID, n)), commands.Because(e.ID, e.Meta.Correlation))
		if f := fault.Of(err); f != nil && f.Kind != fault.Unavailable {
			p.Logger.WarnContext(ctx, "an imported item stays", "import", e.Stream, "question", item.Question, "code", f.Code)
			return nil
		}
		if err != nil {
			return fmt.Errorf("take back item %d of import %s: %w", item.Index, e.Stream, err)
		}
		return nil
	})
}
