package hotconfig_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/hotconfig"
	"qbank/domain/targeting"
)

const now = int64(1_000_000)

func raw(text string) json.RawMessage { return json.RawMessage(text) }

func spec(change ...func(*hotconfig.Spec)) hotconfig.Spec {
	s := hotconfig.Spec{Schema: raw(`{"type": "number", "minimum": 0, "maximum": 10}`), Default: raw(`1`), Owner: "player team",
		Description: fault.Say("How fast the player may go", "播放器最高倍速")}
	for _, f := range change {
		f(&s)
	}
	return s
}

// after folds what was decided, through the codec.
func after(t rapid.TB, c hotconfig.Config, events []event.Event, err error) hotconfig.Config {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	codec := event.NewCodec(hotconfig.Events)
	for _, e := range events {
		name, version, data, err := codec.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		if e, err = codec.Decode(name, version, data); err != nil {
			t.Fatal(err)
		}
		c = c.Apply(e)
	}
	return c
}

func described(t rapid.TB, change ...func(*hotconfig.Spec)) hotconfig.Config {
	t.Helper()
	var c hotconfig.Config
	events, err := c.Describe("acme", "player.speed", spec(change...), "new", now)
	return after(t, c, events, err)
}

func TestWhatIsRefusedSaysWhere(t *testing.T) {
	t.Parallel()
	c := described(t)
	type refusal struct {
		name, code, pointer string
		do                  func() ([]event.Event, error)
	}
	describe := func(change func(*hotconfig.Spec)) func() ([]event.Event, error) {
		return func() ([]event.Event, error) { return c.Describe("acme", "player.speed", spec(change), "why", now) }
	}
	rules := func(rules ...hotconfig.Rule) func() ([]event.Event, error) {
		return func() ([]event.Event, error) { return c.SetRules("prod", rules, "why", now) }
	}
	tooMany := make([]hotconfig.Rule, targeting.MaxClauses+1)
	for _, r := range []refusal{
		{"no schema", "config.invalid", "/schema", describe(func(s *hotconfig.Spec) { s.Schema = nil })},
		{"a schema that does not compile", "config.invalid", "/schema", describe(func(s *hotconfig.Spec) { s.Schema = raw(`{"type": "nothing"}`) })},
		{"a schema that is fetched", "config.invalid", "/schema", describe(func(s *hotconfig.Spec) { s.Schema = raw(`{"$ref": "https://example.com/x"}`) })},
		{"a schema of a file", "config.invalid", "/schema", describe(func(s *hotconfig.Spec) { s.Schema = raw(`{"$ref": "file:///etc/passwd"}`) })},
		{"a schema that is no object", "config.invalid", "/schema", describe(func(s *hotconfig.Spec) { s.Schema = raw(`[]`) })},
		{"a default that does not fit", "config.invalid", "/default", describe(func(s *hotconfig.Spec) { s.Default = raw(`11`) })},
		{"a default that is no JSON", "config.invalid", "/default", describe(func(s *hotconfig.Spec) { s.Default = raw(`{`) })},
		{"no owner", "config.invalid", "/owner", describe(func(s *hotconfig.Spec) { s.Owner = "" })},
		{"no Chinese", "config.invalid", "/description/zh-CN", describe(func(s *hotconfig.Spec) { s.Description.ZH = "" })},
		{"expired from the beginning", "config.invalid", "/expires", describe(func(s *hotconfig.Spec) { s.Expires = now })},
		{"a bad key", "config.invalid", "/key", func() ([]event.Event, error) {
			return hotconfig.Config{}.Describe("acme", "Player Speed", spec(), "why", now)
		}},
		{"no reason", "reason.missing", "/reason", func() ([]event.Event, error) {
			return hotconfig.Config{}.Describe("acme", "x", spec(), "", now)
		}},
		{"a value that does not fit", "config.invalid", "/rules/1/value", rules(hotconfig.Rule{Value: raw(`2`)}, hotconfig.Rule{Value: raw(`"2"`)})},
		{"a share that does not fit", "config.invalid", "/rules/0/split/1/value", rules(hotconfig.Rule{Split: []hotconfig.Share{{1, raw(`2`)}, {1, raw(`12`)}}})},
		{"no share", "config.invalid", "/rules/0/split", rules(hotconfig.Rule{Split: []hotconfig.Share{{0, raw(`2`)}}})},
		{"a negative share", "config.invalid", "/rules/0/split/0/weight", rules(hotconfig.Rule{Split: []hotconfig.Share{{-1, raw(`2`)}, {2, raw(`2`)}}})},
		{"a value and shares", "config.invalid", "/rules/0", rules(hotconfig.Rule{Value: raw(`2`), Split: []hotconfig.Share{{1, raw(`2`)}}})},
		{"neither", "config.invalid", "/rules/0", rules(hotconfig.Rule{})},
		{"a condition that does not compile", "config.invalid", "/rules/0/when", rules(hotconfig.Rule{Clause: targeting.Clause{When: "platform =="}, Value: raw(`2`)})},
		{"a condition that costs too much", "config.invalid", "/rules/0/when", rules(hotconfig.Rule{Value: raw(`2`),
			Clause: targeting.Clause{When: "classes.all(a, courses.all(b, terms.all(c, a != b && b != c)))"}})},
		{"who is let out", "config.invalid", "/rules/0/out", rules(hotconfig.Rule{Clause: targeting.Clause{When: "true", Out: true}, Value: raw(`2`)})},
		{"ended before it begins", "config.invalid", "/rules/0/until", rules(hotconfig.Rule{Value: raw(`2`), Until: now})},
		{"too many rules", "config.invalid", "/rules", rules(tooMany...)},
		{"no reason for rules", "reason.missing", "/reason", func() ([]event.Event, error) { return c.SetRules("prod", nil, "", now) }},
		{"a key that is not there", "config.not_found", "", func() ([]event.Event, error) { return hotconfig.Config{}.Kill("prod", "x") }},
	} {
		_, err := r.do()
		f := fault.Of(err)
		if f == nil || f.Code != r.code {
			t.Errorf("%s: got %v, want %s", r.name, err, r.code)
			continue
		}
		found := r.pointer == "" && len(f.Problems) == 0
		for _, p := range f.Problems {
			found = found || p.Pointer == r.pointer
		}
		if !found {
			t.Errorf("%s: got %+v, want a problem at %s", r.name, f.Problems, r.pointer)
		}
	}
}

func TestASchemaKeepsTheValuesThatRulesGive(t *testing.T) {
	t.Parallel()
	c := described(t)
	events, err := c.SetRules("staging", []hotconfig.Rule{{Value: raw(`8`)}}, "try", now)
	c = after(t, c, events, err)
	narrow := spec(func(s *hotconfig.Spec) { s.Schema = raw(`{"type": "number", "maximum": 5}`) })
	if _, err := c.Describe("acme", "player.speed", narrow, "narrow", now); !fault.Is(err, "config.values") || fault.Of(err).Details["environment"] != "staging" {
		t.Errorf("got %v", err)
	}
	events, err = c.SetRules("staging", nil, "none", now)
	c = after(t, c, events, err)
	if _, err := c.Describe("acme", "player.speed", narrow, "narrow", now); err != nil {
		t.Error(err)
	}
	if events, err := c.Describe("acme", "player.speed", spec(), "the same", now); err != nil || len(events) != 0 {
		t.Errorf("the same again did %v, %v", events, err)
	}
}

func flag(t rapid.TB, c hotconfig.Config, name environment.Name) *hotconfig.Flag {
	t.Helper()
	f, err := hotconfig.Compile(c.Org, c.Key, c.Spec, c.In[name])
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTheFirstRuleThatMatchesDecides(t *testing.T) {
	t.Parallel()
	c := described(t, func(s *hotconfig.Spec) { s.Expires = now + 100 })
	events, err := c.SetRules("prod", []hotconfig.Rule{
		{Clause: targeting.Clause{Students: []string{"ann"}}, Value: raw(`2.50`), Until: now + 10},
		{Clause: targeting.Clause{Classes: []string{"7b"}}, Value: raw(`3`)},
		{Clause: targeting.Clause{When: `platform == "ios"`}, Split: []hotconfig.Share{{0, raw(`4`)}, {1, raw(`5`)}}},
		{Clause: targeting.Clause{When: `platform == "web"`}, Value: raw(`6`)},
	}, "try", now)
	c = after(t, c, events, err)
	prod, dev := flag(t, c, "prod"), flag(t, c, "dev")
	ann := targeting.Context{Student: "ann", Platform: "ios"}
	for name, w := range map[string]struct {
		who   targeting.Context
		at    int64
		value string
		cause hotconfig.Cause
	}{
		"ann by name":             {ann, now, "2.5", hotconfig.ByRule},
		"ann later, by platform":  {ann, now + 10, "5", hotconfig.BySplit},
		"a class":                 {targeting.Context{Student: "bo", Classes: []string{"7a", "7b"}, Platform: "web"}, now, "3", hotconfig.ByRule},
		"the web":                 {targeting.Context{Student: "bo", Platform: "web"}, now, "6", hotconfig.ByRule},
		"nobody in particular":    {targeting.Context{Student: "bo"}, now, "1", hotconfig.ByDefault},
		"when it has expired":     {ann, now + 100, "1", hotconfig.IsExpired},
		"a moment before it does": {ann, now + 99, "5", hotconfig.BySplit},
	} {
		if got := prod.Evaluate(&w.who, w.at); string(got.Value) != w.value || got.Cause != w.cause {
			t.Errorf("%s: got %s (%s), want %s (%s)", name, got.Value, got.Cause, w.value, w.cause)
		}
	}
	if got := dev.Evaluate(&ann, now); string(got.Value) != "1" || got.Cause != hotconfig.ByDefault {
		t.Errorf("another environment: %+v", got)
	}
	s := hotconfig.NewSnapshot(1, []*hotconfig.Flag{prod})
	if d := s.Document(&ann, now); d.Until != now+10 || string(d.Body) != `{"values":{"player.speed":2.5}}` || !s.Roster {
		t.Errorf("got %s until %d", d.Body, d.Until)
	}
	if a, b := s.Document(&ann, now+10), s.Document(&targeting.Context{Student: "cy", Platform: "ios"}, now+20); a.Hash != b.Hash || a.Until != now+100 {
		t.Error("the hash is of the values alone")
	}
}

func TestTheNearerOrganisationsKeyHolds(t *testing.T) {
	t.Parallel()
	of := func(org, value string) *hotconfig.Flag {
		f, err := hotconfig.Compile(org, "a", hotconfig.Spec{Default: raw(value)}, hotconfig.Ruleset{})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, flags := range [][]*hotconfig.Flag{{of("acme", "1"), of("acme/math", "2")}, {of("acme/math", "2"), of("acme", "1")}} {
		if d := hotconfig.NewSnapshot(1, flags).Document(&targeting.Context{}, now); string(d.Body) != `{"values":{"a":2}}` {
			t.Errorf("got %s", d.Body)
		}
	}
}

var environments = []environment.Name{"dev", "prod"}

var anyRule = rapid.Custom(func(t *rapid.T) hotconfig.Rule {
	r := hotconfig.Rule{Until: rapid.SampledFrom([]int64{0, now + 5, now + 10}).Draw(t, "until")}
	r.When = rapid.SampledFrom([]string{"", "true", `platform == "ios"`, `student.startsWith("a")`, `classes[0] == "x"`}).Draw(t, "when")
	if rapid.Bool().Draw(t, "split") {
		for i := range rapid.IntRange(1, 3).Draw(t, "shares") {
			r.Split = append(r.Split, hotconfig.Share{Weight: rapid.IntRange(1, 5).Draw(t, "weight"), Value: raw(fmt.Sprint(i))})
		}
	} else {
		r.Value = raw(fmt.Sprint(rapid.IntRange(0, 10).Draw(t, "value")))
	}
	return r
})

// Whatever is done in whatever order: what is killed or expired has the default, values fit the schema, an environment is touched by its own changes
// alone, and the history leads to the same state again.
func TestLawsOfAConfiguration(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, history := hotconfig.Config{}, []event.Event(nil)
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			name := rapid.SampledFrom(environments).Draw(t, "environment")
			before := c
			var events []event.Event
			var err error
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				events, err = c.Describe("acme", "k", spec(func(s *hotconfig.Spec) {
					s.Default = raw(fmt.Sprint(rapid.IntRange(0, 12).Draw(t, "default")))
					s.Expires = rapid.SampledFrom([]int64{0, now - 1, now + 7}).Draw(t, "expires")
				}), "x", now)
			case 1, 2:
				events, err = c.SetRules(name, rapid.SliceOfN(anyRule, 0, 4).Draw(t, "rules"), "x", now)
			case 3:
				events, err = c.Kill(name, "x")
			case 4:
				events, err = c.Revive(name, "x")
			case 5:
				events, err = c.Retire("x")
			}
			if err != nil {
				if fault.Of(err) == nil || len(events) > 0 {
					t.Fatalf("%v with %v", err, events)
				}
				continue
			}
			c = after(t, c, events, nil)
			history = append(history, events...)
			for _, e := range events {
				if change, known := hotconfig.Changed(e); !known || change.Key != "k" || change.Org != "acme" {
					t.Fatalf("%T concerns %+v", e, change)
				} else if change.Environment != "" {
					other := environments[0]
					if other == change.Environment {
						other = environments[1]
					}
					if !reflect.DeepEqual(c.In[other], before.In[other]) {
						t.Fatalf("%T in %s changed %s", e, change.Environment, other)
					}
				}
			}
		}
		if again := after(t, hotconfig.Config{}, history, nil); !reflect.DeepEqual(again, c) {
			t.Fatalf("replayed %+v\nis       %+v", again, c)
		}
		if c.Revision == 0 || c.Retired {
			return
		}
		who := &targeting.Context{Student: rapid.StringN(1, 4, 8).Draw(t, "student"), Platform: rapid.SampledFrom([]string{"ios", "web", ""}).Draw(t, "platform")}
		at := now + rapid.Int64Range(0, 12).Draw(t, "later")
		for _, name := range environments {
			f := flag(t, c, name)
			got := f.Evaluate(who, at)
			var value float64
			if err := json.Unmarshal(got.Value, &value); err != nil || value < 0 || value > 10 {
				t.Fatalf("%s does not fit", got.Value)
			}
			expired := c.Spec.Expires > 0 && c.Spec.Expires <= at
			switch {
			case c.In[name].Killed:
				if got.Cause != hotconfig.IsKilled || string(got.Value) != string(c.Spec.Default) {
					t.Fatalf("killed, and %+v", got)
				}
			case expired:
				if got.Cause != hotconfig.IsExpired || string(got.Value) != string(c.Spec.Default) {
					t.Fatalf("expired, and %+v", got)
				}
			}
			document := hotconfig.NewSnapshot(1, []*hotconfig.Flag{f}).Document(who, at)
			for later := at; later < min(document.Until, now+14); later++ {
				if then := hotconfig.NewSnapshot(1, []*hotconfig.Flag{f}).Document(who, later); then.Hash != document.Hash {
					t.Fatalf("at %d it is %s, at %d %s, which was to hold until %d", at, document.Body, later, then.Body, document.Until)
				}
			}
		}
	})
}
