package processes_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"qbank/internal/pgtest"
	"qbank/processes"
)

func TestOneProgramAtATimeDoesARound(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	began, end := make(chan struct{}), make(chan struct{})
	slow := processes.Round{Name: "slow", Do: func(context.Context) error { close(began); <-end; return nil }}
	ended := make(chan error, 1)
	go func() {
		_, err := slow.Turn(context.Background(), pool)
		ended <- err
	}()
	<-began
	never := func(context.Context) error { t.Error("two at a time"); return nil }
	if did, err := (processes.Round{Name: "slow", Do: never}).Turn(t.Context(), pool); did || err != nil {
		t.Errorf("%t, %v", did, err)
	}
	if did, err := (processes.Round{Name: "other", Do: func(context.Context) error { return nil }}).Turn(t.Context(), pool); !did || err != nil {
		t.Errorf("another round waits: %t, %v", did, err)
	}
	close(end)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, defect := range []func(context.Context) error{func(context.Context) error { panic("x") }, func(context.Context) error { return errors.New("x") }} {
		if did, err := (processes.Round{Name: "slow", Do: defect}).Turn(t.Context(), pool); !did || err == nil {
			t.Errorf("a defect: %t, %v", did, err)
		}
	}
}

// A round that fails has its next turn; all end with the context.
func TestRoundsGoOn(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	var failed, done atomic.Int32
	err := processes.RunRounds(ctx, pool, slog.New(slog.DiscardHandler),
		processes.Round{Name: "failing", Every: time.Millisecond, Do: func(context.Context) error { failed.Add(1); return errors.New("x") }},
		processes.Round{Name: "counting", Every: time.Millisecond, Do: func(context.Context) error {
			if done.Add(1); done.Load() >= 3 && failed.Load() >= 2 {
				cancel()
			}
			return nil
		}})
	if err != nil {
		t.Error(err)
	}
}
