package notices_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/reissue"
	"qbank/internal/notices"
	"qbank/projections/reissues"
)

// log is notices of a test's own.
type log struct {
	mu   sync.Mutex
	list []reissues.Notice
	in   reissue.Reached
}

func (l *log) Notices(_ context.Context, after int64, limit int) (found []reissues.Notice, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.list {
		if n.Position > after && len(found) < limit {
			found = append(found, n)
		}
	}
	return found, nil
}

func (l *log) Newest(context.Context, int) (newest, oldest int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.list); n > 0 {
		return l.list[n-1].Position, l.list[n-1].Position, nil
	}
	return 0, 0, nil
}

func (l *log) Audience(context.Context, access.Scope, reissue.Audience) (reissue.Reached, error) {
	return l.in, nil
}

func (l *log) add(n reissues.Notice) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	n.Position, n.Data = int64(len(l.list)+1), json.RawMessage(`{}`)
	l.list = append(l.list, n)
	return n.Position
}

func begin(t *testing.T, l *log, o notices.Options) *notices.Hub {
	t.Helper()
	o.Tick, o.Breath = time.Millisecond, time.Microsecond
	hub := notices.New(l, l, func(context.Context, int64) error { return nil }, o)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- hub.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return hub
}

func subscribe(t *testing.T, hub *notices.Hub, l notices.Listener, seen int64) *notices.Subscription {
	t.Helper()
	s, err := hub.Subscribe(t.Context(), l, seen)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func next(t *testing.T, s *notices.Subscription) int64 {
	t.Helper()
	select {
	case m := <-s.C:
		return m.Position
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came")
		return 0
	}
}

func TestEveryNoticeReachesThoseItIsFor(t *testing.T) {
	t.Parallel()
	ann, bo := uuid.New(), uuid.New()
	l := &log{in: reissue.Reached{Members: []reissue.Member{{Student: ann}}}}
	l.add(reissues.Notice{Kind: reissues.TakenDown}) // before anybody was there
	hub := begin(t, l, notices.Options{})
	listeners := map[string]*notices.Subscription{}
	for name, who := range map[string]notices.Listener{
		"ann": {Environment: "prod", Org: "acme", Student: ann}, "bo": {Environment: "prod", Org: "acme", Student: bo},
		"part": {Environment: "prod", Org: "acme/math", Student: bo}, "dev": {Environment: "dev", Org: "acme", Student: ann}, "other": {Environment: "prod", Org: "other", Student: bo},
	} {
		listeners[name] = subscribe(t, hub, who, 0)
	}
	l.add(reissues.Notice{Environment: "prod", Org: "acme", Kind: reissues.Reissued, Audience: &reissue.Audience{}}) // 2: ann
	l.add(reissues.Notice{Environment: "prod", Org: "acme/math", Kind: reissues.ReleaseChanged})                     // 3: acme and below
	l.add(reissues.Notice{Environment: "dev", Kind: reissues.ReleaseChanged})                                        // 4: dev
	l.add(reissues.Notice{Kind: reissues.TakenDown})                                                                 // 5: everybody
	l.add(reissues.Notice{Environment: "prod", Org: "acme/math", Below: true, Kind: reissues.ConfigChanged})         // 6: acme/math and below
	l.add(reissues.Notice{Kind: reissues.TakenDown})                                                                 // 7: everybody
	for name, want := range map[string][]int64{"ann": {2, 3, 5, 7}, "bo": {3, 5, 7}, "part": {3, 5, 6, 7}, "dev": {4, 5, 7}, "other": {5, 7}} {
		for _, position := range want {
			if got := next(t, listeners[name]); got != position {
				t.Errorf("%s hears %d, want %d", name, got, position)
			}
		}
	}
}

func TestASlowListenerHoldsUpNobodyAndIsToldSo(t *testing.T) {
	t.Parallel()
	l := &log{}
	hub := begin(t, l, notices.Options{Buffer: 2})
	who := notices.Listener{Environment: "prod", Org: "acme"}
	slow, quick := subscribe(t, hub, who, 0), subscribe(t, hub, who, 0)
	for n := range int64(6) {
		l.add(reissues.Notice{Kind: reissues.TakenDown})
		if got := next(t, quick); got != n+1 {
			t.Fatalf("the quick one hears %d after %d", got, n)
		}
	}
	if next(t, slow) != 1 || next(t, slow) != 2 || !slow.Lagged() || slow.Lagged() || quick.Lagged() {
		t.Error("the slow one is not told what it lost")
	}
}

func TestSoMuchIsRemembered(t *testing.T) {
	t.Parallel()
	l := &log{}
	hub := begin(t, l, notices.Options{History: 3})
	who := notices.Listener{Environment: "prod", Org: "acme", Student: uuid.New()}
	there := subscribe(t, hub, who, 0)
	for range 5 {
		l.add(reissues.Notice{Kind: reissues.TakenDown})
		next(t, there)
	}
	for seen, want := range map[int64]int{0: -1, 1: -1, 2: 3, 4: 1, 5: 0, 6: -1, 1 << 60: -1} {
		s := subscribe(t, hub, who, seen)
		if s.Resumed != (want >= 0) || len(s.Missed) != max(want, 0) || s.Since != 5 {
			t.Errorf("who saw %d gets %d, resumed %v, since %d", seen, len(s.Missed), s.Resumed, s.Since)
		}
	}
}

func TestConnectionsAreCounted(t *testing.T) {
	t.Parallel()
	hub := begin(t, &log{}, notices.Options{Each: 1, Most: 2})
	ann, bo, cy := notices.Listener{Student: uuid.New()}, notices.Listener{Student: uuid.New()}, notices.Listener{Student: uuid.New()}
	s := subscribe(t, hub, ann, 0)
	if _, err := hub.Subscribe(t.Context(), ann, 0); !fault.Is(err, "events.too_many") {
		t.Error(err)
	}
	subscribe(t, hub, bo, 0)
	if _, err := hub.Subscribe(t.Context(), cy, 0); !fault.Is(err, "events.full") {
		t.Error(err)
	}
	s.Close()
	s.Close() // once
	if hub.Connected() != 1 {
		t.Errorf("%d are connected", hub.Connected())
	}
	last := subscribe(t, hub, ann, 0)
	hub.End()
	if _, more := <-last.C; more || hub.Connected() != 0 {
		t.Error("a subscription outlives the hub")
	}
}
