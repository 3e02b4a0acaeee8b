package observations_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/release"
	"qbank/domain/release/guard"
	"qbank/domain/roster"
	"qbank/internal/pgtest"
	"qbank/observations"
)

var (
	lesson    = uuid.MustParse("00000000-0000-4000-8000-000000000001")
	candidate = release.Served{Release: uuid.MustParse("00000000-0000-4000-8000-00000000000c"), Lesson: lesson, Org: "school/math", Version: 2}
	baseline  = release.Served{Release: uuid.MustParse("00000000-0000-4000-8000-00000000000b"), Lesson: lesson, Org: "school/math", Version: 1}
	quiet     = slog.New(slog.NewTextHandler(io.Discard, nil))
)

// noon is on the hour, so that some minutes later are the same hour.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// watch is a recorder with a clock of the test's.
type watch struct {
	*observations.Recorder
	*observations.Reader
	pool    *pgxpool.Pool
	t       *testing.T
	now     time.Time
	metrics *prometheus.Registry
	n       int
}

func newWatch(t *testing.T, change ...func(*observations.Options)) *watch {
	return watchOn(t, pgtest.New(t), change...)
}

func watchOn(t *testing.T, pool *pgxpool.Pool, change ...func(*observations.Options)) *watch {
	t.Helper()
	w := &watch{pool: pool, t: t, now: noon, metrics: prometheus.NewRegistry(), Reader: observations.NewReader(pool)}
	o := observations.Options{Logger: quiet, Registerer: w.metrics, Now: func() time.Time { return w.now }}
	for _, f := range change {
		f(&o)
	}
	var err error
	if w.Recorder, err = observations.NewRecorder(pool, o); err != nil {
		t.Fatal(err)
	}
	return w
}

func student(id string) access.Actor {
	return access.Actor{ID: id, Scope: access.Scope{Org: "school", Environment: "prod"}, Device: access.Device{Platform: "iOS", AppVersion: "5.9"}}
}

func (w *watch) report(kind observations.Kind, of release.Served, cause observations.Cause, took int64) observations.Report {
	w.n++
	return observations.Report{ID: fmt.Sprint("r", w.n), Kind: kind, Lesson: of.Lesson, Release: of.Release, Cause: cause, Took: took, At: w.now.UnixMicro()}
}

func (w *watch) flush() {
	w.t.Helper()
	if err := w.Flush(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *watch) arms(since time.Time) observations.Arms {
	return observations.Arms{Environment: "prod", Lessons: []uuid.UUID{lesson}, Release: candidate.Release, Since: since.UnixMicro(), Beside: since.UnixMicro()}
}

func (w *watch) samples(since time.Time) (c, b guard.Sample) {
	w.t.Helper()
	w.flush()
	c, b, err := w.Samples(w.t.Context(), w.arms(since))
	if err != nil {
		w.t.Fatal(err)
	}
	return c, b
}

// dropped is the counter of what was dropped.
func (w *watch) dropped(why string) (n float64) {
	w.t.Helper()
	families, err := w.metrics.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == "qbank_observations_dropped_total" && m.GetLabel()[0].GetValue() == why {
				n += m.GetCounter().GetValue()
			}
		}
	}
	return n
}

func counts(s guard.Sample) [6]int64 {
	return [6]int64{s.Served, s.Loads, s.LoadFailures, s.Answers, s.AnswerErrors, s.Ready.Count()}
}

func TestAStudentCountsOnceHoweverMuchADeviceSays(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	for range 50 {
		w.Served(student("ann"), candidate)
	}
	w.Served(student("bo"), candidate)
	w.Served(student("cy"), baseline)
	for range 20 {
		w.Report(student("ann"), []observations.Report{w.report(observations.Failed, candidate, observations.Network, 0)})
	}
	w.Report(student("ann"), []observations.Report{w.report(observations.Ready, candidate, "", 900)})
	w.Report(student("bo"), []observations.Report{w.report(observations.Ready, candidate, "", 500), w.report(observations.AnswerError, candidate, observations.Server, 0)})
	w.Answered(student("ann"), candidate)
	w.Answered(student("ann"), candidate)
	c, b := w.samples(noon)
	if counts(c) != [6]int64{2, 2, 1, 2, 1, 2} || counts(b) != [6]int64{1, 0, 0, 0, 0, 0} {
		t.Errorf("the candidate has %v, the baseline %v", counts(c), counts(b))
	}
	if c.Ready[guard.Bucket(900)] != 1 || c.Ready[guard.Bucket(500)] != 1 {
		t.Errorf("times %v", c.Ready)
	}
	// Sums count what happened.
	tallies, err := w.Tallies(t.Context(), access.Scope{Org: "school", Environment: "prod"}, observations.Span{Lesson: lesson, From: noon.UnixMicro(), Until: noon.UnixMicro() + 1})
	if err != nil || len(tallies) != 2 {
		t.Fatalf("%+v, %v", tallies, err)
	}
	got := tallies[0]
	if got.Version != 2 || got.Platform != "ios" || got.Served != 51 || got.Ready != 2 || got.Failed != 20 || got.FailedBecause[observations.Network] != 20 ||
		got.Answered != 2 || got.AnswerErrors != 1 || got.ErrorsBecause[observations.Server] != 1 || got.Times.Count() != 2 {
		t.Errorf("%+v", got)
	}
	causes, of, err := w.Causes(t.Context(), w.arms(noon.Add(30*time.Minute))) // of the whole hour
	if err != nil || causes[observations.Failed][observations.Network] != 20 || causes[observations.AnswerError][observations.Server] != 1 || len(of[observations.Failed]) != 0 {
		t.Errorf("%v, %v, %v", causes, of, err)
	}
}

func TestTheSameReportCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.Served(student("ann"), candidate)
	w.Served(student("bo"), candidate)
	same := w.report(observations.Failed, candidate, observations.Timeout, 0)
	again := func(who string) { w.Report(student(who), []observations.Report{same, same}) }
	again("ann")
	w.flush()
	again("ann")
	other := watchOn(t, w.pool) // another node
	other.Report(student("ann"), []observations.Report{same})
	other.flush()
	again("bo") // the id is each device's own
	w.flush()
	w.now = w.now.Add(6 * 24 * time.Hour) // late, and sent again
	if err := observations.Expire(t.Context(), w.pool, w.now); err != nil {
		t.Fatal(err)
	}
	again("ann")
	w.flush()
	causes, _, err := w.Causes(t.Context(), w.arms(noon))
	if err != nil || causes[observations.Failed][observations.Timeout] != 2 {
		t.Errorf("%v, %v", causes, err)
	}
}

// What nobody was served, nobody can report: neither of a release made up, nor of one that another student got, in another environment.
func TestAReportNeedsAManifest(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.Served(student("ann"), baseline)
	elsewhere := student("ann")
	elsewhere.Scope.Environment = "test"
	for who, said := range map[*access.Actor]observations.Report{
		new(student("ann")): w.report(observations.Failed, candidate, observations.Script, 0),
		new(student("bo")):  w.report(observations.Failed, baseline, observations.Script, 0),
		&elsewhere:          w.report(observations.Failed, baseline, observations.Script, 0),
	} {
		if n, waiting := w.Report(*who, []observations.Report{said}); n != 0 || waiting != 1 {
			t.Errorf("%d are taken, %d wait", n, waiting)
		}
	}
	for range 3 {
		c, b := w.samples(noon)
		if c.Loads+b.Loads != 0 || b.Served != 1 {
			t.Errorf("%+v, %+v", c, b)
		}
	}
	if n := w.dropped("not_served"); n != 3 {
		t.Errorf("%v are dropped", n)
	}
	// Another node served the manifest and writes it a moment later.
	other := watchOn(t, w.pool)
	w.Report(student("cy"), []observations.Report{w.report(observations.Ready, candidate, "", 100)})
	w.flush()
	other.Served(student("cy"), candidate)
	other.flush()
	if c, _ := w.samples(noon); c.Loads != 1 {
		t.Errorf("%+v", c)
	}
}

func TestPseudoLoginLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	eyes := student("support")
	eyes.ActingFor = "ann"
	w.Served(eyes, candidate)
	w.Answered(eyes, candidate)
	if n, waiting := w.Report(eyes, []observations.Report{w.report(observations.Failed, candidate, observations.Other, 0)}); n+waiting != 0 {
		t.Error("a report is taken")
	}
	w.flush()
	for _, table := range []string{"exposures", "reports", "observation_hours"} {
		var n int
		if err := w.pool.QueryRow(t.Context(), "select count(*) from "+table).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s has %d, %v", table, n, err)
		}
	}
	var nobody *observations.Recorder
	nobody.Served(student("ann"), candidate)
	nobody.Answered(student("ann"), candidate)
	nobody.Report(student("ann"), nil)
}

// Who was served a release is known at once where it was served, and everywhere when it is written.
func TestWhoWasServedARelease(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	other := watchOn(t, w.pool)
	ann := roster.PersonOf("ann")
	lessons := []uuid.UUID{uuid.New(), lesson}
	is := func(here, written bool) {
		t.Helper()
		there, err := other.Reader.Gave(t.Context(), "prod", lessons, candidate.Release, ann)
		if err != nil || w.Recorder.Gave("prod", candidate.Release, ann) != here || there != written || other.Recorder.Gave("prod", candidate.Release, ann) {
			t.Errorf("want %t here, %t written: %t, %v", here, written, there, err)
		}
	}
	is(false, false)
	eyes := student("support")
	eyes.ActingFor = "ann"
	w.Served(eyes, candidate)
	w.Served(student("ann"), baseline)
	is(false, false)
	w.Served(student("ann"), candidate)
	is(true, false)
	if err := w.WriteWhatHurries(t.Context()); err != nil {
		t.Fatal(err)
	}
	is(true, true)
	for name, c := range map[string]struct {
		environment string
		lessons     []uuid.UUID
		release     uuid.UUID
		person      uuid.UUID
	}{
		"another environment": {"dev", lessons, candidate.Release, ann}, "another lesson": {"prod", lessons[:1], candidate.Release, ann},
		"another release": {"prod", lessons, uuid.New(), ann}, "another person": {"prod", lessons, candidate.Release, roster.PersonOf("bo")},
	} {
		if gave, err := w.Reader.Gave(t.Context(), c.environment, c.lessons, c.release, c.person); err != nil || gave {
			t.Errorf("%s: %t, %v", name, gave, err)
		}
	}
	for name, gave := range map[string]bool{"another environment": w.Recorder.Gave("dev", candidate.Release, ann), "another person": w.Recorder.Gave("prod", candidate.Release, uuid.New())} {
		if gave {
			t.Errorf("%s is remembered", name)
		}
	}
}

// A student whose line there was no room for was served it all the same.
func TestWhatIsDroppedWasServed(t *testing.T) {
	t.Parallel()
	w := newWatch(t, func(o *observations.Options) { o.Room = 1 })
	for _, name := range []string{"ann", "bo"} {
		w.Served(student(name), candidate)
		if !w.Recorder.Gave("prod", candidate.Release, roster.PersonOf(name)) {
			t.Errorf("%s is forgotten", name)
		}
	}
	if w.dropped("exposures") != 1 {
		t.Error("nothing was dropped")
	}
}

// What counts is what happened since the step began, of each arm.
func TestOnlyWhatHappenedSinceCounts(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.Served(student("ann"), candidate)
	w.Report(student("ann"), []observations.Report{w.report(observations.Failed, candidate, observations.Script, 0)})
	w.flush()
	w.now = w.now.Add(time.Hour)
	step := w.now
	if c, _ := w.samples(step); counts(c) != [6]int64{} {
		t.Errorf("%+v", c)
	}
	late := w.report(observations.Failed, candidate, observations.Script, 0)
	late.At = step.Add(-time.Minute).UnixMicro() // it happened before
	w.Report(student("ann"), []observations.Report{late})
	w.Served(student("ann"), candidate)
	w.Report(student("ann"), []observations.Report{w.report(observations.Ready, candidate, "", 300)})
	if c, _ := w.samples(step); counts(c) != [6]int64{1, 1, 0, 0, 0, 1} {
		t.Errorf("%+v", c)
	}
	w.now = w.now.Add(10 * time.Minute)
	w.Served(student("ann"), candidate) // a new step: who comes again is there again
	if c, _ := w.samples(step.Add(6 * time.Minute)); c.Served != 1 || c.Loads != 0 {
		t.Errorf("%+v", c)
	}
}

// Answers come by thousands a second: who gave one can wait, who is served cannot, for reports are held against it.
func TestWhoOnlyAnsweredIsWrittenSeldom(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.Answered(student("ann"), candidate)
	w.Answered(student("bo"), candidate)
	w.Served(student("bo"), candidate)
	if err := w.WriteWhatHurries(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c, _, err := w.Samples(t.Context(), w.arms(noon)); err != nil || c.Served != 1 || c.Answers != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	w.Report(student("bo"), []observations.Report{w.report(observations.AnswerError, candidate, observations.Server, 0)})
	if err := w.WriteWhatHurries(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c, _, err := w.Samples(t.Context(), w.arms(noon)); err != nil || c.Answers != 2 || c.AnswerErrors != 1 {
		t.Errorf("an error among the answers: %+v, %v", c, err)
	}
}

func TestDownloadsOfAVersion(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	for n := range 7 {
		w.Served(student(fmt.Sprint("s", n)), baseline)
	}
	twice := baseline
	twice.Release = uuid.New() // the same version released again
	w.Served(student("s1"), twice)
	w.flush()
	for _, c := range []struct {
		org, environment string
		version, want    int
	}{{"school", "prod", 1, 7}, {"school/math", "prod", 1, 7}, {"school/mathe", "prod", 1, 0}, {"scho", "prod", 1, 0}, {"school", "test", 1, 0}, {"school", "prod", 2, 0}} {
		if n, err := w.Count(t.Context(), access.Scope{Org: c.org, Environment: c.environment}, lesson, c.version); err != nil || n != c.want {
			t.Errorf("%+v: %d, %v", c, n, err)
		}
	}
	for _, scope := range []access.Scope{{Org: "other", Environment: "prod"}, {Org: "school", Environment: "test"}} {
		if list, err := w.Tallies(t.Context(), scope, observations.Span{Lesson: lesson, Until: noon.Add(time.Hour).UnixMicro()}); err != nil || len(list) != 0 {
			t.Errorf("%v sees %v, %v", scope, list, err)
		}
	}
}

// However much comes, so much is kept and no more, and what is too much is counted.
func TestAFloodIsBounded(t *testing.T) {
	t.Parallel()
	w := newWatch(t, func(o *observations.Options) { o.Room = 100 })
	for n := range 1000 {
		w.Served(student(fmt.Sprint("s", n)), candidate)
	}
	taken := 0
	for n := range 50 {
		list := make([]observations.Report, 10)
		for i := range list {
			list[i] = w.report(observations.Ready, candidate, "", 100)
		}
		counts, _ := w.Report(student(fmt.Sprint("s", n)), list)
		taken += counts
	}
	if taken != 100 || w.dropped("exposures") != 900 || w.dropped("reports") != 400 {
		t.Errorf("%d taken, dropped %v and %v", taken, w.dropped("exposures"), w.dropped("reports"))
	}
	c, _ := w.samples(noon)
	if c.Served != 100 || c.Loads != 10 {
		t.Errorf("%+v", c)
	}
	// One student cannot fill what others need.
	taken = 0
	for range 30 {
		list := make([]observations.Report, 90)
		for i := range list {
			list[i] = w.report(observations.Ready, candidate, "", 100)
		}
		counts, _ := w.Report(student("s1"), list)
		taken += counts
		w.flush()
	}
	if taken != 990 {
		t.Errorf("%d of one student are taken", taken)
	}
	w.now = w.now.Add(time.Hour)
	if n, _ := w.Report(student("s1"), []observations.Report{w.report(observations.Ready, candidate, "", 100)}); n != 1 {
		t.Error("nothing is taken in the next hour")
	}
}

// Nodes that write at once neither wait for each other for ever nor lose anything.
func TestNodesWriteAtOnce(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	nodes := []*watch{watchOn(t, pool), watchOn(t, pool), watchOn(t, pool)}
	const students = 200
	var all sync.WaitGroup
	for k, w := range nodes {
		all.Go(func() {
			for n := range students {
				who := student(fmt.Sprint("s", (n*(k+1)*7)%students))
				w.Served(who, candidate)
				w.Report(who, []observations.Report{{ID: fmt.Sprint(k, "-", n), Kind: observations.Ready, Lesson: lesson, Release: candidate.Release, Took: 10, At: noon.UnixMicro()}})
				if n%20 == 0 {
					if err := w.Flush(context.Background()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	for _, w := range nodes {
		w.flush()
	}
	tallies, err := nodes[0].Tallies(t.Context(), access.Scope{Org: "school", Environment: "prod"}, observations.Span{Lesson: lesson, Until: noon.Add(time.Hour).UnixMicro()})
	if err != nil || len(tallies) != 1 || tallies[0].Served != 3*students || tallies[0].Ready != 3*students {
		t.Errorf("%+v, %v", tallies, err)
	}
}

// What could not be written is written later; what is left at the end is written then.
func TestWhatIsTakenIsWritten(t *testing.T) {
	t.Parallel()
	w := newWatch(t, func(o *observations.Options) { o.Every = time.Hour })
	w.Served(student("ann"), candidate)
	w.Report(student("ann"), []observations.Report{w.report(observations.Ready, candidate, "", 100)})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Flush(ended); err == nil {
		t.Fatal("it was written without a database")
	}
	if c, _, err := w.Samples(t.Context(), w.arms(noon)); err != nil || c.Served != 0 {
		t.Fatalf("%+v, %v", c, err)
	}
	w.Served(student("bo"), candidate)
	if err := w.Run(ended); err != nil {
		t.Fatal(err)
	}
	if c, _, err := w.Samples(t.Context(), w.arms(noon)); err != nil || c.Served != 2 || c.Loads != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestWhatIsOldExpires(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.Served(student("ann"), candidate)
	w.Report(student("ann"), []observations.Report{w.report(observations.Ready, candidate, "", 100)})
	w.flush()
	count := func(table string) (n int) {
		if err := w.pool.QueryRow(t.Context(), "select count(*) from "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, c := range []struct {
		days                     int
		reports, exposures, sums int
	}{{13, 1, 1, 2}, {15, 0, 1, 2}, {181, 0, 0, 2}, {367, 0, 0, 0}} {
		if err := observations.Expire(t.Context(), w.pool, noon.Add(time.Duration(c.days)*24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if count("reports") != c.reports || count("exposures") != c.exposures || count("observation_hours") != c.sums {
			t.Errorf("after %d days: %d, %d, %d", c.days, count("reports"), count("exposures"), count("observation_hours"))
		}
	}
}

func TestReportsThatCannotBe(t *testing.T) {
	t.Parallel()
	now := noon.UnixMicro()
	good := observations.Report{ID: "a", Kind: observations.Ready, Lesson: lesson, Release: candidate.Release, Took: 10, At: now}
	if err := good.Check(now); err != nil {
		t.Error(err)
	}
	for at, change := range map[string]func(*observations.Report){
		"/id":         func(r *observations.Report) { r.ID = "" },
		"/kind":       func(r *observations.Report) { r.Kind = "exploded"; r.Cause, r.Took = observations.Other, 0 },
		"/lesson":     func(r *observations.Report) { r.Lesson = uuid.Nil },
		"/release":    func(r *observations.Report) { r.Release = uuid.Nil },
		"/cause":      func(r *observations.Report) { r.Cause = observations.Network },
		"/took":       func(r *observations.Report) { r.Took = observations.MaxTook + 1 },
		"/event_mono": func(r *observations.Report) { r.At = now - observations.MaxLate - 1 },
	} {
		bad := good
		change(&bad)
		err := bad.Check(now)
		if !fault.Is(err, "telemetry.invalid") || len(fault.Of(err).Problems) != 1 || fault.Of(err).Problems[0].Pointer != at {
			t.Errorf("%s: %v", at, err)
		}
	}
	failed := observations.Report{ID: "a b", Kind: observations.Failed, Lesson: lesson, Release: candidate.Release, Cause: "bad luck", Took: 5, At: now + 1}
	if f := fault.Of(failed.Check(now)); f == nil || len(f.Problems) != 4 {
		t.Errorf("%v", f)
	}
}
