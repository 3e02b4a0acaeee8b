package bench

import (
	"context"
	_ "embed"
	"fmt"
	"path/filepath"
	"time"

	"qbank/domain/access"
	"qbank/internal/keyring"
	"qbank/internal/localpg"
)

// library is a large school's: 100,000 questions of five versions each.
var library = history{questions: 100_000, versions: 5, file: filed, lessons: 10_000}

// authors is how many look at the same time.
const authors = 16

//go:embed requests.lua
var requestsLua string

// desk is a served library, and a bare server on the same database.
type desk struct {
	*run
	qbank, bare *server
	bearer      string
}

// openDesk serves the library.
func (r *run) openDesk(ctx context.Context) (d *desk, shut func(), err error) {
	if err := r.open(ctx); err != nil { // rounds begin with a checkpoint of the bench's own cluster
		return nil, nil, err
	}
	data, err := r.prepared(ctx, "authoring", library)
	if err != nil {
		return nil, nil, err
	}
	var running []*server
	stop := func() {
		for i := len(running) - 1; i >= 0; i-- {
			running[i].stop()
		}
	}
	defer func() {
		if err != nil {
			stop()
		}
	}()
	d = &desk{run: r}
	if d.qbank, err = r.serve(ctx, "authoring", "serve", "--data-dir", data, "--query-budget", "0", "--log-level", "warn"); err != nil {
		return nil, nil, err
	}
	running = append(running, d.qbank)
	keys, err := keyring.Open(data)
	if err != nil {
		return nil, nil, err
	}
	author := access.Actor{ID: "author", Roles: []access.Role{access.Author}, Scope: place}
	if d.bearer, err = keys.Signer().Mint(author, time.Now(), 6*time.Hour); err != nil {
		return nil, nil, err
	}
	url, up, err := localpg.Running(ctx, filepath.Join(data, "postgres"))
	if err != nil || !up {
		return nil, nil, fmt.Errorf("find the PostgreSQL of the library: %w", err)
	}
	if d.bare, err = r.serve(ctx, "bare", "bench-baseline", "--database", url); err != nil {
		return nil, nil, err
	}
	running = append(running, d.bare)
	return d, stop, nil
}

// measureLooks compares what authors look at with the bare SQL for it: the worst of a group of looks.
func measureLooks(group string) func(context.Context, *run) ([]Figure, error) {
	return func(ctx context.Context, r *run) ([]Figure, error) {
		d, shut, err := r.openDesk(ctx)
		if err != nil {
			return nil, err
		}
		defer shut()
		var worst, slowest Figure
		for _, l := range looks {
			if l.group != group {
				continue
			}
			if err := d.checkSame(ctx, l); err != nil {
				return nil, err
			}
			medians, err := r.compare(ctx, side{"bare " + l.name, d.ask(l, d.bare)}, side{l.name, d.ask(l, d.qbank)})
			if err != nil {
				return nil, err
			}
			bare, qbank := medians[0], medians[1]
			p50 := times(group+"_p50", "ms", milliseconds(qbank.p50), milliseconds(bare.p50), "the best bare SQL, the worst of all: "+l.name, 3)
			if worst.Ratio == nil || *p50.Ratio > *worst.Ratio {
				worst = p50
			}
			if p99 := bound(group+"_p99_ms", "ms", milliseconds(qbank.p99), 100); p99.Value > slowest.Value {
				slowest = p99
				slowest.against = "the worst of all: " + l.name
			}
		}
		return []Figure{worst, slowest}, nil
	}
}

// measureFacets looks at the slowest of the facets.
func measureFacets(ctx context.Context, r *run) ([]Figure, error) {
	d, shut, err := r.openDesk(ctx)
	if err != nil {
		return nil, err
	}
	defer shut()
	slowest := bound("facet_p99_ms", "ms", 0, 100)
	for _, l := range looks {
		if l.group != "facet" {
			continue
		}
		if err := d.checkSame(ctx, l); err != nil {
			return nil, err
		}
		medians, err := r.compare(ctx, side{l.name, d.ask(l, d.qbank)})
		if err != nil {
			return nil, err
		}
		if p99 := milliseconds(medians[0].p99); p99 > slowest.Value {
			slowest.Value, slowest.against = p99, "the worst of all: "+l.name
		}
	}
	return []Figure{slowest}, nil
}

// ask puts the load of the authors on one of the servers.
func (d *desk) ask(l look, from *server) func(context.Context) (sample, error) {
	return func(ctx context.Context) (sample, error) {
		var lines []string
		for n := range l.different() {
			path, body, err := l.request(n, from == d.bare)
			if err != nil {
				return sample{}, err
			}
			lines = append(lines, path+" "+string(body)+"\n")
		}
		file := d.file("requests")
		if err := writeLines(file, lines); err != nil {
			return sample{}, err
		}
		got, err := d.wrk(ctx, load{url: from.base, connections: authors, script: requestsLua, args: []string{file, d.bearer}})
		return got.sample(), err
	}
}

// checkSame makes sure that both sides answer the same, and the door without errors.
func (d *desk) checkSame(ctx context.Context, l look) error {
	for n := range l.different() {
		var answers [2][]byte
		for i, from := range []*server{d.bare, d.qbank} {
			if from == d.bare && l.sql == "" {
				continue
			}
			path, body, err := l.request(n, from == d.bare)
			if err != nil {
				return err
			}
			if answers[i], err = post(ctx, from.base+path, d.bearer, body); err != nil {
				return err
			}
		}
		if err := l.same(answers[0], answers[1]); err != nil {
			return err
		}
	}
	return nil
}
