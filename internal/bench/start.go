package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"qbank/internal/localpg"
	"qbank/internal/stack"
)

// past is what a start has behind it.
var past = history{questions: 100_000, lessons: 50, attempts: 25_000} // 1,000,000 answers

// measureStart starts the server on a data directory with a long past, its own PostgreSQL included, until it calls itself ready.
func measureStart(ctx context.Context, r *run) ([]Figure, error) {
	data, err := r.prepared(ctx, "start", past)
	if err != nil {
		return nil, err
	}
	var starts []time.Duration
	for round := range r.rounds {
		s, err := r.serve(ctx, "start", "serve", "--data-dir", data, "--log-level", "warn")
		if err != nil {
			return nil, err
		}
		s.stop()
		starts = append(starts, s.ready)
		r.say("  start %d: ready after %.2f s", round+1, s.ready.Seconds())
	}
	return []Figure{bound("start_seconds", "s", median(starts, time.Duration.Seconds), 3)}, nil
}

// prepared makes a data directory with a past, or finds it made by an earlier run.
func (r *run) prepared(ctx context.Context, name string, past history) (data string, err error) {
	data = filepath.Join(r.Cache, fmt.Sprintf("%s-%d-%d-%d", name, past.questions*past.newest(), past.lessons, past.answers()))
	whole := filepath.Join(data, "whole") // is made at the end
	if _, err := os.Stat(whole); err == nil {
		r.say("  using %s", data)
		return data, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	r.say("  preparing %s; later runs use it again", data)
	if err := os.RemoveAll(data); err != nil {
		return "", err
	}
	if err := os.MkdirAll(data, 0o755); err != nil {
		return "", err
	}
	server, err := localpg.Start(ctx, localpg.Options{Dir: filepath.Join(data, "postgres")})
	if err != nil {
		return "", err
	}
	err = errors.Join(r.livePast(ctx, server.URL(), past), server.Stop(context.WithoutCancel(ctx)))
	if err != nil {
		return "", err
	}
	return data, os.WriteFile(whole, nil, 0o600)
}

// livePast writes the past and lets the read models catch up with it.
func (r *run) livePast(ctx context.Context, url string, past history) error {
	pool, err := openPool(ctx, url, 24)
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := past.write(ctx, pool, r.say); err != nil {
		return err
	}
	st, err := stack.Open(ctx, pool, stack.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer st.Close()
	began := time.Now()
	g, gctx := errgroup.WithContext(ctx)
	running, stop := context.WithCancel(gctx)
	g.Go(func() error {
		if err := st.Run(running); err != nil && running.Err() == nil {
			return err
		}
		return nil
	})
	g.Go(func() error {
		defer stop()
		return settle(gctx, pool)
	})
	if err := g.Wait(); err != nil {
		return err
	}
	r.say("  read models caught up (%.0f s)", time.Since(began).Seconds())
	_, err = pool.Exec(ctx, "vacuum analyze")
	return err
}
