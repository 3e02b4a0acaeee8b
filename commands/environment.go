package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/eventstore"
)

// The bounds of what is remembered of environments.
const (
	cachedRegistries = 1000
	// registryTrusted is how long a node may not know that an environment was created or retired elsewhere.
	registryTrusted = 500 * time.Millisecond
)

type registryCache struct {
	known *lru.Cache[string, knownRegistry] // by root organisation
}

type knownRegistry struct {
	environment.Registry
	at time.Time
}

func newRegistryCache() (*registryCache, error) {
	known, err := lru.New[string, knownRegistry](cachedRegistries)
	if err != nil {
		return nil, fmt.Errorf("make the cache of environments: %w", err)
	}
	return &registryCache{known}, nil
}

// Environments reads which environments an organisation has; what it knows may be half a second old. It checks no permission.
func (b *Bus) Environments(ctx context.Context, org string) (environment.Registry, error) {
	root := environment.Root(org)
	if known, ok := b.registries.known.Get(root); ok && time.Since(known.at) < registryTrusted {
		return known.Registry, nil
	}
	begin := time.Now() // what is written while it is read may be missing
	recorded, err := b.Log.ReadStream(ctx, environment.RegistryOf(root), eventstore.Range{})
	if err != nil {
		return environment.Registry{}, fmt.Errorf("read environments: %w", err)
	}
	registry, err := fold(b.Codec, environment.Registry{}, recorded)
	if err == nil {
		b.registries.known.Add(root, knownRegistry{registry, begin})
	}
	return registry, err
}

// takes refuses an environment in which nothing new may begin: it does not exist, or is retired.
func (w *Work) takes(ctx context.Context, name environment.Name) (environment.Declared, error) {
	registry, err := w.Environments(ctx, w.Actor.Scope.Org)
	if err != nil {
		return environment.Declared{}, err
	}
	return registry.Open(name)
}

// giver is the actor with what is the actor's to give of some environments: also what the same person has created. One that the organisation has not is
// refused: a typo would give none, and say nothing.
func (w *Work) giver(ctx context.Context, names []environment.Name) (access.Actor, error) {
	by := w.Actor
	registry, err := w.Environments(ctx, by.Scope.Org)
	for _, name := range names {
		if err == nil {
			err = name.Check()
		}
		if err == nil {
			_, err = registry.Open(name)
		}
		if registry.MadeBy(name, by.Person()) {
			by.Manages = append(slices.Clip(by.Manages), string(name))
		}
	}
	return by, err
}

// registry lets the environments of the actor's organisation decide. Only those of the root of an organisation may change them: they are everybody's
// below it.
func (w *Work) registry(ctx context.Context, seen int, decision func(environment.Registry) ([]event.Event, error)) error {
	org := w.Actor.Scope.Org
	if org == "" || strings.Contains(org, "/") {
		return fault.Refuse(fault.Denied, "environment.not_root", fault.Say("environments are kept by the uppermost organisation, %s", "环境由顶级组织 %s 管理",
			environment.Root(org)))
	}
	defer w.registries.known.Remove(org)
	return decide(ctx, w, environment.RegistryOf(org), func(r environment.Registry) ([]event.Event, error) {
		events, err := decision(r)
		if err != nil || len(events) == 0 {
			return nil, err
		}
		return events, fresh(seen, r.Revision)
	})
}
