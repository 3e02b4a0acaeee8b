package stack

import (
	"context"
	"strconv"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"qbank/domain/access"
	"qbank/domain/hotconfig"
	"qbank/projections/configs"
)

// cachedConfigs bounds the organisations and environments whose configuration a node keeps.
const cachedConfigs = 1_000

// hotConfigs keeps what clients are configured by, per node. A change is noticed as late as a release is, see Trusted, and at once by those who were told
// of it.
type hotConfigs struct {
	*configs.Reader
	known   *lru.Cache[access.Scope, configSnapshot]
	asking  singleflight.Group
	changed changed
}

type configSnapshot struct {
	*hotconfig.Snapshot
	at time.Time // when it was asked for
}

func newConfigs(r *configs.Reader) (*hotConfigs, error) {
	known, err := lru.New[access.Scope, configSnapshot](cachedConfigs)
	return &hotConfigs{Reader: r, known: known}, err
}

// Snapshot returns what holds for a scope.
func (h *hotConfigs) Snapshot(ctx context.Context, scope access.Scope) (*hotconfig.Snapshot, error) {
	s, known := h.known.Get(scope)
	if known && time.Since(s.at) < Trusted && !h.changed.since(s.at) {
		return s.Snapshot, nil
	}
	// Who asks after a change does not wait for the answer to who asked before.
	found, err, _ := h.asking.Do(scope.Environment+"\x00"+scope.Org+"\x00"+strconv.FormatInt(h.changed.Load(), 36), func() (any, error) {
		begun := time.Now()
		// Whoever asks first may give up; the others still want to know.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		fresh, err := h.Reader.Snapshot(ctx, scope, s.Snapshot)
		if err == nil {
			h.known.Add(scope, configSnapshot{fresh, begun})
		}
		return fresh, err
	})
	if err != nil {
		return nil, err
	}
	return found.(*hotconfig.Snapshot), nil
}
