package ratelimit_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"qbank/domain/fault"
	"qbank/internal/ratelimit"
)

func open(t testing.TB, o ratelimit.Options) *ratelimit.Limits {
	t.Helper()
	l, err := ratelimit.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// In any span of time t, nobody gets more than burst + rate·t through; and whoever keeps to the rate always gets through.
func TestNeverMoreThanBurstAndRate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := ratelimit.Limit{PerSecond: rapid.Float64Range(0.1, 200).Draw(t, "a second"), Burst: rapid.IntRange(1, 50).Draw(t, "at once")}
		now := time.Unix(1_800_000_000, 0)
		l, err := ratelimit.New(ratelimit.Options{Limits: map[ratelimit.Class]ratelimit.Limit{ratelimit.Answers: limit}, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		var passed []time.Time
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "ms")) * time.Millisecond)
			err := l.Actor(ratelimit.Answers, "wang")
			if err == nil {
				passed = append(passed, now)
				continue
			}
			if !fault.Is(err, "rate.limited") || ratelimit.Seconds(err) == "" || ratelimit.Seconds(err) == "0" {
				t.Fatal(err)
			}
		}
		for i := range passed {
			for j := i; j < len(passed); j++ {
				most := float64(limit.Burst) + limit.PerSecond*passed[j].Sub(passed[i]).Seconds() + 1e-6
				if float64(j-i+1) > most {
					t.Fatalf("%d got through within %v", j-i+1, passed[j].Sub(passed[i]))
				}
			}
		}
		now = now.Add(time.Hour)
		for range 100 {
			if err := l.Actor(ratelimit.Answers, "wang"); err != nil {
				t.Fatalf("one who keeps to the rate: %v", err)
			}
			now = now.Add(time.Duration(float64(time.Second)/limit.PerSecond) + time.Microsecond)
		}
	})
}

func TestEverybodyHasTheirOwnBucket(t *testing.T) {
	t.Parallel()
	one := ratelimit.Limit{PerSecond: 0.001, Burst: 1}
	l := open(t, ratelimit.Options{Limits: map[ratelimit.Class]ratelimit.Limit{ratelimit.Answers: one, ratelimit.Failed: one}})
	for _, id := range []string{"wang", "li"} {
		if err := l.Actor(ratelimit.Answers, id); err != nil {
			t.Error(err)
		}
		if err := l.Actor(ratelimit.Answers, id); !fault.Is(err, "rate.limited") {
			t.Error(err)
		}
	}
	for _, c := range []struct {
		address string
		limited bool
	}{
		{"192.0.2.1:80", false}, {"192.0.2.1:81", true}, {"[::ffff:192.0.2.1]:81", true}, {"192.0.2.2:80", false},
		{"[2001:db8::1]:80", false}, {"[2001:db8::2]:80", true}, {"[2001:db8:0:1::1]:80", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.address
		if err := l.Address(ratelimit.Failed, r); (err != nil) != c.limited {
			t.Errorf("%s: %v", c.address, err)
		}
	}
	if err := l.Actor(ratelimit.Queries, "wang"); err != nil {
		t.Errorf("a class without a limit: %v", err)
	}
	var none *ratelimit.Limits
	if none.Actor(ratelimit.Answers, "x") != nil || none.Address(ratelimit.Failed, httptest.NewRequest(http.MethodGet, "/", nil)) != nil {
		t.Error("no limits refuse")
	}
}

// Many at once get no more than one after the other.
func TestTogether(t *testing.T) {
	t.Parallel()
	l := open(t, ratelimit.Options{Limits: map[ratelimit.Class]ratelimit.Limit{ratelimit.Answers: {PerSecond: 0.001, Burst: 10}}})
	var passed atomic.Int64
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for range 20 {
				if l.Actor(ratelimit.Answers, "wang") == nil {
					passed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if passed.Load() != 10 {
		t.Errorf("%d got through", passed.Load())
	}
}

func TestWhereARequestComesFrom(t *testing.T) {
	t.Parallel()
	proxies, err := ratelimit.ParseProxies([]string{"10.0.0.0/8", "192.0.2.7"})
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, ratelimit.Options{Proxies: proxies})
	for name, c := range map[string]struct {
		peer    string
		headers []string
		want    string
	}{
		"no proxy":                       {"203.0.113.9:1", nil, "203.0.113.9"},
		"a header nobody vouches for":    {"203.0.113.9:1", []string{"198.51.100.1"}, "203.0.113.9"},
		"one proxy":                      {"10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"two proxies":                    {"10.0.0.1:1", []string{"198.51.100.1, 10.2.2.2"}, "198.51.100.1"},
		"what the client wrote itself":   {"10.0.0.1:1", []string{"1.2.3.4, 198.51.100.1"}, "198.51.100.1"},
		"two lines":                      {"10.0.0.1:1", []string{"1.2.3.4", "198.51.100.1, 192.0.2.7"}, "198.51.100.1"},
		"nonsense before the proxy":      {"10.0.0.1:1", []string{"1.2.3.4, nonsense"}, "10.0.0.1"},
		"a proxy that says nothing":      {"10.0.0.1:1", nil, "10.0.0.1"},
		"an IPv6 client, written mapped": {"10.0.0.1:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"no address at all":              {"pipe", nil, "invalid IP"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		r.Header["X-Forwarded-For"] = c.headers
		if got := l.From(r).String(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if _, err := ratelimit.ParseProxies([]string{"10.0.0.0/99"}); !fault.Is(err, "proxies.setting") {
		t.Error(err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	got, err := ratelimit.Parse(map[string]string{"all": "off", "answers": "2.5/7"})
	if err != nil || got[ratelimit.Answers] != (ratelimit.Limit{PerSecond: 2.5, Burst: 7}) || got[ratelimit.Queries] != (ratelimit.Limit{}) || len(got) != len(ratelimit.Defaults) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := ratelimit.Parse(nil); err != nil || fmt.Sprint(got) != fmt.Sprint(ratelimit.Defaults) {
		t.Errorf("%v, %v", got, err)
	}
	for name, text := range map[string]string{"cows": "1/1", "answers": "", "queries": "1", "open": "-1/1", "failed": "NaN/1", "sign-in": "1/0", "mutations": "1e9/1"} {
		if _, err := ratelimit.Parse(map[string]string{name: text}); !fault.Is(err, "rate.setting") {
			t.Errorf("%s=%s: %v", name, text, err)
		}
	}
}

func TestRefusalsAreCounted(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	l := open(t, ratelimit.Options{Limits: map[ratelimit.Class]ratelimit.Limit{ratelimit.Answers: {PerSecond: 0.001, Burst: 1}}, Metrics: registry})
	for range 3 {
		_ = l.Actor(ratelimit.Answers, "wang")
	}
	families, err := registry.Gather()
	if err != nil || len(families) != 1 || families[0].GetMetric()[0].GetCounter().GetValue() != 2 {
		t.Errorf("%v, %v", families, err)
	}
}

func FuzzFrom(f *testing.F) {
	proxies, err := ratelimit.ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		f.Fatal(err)
	}
	l := open(f, ratelimit.Options{Proxies: proxies})
	f.Add("1.2.3.4, 10.0.0.2")
	f.Add(",,,")
	f.Fuzz(func(t *testing.T, header string) {
		r := &http.Request{RemoteAddr: "10.0.0.1:9", Header: http.Header{"X-Forwarded-For": {header}}}
		if !l.From(r).IsValid() {
			t.Error("the request comes from nowhere")
		}
	})
}

// BenchmarkActor is what a limit costs the path of an answer.
func BenchmarkActor(b *testing.B) {
	l := open(b, ratelimit.Options{Limits: map[ratelimit.Class]ratelimit.Limit{ratelimit.Answers: {PerSecond: 1e6, Burst: 1e6}}})
	ids := make([]string, 1000)
	for i := range ids {
		ids[i] = fmt.Sprint("student-", i)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if l.Actor(ratelimit.Answers, ids[i%len(ids)]) != nil {
				b.Error("refused")
			}
		}
	})
}
