package watch

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
)

// States says how things are, each in a text that is another one when the thing is; a thing that is not there has none.
type States func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error)

// Poll looks at what is watched under a topic, until ctx ends, and tells of what is not as it was. What is watched anew is told of once:
// it may have changed before the first look.
func (h *Hub) Poll(ctx context.Context, topic string, every time.Duration, states States, log *slog.Logger) {
	known := map[uuid.UUID]string{}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		ids := h.Watched(topic)
		if len(ids) == 0 {
			clear(known)
			continue
		}
		now, err := states(ctx, ids)
		if err != nil {
			if ctx.Err() == nil {
				log.WarnContext(ctx, "what is watched cannot be looked at", "topic", topic, "error", err)
			}
			continue
		}
		seen := make(map[uuid.UUID]string, len(ids))
		for _, id := range ids {
			seen[id] = now[id]
			if before, looked := known[id]; !looked || before != now[id] {
				h.Tell(topic, id)
			}
		}
		known = seen
	}
}
