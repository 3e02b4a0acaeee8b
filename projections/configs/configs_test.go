package configs_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/hotconfig"
	"qbank/domain/targeting"
	"qbank/projections/configs"
	"qbank/projections/projtest"
	"qbank/projections/read"
)

var prod = access.Scope{Org: "acme/math", Environment: "prod"}

func described(org string, key hotconfig.Key) hotconfig.Described {
	return hotconfig.Described{Org: org, Key: key, Spec: hotconfig.Spec{Schema: json.RawMessage(`{}`), Default: json.RawMessage(`1`), Owner: "o"}, Reason: "new"}
}

func rules(name environment.Name, value string) hotconfig.RulesSet {
	return hotconfig.RulesSet{Org: "acme", Key: "a", Environment: name, Reason: "secret of " + string(name),
		Rules: []hotconfig.Rule{{Clause: targeting.Clause{Students: []string{"ann"}}, Value: json.RawMessage(value)}}}
}

func history() []projtest.Facts {
	return []projtest.Facts{
		projtest.In("a", described("acme", "a"), rules("prod", "2"), rules("dev", "3")).By("wang"),
		projtest.In("b", described("acme/math", "b")), projtest.In("c", described("other", "c")), projtest.In("d", described("acme/math/senior", "d")),
		projtest.In("a", hotconfig.Killed{Org: "acme", Key: "a", Environment: "dev", Reason: "broken"}).By("li"),
		projtest.In("b", hotconfig.Killed{Org: "acme/math", Key: "b", Environment: "prod", Reason: "x"}, hotconfig.Retired{Org: "acme/math", Key: "b", Reason: "over"}),
	}
}

func TestWhatAScopeSees(t *testing.T) {
	t.Parallel()
	log := projtest.Given(t, hotconfig.Events, configs.New(), history()...)
	reader := configs.NewReader(log.Pool)
	for _, c := range []struct {
		scope   access.Scope
		retired bool
		want    string
	}{
		{prod, false, "a 2, d"}, {prod, true, "a 2, b, d"}, {access.Scope{Org: "acme", Environment: "dev"}, false, "a 3 killed, d"},
		{access.Scope{Org: "acme/math/senior", Environment: "test"}, false, "a, d"}, {access.Scope{Org: "other", Environment: "prod"}, false, "c"},
		{access.Scope{Org: "acme/mathematics", Environment: "prod"}, false, "a 2"},
	} {
		list, err := reader.List(t.Context(), c.scope, c.retired, read.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range list.Rows {
			line := string(k.Key)
			for _, r := range k.Ruleset.Rules {
				line += " " + string(r.Value)
			}
			if k.Ruleset.Killed {
				line += " killed"
			}
			got = append(got, line)
		}
		if all := strings.Join(got, ", "); all != c.want {
			t.Errorf("%+v: got %q, want %q", c.scope, all, c.want)
		}
	}
	found, err := reader.Get(t.Context(), prod, []uuid.UUID{projtest.StreamID("a"), projtest.StreamID("c")})
	if k := found[projtest.StreamID("a")]; err != nil || len(found) != 1 || k.Revision != 4 || k.UpdatedBy != "li" {
		t.Errorf("got %+v, %v", found, err)
	}
	steps, err := reader.History(t.Context(), prod, projtest.StreamID("a"), read.Page{})
	if err != nil || len(steps.Rows) != 2 || steps.Rows[0].Kind != "rules_set" || steps.Rows[0].Environment != "prod" || steps.Rows[1].Kind != "described" {
		t.Errorf("got %+v, %v", steps.Rows, err)
	}
	if theirs, err := reader.History(t.Context(), access.Scope{Org: "other", Environment: "prod"}, projtest.StreamID("a"), read.Page{}); err != nil || len(theirs.Rows) != 0 {
		t.Errorf("another organisation sees %+v, %v", theirs.Rows, err)
	}
	if n, err := reader.Keys(t.Context(), "acme/math"); err != nil || n != 0 {
		t.Errorf("%d keys, %v", n, err)
	}
}

func TestASnapshotIsKeptUntilSomethingChanges(t *testing.T) {
	t.Parallel()
	log := projtest.Given(t, hotconfig.Events, configs.New(), history()...)
	reader := configs.NewReader(log.Pool)
	senior := access.Scope{Org: "acme/math/senior", Environment: "prod"}
	first, err := reader.Snapshot(t.Context(), senior, nil)
	if err != nil {
		t.Fatal(err)
	}
	ann := &targeting.Context{Student: "ann"}
	if d := first.Document(ann, 1); string(d.Body) != `{"values":{"a":2,"d":1}}` {
		t.Errorf("got %s", d.Body)
	}
	if again, err := reader.Snapshot(t.Context(), senior, first); err != nil || again != first {
		t.Errorf("nothing has changed, and it is read again: %v", err)
	}
	log.Append(projtest.In("c", hotconfig.Retired{Org: "other", Key: "c"}))
	log.Run(configs.New())
	if again, err := reader.Snapshot(t.Context(), senior, first); err != nil || again != first {
		t.Errorf("another organisation has changed something, and it is read again: %v", err)
	}
	log.Append(projtest.In("a", hotconfig.Killed{Org: "acme", Key: "a", Environment: "prod"}))
	log.Run(configs.New())
	next, err := reader.Snapshot(t.Context(), senior, first)
	if err != nil || next == first {
		t.Fatalf("a change goes unnoticed: %v", err)
	}
	if d := next.Document(ann, 1); string(d.Body) != `{"values":{"a":1,"d":1}}` {
		t.Errorf("got %s", d.Body)
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	facts := history()
	for i, step := range rapid.SliceOfN(rapid.IntRange(0, 7), 60, 60).Example(3) {
		name := fmt.Sprint("k", i%4)
		lane := []environment.Name{"dev", "prod"}[i%2]
		var e event.Event
		switch {
		case i < 4 || step == 0:
			e = described("acme", hotconfig.Key(name))
		case step < 4:
			e = rules(lane, fmt.Sprint(i))
		case step == 4:
			e = hotconfig.Killed{Environment: lane, Reason: "x"}
		case step == 5:
			e = hotconfig.Revived{Environment: lane, Reason: "x"}
		case step == 6:
			e = hotconfig.Retired{Reason: "x"}
		default:
			continue
		}
		facts = append(facts, projtest.In(name, e))
	}
	projtest.Given(t, hotconfig.Events, configs.New(), facts...).RebuildEquals(t, configs.New())
}
