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
		return c.watch(ctx, st, streams)
	})
}

func (c *ProjectionsRebuildCmd) watch(ctx context.Context, st *stack.Stack, streams Streams) error {
	bar := progressbar.NewOptions64(1, progressbar.OptionSetWriter(terminal(streams.Err)), progressbar.OptionSetDescription(c.Name),
		progressbar.OptionShowIts(), progressbar.OptionClearOnFinish())
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for seen := false; ; {
		list, err := st.Engine.Status(ctx)
		if err != nil {
			return err
		}
		filling := false
		for _, p := range list {
			if p.Name == c.Name && p.Rebuild {
				filling, seen = true, true
				if p.Failure != nil {
					return fmt.Errorf("the rebuild stopped at %d: %s", p.Failure.Position, p.Failure.Error)
				}
				bar.ChangeMax64(max(p.Head, 1))
				_ = bar.Set64(p.Position) // it only draws
			}
		}
		if seen && !filling {
			_ = bar.Finish() // it only draws
			fmt.Fprintf(streams.Out, "%s is rebuilt\n", c.Name)
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
