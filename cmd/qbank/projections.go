package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"

	"qbank/internal/stack"
	"qbank/processes"
	"qbank/projections"
)

// ProjectionsCmd looks after what follows the log: the read models, and the processes beside them.
type ProjectionsCmd struct {
	Status  ProjectionsStatusCmd  `cmd:"" help:"Show how far each read model and each process is."`
	Rebuild ProjectionsRebuildCmd `cmd:"" help:"Build a read model anew beside the one that serves, then swap."`
	Revert  ProjectionsRevertCmd  `cmd:"" help:"Go back to the version of a read model that an older program has; that program must be running."`
	Retry   ProjectionsRetryCmd   `cmd:"" help:"Let a parked read model or process try its failing event again."`
	Skip    ProjectionsSkipCmd    `cmd:"" help:"Let a parked read model or process pass over its failing event; this is recorded."`
}

// ProjectionsStatusCmd shows the read models.
type ProjectionsStatusCmd struct{}

// Run prints a table.
func (ProjectionsStatusCmd) Run(ctx context.Context, s *Settings, streams Streams) error {
	return s.withStack(ctx, streams, func(ctx context.Context, st *stack.Stack) error {
		models, err := st.Engine.Status(ctx)
		if err != nil {
			return err
		}
		followers, err := st.Processes.Status(ctx)
		if err != nil {
			return err
		}
		return printStatus(streams.Out, models, followers)
	})
}

func printStatus(w io.Writer, models []projections.Status, followers []processes.Status) error {
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tVERSION\tSTATE\tPOSITION\tLAG\tRATE/S\tETA\tWORKER\tFAILURE")
	for _, p := range models {
		why := ""
		if f := p.Failure; f != nil {
			why = failure(f.Position, f.Attempts, f.Error)
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%d\t%d\t%.0f\t%s\t%s\t%s\n", p.Name, p.Version, p.State, p.Position, p.Lag(), p.Rate,
			p.ETA.Round(time.Second), p.Worker, why)
	}
	for _, p := range followers { // a process has no version, for it is never rebuilt
		why := ""
		if f := p.Failure; f != nil {
			why = failure(f.Position, f.Attempts, f.Error)
		}
		fmt.Fprintf(table, "%s\t-\t%s\t%d\t%d\t%.0f\t-\t%s\t%s\n", p.Name, p.State, p.Position, p.Head-p.Position, p.Rate, p.Worker, why)
	}
	return table.Flush()
}

func failure(position int64, attempts int, why string) string {
	return fmt.Sprintf("at %d after %d tries: %s", position, attempts, why)
}

// ProjectionsRebuildCmd builds a read model anew.
type ProjectionsRebuildCmd struct {
	Name string `arg:"" help:"The read model."`
}

// Run asks for the rebuild and shows its progress until the new copy serves.
func (c *ProjectionsRebuildCmd) Run(ctx context.Context, s *Settings, streams Streams) error {
	return s.withStack(ctx, streams, func(ctx context.Context, st *stack.Stack) error {
		if err := projections.Rebuild(ctx, st.Pool, c.Name); err != nil {
			return err
		}
		if err := watchBuild(ctx, st, streams, c.Name, func(p projections.Status) bool { return p.Rebuild }); err != nil {
			return err
		}
		fmt.Fprintf(streams.Out, "%s is rebuilt\n", c.Name)
		return nil
	})
}

// ProjectionsRevertCmd goes back to another version of a read model.
type ProjectionsRevertCmd struct {
	Name    string `arg:"" help:"The read model."`
	Version int    `arg:"" help:"The version that the older program has."`
}

// Run asks for it and shows the progress until that version serves.
func (c *ProjectionsRevertCmd) Run(ctx context.Context, s *Settings, streams Streams) error {
	return s.withStack(ctx, streams, func(ctx context.Context, st *stack.Stack) error {
		if err := projections.Revert(ctx, st.Pool, c.Name, c.Version); err != nil {
			return err
		}
		err := watchBuild(ctx, st, streams, c.Name, func(p projections.Status) bool {
			return p.Version == c.Version && (p.State == projections.Filling || p.Failure != nil)
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(streams.Out, "%s is at version %d\n", c.Name, c.Version)
		return nil
	})
}

// watchBuild shows how far the copy of a read model is that was just ordered, until it serves or is stopped.
func watchBuild(ctx context.Context, st *stack.Stack, streams Streams, name string, building func(projections.Status) bool) error {
	bar := progressbar.NewOptions64(1, progressbar.OptionSetWriter(terminal(streams.Err)), progressbar.OptionSetDescription(name),
		progressbar.OptionShowIts(), progressbar.OptionClearOnFinish())
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		list, err := st.Engine.Status(ctx)
		if err != nil {
			return err
		}
		filling := false
		for _, p := range list {
			if p.Name == name && building(p) {
				filling = true
				if p.Failure != nil {
					return fmt.Errorf("it stopped at %d: %s", p.Failure.Position, p.Failure.Error)
				}
				bar.ChangeMax64(max(p.Head, 1))
				_ = bar.Set64(p.Position) // it only draws
			}
		}
		if !filling {
			_ = bar.Finish() // it only draws
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// ProjectionsRetryCmd lets a read model try again.
type ProjectionsRetryCmd struct {
	Name string `arg:"" help:"The read model or process."`
}

// Run asks for it.
func (c *ProjectionsRetryCmd) Run(ctx context.Context, s *Settings, streams Streams) error {
	return s.withStack(ctx, streams, func(ctx context.Context, st *stack.Stack) error {
		return projections.Retry(ctx, st.Pool, c.Name)
	})
}

// ProjectionsSkipCmd passes over an event.
type ProjectionsSkipCmd struct {
	Name     string `arg:"" help:"The read model or process."`
	Position int64  `arg:"" help:"Position of the failing event, as status shows it."`
	Reason   string `help:"Why." required:""`
}

// Run asks for it.
func (c *ProjectionsSkipCmd) Run(ctx context.Context, s *Settings, streams Streams) error {
	return s.withStack(ctx, streams, func(ctx context.Context, st *stack.Stack) error {
		return projections.Skip(ctx, st.Pool, c.Name, c.Position, operator("").ID, c.Reason)
	})
}
