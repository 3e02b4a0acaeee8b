package graphql

import (
	"context"
	"sync"

	"qbank/domain/fault"
)

// streams counts what each caller has open on this node.
type streams struct {
	most int
	mu   sync.Mutex
	open map[string]int
}

// enter implements engine.Config.Stream.
func (s *streams) enter(ctx context.Context) (leave func(), err error) {
	actor := requestOf(ctx).actor
	who := actor.Scope.Org + "\x00" + actor.ID
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[who] >= s.most {
		return nil, fault.Refuse(fault.Limit, "streams.too_many", fault.Say("%d streams are open already; close some", "已打开 %d 个事件流，请先关闭一些", s.most)).
			With("limit", s.most)
	}
	s.open[who]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.open[who]--; s.open[who] == 0 {
			delete(s.open, who)
		}
	}, nil
}
