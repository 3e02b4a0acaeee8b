package observations

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"qbank/domain/access"
	"qbank/domain/release"
	"qbank/domain/roster"
)

// Options of a recorder; the zero value of a field stands for the value in brackets.
type Options struct {
	Logger     *slog.Logger          // [slog.Default]
	Registerer prometheus.Registerer // of the metrics [none]
	Now        func() time.Time      // [time.Now]
	Every      time.Duration         // between two writings [1 s]
	Room       int                   // of each kind of line, in memory [50,000]
}

// The bounds of what a recorder takes.
const (
	remembered = 100_000         // students who were served something lately
	again      = 5 * time.Minute // until it is written again
	perHour    = 1_000           // reports of one student
	watched    = 50_000          // students whose reports are counted
	batch      = 5_000           // lines of one statement
	tries      = 3               // writings that a report waits for its manifest to be known: another node may have served it
	seldom     = 5               // writings until the one that has who answered: a student in class does every few seconds
)

// Recorder takes observations and writes them. It is safe for concurrent use. A nil one takes nothing.
type Recorder struct {
	pool    *pgxpool.Pool
	options Options
	dropped *prometheus.CounterVec
	written *prometheus.CounterVec

	mu      sync.Mutex
	known   *lru.Cache[student, int64] // when an exposure was last taken, microseconds
	given   *lru.Cache[receipt, struct{}]
	busy    *lru.Cache[who, hourly]
	who     map[student]exposure
	sums    map[sum]int64
	reports []report
	writing sync.Mutex
}

// student is a student who got a release of a lesson.
type student struct {
	org, environment, subject string // as the token says
	lesson, release           uuid.UUID
}

// receipt is that a person was served a release, whichever of its lessons.
type receipt struct {
	environment     string
	release, person uuid.UUID
}

// exposure is what is to be written of a student.
type exposure struct {
	org                string
	version            int
	served, answeredAt int64 // microseconds; 0: not
}

// sum is a line of the sums by the hour.
type sum struct {
	environment, org, platform string
	lesson, release            uuid.UUID
	version                    int
	hour                       int64
	kind                       string
}

// who sends reports.
type who struct{ org, environment, subject string }

type hourly struct {
	hour int64
	n    int
}

// report is a report with who sent it.
type report struct {
	Report
	org, environment, subject, platform, appVersion string
	received                                        int64
	tried                                           int
}

// The kinds of sums beside those of reports.
const (
	served   = "served"
	answered = "answered"
)

// NewRecorder makes a recorder. Run must be called for anything to be written.
func NewRecorder(pool *pgxpool.Pool, o Options) (*Recorder, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Every <= 0 {
		o.Every = time.Second
	}
	if o.Room <= 0 {
		o.Room = 50_000
	}
	r := &Recorder{pool: pool, options: o, who: map[student]exposure{}, sums: map[sum]int64{},
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "qbank_observations_dropped_total", Help: "Observations that were not kept, by why."}, []string{"why"}),
		written: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "qbank_observations_written_total", Help: "Observations written, by kind."}, []string{"kind"})}
	if o.Registerer != nil {
		for _, c := range []prometheus.Collector{r.dropped, r.written} {
			if err := o.Registerer.Register(c); err != nil {
				return nil, fmt.Errorf("register the metrics of observations: %w", err)
			}
		}
	}
	var err error
	if r.known, err = lru.New[student, int64](remembered); err != nil {
		return nil, err
	}
	if r.given, err = lru.New[receipt, struct{}](remembered); err != nil {
		return nil, err
	}
	r.busy, err = lru.New[who, hourly](watched)
	return r, err
}

// Served takes that a student was served a manifest, or was told that the one at hand still holds.
func (r *Recorder) Served(actor access.Actor, what release.Served) {
	if r == nil || actor.ActingFor != "" {
		return
	}
	now := r.options.Now().UnixMicro()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(actor, what, served, now)
	key := keyOf(actor, what)
	if last, known := r.known.Get(key); known && now-last < again.Microseconds() {
		return
	}
	r.given.Add(receipt{key.environment, key.release, roster.PersonOf(key.subject)}, struct{}{})
	if r.expose(key, what, func(e *exposure) { e.served = now }) {
		r.known.Add(key, now)
	}
}

// Gave reports whether this recorder knows that a person was served a manifest of a release lately. What it does not know, [Reader.Gave] may.
func (r *Recorder) Gave(environment string, release, person uuid.UUID) bool {
	return r != nil && r.given.Contains(receipt{environment, release, person})
}

// Answered takes that an answer of a student was recorded, in an attempt at what a release froze.
func (r *Recorder) Answered(actor access.Actor, what release.Served) {
	if r == nil || actor.ActingFor != "" {
		return
	}
	now := r.options.Now().UnixMicro()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(actor, what, answered, now)
	r.expose(keyOf(actor, what), what, func(e *exposure) { e.answeredAt = now })
}

func keyOf(actor access.Actor, what release.Served) student {
	return student{actor.Scope.Org, actor.Scope.Environment, actor.ID, what.Lesson, what.Release}
}

// expose changes what is to be written of a student; it reports whether there was room.
func (r *Recorder) expose(key student, what release.Served, change func(*exposure)) bool {
	e, waiting := r.who[key]
	if !waiting {
		if len(r.who) >= r.options.Room {
			r.drop("exposures", 1)
			return false
		}
		e = exposure{org: what.Org, version: what.Version}
	}
	change(&e)
	r.who[key] = e
	return true
}

func (r *Recorder) add(actor access.Actor, what release.Served, kind string, now int64) {
	key := sum{actor.Scope.Environment, what.Org, platform(actor.Device.Platform), what.Lesson, what.Release, what.Version, hourOf(now), kind}
	if n, waiting := r.sums[key]; waiting || len(r.sums) < r.options.Room {
		r.sums[key] = n + 1
		return
	}
	r.drop("sums", 1)
}

// Report takes what a student's device says, which Check has passed. It returns how many count, and how many wait for it to be known that the student was
// served what they are about: by another node a moment ago, or never. There may not be room for all; those behind are dropped, and may be sent
// again later.
func (r *Recorder) Report(actor access.Actor, list []Report) (accepted, waiting int) {
	if r == nil || actor.ActingFor != "" {
		return 0, 0
	}
	now := r.options.Now().UnixMicro()
	key := who{actor.Scope.Org, actor.Scope.Environment, actor.ID}
	r.mu.Lock()
	defer r.mu.Unlock()
	sent, _ := r.busy.Get(key)
	if sent.hour != hourOf(now) {
		sent = hourly{hour: hourOf(now)}
	}
	room := max(0, min(len(list), r.options.Room-len(r.reports), perHour-sent.n))
	for _, said := range list[:room] {
		if r.serves(student{key.org, key.environment, key.subject, said.Lesson, said.Release}) {
			accepted++
		} else {
			waiting++
		}
		r.reports = append(r.reports, report{Report: said, org: actor.Scope.Org, environment: actor.Scope.Environment, subject: actor.ID,
			platform: platform(actor.Device.Platform), appVersion: actor.Device.AppVersion, received: now})
	}
	sent.n += room
	r.busy.Add(key, sent)
	r.drop("reports", len(list)-room)
	return accepted, waiting
}

// serves reports whether this recorder knows that a student was served a release of a lesson.
func (r *Recorder) serves(key student) bool {
	_, unwritten := r.who[key]
	return unwritten || r.known.Contains(key)
}

func (r *Recorder) drop(why string, n int) {
	if n > 0 {
		r.dropped.WithLabelValues(why).Add(float64(n))
	}
}

func hourOf(micros int64) int64 { return micros - micros%time.Hour.Microseconds() }
