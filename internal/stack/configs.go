package stack

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"qbank/domain/access"
	"qbank/domain/hotconfig"
	"qbank/projections/configs"
)

// cachedConfigs bounds the organisations and environments whose configuration a node keeps.
const cachedConfigs = 1_000

// hotConfigs keeps what clients are configured by, per node. A change is noticed as late as a release is: see Trusted.
type hotConfigs struct {
	*configs.Reader
	known  *lru.Cache[access.Scope, configSnapshot]
	asking singleflight.Group
}

type configSnapshot struct {
	*hotconfig.Snapshot
	at time.Time
}

func newConfigs(r *configs.Reader) (*hotConfigs, error) {
	known, err := lru.New[access.Scope, configSnapshot](cachedConfigs)
	return &hotConfigs{Reader: r, known: known}, err
}

// Snapshot returns what holds for a scope.
func (h *hotConfigs) Snapshot(ctx context.Context, scope access.Scope) (*hotconfig.Snapshot, error) {
	s, known := h.known.Get(scope)
	if known && time.Since(s.at) < Trusted {
		return s.Snapshot, nil
	}
	found, err, _ := h.asking.Do(scope.Environment+"\x00"+scope.Org, func() (any, error) {
		// Whoever asks first may give up; the others still want to know.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		fresh, err := h.Reader.Snapshot(ctx, scope, s.Snapshot)
		if err == nil {
			h.known.Add(scope, configSnapshot{fresh, time.Now()})
		}
		return fresh, err
	})
	if err != nil {
		return nil, err
	}
	return found.(*hotconfig.Snapshot), nil
}
