package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Options of a run.
type Options struct {
	Program string    // the qbank to measure; it is also the baseline's server
	Cache   string    // folder for what is worth keeping between runs
	Only    []string  // names of figures; none: all but those that take long
	Quick   bool      // shorter and fewer rounds: to see that it works, not to quote
	Log     io.Writer // what is being done
}

// measure is one piece of work and the figures it gives.
type measure struct {
	figures   []string
	long      bool // only when it is named
	authoring bool // of `make bench-authoring`
	run       func(context.Context, *run) ([]Figure, error)
}

// measures is the list of all, in the order of the table.
var measures = []measure{
	{figures: []string{"append_vs_batch", "append_vs_single", "append_p99_ms"}, run: measureAppend},
	{figures: []string{"answers_http", "answers_http_p99_ms"}, run: measureAnswers},
	{figures: []string{"answers_http_1ms", "answers_http_1ms_p99_ms"}, run: measureAnswersSlowDisk},
	{figures: []string{"catchup_catalog"}, run: measureCatalog},
	{figures: []string{"catchup_items"}, run: measureItems},
	{figures: []string{"manifest_200", "manifest_304"}, run: measureManifest},
	{figures: []string{"manifest_new_student"}, run: measureNewStudents},
	{figures: []string{"release_eval_ns", "release_eval"}, run: measureEvaluation},
	{figures: []string{"reissue_seconds", "reissue_vs_fanout"}, run: measureReissue},
	{figures: []string{"graphql_list"}, run: measureGraphQL},
	{figures: []string{"import_gift", "import_peak_mb"}, run: measureImport},
	{figures: []string{"start_seconds"}, long: true, run: measureStart},
	{figures: []string{"list_p50", "list_p99_ms"}, long: true, authoring: true, run: measureLooks("list")},
	{figures: []string{"search_p50", "search_p99_ms"}, long: true, authoring: true, run: measureLooks("search")},
	{figures: []string{"facet_p99_ms"}, long: true, authoring: true, run: measureFacets},
	{figures: []string{"blueprint_seconds", "blueprint_vs_scan"}, long: true, authoring: true, run: measureBlueprint},
}

// Names lists every figure.
func Names() []string {
	var names []string
	for _, m := range measures {
		names = append(names, m.figures...)
	}
	return names
}

// Authoring lists the figures about the authors' work on a full bank, which take long.
func Authoring() []string {
	var names []string
	for _, m := range measures {
		if m.authoring {
			names = append(names, m.figures...)
		}
	}
	return names
}

// run is one run under way.
type run struct {
	Options
	dir      string // of this run, removed at its end
	cluster  *cluster
	warm     time.Duration // of a round, not counted
	span     time.Duration // of a round
	rounds   int
	lastName int
}

// Run measures. A figure that cannot be measured does not hold up the others; the error says why.
func Run(ctx context.Context, o Options) (figures []Figure, err error) {
	chosen, err := choose(o.Only)
	if err != nil {
		return nil, err
	}
	r := &run{Options: o, warm: 500 * time.Millisecond, span: 3 * time.Second, rounds: 5}
	if o.Quick {
		r.warm, r.span, r.rounds = 200*time.Millisecond, time.Second, 3
	}
	if r.dir, err = os.MkdirTemp("", "qbank-bench-"); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.dir)) }()
	if err := os.Chmod(r.dir, 0o711); err != nil { // PostgreSQL may run as another user
		return nil, err
	}
	defer r.stopCluster()
	r.sayBusy()
	var failures []error
	for _, m := range chosen {
		began := time.Now()
		r.say("%s …", strings.Join(m.figures, ", "))
		got, err := m.run(ctx, r)
		if ctx.Err() != nil {
			return figures, ctx.Err()
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("measure %s: %w", m.figures[0], err))
			continue
		}
		figures = append(figures, slices.DeleteFunc(got, func(f Figure) bool { return len(o.Only) > 0 && !slices.Contains(o.Only, f.Name) })...)
		r.say("  %.1f s", time.Since(began).Seconds())
	}
	return figures, errors.Join(failures...)
}

// choose finds the measures that give the named figures.
func choose(only []string) (chosen []measure, err error) {
	for _, name := range only {
		if !slices.Contains(Names(), name) {
			return nil, fmt.Errorf("there is no figure %q; there are %s", name, strings.Join(Names(), ", "))
		}
	}
	for _, m := range measures {
		if len(only) == 0 && !m.long || slices.ContainsFunc(m.figures, func(name string) bool { return slices.Contains(only, name) }) {
			chosen = append(chosen, m)
		}
	}
	return chosen, nil
}

// sayBusy warns where other programs want the processors too. Turns share that burden evenly; but a side with many processes, such as
// the baselines' PostgreSQL, gets more of a crowded machine than one with few, so ratios are then lower than they should be.
func (r *run) sayBusy() {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return // not Linux
	}
	var load float64
	if _, err := fmt.Sscan(string(text), &load); err == nil && load > float64(runtime.NumCPU()) {
		r.say("The machine is busy (load %.1f on %d processors): do not quote this run.", load, runtime.NumCPU())
	}
}

func (r *run) say(format string, args ...any) { fmt.Fprintf(r.Log, format+"\n", args...) }

// file is the path of a file of this run.
func (r *run) file(name string) string { return filepath.Join(r.dir, name) }
