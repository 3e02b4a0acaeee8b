package graphql_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/roster"
)

// wrong is a house in which a question had a wrong key: two students have answered it, an erratum was published, and a revision after it.
type wrong struct {
	*taught
	question          made
	mistaken, regrade string // global ids: of the lesson, of the regrade
	answered          []attempt.ID
}

func mistake(t testing.TB) *wrong {
	t.Helper()
	h := &wrong{taught: teach(t)}
	author, releaser := h.as(t, access.Author), h.as(t, access.Releaser)
	h.question = h.publish(t, "school", author.create(single("3+1? "+mark, 0), vars{"title": mark + " wrong"}), "REVISION")
	created := author.ask(`mutation($i: CreateLessonInput!) { createLesson(input: $i) { lesson { id revision } } }`,
		vars{"i": vars{"plan": vars{"title": mark + " marked wrongly", "items": []any{vars{"slot": "q", "question": h.question.id, "version": 1, "max": 4}}}}})
	h.mistaken = created.text("createLesson.lesson.id")
	releaser.ask(`mutation($i: PublishLessonInput!) { publishLesson(input: $i) { position } }`, vars{"i": vars{"lesson": h.mistaken, "revision": 1}})
	released := releaser.ask(`mutation($i: ReleaseLessonInput!) { releaseLesson(input: $i) { position } }`, vars{"i": vars{"lesson": h.mistaken}})
	if err := h.Engine.Wait(t.Context(), "delivery", int64(released.number("releaseLesson.position"))); err != nil {
		t.Fatal(err)
	}
	for i, chosen := range []string{"o0", "o1"} {
		h.answered = append(h.answered, h.answerWrongly(t, roster.PersonID("school", h.students[i]).String(), chosen))
	}
	put := func(right int, kind string) {
		h.question = author.must("editQuestion", h.question, vars{"content": single("3+1? "+mark, right)})
		h.question = h.publish(t, "school", h.question, kind)
	}
	put(1, "ERRATUM")
	put(2, "REVISION")
	h.regrade = h.proposed(t)
	head, err := h.Store.Head(t.Context())
	for _, model := range []string{"uses", "lessons"} {
		if err == nil {
			err = h.Engine.Wait(t.Context(), model, head)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *wrong) answerWrongly(t testing.TB, student, chosen string) attempt.ID {
	t.Helper()
	actor := access.Actor{ID: student, Roles: []access.Role{access.Student}, Scope: access.Scope{Org: "school", Environment: "test"}}
	see := func(attempt.Attempt) error { return nil }
	var id attempt.ID
	for _, c := range []func() commands.Command{
		func() commands.Command {
			return commands.StartAttempt{Lesson: uuid.MustParse(rawID(t, h.mistaken)), See: see}
		},
		func() commands.Command {
			return commands.AnswerQuestions{Attempt: id, Results: make([]commands.AnswerResult, 1),
				Answers: []commands.Answer{{Key: "k", Slot: "q", Response: map[string]any{"choice": chosen}}}}
		},
		func() commands.Command { return commands.FinishAttempt{Attempt: id, See: see} },
	} {
		done, err := h.Commands.Do(t.Context(), actor, c())
		if err != nil {
			t.Fatal(err)
		}
		id = done.ID
	}
	return id
}

// proposed waits for the regrade and its figures.
func (h *wrong) proposed(t testing.TB) string {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		a := h.as(t, access.Releaser).ask(`query($q: ID) { regrades(question: $q, states: [PROPOSED]) { nodes { id figures { attempts } } } }`, vars{"q": h.question.id})
		if list := a.list("regrades.nodes"); len(list) == 1 && a.at("regrades.nodes.0.figures") != nil {
			return a.text("regrades.nodes.0.id")
		}
	}
	t.Fatal("no regrade is proposed")
	return ""
}

// asked is how to ask each root field.
func (h *wrong) asked() map[string]string {
	all := h.taught.asked()
	all["regrade"] = fmt.Sprintf(`regrade(id: "%s") { question { title } affected { nodes { student { name } } } }`, h.regrade)
	all["regrades"] = `regrades { nodes { question { title } } }`
	all["revisionOffers"] = `revisionOffers { nodes { lesson { title } question { title } } }`
	return all
}

// step carries out a step of the regrade.
func (h *wrong) step(c caller, name string, revision int, more vars) answer {
	c.t.Helper()
	input := vars{"regrade": h.regrade, "revision": revision}
	for k, v := range more {
		input[k] = v
	}
	return c.say(fmt.Sprintf(`mutation($i: %s%sInput!) { %s(input: $i) { position revision regrade { state policy } } }`,
		strings.ToUpper(name[:1]), name[1:], name), vars{"i": input})
}

func (h *wrong) settled(t testing.TB, a answer, mutation string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := h.AwaitProcess(ctx, "regrade", int64(a.number(mutation+".position"))); err != nil {
		t.Fatal(err)
	}
}

// Two people decide about marks given by a wrong key; who gains and who loses is named to those who may read results.
func TestARegradeThroughTheDoor(t *testing.T) {
	t.Parallel()
	h := mistake(t)
	releaser, admin, teacher := h.as(t, access.Releaser), h.as(t, access.Admin), h.as(t, access.Teacher)
	read := `query($id: ID!) { regrade(id: $id) { state revision from to question { title } reason policy assessing
		figures { attempts answers unread better { gain lose delta } exact { gain lose delta } full { gain } drop { lose delta } } history { nodes { kind by policy reason } }
		affected { nodes { attemptId student { name } number answers { slot version given now exact better full readable revised max } } } } }`
	teacher.ask(read, vars{"id": h.regrade}).is(map[string]any{"regrade.state": "PROPOSED", "regrade.from": 1, "regrade.to": 2, "regrade.figures.attempts": 2,
		"regrade.figures.exact": vars{"gain": 1, "lose": 1, "delta": 0}, "regrade.figures.better": vars{"gain": 1, "lose": 0, "delta": 4}, "regrade.policy": nil})
	names := map[string]float64{}
	for i, node := range teacher.ask(read, vars{"id": h.regrade}).list("regrade.affected.nodes") {
		n := node.(map[string]any)
		first := n["answers"].([]any)[0].(map[string]any)
		names[n["student"].(map[string]any)["name"].(string)] = first["exact"].(float64) - first["given"].(float64)
		if first["max"] != 4.0 || first["readable"] != true || first["version"] != 1.0 {
			t.Errorf("%d: %+v", i, first)
		}
	}
	if len(names) != 2 || names[mark+"n1"] != -4 || names[mark+"n2"] != 4 {
		t.Errorf("affected are %v", names)
	}
	if a := releaser.say(read, vars{"id": h.regrade}); a.Errors[0].Extensions.Code != "access.denied" || strings.Contains(a.raw, mark+"n1") {
		t.Errorf("a releaser is told %s", a.raw)
	}
	one := teacher.ask(`query($id: ID!) { regrade(id: $id) { affected(first: 1) { nodes { number } pageInfo { hasNextPage endCursor } } } }`, vars{"id": h.regrade})
	one.is(map[string]any{"regrade.affected.pageInfo.hasNextPage": true})

	const shown = `{ work state error attempts of figures { attempts exact { gain lose } } outcome { gain lose delta } }`
	looked := teacher.ask(`query($id: ID!) { regrade(id: $id) { progress `+shown+` } }`, vars{"id": h.regrade})
	for end := time.Now().Add(30 * time.Second); looked.at("regrade.progress.state") != "DONE" && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		looked = teacher.ask(`query($id: ID!) { regrade(id: $id) { progress `+shown+` } }`, vars{"id": h.regrade})
	}
	looked.is(map[string]any{"regrade.progress": vars{"work": "LOOKING", "state": "DONE", "error": nil, "attempts": 2, "of": 2,
		"figures": vars{"attempts": 2, "exact": vars{"gain": 1, "lose": 1}}, "outcome": nil}})
	const follow = `subscription($id: ID!) { regradeProgress(id: $id) ` + shown + ` }`
	followed := releaser.listen(follow, vars{"id": h.regrade})
	followed.next().is(map[string]any{"regradeProgress.work": "LOOKING", "regradeProgress.state": "DONE"})
	h.from(t, "school", "prod", access.Admin).listen(follow, vars{"id": h.regrade}).next().refused("regrade.not_found")
	h.from(t, "other", "test", access.Admin).listen(follow, vars{"id": h.regrade}).next().refused("regrade.not_found")
	h.as(t, access.Author).listen(follow, vars{"id": h.regrade}).next().refused("access.denied")

	h.step(releaser, "approveRegrade", 2, nil).refused("access.denied")
	h.step(admin, "approveRegrade", 2, nil).refused("regrade.state")
	h.step(releaser, "askRegrade", 1, vars{"policy": "BETTER", "reason": "x"}).refused("revision.stale")
	h.step(admin, "askRegrade", 2, vars{"policy": "EXACT", "reason": "wrong key"}).is(map[string]any{"askRegrade.regrade.state": "ASKED"})
	h.step(admin, "approveRegrade", 3, nil).refused("regrade.own")
	h.step(admin, "declineRegrade", 3, vars{"reason": "not like that"}).is(map[string]any{"declineRegrade.regrade.state": "DECLINED"})
	h.step(releaser, "askRegrade", 4, vars{"policy": "EXACT", "reason": "wrong key"}).is(map[string]any{"askRegrade.regrade.policy": "EXACT"})
	approved := h.step(admin, "approveRegrade", 5, vars{"note": "yes"}).is(map[string]any{"approveRegrade.regrade.state": "STANDING"})
	h.settled(t, approved, "approveRegrade")
	settled := map[string]any{"work": "SETTLING", "state": "DONE", "error": nil, "attempts": 2.0, "of": 2.0, "figures": nil, "outcome": map[string]any{"gain": 1.0, "lose": 1.0, "delta": 0.0}}
	for { // it may be seen on its way
		if is := followed.next(); is.at("regradeProgress.state") == "DONE" {
			is.is(map[string]any{"regradeProgress": settled})
			break
		}
	}

	graded := `query($id: ID!) { attempt(id: $id) { total max items { answer { mark revised { was policy version dropped regrade } } } } }`
	teacher.ask(graded, vars{"id": h.answered[0].String()}).is(map[string]any{"attempt.total": 0, "attempt.items.0.answer.revised.was": 4,
		"attempt.items.0.answer.revised.regrade": h.regrade, "attempt.items.0.answer.revised.policy": "EXACT"})
	teacher.ask(graded, vars{"id": h.answered[1].String()}).is(map[string]any{"attempt.total": 4, "attempt.max": 4})

	revoked := h.step(admin, "revokeRegrade", 6, vars{"reason": "again"}).is(map[string]any{"revokeRegrade.regrade.state": "REVOKED"})
	h.settled(t, revoked, "revokeRegrade")
	teacher.ask(graded, vars{"id": h.answered[0].String()}).is(map[string]any{"attempt.total": 4, "attempt.items.0.answer.revised": nil})
	h.step(releaser, "assessRegrade", 7, nil).is(map[string]any{"assessRegrade.regrade.state": "REVOKED"})

	elsewhere := h.from(t, "school", "prod", access.Admin)
	h.step(elsewhere, "approveRegrade", 7, nil).refused("regrade.not_found")
	h.step(elsewhere, "assessRegrade", 7, nil).refused("regrade.not_found")
	elsewhere.say(read, vars{"id": h.regrade}).refused("regrade.not_found")
}

// A lesson that has an older version is told of a revision; an erratum is there by itself.
func TestRevisionsAreOffered(t *testing.T) {
	t.Parallel()
	h := mistake(t)
	author := h.as(t, access.Author)
	offered := `query($id: ID!, $lesson: ID!) { question(id: $id) { live { lesson { id } candidate lessonVersion places { slot version } sessions { nodes { id } } } revisionOffers { totalCount nodes { from to places owner } } }
		revisionOffers(mine: true, lesson: $lesson) { totalCount nodes { from to owner lesson { id } question { id } declined { reason } } }
		lesson(id: $lesson) { revision items { version erratum } versions { nodes { items { version erratum } } } } }`
	of := vars{"id": h.question.id, "lesson": h.mistaken}
	h.as(t, access.Admin).ask(offered, of).is(map[string]any{"question.live.0.lesson.id": h.mistaken, "question.live.0.places": []any{vars{"slot": "q", "version": 2}},
		"question.live.0.candidate": false, "question.revisionOffers.nodes": []any{vars{"from": 1, "to": 3, "places": 1, "owner": "school-author"}},
		"revisionOffers.totalCount": 0, "lesson.items.0.erratum": 2, "lesson.versions.nodes.0.items.0.erratum": 2})

	decide := func(c caller, name string, revision, version int, more vars) answer {
		input := vars{"lesson": h.mistaken, "question": h.question.code, "revision": revision, "version": version}
		for k, v := range more {
			input[k] = v
		}
		return c.say(fmt.Sprintf(`mutation($i: %s%sInput!) { %s(input: $i) { position revision lesson { items { version erratum } } } }`,
			strings.ToUpper(name[:1]), name[1:], name), vars{"i": input})
	}
	decide(author, "acceptRevision", 2, 9, nil).refused("offer.version")
	decide(author, "declineRevision", 2, 3, vars{"reason": ""}).refused("reason.missing")
	decide(author, "declineRevision", 1, 3, vars{"reason": "fine as it is"}).refused("revision.stale")
	decide(h.from(t, "other", "test", access.Admin), "declineRevision", 2, 3, vars{"reason": "x"}).refused("question.not_found")
	declined := decide(author, "declineRevision", 2, 3, vars{"reason": "fine as it is"}).is(map[string]any{"declineRevision.revision": 3})
	author.ask(`query($lesson: ID!, $at: Long) { revisionOffers(declined: true, lesson: $lesson, at: $at) { nodes { declined { by reason } } } }`,
		vars{"lesson": h.mistaken, "at": declined.number("declineRevision.position")}).
		is(map[string]any{"revisionOffers.nodes.0.declined": vars{"by": "school-author", "reason": "fine as it is"}})
	accepted := decide(author, "acceptRevision", 3, 3, nil).is(map[string]any{"acceptRevision.revision": 4, "acceptRevision.lesson.items": []any{vars{"version": 3, "erratum": nil}}})
	decide(author, "acceptRevision", 4, 3, nil).is(map[string]any{"acceptRevision.revision": 4})
	decide(author, "declineRevision", 4, 3, vars{"reason": "x"}).refused("offer.none")
	if got := decide(h.named(t, "school-other", access.Author), "acceptRevision", 4, 3, nil).refused("offer.owner"); !strings.Contains(got.raw, `"owner":"school-author"`) {
		t.Errorf("the owner is not named: %s", got.raw)
	}
	// A releaser publishes lessons and does not write them.
	for _, name := range []string{"acceptRevision", "declineRevision"} {
		got := decide(h.as(t, access.Releaser), name, 4, 3, map[string]vars{"declineRevision": {"reason": "x"}}[name]).refused("access.denied")
		if !strings.Contains(got.raw, "who wrote it last (permission lessons.write)") || !strings.Contains(got.raw, `"permission":"lessons.write"`) {
			t.Errorf("who may is not said: %s", got.raw)
		}
	}
	author.ask(`query($lesson: ID!, $at: Long) { open: revisionOffers(lesson: $lesson, at: $at) { totalCount } declined: revisionOffers(declined: true, lesson: $lesson) { totalCount } }`,
		vars{"lesson": h.mistaken, "at": accepted.number("acceptRevision.position")}).
		is(map[string]any{"open.totalCount": 0, "declined.totalCount": 0})
	retire := `mutation($i: RetireQuestionInput!) { retireQuestion(input: $i) { question { state } stillLive { lesson { id } candidate places { slot version } } } }`
	releaser, input := h.as(t, access.Releaser), vars{"question": h.question.id, "revision": h.question.revision, "reason": "out of date"}
	if refusal := releaser.say(retire, vars{"i": input}).refused("question.live"); !strings.Contains(refusal.raw, rawID(t, h.mistaken)) {
		t.Errorf("where it is live is not said: %s", refusal.raw)
	}
	many := `mutation($i: BulkQuestionsInput!) { bulkQuestions(input: $i) { done outcomes { code stillLive { lesson { id } places { slot version } } } } }`
	releaser.ask(many, vars{"i": vars{"action": "RETIRE", "note": "out of date", "items": []any{vars{"question": h.question.id, "revision": h.question.revision}}}}).is(map[string]any{
		"bulkQuestions.done": 0, "bulkQuestions.outcomes.0.code": "question.live",
		"bulkQuestions.outcomes.0.stillLive": []any{vars{"lesson": vars{"id": h.mistaken}, "places": []any{vars{"slot": "q", "version": 2}}}}})
	input["whileLive"] = true
	releaser.ask(retire, vars{"i": input}).is(map[string]any{
		"retireQuestion.question.state": "RETIRED",
		"retireQuestion.stillLive":      []any{vars{"lesson": vars{"id": h.mistaken}, "candidate": false, "places": []any{vars{"slot": "q", "version": 2}}}}})
}
