package graphql_test

import (
	"fmt"
	"strings"
	"testing"

	"qbank/domain/access"
)

// A releaser takes a release through its life, and whoever asks is told why a student gets what.
func TestAReleaseThroughTheDoor(t *testing.T) {
	t.Parallel()
	h := teach(t)
	releaser, support := h.as(t, access.Releaser), h.as(t, access.Support)
	planned := releaser.ask(`mutation($i: PlanReleaseInput!) { planRelease(input: $i) { position release {
			id state weight revision title org createdBy plan { unit total algorithm steps { weight hold } rules { students out when } blackouts { zone } guard { loadFailures confidence } start }
			lessons { version lesson { id } questions { slot version question { id } } } current } } }`,
		vars{"i": vars{"title": "Gray", "lessons": []any{vars{"lesson": h.lesson}}, "steps": []any{vars{"weight": 0, "hold": 5}, vars{"weight": 50}, vars{"weight": 100}},
			"rules": []any{vars{"students": []string{"eve"}, "out": true}, vars{"when": `platform == "ios"`}}, "guard": vars{"loadFailures": 1000}}})
	planned.is(map[string]any{"planRelease.release.state": "PLANNED", "planRelease.release.weight": 0, "planRelease.release.revision": 1, "planRelease.release.org": "school",
		"planRelease.release.plan.unit": "STUDENT", "planRelease.release.plan.total": 100, "planRelease.release.plan.algorithm": "flagd-fractional@2",
		"planRelease.release.plan.steps.0.hold": 5, "planRelease.release.plan.rules.1.when": `platform == "ios"`, "planRelease.release.plan.guard.confidence": 95,
		"planRelease.release.plan.start": nil, "planRelease.release.lessons.0.lesson.id": h.lesson, "planRelease.release.lessons.0.questions.0.question.id": h.choice.id,
		"planRelease.release.current": []any{}})
	id, revision := planned.text("planRelease.release.id"), 1
	step := func(name string, more vars) answer {
		input := vars{"release": id, "revision": revision}
		for k, v := range more {
			input[k] = v
		}
		a := releaser.say(fmt.Sprintf(`mutation($i: %s%sInput!) { %s(input: $i) { position revision release { state weight } } }`, strings.ToUpper(name[:1]), name[1:], name), vars{"i": input})
		if len(a.Errors) == 0 {
			revision = a.number(name + ".revision")
		}
		return a
	}
	step("advanceRelease", nil).refused("release.state")
	step("startRelease", nil).is(map[string]any{"startRelease.release.state": "RUNNING", "startRelease.release.weight": 0})
	revision--
	step("pauseRelease", vars{"reason": "x"}).refused("revision.stale")
	revision++
	step("advanceRelease", nil).refused("release.unproven") // there is a guard
	step("widenRelease", vars{"weight": 40, "reason": ""}).refused("reason.missing")
	started := step("widenRelease", vars{"weight": 40, "reason": "more"})

	why := func(c caller, rest string) answer {
		return c.say(fmt.Sprintf(`{ whyVersion(lesson: "%s", at: %d, %s) { version reason in cause rule bucket key weight total release { id } places { slot version reason by question { id } } } }`,
			h.lesson, started.number("widenRelease.position"), rest), nil)
	}
	why(support, `student: "ann", platform: "ios"`).is(map[string]any{"whyVersion.reason": "CANDIDATE", "whyVersion.in": true, "whyVersion.cause": "RULE", "whyVersion.rule": 1,
		"whyVersion.bucket": nil, "whyVersion.key": nil, "whyVersion.release.id": id, "whyVersion.places.0.reason": "CANDIDATE", "whyVersion.places.0.by": rawID(t, id)})
	why(support, `student: "eve", platform: "ios"`).is(map[string]any{"whyVersion.reason": "BASELINE", "whyVersion.in": false, "whyVersion.rule": 0})
	split := why(support, `student: "ann"`)
	if in := split.number("whyVersion.bucket") < 40; split.at("whyVersion.in") != in || split.text("whyVersion.cause") != "SPLIT" || split.number("whyVersion.weight") != 40 || split.number("whyVersion.total") != 100 {
		t.Error(split.raw)
	}
	why(support, `student: "ann", org: "other"`).refused("not_found")
	why(support, `student: "`+strings.Repeat("a", 300)+`"`).refused("why.invalid")
	why(h.as(t, access.Student), `student: "ann"`).refused("access.denied")
	why(h.from(t, "school", "prod", access.Support), `student: "ann"`).refused("lesson.not_live")

	releaser.say(`mutation($i: ReleaseLessonInput!) { releaseLesson(input: $i) { position } }`, vars{"i": vars{"lesson": h.lesson, "version": 1}}).refused("release.under_way")
	step("freezeRelease", vars{"reason": "still"}).is(map[string]any{"freezeRelease.release.state": "FROZEN"})
	step("thawRelease", nil)
	step("widenRelease", vars{"weight": 100, "reason": "all"})
	done := step("completeRelease", nil)
	done.is(map[string]any{"completeRelease.release.state": "COMPLETED"})

	releaser.ask(fmt.Sprintf(`{ release(id: "%s", at: %d) { current history { nodes { kind by weight reason } } } releases(live: true, lesson: "%s") { nodes { id } } node(id: "%[1]s") { id } }`,
		id, done.number("completeRelease.position"), h.lesson), nil).is(map[string]any{"release.current": []string{h.lesson}, "release.history.nodes.0.kind": "completed",
		"release.history.nodes.1.reason": "all", "release.history.nodes.1.weight": 100, "releases.nodes": []any{map[string]any{"id": id}}, "node.id": id})
	releaser.ask(`{ liveLessons { nodes { release } } }`, nil)

	// What cannot be is refused with its place.
	bad := releaser.say(`mutation($i: PlanReleaseInput!) { planRelease(input: $i) { position } }`, vars{"i": vars{"title": "Bad", "lessons": []any{vars{"lesson": h.lesson}},
		"guard": vars{"loadFailures": 7, "readySlower": -1},
		"steps": []any{vars{"weight": 60}, vars{"weight": 50}}, "rules": []any{vars{"when": "age > 7"}}, "start": "2001-01-01T00:00:00Z", "blackouts": []any{}}})
	bad.refused("release.invalid")
	var at []string
	for _, p := range bad.Errors[0].Extensions.Problems {
		at = append(at, p.Pointer+" "+p.Code)
	}
	if got := strings.Join(at, ", "); !strings.Contains(got, "/steps/1/weight shrinks") || !strings.Contains(got, "/rules/0/when cel.syntax") || !strings.Contains(got, "/start past") ||
		!strings.Contains(got, "/guard/readySlower range") || strings.Contains(got, "_slower") {
		t.Errorf("got %s", got)
	}
}

// A release is followed from step to step, in its own environment alone.
func TestAReleaseIsFollowed(t *testing.T) {
	t.Parallel()
	h := teach(t)
	releaser := h.as(t, access.Releaser)
	planned := releaser.ask(`mutation($i: PlanReleaseInput!) { planRelease(input: $i) { position release { id } } }`,
		vars{"i": vars{"title": "Gray", "lessons": []any{vars{"lesson": h.lesson}}, "steps": []any{vars{"weight": 10}, vars{"weight": 100}}}})
	id := planned.text("planRelease.release.id")
	const follow = `subscription($id: ID!) { releaseChanged(id: $id) { release { state weight } } }`
	l := h.as(t, access.Teacher).listen(follow, vars{"id": id})
	h.from(t, "school", "prod", access.Admin).listen(follow, vars{"id": id}).next().refused("release.not_found")
	h.from(t, "other", "test", access.Admin).listen(follow, vars{"id": id}).next().refused("release.not_found")
	releaser.ask(`mutation($i: StartReleaseInput!) { startRelease(input: $i) { position } }`, vars{"i": vars{"release": id, "revision": 1}})
	l.next().is(map[string]any{"releaseChanged.release.state": "RUNNING", "releaseChanged.release.weight": 10})
}
