package stack

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"qbank/commands"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/projections/delivery"
	"qbank/projections/reissues"
)

// A node looks again after Trusted, but where much is overruled and a look takes long, it spends a share of the time on it at most; what it is told of
// it looks at at once all the same.
const (
	lookShare  = 20 // one in so many
	longTrust  = time.Second
	askTimeout = 5 * time.Second
)

// The bounds of what a node keeps in mind of overrides.
const (
	cachedEnvironments = 1_000
	cachedTombstones   = 1_000 // organisations of an environment whose list is kept
)

// overrides keeps what overrules releases, by environment. Mostly there is nothing, and then all it costs is to look that up.
type overrides struct {
	reissues *reissues.Reader
	delivery *delivery.Reader
	live     *live
	now      func() int64 // microseconds
	known    *lru.Cache[string, *overruling]
	asking   singleflight.Group
	changed  changed
}

// changed is when something was last known to have changed: what was asked for before is not trusted any more.
type changed struct{ atomic.Int64 }

func (c *changed) now() { c.Store(time.Now().UnixNano()) }

func (c *changed) since(asked time.Time) bool { return asked.UnixNano() <= c.Load() }

// overruling is what was read a moment ago, and what it comes to until a window begins or ends.
type overruling struct {
	read   reissues.InForce
	gives  map[uuid.UUID][]int // the versions that each reissue gives by now, in the order of its pins
	at     time.Time
	trust  time.Duration // how long it goes without another look
	force  *inForce      // nil: nothing
	before int64         // microseconds: force holds until then
}

func newOverrides(r *reissues.Reader, d *delivery.Reader, l *live, now func() int64) (*overrides, error) {
	known, err := lru.New[string, *overruling](cachedEnvironments)
	return &overrides{reissues: r, delivery: d, live: l, now: now, known: known}, err
}

// InForce is a snapshot of what overrules releases now. It is used for a moment without asking whether the read model has moved; windows begin and end
// to the microsecond all the same.
func (o *overrides) InForce(ctx context.Context, environment string) (commands.InForce, error) {
	now := o.now()
	known, ok := o.known.Get(environment)
	if !ok || time.Since(known.at) >= known.trust || now >= known.before || o.changed.since(known.at) {
		fresh, err, _ := o.asking.Do(environment, func() (any, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout) // whoever asks first may give up
			defer cancel()
			return o.ask(ctx, environment, now)
		})
		if err != nil {
			return nil, err
		}
		known = fresh.(*overruling)
	}
	if known.force == nil {
		return nil, nil
	}
	return known.force, nil
}

// Forget makes the next look find what the read model has by now.
func (o *overrides) Forget(environment string) {
	o.changed.now()
	o.asking.Forget(environment) // who asked before may have been told before
}

func (o *overrides) ask(ctx context.Context, environment string, now int64) (*overruling, error) {
	begun := time.Now()
	read, err := o.reissues.InForce(ctx, environment, now)
	if err != nil {
		return nil, err
	}
	fresh := &overruling{read: read, at: begun, before: math.MaxInt64}
	if fresh.gives, err = o.gives(ctx, read.Reissues); err != nil {
		return nil, err
	}
	if last, ok := o.known.Get(environment); ok && now < last.before && !o.changed.since(last.at) && last.same(fresh) {
		fresh.force, fresh.before = last.force, last.before
	} else if fresh.force, fresh.before, err = o.compile(ctx, environment, fresh, now); err != nil {
		return nil, err
	}
	fresh.trust = min(max(Trusted, lookShare*time.Since(begun)), longTrust)
	o.known.Add(environment, fresh)
	return fresh, nil
}

// gives reads which versions reissues give: errata follow what was asked for.
func (o *overrides) gives(ctx context.Context, list []reissues.Reissue) (map[uuid.UUID][]int, error) {
	if len(list) == 0 {
		return nil, nil
	}
	ids := make([]uuid.UUID, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	return o.delivery.Reissued(ctx, ids)
}

// same reports whether what was read comes to what it came to before.
func (k *overruling) same(fresh *overruling) bool {
	if k.force != nil && len(k.force.down) > 0 {
		return false // a version that was given meanwhile may bring back a view that was gone
	}
	return slices.EqualFunc(k.read.Reissues, fresh.read.Reissues, func(a, b reissues.Reissue) bool { return a.ID == b.ID && a.Revision == b.Revision }) &&
		slices.Equal(k.read.Takedowns, fresh.read.Takedowns) && maps.EqualFunc(k.gives, fresh.gives, slices.Equal[[]int])
}

// compile makes the snapshot of an instant, and says until when it holds.
func (o *overrides) compile(ctx context.Context, in string, known *overruling, now int64) (*inForce, int64, error) {
	read := known.read
	f := &inForce{questions: map[uuid.UUID][]*given{}, down: map[uuid.UUID]map[int]reissues.Takedown{}, views: map[content.Hash][]*given{}}
	before := int64(math.MaxInt64)
	for _, r := range read.Reissues { // those granted last first
		if r.From > now {
			before = min(before, r.From)
			continue
		}
		if r.Until <= now {
			continue
		}
		before = min(before, r.Until)
		if err := o.give(ctx, f, r, known.gives[r.ID]); err != nil { // what it gives cannot be served yet: another read model is behind
			before = min(before, now+Trusted.Microseconds())
		}
	}
	for _, t := range read.Takedowns {
		if f.down[t.Question] == nil {
			f.down[t.Question] = map[int]reissues.Takedown{}
		}
		if _, known := f.down[t.Question][t.Version]; !known { // they come in the order of their ids
			f.down[t.Question][t.Version] = t
		}
	}
	if len(f.questions)+len(f.down) == 0 {
		return nil, before, nil
	}
	if len(f.down) == 0 {
		return f, before, nil
	}
	return f, before, o.bury(ctx, in, f)
}

// give adds a reissue with the versions of its pins.
func (o *overrides) give(ctx context.Context, f *inForce, r reissues.Reissue, versions []int) error {
	if len(versions) != len(r.Pins) {
		return fmt.Errorf("reissue %s is not known to what is delivered yet", r.ID)
	}
	g := &given{id: r.ID, org: r.Org, lesson: r.Lesson, students: set(r.Audience.Students), classes: set(r.Audience.Classes),
		sessions: set(r.Audience.Sessions), courses: set(r.Audience.Courses), versions: map[placed]int{}}
	views := make([]content.Hash, len(r.Pins))
	for i, pin := range r.Pins {
		place, err := o.live.Place(ctx, pin.Question, versions[i])
		if err != nil {
			return err
		}
		views[i] = place.Public
	}
	f.roster = f.roster || len(g.classes)+len(g.courses) > 0
	f.given = append(f.given, g)
	g.told = commands.Given{Reissue: r.ID, Lesson: r.Lesson, Until: r.Until}
	for i, pin := range r.Pins {
		if !slices.Contains(g.told.Questions, pin.Question) {
			g.told.Questions = append(g.told.Questions, pin.Question)
		}
		g.versions[placed{pin.Slot, pin.Question}] = versions[i]
		if list := f.questions[pin.Question]; len(list) == 0 || list[len(list)-1] != g {
			f.questions[pin.Question] = append(list, g)
		}
		f.views[views[i]] = append(f.views[views[i]], g)
	}
	return nil
}

// bury finds out which public views what is down may take along, and for whom.
func (o *overrides) bury(ctx context.Context, in string, f *inForce) error {
	questions := slices.Collect(maps.Keys(f.down))
	var err error
	if f.holders, err = o.delivery.Holders(ctx, environment.Name(in), questions); err != nil {
		return err
	}
	f.tombstones, err = lru.New[string, []commands.Tombstone](cachedTombstones)
	return err
}
