package ratelimit

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"qbank/domain/fault"
)

// Class is a kind of request that is bounded by itself.
type Class string

// The classes.
const (
	SignIn    Class = "sign-in"   // by address: a page of the sign-in
	Failed    Class = "failed"    // by address: a token, a cookie or a key that is not good, or none where one is needed
	Open      Class = "open"      // by address: what needs nobody to be known
	Queries   Class = "queries"   // by actor: a request at the authors' door
	Mutations Class = "mutations" // by actor: a change there
	Answers   Class = "answers"   // by actor: a request at the student door
)

// Limit is a token bucket.
type Limit struct {
	PerSecond float64 // refill; 0: the class is not bounded
	Burst     int     // at once
}

// Defaults are generous to whoever is known and strict to those who guess.
var Defaults = map[Class]Limit{
	SignIn:    {PerSecond: 5, Burst: 60},
	Failed:    {PerSecond: 5, Burst: 100},
	Open:      {PerSecond: 100, Burst: 1000},
	Queries:   {PerSecond: 50, Burst: 300},
	Mutations: {PerSecond: 20, Burst: 200},
	Answers:   {PerSecond: 50, Burst: 500},
}

// Parse reads limits such as {"answers": "50/500", "queries": "off"} over the defaults: a second, and at once. The class "all" is every one.
func Parse(written map[string]string) (map[Class]Limit, error) {
	limits := maps.Clone(Defaults)
	set := func(class Class, text string) error {
		limit, err := parse(text)
		if _, known := Defaults[class]; err != nil || !known {
			return fault.Refuse(fault.Invalid, "rate.setting", fault.Say("the limit %.40s=%.40s cannot be read; it looks like answers=50/500 (a second, and at once), or answers=off; the classes are %s, and all",
				"无法识别限流设置 %.40s=%.40s；应类似 answers=50/500（每秒次数/突发次数）或 answers=off；类别有 %s 以及 all", string(class), text, names()))
		}
		limits[class] = limit
		return nil
	}
	if text, all := written["all"]; all { // before the others, which are more exact
		for class := range Defaults {
			if err := set(class, text); err != nil {
				return nil, err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		if name == "all" {
			continue
		}
		if err := set(Class(name), written[name]); err != nil {
			return nil, err
		}
	}
	return limits, nil
}

func parse(text string) (Limit, error) {
	if text == "off" {
		return Limit{}, nil
	}
	perSecond, burst, _ := strings.Cut(text, "/")
	r, err := strconv.ParseFloat(perSecond, 64)
	if err != nil || !(r > 0 && r <= 1e6) {
		return Limit{}, fmt.Errorf("rate %q", perSecond)
	}
	b, err := strconv.Atoi(burst)
	if err != nil || b < 1 || b > 1e6 {
		return Limit{}, fmt.Errorf("burst %q", burst)
	}
	return Limit{r, b}, nil
}

func names() string {
	var list []string
	for class := range Defaults {
		list = append(list, string(class))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// buckets bounds the memory of a class: some 25 MB at worst.
const buckets = 100_000

// Options of limits.
type Options struct {
	Limits  map[Class]Limit       // nil: Defaults
	Proxies []netip.Prefix        // whose X-Forwarded-For is believed
	Metrics prometheus.Registerer // nil: none
	Now     func() time.Time      // nil: the machine's clock
}

// Limits bounds requests. It is safe for concurrent use.
type Limits struct {
	classes map[Class]*class
	proxies []netip.Prefix
	now     func() time.Time
}

type class struct {
	limit     Limit
	actors    *lru.Cache[string, *rate.Limiter]
	addresses *lru.Cache[netip.Addr, *rate.Limiter]
	refused   prometheus.Counter
}

// New makes limits.
func New(o Options) (*Limits, error) {
	if o.Limits == nil {
		o.Limits = Defaults
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "qbank_rate_limited_total", Help: "Requests refused for coming too often, by class."},
		[]string{"class"})
	if o.Metrics != nil {
		if err := o.Metrics.Register(refused); err != nil {
			return nil, fmt.Errorf("register the metrics of limits: %w", err)
		}
	}
	l := &Limits{classes: map[Class]*class{}, proxies: o.Proxies, now: o.Now}
	for name, limit := range o.Limits {
		if limit.PerSecond == 0 {
			continue
		}
		c := &class{limit: limit, refused: refused.WithLabelValues(string(name))}
		var err error
		if c.actors, err = lru.New[string, *rate.Limiter](buckets); err == nil {
			c.addresses, err = lru.New[netip.Addr, *rate.Limiter](buckets)
		}
		if err != nil {
			return nil, fmt.Errorf("make the buckets: %w", err)
		}
		l.classes[name] = c
	}
	return l, nil
}

// Actor takes a token of an actor's bucket. Where it is empty, the fault is "rate.limited"; its detail retry_after says how many whole seconds
// to wait.
func (l *Limits) Actor(name Class, id string) error {
	if l == nil {
		return nil
	}
	c, bounded := l.classes[name]
	if !bounded {
		return nil
	}
	return c.take(bucket(c.actors, id, c.limit), l.now())
}

// Address takes a token of the bucket of the address that a request comes from.
func (l *Limits) Address(name Class, r *http.Request) error {
	if l == nil {
		return nil
	}
	c, bounded := l.classes[name]
	if !bounded {
		return nil
	}
	return c.take(bucket(c.addresses, network(l.From(r)), c.limit), l.now())
}

// network is what is bounded together: of IPv6, the 64 bits of a network, within which one device has as many addresses as it likes.
func network(a netip.Addr) netip.Addr {
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}

func bucket[K comparable](known *lru.Cache[K, *rate.Limiter], key K, limit Limit) *rate.Limiter {
	if b, found := known.Get(key); found {
		return b
	}
	fresh := rate.NewLimiter(rate.Limit(limit.PerSecond), limit.Burst)
	if first, found, _ := known.PeekOrAdd(key, fresh); found { // two came at once: one bucket for both
		return first
	}
	return fresh
}

func (c *class) take(b *rate.Limiter, now time.Time) error {
	if b.AllowN(now, 1) {
		return nil
	}
	c.refused.Inc()
	missing := 1 - b.TokensAt(now)
	wait := max(1, int(math.Ceil(missing/c.limit.PerSecond)))
	return fault.Refuse(fault.Limit, "rate.limited", fault.Say("too many requests; try again in %d s", "请求过于频繁，请 %d 秒后重试", wait)).With(RetryAfter, wait)
}

// RetryAfter is the detail of the fault that says how many seconds to wait.
const RetryAfter = "retry_after"

// Seconds is what the header Retry-After says for a refusal; "" where it is no refusal of a limit.
func Seconds(err error) string {
	if f := fault.Of(err); f != nil {
		if wait, given := f.Details[RetryAfter].(int); given {
			return strconv.Itoa(wait)
		}
	}
	return ""
}
