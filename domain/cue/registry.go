package cue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Registry finds plugins by name. A nil registry knows none. It is immutable and safe for concurrent use.
type Registry struct {
	all    []*Plugin // by name and version
	byRef  map[string]*Plugin
	newest map[string]*Plugin
}

// NewRegistry collects plugins.
func NewRegistry(plugins ...*Plugin) *Registry {
	r := &Registry{all: slices.Clone(plugins), byRef: map[string]*Plugin{}, newest: map[string]*Plugin{}}
	slices.SortFunc(r.all, func(a, b *Plugin) int {
		return cmp.Or(cmp.Compare(a.ref.ID, b.ref.ID), compareVersions(a.ref.Version, b.ref.Version))
	})
	for _, p := range r.all {
		r.byRef[p.ref.String()], r.newest[p.ref.ID] = p, p
	}
	return r
}

// Find returns the plugin that "question@1.0.0" or, for the newest version, "question" names, with its whole name; nil where there
// is none.
func (r *Registry) Find(name string) (*Plugin, string) {
	if r == nil {
		return nil, ""
	}
	p := r.byRef[name]
	if p == nil {
		p = r.newest[name]
	}
	if p == nil {
		return nil, ""
	}
	return p, p.ref.String()
}

// All lists every plugin by name and version.
func (r *Registry) All() []*Plugin {
	if r == nil {
		return nil
	}
	return slices.Clone(r.all)
}

// compareVersions orders 1.2.10 behind 1.2.9; Compile has seen to it that they are three numbers.
func compareVersions(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		m, _ := strconv.Atoi(x)
		n, _ := strconv.Atoi(y)
		return cmp.Compare(m, n)
	})
}
