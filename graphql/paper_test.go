package graphql_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/attempt"
	figures "qbank/projections/items"
)

// bank publishes questions: the first half easy, the others hard, in two chapters that a point stands above.
func (h *house) bank(t *testing.T, count int) (ids []string, chapters [2]string) {
	t.Helper()
	admin, author := h.as(t, access.Admin), h.as(t, access.Author)
	keep := func(title, parent string) (id, key string) {
		input := vars{"subject": "math", "title": title}
		if parent != "" {
			input["parent"] = parent
		}
		a := admin.ask(`mutation($i: KeepKnowledgePointInput!) { keepKnowledgePoint(input: $i) { point { id key } } }`, vars{"i": input})
		return a.text("keepKnowledgePoint.point.id"), a.text("keepKnowledgePoint.point.key")
	}
	var below [2]string
	for i := range chapters {
		var id string
		id, chapters[i] = keep(fmt.Sprint("chapter", i), "")
		_, below[i] = keep(fmt.Sprint("point", i), id)
	}
	for i := range count {
		made := author.create(single(fmt.Sprint("What is ", i, "?"), 1), vars{"subject": "math", "points": []string{below[i%2]}, "source": fmt.Sprint("book ", i/2),
			"difficulty": []string{"easy", "hard"}[2*i/count]})
		ids = append(ids, h.publish(t, "school", made, "REVISION").id)
	}
	return ids, chapters
}

const assemble = `mutation($i: AssemblePaperInput!) { assemblePaper(input: $i) { position revision paper { revision sections { items { questionId } } }
	plan { marks sections { items { slot questionId version max assembled } draws { pool { questionId version } } } problems { pointer } }
	report { met seed parts { part wanted got candidates measured estimated unknown } findings { part constraint kind hard min max got met available reason why blockers { constraint questions } } } } }`

func TestAPaperIsPutTogetherLaidOutAndDrawn(t *testing.T) {
	t.Parallel()
	h := open(t)
	author, releaser, admin := h.as(t, access.Author), h.as(t, access.Releaser), h.as(t, access.Admin)
	ids, chapters := h.bank(t, 16)
	plan := vars{"title": "Mid-term", "total": 14, "sections": []any{vars{"id": "A", "title": "Choice", "total": 14,
		"blueprint": vars{"count": 4, "max": 2, "constraints": []any{
			vars{"id": "one", "kind": "POINT", "values": []string{chapters[0]}, "min": 2, "max": 2}, vars{"id": "easy", "kind": "BAND", "values": []string{"easy"}, "min": 3},
			vars{"id": "apart", "kind": "APART", "values": []string{"source"}, "max": 1}, vars{"id": "mean", "kind": "MEAN", "min": 0.6, "max": 0.7},
			vars{"id": "fresh", "kind": "RECENT", "days": 30}, vars{"id": "this", "kind": "QUESTION", "values": []string{ids[0]}, "min": 1}}},
		"draws": []any{vars{"id": "P", "count": 3, "max": 2, "blueprint": vars{"count": 8}}}}}}
	made := author.ask(`mutation($i: CreatePaperInput!) { createPaper(input: $i) { position paper { id revision problems { pointer code } } } }`, vars{"i": vars{"plan": plan}})
	id := made.text("createPaper.paper.id")
	author.ask(`query($at: Long) { papers(title: "mid", at: $at) { totalCount } retired: papers(retired: true) { totalCount } }`, vars{"at": made.number("createPaper.position")}).
		is(map[string]any{"papers.totalCount": 1, "retired.totalCount": 0})

	ask := func(more vars) answer {
		input := vars{"paper": id, "revision": 1, "seed": "18446744073709551615"}
		for name, v := range more {
			input[name] = v
		}
		return author.say(assemble, vars{"i": input})
	}
	dry := ask(vars{"dryRun": true})
	dry.is(map[string]any{"assemblePaper.position": 0, "assemblePaper.paper.revision": 1, "assemblePaper.paper.sections.0.items": []any{}, "assemblePaper.plan.marks": 14,
		"assemblePaper.report.met": true, "assemblePaper.report.seed": "18446744073709551615", "assemblePaper.report.parts.0.candidates": 16,
		"assemblePaper.report.parts.0.estimated": 4, "assemblePaper.report.findings.3.kind": "MEAN", "assemblePaper.report.findings.3.got": 0.663,
		"assemblePaper.report.findings.0.available": 8, "assemblePaper.plan.problems": []any{}})
	wet := ask(nil)
	wet.is(map[string]any{"assemblePaper.paper.revision": 2, "assemblePaper.plan": dry.at("assemblePaper.plan")})
	ask(nil).refused("revision.stale")
	ask(vars{"revision": 2, "targets": []string{"B"}}).refused("paper.target")
	ask(vars{"revision": 2, "seed": "-1"}).refused("paper.seed")

	published := releaser.ask(`mutation($i: PublishPaperInput!) { publishPaper(input: $i) { paper { latestVersion version(number: 1) { marks sections { items { version question { code } } } }
		assemblies { nodes { revision by report { met } } } } } }`, vars{"i": vars{"paper": id, "revision": 2}})
	published.is(map[string]any{"publishPaper.paper.latestVersion": 1, "publishPaper.paper.version.sections.0.items.0.version": 1, "publishPaper.paper.assemblies.nodes.0.revision": 2})

	lesson := author.ask(`mutation($i: CreateLessonInput!) { createLesson(input: $i) { lesson { id } } }`, vars{"i": vars{"plan": vars{"title": "Exam", "items": []any{}, "shuffle": true}}}).text("createLesson.lesson.id")
	author.ask(`mutation($i: LayOutPaperInput!) { layOutPaper(input: $i) { lesson { revision items { slot max } } } }`, vars{"i": vars{"paper": id, "lesson": lesson, "revision": 1}}).
		is(map[string]any{"layOutPaper.lesson.revision": 2, "layOutPaper.lesson.items.0.slot": "A-1", "layOutPaper.lesson.items.3.max": 2})
	releaser.ask(`mutation($i: PublishLessonInput!) { publishLesson(input: $i) { position } }`, vars{"i": vars{"lesson": lesson, "revision": 2}})
	released := releaser.ask(`mutation($i: ReleaseLessonInput!) { releaseLesson(input: $i) { position } }`, vars{"i": vars{"lesson": lesson}})
	if err := h.Engine.Wait(t.Context(), "delivery", int64(released.number("releaseLesson.position"))); err != nil {
		t.Fatal(err)
	}

	class := admin.ask(`mutation($i: KeepClassInput!) { keepClass(input: $i) { class { id } } }`, vars{"i": vars{"code": "c", "title": "C", "students": []any{}}}).text("keepClass.class.id")
	pool := wet.list("assemblePaper.plan.sections.0.draws.0.pool")
	h.takeTest(t, lesson, pool)

	// What a class was given is not given again, and what was used lately is not fresh.
	next := author.ask(`mutation($i: CreatePaperInput!) { createPaper(input: $i) { paper { id } } }`, vars{"i": vars{"plan": vars{"title": "Next", "sections": []any{
		vars{"id": "A", "blueprint": vars{"count": 5, "constraints": []any{vars{"id": "unseen", "kind": "SEEN"}, vars{"id": "fresh", "kind": "RECENT", "days": 30, "weight": 1}}}}}}}}).text("createPaper.paper.id")
	author.say(assemble, vars{"i": vars{"paper": next, "revision": 1}}).refused("paper.audience")
	for where, whom := range map[string]vars{"/students/1": {"students": []string{"s0", "typo"}}, "/classes/0": {"students": []string{"s0"}, "classes": []string{uuid.NewString()}}} {
		input := vars{"paper": next, "revision": 1, "dryRun": true}
		maps.Copy(input, whom)
		if got := author.say(assemble, vars{"i": input}).refused("paper.audience"); !strings.Contains(got.raw, where) {
			t.Errorf("%s is not named: %s", where, got.raw)
		}
	}
	seen := author.ask(assemble, vars{"i": vars{"paper": next, "revision": 1, "students": []string{"s0"}, "classes": []string{class}, "dryRun": true}})
	// The student was given 4 fixed questions and 3 that were drawn: 9 of 16 are left. 4 stand in no paper.
	seen.is(map[string]any{"assemblePaper.report.parts.0.candidates": 9, "assemblePaper.report.met": true, "assemblePaper.report.findings.1.got": 1})
	if got := seen.at("assemblePaper.report.findings.1.reason"); got != "TOO_FEW" {
		t.Errorf("there are but 4 fresh questions: %v", got)
	}

	// What cannot be had says what is in the way.
	greedy := author.ask(`mutation($i: CreatePaperInput!) { createPaper(input: $i) { paper { id } } }`, vars{"i": vars{"plan": vars{"title": "Greedy", "sections": []any{
		vars{"id": "A", "blueprint": vars{"count": 8, "constraints": []any{vars{"id": "unseen", "kind": "SEEN"}, vars{"id": "one", "kind": "POINT", "values": []string{chapters[0]}}}}}}}}}).text("createPaper.paper.id")
	short := author.ask(assemble, vars{"i": vars{"paper": greedy, "revision": 1, "students": []string{"s0"}}})
	short.is(map[string]any{"assemblePaper.report.met": false, "assemblePaper.report.findings.0.constraint": nil, "assemblePaper.report.findings.0.reason": "TOO_FEW",
		"assemblePaper.report.findings.0.hard": true, "assemblePaper.report.findings.0.min": 8})
	blockers := map[string]int{}
	for i := range short.list("assemblePaper.report.findings.0.blockers") {
		at := fmt.Sprint("assemblePaper.report.findings.0.blockers.", i)
		blockers[short.text(at+".constraint")] = short.number(at + ".questions")
	}
	// Of the 8 of the chapter, those that were seen are kept out by that alone; of the 8 others, those that were not seen by the chapter alone.
	left := short.number("assemblePaper.report.parts.0.candidates")
	if blockers["unseen"] != 8-left || blockers["one"] != 9-left {
		t.Errorf("%d are left, kept out are %v", left, blockers)
	}
	// It stays among the paper's problems, and whoever publishes refuses it or says why it will do.
	short.is(map[string]any{"assemblePaper.plan.problems.0.pointer": "/sections/0/blueprint/count"})
	author.ask(`query($id: ID!, $at: Long) { paper(id: $id, at: $at) { problems { pointer code } unmet { part constraint reason } } }`,
		vars{"id": greedy, "at": short.number("assemblePaper.position")}).
		is(map[string]any{"paper.problems": []any{map[string]any{"pointer": "/sections/0/blueprint/count", "code": "unmet"}}, "paper.unmet.0.reason": "TOO_FEW"})
	publish := func(more vars) answer {
		input := vars{"paper": greedy, "revision": 2}
		maps.Copy(input, more)
		return releaser.say(`mutation($i: PublishPaperInput!) { publishPaper(input: $i) { paper { problems { code } version(number: 1) { unmet { part got min } unmetReason problems { code } } } } }`,
			vars{"i": input})
	}
	if got := publish(nil).refused("paper.unmet"); !strings.Contains(got.raw, "/sections/0/blueprint/count") {
		t.Errorf("the place is not named: %s", got.raw)
	}
	publish(vars{"acceptUnmet": true}).refused("reason.missing")
	publish(vars{"acceptUnmet": true, "reason": "it is but a quiz"}).is(map[string]any{"publishPaper.paper.version.unmetReason": "it is but a quiz",
		"publishPaper.paper.version.unmet.0.part": "A", "publishPaper.paper.version.unmet.0.min": 8, "publishPaper.paper.version.problems": []any{},
		"publishPaper.paper.problems.0.code": "unmet"})
}

// takeTest lets students take a drawn paper and looks at what was pinned and what the figures say.
func (h *house) takeTest(t *testing.T, lesson string, pool []any) {
	t.Helper()
	of := map[uuid.UUID]bool{}
	for _, q := range pool {
		of[uuid.MustParse(rawID(t, q.(map[string]any)["questionId"].(string)))] = true
	}
	const students = 12
	forms, position := map[string]int{}, int64(0)
	lessonID := uuid.MustParse(rawID(t, lesson))
	for n := range students {
		actor := access.Actor{ID: fmt.Sprint("s", n), Roles: []access.Role{access.Student}, Scope: access.Scope{Org: "school", Environment: "test"}}
		var pinned []attempt.Item
		see := func(a attempt.Attempt) error { pinned = slices.Clone(a.Items); return nil }
		started, err := h.Commands.Do(t.Context(), actor, commands.StartAttempt{Lesson: lessonID, Seed: uint64(n % 6), See: see})
		if err != nil {
			t.Fatal(err)
		}
		if len(pinned) != 7 || pinned[4].Slot != "P.1" || pinned[6].Slot != "P.3" {
			t.Fatalf("pinned %+v", pinned)
		}
		drawn := ""
		results := make([]commands.AnswerResult, 3)
		var answers []commands.Answer
		for i, item := range pinned[4:] {
			if !of[item.Question] || item.Public == "" || item.Version != 1 {
				t.Errorf("%+v was not in the pool", item)
			}
			drawn += item.Question.String()
			answers = append(answers, commands.Answer{Key: fmt.Sprint("k", i), Slot: item.Slot, Response: map[string]any{"choice": []string{"o1", "o0"}[n%2]}})
		}
		forms[drawn]++
		first := pinned
		if _, err := h.Commands.Do(t.Context(), actor, commands.StartAttempt{Lesson: lessonID, Seed: 99, See: see}); err != nil || !slices.EqualFunc(first, pinned, func(a, b attempt.Item) bool { return a.Question == b.Question }) {
			t.Errorf("resumed, the draw is another: %v", err)
		}
		if _, err := h.Commands.Do(t.Context(), actor, commands.AnswerQuestions{Attempt: started.ID, Results: results, Answers: answers}); err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
		done, err := h.Commands.Do(t.Context(), actor, commands.FinishAttempt{Attempt: started.ID, See: see})
		if err != nil {
			t.Fatal(err)
		}
		position = max(position, done.Position)
	}
	if len(forms) < 4 || len(forms) > 6 {
		t.Errorf("6 seeds draw %d forms", len(forms))
	}
	for _, model := range []string{"items", "gradebook"} {
		if err := h.Engine.Wait(t.Context(), model, position); err != nil {
			t.Fatal(err)
		}
	}
	// Test figures are per form, item figures over all forms.
	analysis, err := h.Items.Lesson(t.Context(), access.Scope{Org: "school", Environment: "test"}, lessonID, 1, figures.First)
	if err != nil || analysis.AllForms != len(forms) || analysis.Attempts != students {
		t.Fatalf("%d forms, %d attempts, %v", analysis.AllForms, analysis.Attempts, err)
	}
	for _, f := range analysis.Forms {
		if f.Attempts != int64(forms[f.Places[4].Question.String()+f.Places[5].Question.String()+f.Places[6].Question.String()]) || len(f.Places) != 7 {
			t.Errorf("a form of %d attempts: %+v", f.Attempts, f.Places)
		}
	}
	perQuestion := map[uuid.UUID]int64{}
	for _, item := range analysis.Items {
		perQuestion[item.Question] += item.Marked + item.NotReached
	}
	fixed, drawn := int64(0), int64(0)
	for question, n := range perQuestion {
		if of[question] {
			drawn += n
		} else if fixed += n; n != students {
			t.Errorf("a fixed question was met by %d of %d", n, students)
		}
	}
	if fixed != 4*students || drawn != 3*students {
		t.Errorf("%d and %d", fixed, drawn)
	}
}
