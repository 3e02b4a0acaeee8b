package graphql_test

import (
	"fmt"
	"testing"

	"qbank/domain/access"
)

// A releaser looks at a plan, executes exactly it, and has it promoted to the next environment.
func TestGoingLiveThroughTheDoor(t *testing.T) {
	t.Parallel()
	h := teach(t)
	releaser, admin := h.as(t, access.Releaser), h.as(t, access.Admin)
	const planned = `query($i: GoLiveInput!, $at: Long) { goLivePlan(input: $i, at: $at) { hash blocked missing { code blocks message id } unchecked publications { kind id from to as }
		changes { title from to lesson { id } places { slot from to text before { id } after { id } } } reach { students classes } } }`
	ask := vars{"lessons": []string{h.unreleased}, "release": vars{"title": "Next", "steps": []any{vars{"weight": 100}}}}
	plan := releaser.ask(planned, vars{"i": ask, "at": h.position})
	plan.is(map[string]any{"goLivePlan.blocked": false, "goLivePlan.changes.0.lesson.id": h.unreleased, "goLivePlan.changes.0.from": nil, "goLivePlan.changes.0.to": 1,
		"goLivePlan.changes.0.places.0.text": "a: added, version 1", "goLivePlan.changes.0.places.0.after.id": h.choice.id, "goLivePlan.reach.students": 0})
	releaser.ask(planned, vars{"i": vars{"lessons": []string{h.lesson}, "release": vars{"title": "x"}}}).is(map[string]any{"goLivePlan.changes": []any{}})
	h.from(t, "school", "prod", access.Releaser).ask(planned, vars{"i": vars{"lessons": []string{h.lesson}, "release": vars{"title": "x"}}}).
		is(map[string]any{"goLivePlan.changes.0.from": nil, "goLivePlan.reach.students": 3, "goLivePlan.reach.classes": 1})
	h.as(t, access.Student).say(planned, vars{"i": ask}).refused("access.denied")
	releaser.say(planned, vars{"i": vars{"lessons": []string{}, "release": vars{"title": "x"}}}).refused("golive.invalid")

	const execute = `mutation($i: ExecuteGoLiveInput!) { executeGoLive(input: $i) { position release { id state current plan { promoted { environment } } } } }`
	input := vars{"plan": plan.text("goLivePlan.hash"), "ask": ask}
	h.as(t, access.Author).say(execute, vars{"i": input}).refused("access.denied")
	h.from(t, "school", "prod", access.Releaser).say(execute, vars{"i": input}).refused("golive.stale")
	other := vars{"plan": plan.text("goLivePlan.hash"), "ask": vars{"lessons": []string{h.unreleased}, "release": vars{"title": "Other"}}}
	releaser.say(execute, vars{"i": other}).refused("golive.stale")
	done := releaser.ask(execute, vars{"i": input})
	done.is(map[string]any{"executeGoLive.release.state": "COMPLETED", "executeGoLive.release.current": []string{h.unreleased}, "executeGoLive.release.plan.promoted": nil})
	releaser.ask(execute, vars{"i": input}).is(map[string]any{"executeGoLive.release.id": done.text("executeGoLive.release.id")})

	set := releaser.ask(`query($l: [ID!]!) { liveSet(lessons: $l) { hash lessons { lesson { id } version questions { version } } } }`, vars{"l": []string{h.lesson, h.unreleased}})
	if n := len(set.list("liveSet.lessons")); n != 2 {
		t.Errorf("%d lessons are live", n)
	}
	const promote = `mutation($i: PromoteLessonsInput!) { promoteLessons(input: $i) { position release { state plan { promoted { environment releases } } } } }`
	staging := h.from(t, "school", "staging", access.Releaser)
	input = vars{"from": "test", "lessons": []string{h.lesson, h.unreleased}, "hash": set.text("liveSet.hash"), "release": vars{"title": "Promoted"}}
	h.from(t, "school", "prod", access.Releaser).say(promote, vars{"i": input}).refused("promotion.chain")
	h.from(t, "other", "staging", access.Releaser).say(promote, vars{"i": input}).refused("promotion.stale")
	promoted := staging.ask(promote, vars{"i": input})
	promoted.is(map[string]any{"promoteLessons.release.state": "COMPLETED", "promoteLessons.release.plan.promoted.environment": "test"})
	staging.ask(fmt.Sprintf(`query($l: [ID!]!) { liveSet(lessons: $l, at: %d) { hash } }`, promoted.number("promoteLessons.position")), vars{"l": []string{h.unreleased, h.lesson}}).
		is(map[string]any{"liveSet.hash": set.text("liveSet.hash")})

	// Environments are kept by command, and what does not exist is refused.
	const create = `mutation($i: CreateEnvironmentInput!) { createEnvironment(input: $i) { environments { revision all { name next builtIn } } } }`
	beta := h.from(t, "school", "beta", access.Releaser)
	beta.say(planned, vars{"i": ask}).refused("environment.unknown")
	admin.ask(create, vars{"i": vars{"name": "beta", "title": "Beta", "next": "prod"}}).is(map[string]any{"createEnvironment.environments.all.4.name": "beta",
		"createEnvironment.environments.all.4.next": "prod", "createEnvironment.environments.all.4.builtIn": false, "createEnvironment.environments.revision": 2})
	admin.say(create, vars{"i": vars{"name": "Beta", "title": "x"}}).refused("environment.name")
	releaser.say(create, vars{"i": vars{"name": "gamma", "title": "x"}}).refused("access.denied")
	beta.ask(planned, vars{"i": ask})
	released := beta.ask(`mutation($i: ReleaseLessonInput!) { releaseLesson(input: $i) { position } }`, vars{"i": vars{"lesson": h.lesson}})
	beta.ask(`query($at: Long) { liveLessons(at: $at) { nodes { title } } }`, vars{"at": released.number("releaseLesson.position")})
	for _, input := range []string{`describeEnvironment(input: {name: "beta", title: "Beta", revision: -1})`, `retireEnvironment(input: {name: "beta", revision: -1, reason: "over"})`} {
		admin.say(`mutation { `+input+` { revision } }`, nil).refused("revision.invalid")
	}
	admin.say(`mutation { retireEnvironment(input: {name: "beta", revision: 2, reason: "over"}) { revision } }`, nil).refused("environment.elsewhere")
	h.from(t, "school", "beta", access.Admin).ask(`mutation { retireEnvironment(input: {name: "beta", revision: 2, reason: "over"}) { revision } }`, nil)
	beta.say(planned, vars{"i": ask}).refused("environment.retired")
	admin.say(create, vars{"i": vars{"name": "beta", "title": "Again"}}).refused("environment.was_retired")
	const revive = `mutation($n: String!, $r: Int!) { reviveEnvironment(input: {name: $n, revision: $r, reason: "needed"}) { revision liveLessons environments { all { name title next } } } }`
	admin.say(revive, vars{"n": "beta", "r": 3}).refused("environment.elsewhere")
	inside := h.from(t, "school", "beta", access.Admin)
	inside.say(revive, vars{"n": "beta", "r": 2}).refused("revision.stale")
	releaser.say(revive, vars{"n": "beta", "r": 3}).refused("access.denied")
	h.from(t, "other", "", access.Admin).say(revive, vars{"n": "beta", "r": 0}).refused("environment.unknown")
	inside.ask(revive, vars{"n": "beta", "r": 3}).is(map[string]any{"reviveEnvironment.revision": 4, "reviveEnvironment.liveLessons": 1,
		"reviveEnvironment.environments.all.4.name": "beta", "reviveEnvironment.environments.all.4.title": "Beta", "reviveEnvironment.environments.all.4.next": "prod"})
	beta.ask(planned, vars{"i": ask})
}

// A key through its life, and why a student has a value.
func TestConfigurationsThroughTheDoor(t *testing.T) {
	t.Parallel()
	h := teach(t)
	releaser, support := h.as(t, access.Releaser), h.as(t, access.Support)
	why := func(at int, student string) answer {
		return support.ask(fmt.Sprintf(`{ whyConfig(student: "%s", at: %d) { key value cause rule share } }`, student, at), nil)
	}
	why(h.position, "bo").is(map[string]any{"whyConfig.0.key": "greeting", "whyConfig.0.value": "bo " + mark, "whyConfig.0.cause": "RULE", "whyConfig.0.rule": 0, "whyConfig.0.share": nil})
	why(h.position, "zoe").is(map[string]any{"whyConfig.0.cause": "SPLIT", "whyConfig.0.rule": 2})
	step := func(name string, more vars) answer {
		input := vars{"config": h.config, "reason": "because"}
		for k, v := range more {
			input[k] = v
		}
		return releaser.say(fmt.Sprintf(`mutation($i: %sInput!) { r: %s(input: $i) { position config { killed retired revision rules { value } } } }`, string(name[0]-32)+name[1:], name), vars{"i": input})
	}
	step("killConfig", vars{"revision": 1}).refused("revision.stale")
	killed := step("killConfig", vars{"revision": 2}).is(map[string]any{"r.config.killed": true, "r.config.revision": 3})
	why(killed.number("r.position"), "bo").is(map[string]any{"whyConfig.0.value": "hello", "whyConfig.0.cause": "KILLED"})
	step("reviveConfig", vars{"revision": 3}).is(map[string]any{"r.config.killed": false})
	bad := step("setConfigRules", vars{"revision": 4, "rules": []any{vars{"value": "fine"}, vars{"when": "platform ==", "value": "x"}, vars{"value": 7}}}).refused("config.invalid")
	at := ""
	for _, p := range bad.Errors[0].Extensions.Problems {
		at += p.Pointer + " "
	}
	if at != "/rules/1/when /rules/2/value " {
		t.Errorf("problems at %s", at)
	}
	set := step("setConfigRules", vars{"revision": 4, "rules": []any{}}).is(map[string]any{"r.config.rules": []any{}})
	releaser.ask(fmt.Sprintf(`{ config(key: "greeting", at: %d) { id default description owner history { nodes { kind reason environment seen said } } } node(id: "%s") { id } }`, set.number("r.position"), h.config), nil).
		is(map[string]any{"config.id": h.config, "config.default": "hello", "config.description": "How to greet", "config.history.nodes.0.kind": "rules_set",
			"config.history.nodes.0.seen": 4, "config.history.nodes.1.kind": "revived", "config.history.nodes.2.environment": "test", "node.id": h.config})
	step("retireConfig", vars{"revision": 5}).is(map[string]any{"r.config.retired": true})
}
