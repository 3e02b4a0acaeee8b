package stacktest

import (
	"context"
	"errors"
	"testing"
	"time"

	"qbank/internal/stack"
)

// patience is how long the read models of an empty database may take on a machine that is busy.
const patience = time.Minute

// MaxWait is for stack.Options: whoever waits for what was just written waits as long as a machine that is busy may need. What is never written takes all
// of it: such a test has a bound of its own.
const MaxWait = 30 * time.Second

// Run runs a stack, or a part of it such as its engine alone, until the test ends, and closes the stack then. It returns when the read models can be
// asked: before, a server keeps requests away.
func Run(t testing.TB, s *stack.Stack, run func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		s.Close()
	})
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if err = s.Engine.Ready(ctx); err == nil {
			return
		}
	}
	t.Fatalf("the read models are not ready: %v", err)
}
