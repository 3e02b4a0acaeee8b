package main

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sync/errgroup"

	"qbank/domain/access"
	"qbank/internal/stack"
)

// operator is whoever works on the data directory itself: the files' permissions decided that already.
func operator(org string) access.Actor {
	return access.Actor{ID: access.System("operator"), Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: org}}
}

// withStack opens a working qbank for a tool, on the running server's database where there is one, and closes it afterwards.
func (s Settings) withStack(ctx context.Context, streams Streams, work func(context.Context, *stack.Stack) error) error {
	quiet := s
	if quiet.LogLevel == "info" { // the tool speaks for itself
		quiet.LogLevel = "warn"
	}
	log := quiet.logger(streams.Err)
	db, err := s.database(ctx, log, false, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	st, err := stack.Open(ctx, db.Pool, stack.Options{Logger: log})
	if err != nil {
		return err
	}
	defer st.Close()
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var g errgroup.Group
	g.Go(func() error { return ignoreCanceled(st.Run(background)) })
	err = work(ctx, st)
	stop()
	return errors.Join(err, g.Wait())
}

// terminal is where a progress bar is drawn: nowhere, unless somebody looks.
func terminal(w io.Writer) io.Writer {
	if file, ok := w.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return w
		}
	}
	return io.Discard
}
