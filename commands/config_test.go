package commands_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/hotconfig"
	"qbank/domain/roster"
	"qbank/domain/targeting"
)

func speed() hotconfig.Spec {
	return hotconfig.Spec{Schema: json.RawMessage(`{"type": "number"}`), Default: json.RawMessage(`1`), Owner: "player", Description: fault.Say("Speed", "倍速")}
}

// Every change of a configuration: denied to those who may not, unknown to others, stale to those who saw another revision, and done once.
func TestEveryChangeOfAConfiguration(t *testing.T) {
	t.Parallel()
	h := open(t)
	class := roster.ClassID("acme", "7b").String()
	h.Commands.Configs, h.Commands.Audiences = nil, roll{uuid.MustParse(class)} // nothing counts keys: read models do not run here
	actor := inLane("prod", access.Releaser, "u-releaser")
	id := hotconfig.IDOf("acme", "speed")
	rules := []hotconfig.Rule{{Clause: targeting.Clause{Students: []string{"ann"}}, Value: json.RawMessage(`2`)},
		{Clause: targeting.Clause{Classes: []string{strings.ToUpper(class)}}, Value: json.RawMessage(`3`)}}
	for _, command := range []func(revision int) commands.Command{
		func(n int) commands.Command {
			return commands.DescribeConfig{Key: "speed", Spec: speed(), Revision: n, Reason: "new"}
		},
		func(n int) commands.Command {
			return commands.SetConfigRules{Config: id, Revision: n, Rules: rules, Reason: "try"}
		},
		func(n int) commands.Command { return commands.KillConfig{Config: id, Revision: n, Reason: "broken"} },
		func(n int) commands.Command { return commands.ReviveConfig{Config: id, Revision: n, Reason: "mended"} },
		func(n int) commands.Command { return commands.RetireConfig{Config: id, Revision: n, Reason: "over"} },
	} {
		revision := h.config(id).Revision
		c := command(revision)
		h.refused(inLane("prod", access.Author, "u-author"), c, "access.denied")
		if revision > 0 {
			abroad := actor
			abroad.Scope.Org = "other"
			h.refused(abroad, c, "config.not_found")
			h.refused(actor, command(revision-1), "revision.stale")
			if _, all := c.(commands.RetireConfig); !all {
				h.refused(access.Actor{ID: "x", Roles: actor.Roles, Scope: access.Scope{Org: "acme"}}, c, "access.no_environment")
			}
		}
		key := uuid.New()
		done := h.doAs(actor, c, commands.As(key))
		if again := h.doAs(actor, c, commands.As(key)); again != done || done.ID != id {
			t.Errorf("%T: first did %+v, then %+v", c, done, again)
		}
	}
	if k := h.config(id); !k.Retired || k.Revision != 5 {
		t.Errorf("it is %+v", k)
	}
	h.refused(actor, commands.KillConfig{Config: id, Revision: 5, Reason: "x"}, "config.retired")
	h.refused(actor, commands.DescribeConfig{Org: "other", Key: "speed", Spec: speed(), Reason: "x"}, "not_found")
	h.refused(inLane("nowhere", access.Releaser, "x"), commands.SetConfigRules{Config: id, Revision: 5, Reason: "x"}, "environment.unknown")
	f := h.refused(actor, commands.SetConfigRules{Config: id, Revision: 5, Rules: []hotconfig.Rule{{Clause: targeting.Clause{Classes: []string{"7b"}}}}}, "config.invalid")
	if f.Problems[0].Pointer != "/rules/0/classes/0" {
		t.Errorf("got %+v", f.Problems)
	}
	h.doAs(actor, commands.DescribeConfig{Key: "speed", Spec: speed(), Revision: 5, Reason: "back"})
	h.doAs(actor, commands.SetConfigRules{Config: id, Revision: 6, Rules: rules, Reason: "try"})
	set := h.config(id).In["prod"].Rules
	if set[0].Students[0] != roster.PersonOf("ann").String() || set[1].Classes[0] != class {
		t.Errorf("rules name %+v", set)
	}
}

func (h house) config(id uuid.UUID) (k hotconfig.Config) {
	h.Helper()
	fold(h, h.T, id, func(e event.Event) { k = k.Apply(e) })
	return k
}

func TestEnvironmentsAreKeptByTheUppermostOrganisation(t *testing.T) {
	t.Parallel()
	h := open(t)
	beta := environment.Declared{Name: "beta", Title: "Beta", Next: "prod"}
	below := admin
	below.Scope.Org = "acme/math"
	h.refused(below, commands.CreateEnvironment{Environment: beta}, "environment.not_root")
	h.refused(reviewer, commands.CreateEnvironment{Environment: beta}, "access.denied")
	l := h.publishedLesson()
	in := releaser("beta")
	plan := commands.PlanRelease{Title: "x", Lessons: []commands.PlannedLesson{{Lesson: l}}}
	h.refused(in, plan, "environment.unknown")
	h.refused(in, commands.ReleaseLesson{Environment: "beta", Lesson: l}, "environment.unknown")
	h.refused(in, commands.PlanSession{Code: "s", Title: "x", Lesson: l}, "environment.unknown")
	h.do(commands.CreateEnvironment{Environment: beta})
	h.refused(admin, commands.CreateEnvironment{Environment: beta}, "environment.exists")
	h.refused(admin, commands.DescribeEnvironment{Environment: environment.Declared{Name: "beta", Title: "Other"}, Revision: 0}, "revision.stale")
	other := stranger
	other.Scope.Environment = "beta"
	h.refused(other, plan, "environment.unknown") // another organisation's
	below.Scope.Environment = "beta"
	if _, err := h.Commands.Do(t.Context(), below, plan); !fault.Is(err, "lesson.not_found") {
		t.Errorf("one below it: %v", err) // the environment is theirs, too
	}
	id, another := h.releaseAs(in, plan).ID, h.releaseAs(in, plan).ID
	h.do(commands.RetireEnvironment{Environment: "beta", Revision: 1, Reason: "over"})
	h.refused(in, plan, "environment.retired")
	h.refused(in, commands.StartRelease{Release: id, Revision: 1}, "environment.retired")
	h.releaseAs(in, commands.CancelRelease{Release: another, Revision: 1, Reason: "over"})
	h.refused(admin, commands.CreateEnvironment{Environment: beta}, "environment.was_retired")
	h.refused(admin, commands.ReviveEnvironment{Environment: "beta", Revision: 2, Reason: "needed"}, "environment.elsewhere")
	inside := admin
	inside.Scope.Environment = "beta"
	h.refused(inside, commands.ReviveEnvironment{Environment: "beta", Revision: 1, Reason: "needed"}, "revision.stale")
	h.refused(below, commands.ReviveEnvironment{Environment: "beta", Revision: 2, Reason: "needed"}, "environment.not_root")
	h.refused(stranger, commands.ReviveEnvironment{Environment: "beta", Revision: 0, Reason: "needed"}, "environment.unknown")
	h.do(commands.ReviveEnvironment{Environment: "beta", Revision: 2, Reason: "needed"})
	h.releaseAs(in, commands.StartRelease{Release: id, Revision: 1}) // what was planned stands
}

func TestASecondPersonStartsWhatOneHasPlanned(t *testing.T) {
	t.Parallel()
	h := open(t)
	l := h.publishedLesson()
	h.do(commands.DescribeEnvironment{Environment: environment.Declared{Name: "prod", Title: "Production", SecondPerson: true}})
	wang, li := inLane("prod", access.Releaser, "wang"), inLane("prod", access.Releaser, "li")
	h.refused(wang, commands.ReleaseLesson{Environment: "prod", Lesson: l}, "environment.second_person")
	plan := commands.PlanRelease{Title: "x", Lessons: []commands.PlannedLesson{{Lesson: l}}}
	later := plan
	later.Start = 1 << 60
	h.refused(wang, later, "environment.second_person")
	id := h.releaseAs(wang, plan).ID
	h.refused(wang, commands.StartRelease{Release: id, Revision: 1}, "environment.second_person")
	h.refused(inLane("prod", access.Releaser, access.System("schedule")), commands.StartRelease{Release: id, Revision: 1}, "environment.second_person")
	h.releaseAs(li, commands.StartRelease{Release: id, Revision: 1})
	h.releaseAs(wang, commands.RollBackRelease{Release: id, Revision: 2, Reason: "broken"}) // the way out is always open
}
