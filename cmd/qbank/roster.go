package main

import (
	"context"
	"fmt"
	"os"

	"qbank/domain/fault"
	"qbank/interchange/roster"
	"qbank/internal/rosterfeed"
	"qbank/internal/stack"
)

// RosterCmd loads the roster.
type RosterCmd struct {
	File string `arg:"" type:"existingfile" help:"CSV with a heading line: class, title, student, name (or 班级编号, 班级, 学号, 姓名), a student a line; or with the heading kind (类型), for lines, terms, courses, lessons, classes, students, joins, leaves, transfers, sessions and guests."`
	Org  string `help:"Organisation." default:"school"`
	Env  string `help:"Environment of the sessions in the file." default:"dev"`
}

// Run loads the file; loading it again changes nothing.
func (c *RosterCmd) Run(ctx context.Context, s *Settings, streams Streams) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	entries, err := roster.ReadCSV(file)
	if err != nil {
		return err
	}
	if err := roster.Sound(entries); err != nil {
		return err
	}
	return s.withStack(ctx, streams, func(ctx context.Context, st *stack.Stack) error {
		actor := operator(c.Org)
		actor.Scope.Environment = c.Env
		return c.report(streams, rosterfeed.Feed{Commands: st.Commands}.Take(ctx, actor, entries))
	})
}

// report says how many records came to what, and names those that came to nothing.
func (c *RosterCmd) report(streams Streams, outcomes []rosterfeed.Outcome) error {
	totals := map[rosterfeed.Result]int{}
	var problems []fault.Problem
	for _, o := range outcomes {
		totals[o.Result]++
		f := fault.Of(o.Err)
		switch {
		case o.Err == nil || o.Result == rosterfeed.Stale:
		case f == nil:
			return fmt.Errorf("line %s: %w", o.Place, o.Err)
		case len(f.Problems) == 0:
			problems = append(problems, fault.Problem{Pointer: "/" + o.Place, Code: f.Code, Message: f.Message})
		default:
			for _, p := range f.Problems {
				problems = append(problems, fault.Problem{Pointer: "/" + o.Place + p.Pointer, Code: f.Code, Message: p.Message})
			}
		}
	}
	fmt.Fprintf(streams.Out, "%d stored, %d unchanged, %d stale, %d refused\n", totals[rosterfeed.Stored], totals[rosterfeed.Unchanged],
		totals[rosterfeed.Stale], totals[rosterfeed.Refused]+totals[rosterfeed.Failed])
	if len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "roster.refused", fault.Say("some lines were refused; the others are loaded", "部分行被拒绝，其余已载入"), problems...)
	}
	return nil
}
