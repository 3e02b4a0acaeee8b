package main

import (
	"context"
	"fmt"
	"os"

	"qbank/commands"
	"qbank/interchange/roster"
	"qbank/internal/stack"
)

// RosterCmd loads classes and their students.
type RosterCmd struct {
	File string `arg:"" type:"existingfile" help:"CSV with a heading line: class, title, student, name (or 班级编号, 班级, 学号, 姓名)."`
	Org  string `help:"Organisation." default:"school"`
}

// Run loads the file; loading it again changes nothing.
func (c *RosterCmd) Run(ctx context.Context, s *Settings, streams Streams) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	classes, err := roster.Read(file)
	if err != nil {
		return err
	}
	return s.withStack(ctx, streams, func(ctx context.Context, st *stack.Stack) error {
		students := 0
		for _, class := range classes {
			keep := commands.KeepClass{Code: class.Code, Title: class.Title}
			for _, student := range class.Students {
				keep.Students = append(keep.Students, commands.Student{Number: student.Number, Name: student.Name})
			}
			if _, err := st.Commands.Do(ctx, operator(c.Org), keep); err != nil {
				return fmt.Errorf("class %s: %w", class.Code, err)
			}
			students += len(class.Students)
		}
		fmt.Fprintf(streams.Out, "%d classes with %d students\n", len(classes), students)
		return nil
	})
}
