package apikey_test

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/apikey"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
)

const noon = 1_800_000_000_000_000

var admin = access.Actor{ID: "boss", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: "school", Environment: "prod"}}

func good(change ...func(*apikey.Created)) apikey.Created {
	c := apikey.Created{Prefix: "abcd2345", Hash: "x", Title: "CRM", Org: "school/math", Roles: []access.Role{access.Support},
		Environments: []environment.Name{"prod"}, ExpiresAt: noon + time.Hour.Microseconds()}
	for _, f := range change {
		f(&c)
	}
	return c
}

func TestWhatAKeyMayBe(t *testing.T) {
	t.Parallel()
	author := access.Actor{ID: "a", Roles: []access.Role{access.Author}, Scope: access.Scope{Org: "school"}}
	key := admin
	key.Maker = "boss"
	for name, c := range map[string]struct {
		by     access.Actor
		change func(*apikey.Created)
		code   string
	}{
		"as it should be":        {by: admin, change: func(*apikey.Created) {}},
		"from a network":         {by: admin, change: func(c *apikey.Created) { c.Networks = []string{"10.0.0.0/8", "2001:db8::1"} }},
		"made by a key":          {by: key, change: func(*apikey.Created) {}, code: "access.by_key"},
		"another environment":    {by: admin, change: func(c *apikey.Created) { c.Environments = []environment.Name{"prod", "test"} }, code: "access.not_yours_to_give"},
		"a role not held":        {by: author, change: func(*apikey.Created) {}, code: "access.not_yours_to_give"},
		"another organisation":   {by: admin, change: func(c *apikey.Created) { c.Org = "other" }, code: "not_found"},
		"no path":                {by: admin, change: func(c *apikey.Created) { c.Org = "school//math" }, code: "access.org"},
		"no title":               {by: admin, change: func(c *apikey.Created) { c.Title = "" }, code: "api_key.invalid"},
		"no roles":               {by: admin, change: func(c *apikey.Created) { c.Roles = nil }, code: "api_key.roles"},
		"roles without end":      {by: admin, change: func(c *apikey.Created) { c.Roles = make([]access.Role, 10) }, code: "api_key.roles"},
		"a role that is none":    {by: admin, change: func(c *apikey.Created) { c.Roles = []access.Role{"king"} }, code: "access.role"},
		"expired":                {by: admin, change: func(c *apikey.Created) { c.ExpiresAt = noon }, code: "api_key.expiry"},
		"for ever":               {by: admin, change: func(c *apikey.Created) { c.ExpiresAt = noon + 3*apikey.MaxLife.Microseconds()/2 }, code: "api_key.expiry"},
		"no network":             {by: admin, change: func(c *apikey.Created) { c.Networks = []string{"10.0.0.0/99"} }, code: "api_key.networks"},
		"an address with a zone": {by: admin, change: func(c *apikey.Created) { c.Networks = []string{"fe80::1%eth0"} }, code: "api_key.networks"},
		"networks without end":   {by: admin, change: func(c *apikey.Created) { c.Networks = make([]string, 21) }, code: "api_key.networks"},
		"no environment's name":  {by: admin, change: func(c *apikey.Created) { c.Environments = []environment.Name{"PROD"} }, code: "environment.name"},
	} {
		events, err := apikey.Key{}.Create(c.by, good(c.change), noon)
		if c.code == "" && (err != nil || len(events) != 1) || c.code != "" && (!fault.Is(err, c.code) || events != nil) {
			t.Errorf("%s: %v, %v", name, events, err)
		}
	}
	if _, err := (apikey.Key{}).Apply(good()).Create(admin, good(), noon); !fault.Is(err, "api_key.exists") {
		t.Error(err)
	}
}

func TestAKeyEndsOnce(t *testing.T) {
	t.Parallel()
	k := apikey.Key{}.Apply(good())
	if events, err := k.Revoke(admin, "lost"); err != nil || !reflect.DeepEqual(events, []event.Event{apikey.Revoked{Reason: "lost"}}) {
		t.Errorf("%v, %v", events, err)
	}
	if events, err := k.Apply(apikey.Revoked{}).Revoke(admin, "lost"); err != nil || events != nil {
		t.Errorf("%v, %v", events, err)
	}
	stranger := admin
	stranger.Scope.Org = "other"
	_, theirs := k.Revoke(stranger, "mine")
	_, never := apikey.Key{}.Revoke(admin, "mine")
	if !fault.Is(theirs, "api_key.not_found") || !fault.Is(never, "api_key.not_found") {
		t.Errorf("%v, %v", theirs, never)
	}
	if _, err := k.Revoke(admin, ""); !fault.Is(err, "reason.missing") {
		t.Error(err)
	}
}

func TestWhereAKeyWorks(t *testing.T) {
	t.Parallel()
	k := apikey.Key{}.Apply(good(func(c *apikey.Created) {
		c.Maker = "boss"
		c.Networks = []string{"10.0.0.0/8", "2001:db8::/32"}
	}))
	for address, want := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "11.0.0.1": false, "2001:db8::7": true, "2001:db9::7": false, "fe80::1%eth0": false} {
		if got := k.From(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	if k.From(netip.Addr{}) || !(apikey.Key{}).Apply(good()).From(netip.Addr{}) {
		t.Error("an unknown address is of no network")
	}
	for env, want := range map[environment.Name]string{"": "prod", "prod": "prod", "test": "access.environment"} {
		actor, err := k.Scope(env)
		if fault.Is(err, want) {
			continue
		}
		if err != nil || actor.Scope.Environment != want || actor.ID != "key:abcd2345" || actor.Scope.Org != "school/math" {
			t.Errorf("%q: %+v, %v", env, actor, err)
		}
	}
	if actor, err := k.Scope("prod"); err != nil || actor.Person() != "boss" {
		t.Errorf("it acts for %q, %v", actor.Person(), err)
	}
	two := apikey.Key{}.Apply(good(func(c *apikey.Created) { c.Environments = []environment.Name{"prod", "test"} }))
	if actor, err := two.Scope(""); err != nil || actor.Scope.Environment != "" {
		t.Errorf("of two environments none is meant: %+v, %v", actor, err)
	}
}

func FuzzPrefix(f *testing.F) {
	whole := "qbk_abcd2345_" + strings.Repeat("x", 43)
	for _, seed := range []string{whole, whole + "x", whole[1:], "qbk_", "qbk_ABCD2345_" + strings.Repeat("x", 43), strings.Replace(whole, "x", "\n", 1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		prefix, ok := apikey.Prefix(key)
		if ok != (prefix != "") || ok && (len(key) != len(whole) || key[:4] != apikey.Begin || key[4:12] != prefix) {
			t.Errorf("%q: %q, %v", key, prefix, ok)
		}
	})
}

// Whatever is tried, a key is made once and stays ended, and what was written down says the same.
func TestLaws(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(apikey.Events)
	rapid.Check(t, func(t *rapid.T) {
		var k, read apikey.Key
		made, ended := 0, 0
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			by := admin
			by.Scope.Org = rapid.SampledFrom([]string{"school", "school/math", "other"}).Draw(t, "organisation")
			var events []event.Event
			if rapid.Bool().Draw(t, "create") {
				events, _ = k.Create(by, good(), noon)
				made += len(events)
			} else {
				events, _ = k.Revoke(by, "x")
				ended += len(events)
			}
			if len(events) > 0 && by.Scope.Org == "other" {
				t.Fatal("a stranger did it")
			}
			for _, e := range events {
				name, version, data, err := codec.Encode(e)
				if err != nil {
					t.Fatal(err)
				}
				again, err := codec.Decode(name, version, data)
				if err != nil {
					t.Fatal(err)
				}
				k, read = k.Apply(e), read.Apply(again)
			}
		}
		if made > 1 || ended > made || k.Revoked != (ended == 1) || !reflect.DeepEqual(k, read) {
			t.Fatalf("made %d times, ended %d times: %+v, read as %+v", made, ended, k, read)
		}
	})
}
