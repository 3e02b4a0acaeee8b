package apikeys_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/apikey"
	"qbank/domain/environment"
	"qbank/domain/erasure"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/eventstore"
	"qbank/internal/apikeys"
	"qbank/internal/pgtest"
	"qbank/internal/stack"
)

var (
	admin = access.Actor{ID: "boss", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: "school", Environment: "prod"}}
	here  = netip.MustParseAddr("10.0.0.1")
)

// counting counts how often the log is asked.
type counting struct {
	*commands.Bus
	n    atomic.Int64
	fail bool
}

func (c *counting) APIKey(ctx context.Context, id uuid.UUID) (apikey.Key, error) {
	c.n.Add(1)
	if c.fail {
		return apikey.Key{}, errors.New("the log is away")
	}
	return c.Bus.APIKey(ctx, id)
}

type house struct {
	*stack.Stack
	t      *testing.T
	source *counting
	keys   *apikeys.Keys
	now    time.Time
}

func open(t *testing.T) *house {
	t.Helper()
	s, err := stack.Open(t.Context(), pgtest.New(t), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	h := &house{Stack: s, t: t, source: &counting{Bus: s.Commands}, now: time.Now()}
	h.keys = h.node()
	return h
}

// node is the keys of another process.
func (h *house) node() *apikeys.Keys {
	h.t.Helper()
	keys, err := apikeys.New(h.source, h.Pool, apikeys.Options{Now: func() time.Time { return h.now }})
	if err != nil {
		h.t.Fatal(err)
	}
	return keys
}

func (h *house) create(change ...func(*commands.CreateAPIKey)) (id uuid.UUID, key string) {
	h.t.Helper()
	c := commands.CreateAPIKey{Title: "CRM", Roles: []access.Role{access.Support}, Environments: []environment.Name{"prod"}, Expires: h.now.Add(time.Hour),
		Show: func(k string) { key = k }}
	for _, f := range change {
		f(&c)
	}
	done, err := h.Commands.Do(h.t.Context(), admin, c)
	if err != nil {
		h.t.Fatal(err)
	}
	return done.ID, key
}

func (h *house) refused(keys *apikeys.Keys, key, code string) {
	h.t.Helper()
	if actor, err := keys.Verify(h.t.Context(), key, here, ""); !fault.Is(err, code) || actor.ID != "" {
		h.t.Errorf("%.12s…: %+v, %v, want %s", key, actor, err, code)
	}
}

func (h *house) accepted(keys *apikeys.Keys, key string) {
	h.t.Helper()
	actor, err := keys.Verify(h.t.Context(), key, here, "")
	if err != nil || actor.Roles[0] != access.Support || actor.Scope != (access.Scope{Org: "school", Environment: "prod"}) || actor.ID != "key:"+key[4:12] {
		h.t.Errorf("%+v, %v", actor, err)
	}
}

func TestAKeySpeaksForWhatItWasMadeFor(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, key := h.create()
	h.accepted(h.keys, key)
	// A wrong secret and a prefix that was never given are refused with the same words.
	wrong := key[:13] + strings.Repeat("A", 43)
	never := "qbk_aaaaaaaa_" + key[13:]
	_, a := h.keys.Verify(t.Context(), wrong, here, "")
	_, b := h.keys.Verify(t.Context(), never, here, "")
	if !fault.Is(a, "api_key.refused") || a.Error() != b.Error() {
		t.Errorf("%v, %v", a, b)
	}
	for _, raw := range []string{"", "qbk_", key + "x", key[:40], strings.ToUpper(key), "qbk_\x00\x00\x00\x00\x00\x00\x00\x00_" + key[13:]} {
		h.refused(h.keys, raw, "api_key.refused")
	}
	if _, err := h.keys.Verify(t.Context(), key, here, "test"); !fault.Is(err, "access.environment") {
		t.Errorf("another environment: %v", err)
	}
	_, bound := h.create(func(c *commands.CreateAPIKey) { c.Networks = []string{"192.0.2.0/24"} })
	h.refused(h.keys, bound, "api_key.network")
	if _, err := h.keys.Verify(t.Context(), bound, netip.MustParseAddr("192.0.2.9"), ""); err != nil {
		t.Error(err)
	}
	h.now = h.now.Add(2 * time.Hour)
	h.refused(h.keys, key, "api_key.expired")
	h.refused(h.keys, wrong, "api_key.refused") // whoever does not have the key learns nothing of it
}

func TestARevokedKeyIsRefusedHereAtOnceAndElsewhereWithinSeconds(t *testing.T) {
	t.Parallel()
	h := open(t)
	other := h.node()
	id, key := h.create()
	h.accepted(h.keys, key)
	h.accepted(other, key)
	if _, err := h.Commands.Do(t.Context(), admin, commands.RevokeAPIKey{Key: id, Reason: "lost"}); err != nil {
		t.Fatal(err)
	}
	h.keys.Forget(id)
	h.refused(h.keys, key, "api_key.refused")
	h.now = h.now.Add(5 * time.Second)
	h.refused(other, key, "api_key.refused")
}

func TestTheLogIsAskedSeldom(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, key := h.create()
	for range 50 {
		h.accepted(h.keys, key)
		h.refused(h.keys, "qbk_aaaaaaaa_"+key[13:], "api_key.refused")
	}
	if n := h.source.n.Load(); n != 2 {
		t.Errorf("the log was asked %d times", n)
	}
	h.source.fail, h.now = true, h.now.Add(time.Minute)
	if _, err := h.keys.Verify(t.Context(), key, here, ""); err == nil || fault.Of(err) != nil {
		t.Errorf("without the log: %v", err)
	}
}

func TestTheLastUseIsKnownToTheMinute(t *testing.T) {
	t.Parallel()
	h := open(t)
	id, key := h.create()
	used := func() int64 {
		t.Helper()
		uses, err := h.keys.LastUsed(t.Context(), []uuid.UUID{id, uuid.New()})
		if err != nil {
			t.Fatal(err)
		}
		return uses[id]
	}
	if used() != 0 {
		t.Error("it was used before it was used")
	}
	h.now = time.Now().Truncate(time.Second)
	first := h.now.UnixMicro()
	for range 12 {
		h.accepted(h.keys, key)
		if used() != first {
			t.Fatalf("%d, want %d", used(), first)
		}
		h.now = h.now.Add(5 * time.Second)
	}
	h.accepted(h.keys, key)
	if used() != first+time.Minute.Microseconds() {
		t.Errorf("%d is not a minute later than %d", used(), first)
	}
}

// A key ends with what its maker was granted: not before that is all gone, and not for lack of what was never granted here.
func TestAKeyEndsWithItsMaker(t *testing.T) {
	t.Parallel()
	h := open(t)
	maker := access.Actor{ID: uuid.NewString(), Roles: admin.Roles, Scope: admin.Scope}
	person := uuid.MustParse(maker.ID)
	key := func() (raw string) {
		t.Helper()
		c := commands.CreateAPIKey{Title: "CRM", Roles: []access.Role{access.Support}, Environments: []environment.Name{"prod"}, Expires: h.now.Add(time.Hour),
			Show: func(k string) { raw = k }}
		if _, err := h.Commands.Do(t.Context(), maker, c); err != nil {
			t.Fatal(err)
		}
		return raw
	}
	do := func(c commands.Command) {
		t.Helper()
		if _, err := h.Commands.Do(t.Context(), admin, c); err != nil {
			t.Fatal(err)
		}
		h.now = h.now.Add(5 * time.Second)
	}
	first := key()
	h.accepted(h.keys, first) // what a token says was not granted here
	do(commands.GrantRole{Person: person, Role: access.Author})
	do(commands.GrantRole{Person: person, Role: access.Support, Org: "school/math"})
	do(commands.GrantRole{Person: person, Role: access.Analyst})
	do(commands.RevokeRole{Person: person, Role: access.Author, Reason: "other work"})
	h.accepted(h.keys, first)
	do(commands.RevokeRole{Person: person, Role: access.Analyst, Reason: "left"})
	h.refused(h.keys, first, "api_key.orphaned")
	second := key() // by what an identity provider says of them, since
	h.accepted(h.keys, second)
	do(commands.GrantRole{Person: person, Role: access.Author})
	h.accepted(h.keys, first)
	e := eventOf(t, h, erasure.Begun{Org: "school", Person: person, Reason: "asked for it"})
	if _, err := h.Store.Append(t.Context(), eventstore.Append{Stream: erasure.Stream(person), Events: []eventstore.Event{e}}); err != nil {
		t.Fatal(err)
	}
	h.now = h.now.Add(5 * time.Second)
	h.refused(h.keys, first, "api_key.orphaned")
	h.refused(h.keys, second, "api_key.orphaned")
}

func eventOf(t *testing.T, h *house, e event.Event) eventstore.Event {
	t.Helper()
	name, version, data, err := h.Commands.Codec.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	return eventstore.Event{ID: uuid.New(), Type: name, SchemaVersion: version, Data: data}
}
