package delivery

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"qbank/domain/fault"
)

// readiness keeps students away until the read models that they are served from are there. What was ready once stays so: a read model that falls behind or stands
// still later goes on serving what it has.
type readiness struct {
	ask   func(context.Context) error // nil: always ready
	is    atomic.Bool
	mu    sync.Mutex // of who asks
	asked time.Time
}

const (
	askEvery    = 100 * time.Millisecond // however many students wait at the door
	askPatience = 2 * time.Second
)

// check refuses with "server.starting" while it is not so.
func (r *readiness) check(ctx context.Context) error {
	if r.ask == nil || r.is.Load() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch { // as it was found by whoever asked before
	case r.is.Load():
		return nil
	case time.Since(r.asked) < askEvery:
		return starting()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askPatience) // whoever asks first may give up
	defer cancel()
	err := r.ask(ctx)
	r.asked = time.Now()
	if err != nil {
		return starting().Because(err)
	}
	r.is.Store(true)
	return nil
}

func starting() *fault.Fault {
	return fault.Refuse(fault.Unavailable, "server.starting", fault.Say("the server is starting; try again in a moment", "服务器正在启动，请稍后重试"))
}
