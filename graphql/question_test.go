package graphql_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"qbank/domain/access"
)

const questionFields = `id code state revision hash latestVersion title summary typeRef problemCount allowedActions metadata{subject tags}`

const createDocument = `mutation($i: CreateQuestionInput!) { createQuestion(input: $i) { position revision question {` + questionFields + `} } }`

// made is a question as a mutation returned it.
type made struct {
	id, code, hash string
	revision       int
	position       int
}

func of(a answer, mutation string) made {
	a.t.Helper()
	q := mutation + ".question."
	return made{a.text(q + "id"), a.text(q + "code"), a.text(q + "hash"), a.number(q + "revision"), a.number(mutation + ".position")}
}

func (c caller) create(content vars, metadata vars) made {
	c.t.Helper()
	return of(c.ask(createDocument, vars{"i": vars{"type": "single-choice@1.0.0", "content": content, "metadata": metadata}}), "createQuestion")
}

// act carries out a mutation of a question.
func (c caller) act(mutation string, q made, more vars) answer {
	c.t.Helper()
	input := vars{"question": q.id, "revision": q.revision}
	for k, v := range more {
		input[k] = v
	}
	return c.say(fmt.Sprintf(`mutation($i: %s%sInput!) { %s(input: $i) { position revision question {%s} } }`,
		strings.ToUpper(mutation[:1]), mutation[1:], mutation, questionFields), vars{"i": input})
}

// must is act without errors.
func (c caller) must(mutation string, q made, more vars) made {
	c.t.Helper()
	a := c.act(mutation, q, more)
	if len(a.Errors) > 0 {
		c.t.Fatalf("%s: %s", mutation, a.raw)
	}
	return of(a, mutation)
}

// publish takes a draft through review into a version.
func (h *house) publish(t testing.TB, org string, q made, kind string) made {
	t.Helper()
	q = h.from(t, org, "test", access.Author).must("submitQuestion", q, nil)
	q = h.from(t, org, "test", access.Reviewer).must("approveQuestion", q, vars{"hash": q.hash})
	return h.from(t, org, "test", access.Releaser).must("publishQuestion", q, vars{"kind": kind})
}

func TestTheLifeOfAQuestion(t *testing.T) {
	t.Parallel()
	h := open(t)
	author, reviewer, releaser := h.as(t, access.Author), h.as(t, access.Reviewer), h.as(t, access.Releaser)

	// A draft may be incomplete: it is kept, with its problems.
	a := author.ask(createDocument, vars{"i": vars{"type": "single-choice@1.0.0", "metadata": vars{"title": "Sums", "subject": "math", "tags": []string{"b", "a"}}}})
	a.is(map[string]any{"createQuestion.question.state": "DRAFT", "createQuestion.question.title": "Sums", "createQuestion.question.metadata.tags": []string{"a", "b"},
		"createQuestion.question.allowedActions": []string{"EDIT", "SUBMIT", "WITHDRAW"}})
	q := of(a, "createQuestion")
	problems := author.ask(`query($id: ID!) { question(id: $id) { problems { pointer code message en zh } } }`, vars{"id": q.id}).list("question.problems")
	if len(problems) == 0 {
		t.Error("an empty draft has no problems")
	}
	invalid := author.act("submitQuestion", q, nil).refused("question.invalid")
	if len(invalid.Errors[0].Extensions.Problems) == 0 {
		t.Error("the refusal does not say where")
	}

	q = author.must("editQuestion", q, vars{"content": single("2+2?", 1)})
	author.act("approveQuestion", q, vars{"hash": q.hash}).refused("access.denied")
	releaser.act("publishQuestion", q, vars{"kind": "REVISION"}).refused("question.not_approved")
	q = author.must("submitQuestion", q, vars{"note": "please"})
	reviewer.act("returnQuestion", q, vars{"hash": q.hash, "reason": ""}).refused("reason.missing")
	q = reviewer.must("returnQuestion", q, vars{"hash": q.hash, "reason": "add a unit"})
	q = author.must("submitQuestion", q, nil)

	// An approval is bound to the content that was seen.
	reviewer.act("approveQuestion", q, vars{"hash": strings.Repeat("0", 64)}).refused("question.content_changed")
	q = reviewer.must("approveQuestion", q, vars{"hash": q.hash, "note": "fine"})
	edited := author.must("editQuestion", q, vars{"content": single("2+2 = ?", 1)})
	releaser.act("publishQuestion", edited, vars{"kind": "REVISION"}).refused("question.not_approved")
	releaser.act("publishQuestion", q, vars{"kind": "REVISION"}).refused("revision.stale")
	q = h.publish(t, "school", edited, "ERRATUM")

	// Another version, restored from the first content.
	q = author.must("editQuestion", q, vars{"content": single("3+3?", 2)})
	q = h.publish(t, "school", q, "ERRATUM")
	q = author.must("restoreQuestion", q, vars{"to": vars{"revision": 2}})
	q = releaser.must("retireQuestion", q, vars{"reason": "out of date"})
	author.act("editQuestion", q, vars{"content": single("9", 1)}).refused("question.state")
	q = releaser.must("reinstateQuestion", q, vars{"reason": "needed"})

	a = author.ask(`query($id: ID!) { question(id: $id) { state latestVersion draft
		versions { nodes { version kind content publishedBy hash } totalCount }
		history(first: 100) { totalCount nodes { revision kind by at note version versionKind restoredFrom state changes { pointer op before after } } }
		past(point: {version: 1}) { revision content state }
		diff(from: {version: 1}, to: {version: 2}) { fromRevision toRevision content { pointer op before after } }
	} }`, vars{"id": q.id})
	a.is(map[string]any{
		"question.state": "DRAFT", "question.latestVersion": 2, "question.draft.stem.text": "2+2?",
		"question.versions.totalCount": 2, "question.versions.nodes.0.version": 2, "question.versions.nodes.0.kind": "ERRATUM",
		"question.versions.nodes.1.kind": "REVISION", "question.versions.nodes.1.content.key": "o1", "question.versions.nodes.1.publishedBy": "school-releaser",
		"question.past.content.stem.text": "2+2 = ?", "question.past.state": "PUBLISHED",
		"question.history.totalCount": q.revision, "question.history.nodes.0.kind": "question.reinstated", "question.history.nodes.0.note": "needed",
		"question.history.nodes.2.kind": "question.edited", "question.history.nodes.2.restoredFrom": 2,
	})
	pointers := map[string]bool{}
	for _, c := range a.list("question.diff.content") {
		pointers[c.(map[string]any)["pointer"].(string)] = true
	}
	if !pointers["/key"] || !pointers["/stem/text"] || len(pointers) != 2 {
		t.Errorf("the difference of the versions is %v", pointers)
	}

	// To a moment, and to a version.
	since := author.ask(`query($id: ID!) { question(id: $id) { content preview past(point: {version: 1}) { at revision content } versions { nodes { view } } } }`, vars{"id": q.id})
	since.is(map[string]any{"question.content.key": "o2", "question.preview.stem.text": "2+2?"})
	for _, view := range []string{"question.preview", "question.versions.nodes.0.view"} {
		if _, leaks := since.at(view).(map[string]any)["key"]; leaks {
			t.Errorf("%s holds the key", view)
		}
	}
	for _, point := range []vars{{"moment": since.at("question.past.at")}, {"version": 1}} {
		q = author.must("restoreQuestion", q, vars{"to": point})
		author.ask(`query($id: ID!) { question(id: $id) { draft } }`, vars{"id": q.id}).is(map[string]any{"question.draft": since.at("question.past.content")})
		q = author.must("editQuestion", q, vars{"content": single("in between", 1)})
	}
	// Every event's own time is a moment at which it has happened.
	events := author.ask(`query($id: ID!) { question(id: $id) { updatedAt revision history(first: 200) { nodes { revision at hash state } } } }`, vars{"id": q.id})
	for _, e := range events.list("question.history.nodes") {
		event := e.(map[string]any)
		author.ask(`query($id: ID!, $at: Instant) { question(id: $id) { past(point: {moment: $at}) { revision hash state } } }`, vars{"id": q.id, "at": event["at"]}).
			is(map[string]any{"question.past.revision": event["revision"], "question.past.hash": event["hash"], "question.past.state": event["state"]})
	}
	events.is(map[string]any{"question.history.nodes.0.at": events.at("question.updatedAt")})
	author.act("restoreQuestion", q, vars{"to": vars{"moment": "2001-01-01T00:00:00Z"}}).refused("revision.not_found")

	withdrawn := author.create(single("never mind", 1), nil)
	if w := author.act("withdrawQuestion", withdrawn, nil); w.text("withdrawQuestion.question.state") != "WITHDRAWN" {
		t.Error(w.raw)
	}
}

func TestEditsOfDifferentFieldsBothStayAndOfTheSameShowBoth(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	seen := author.create(single("2+2?", 1), nil)
	first := author.must("editQuestion", seen, vars{"content": single("What is 2+2?", 1)})

	other := single("2+2?", 1)
	other["shuffle"] = true
	merged := author.must("editQuestion", seen, vars{"content": other})
	author.ask(`query($id: ID!) { question(id: $id) { draft } }`, vars{"id": merged.id}).
		is(map[string]any{"question.draft.stem.text": "What is 2+2?", "question.draft.shuffle": true})

	conflict := author.act("editQuestion", seen, vars{"content": single("2 plus 2?", 1)}).refused("question.merge_conflict")
	e := conflict.Errors[0].Extensions
	conflicts, _ := e.Details["conflicts"].([]any)
	if len(conflicts) != 1 || len(e.Problems) != 1 || e.Problems[0].Pointer != "/stem/text" {
		t.Fatal(conflict.raw)
	}
	shown := conflicts[0].(map[string]any)
	if shown["base"] != "2+2?" || shown["ours"] != "What is 2+2?" || shown["theirs"] != "2 plus 2?" {
		t.Errorf("the conflict shows %v", shown)
	}
	author.act("submitQuestion", first, nil).refused("revision.stale")
	for _, revision := range []int{0, -1} {
		seen.revision = revision
		author.act("editQuestion", seen, vars{"content": single("x", 1)}).refused("revision.invalid")
	}
}

func TestMetadataIsPatched(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	q := author.create(single("2+2?", 1), vars{"title": "Sums", "subject": "math", "grade": "3", "tags": []string{"easy"}})
	a := author.act("describeQuestion", q, vars{"subject": "数学", "clear": []string{"GRADE", "TAGS"}, "chapter": "一/加法"})
	q = of(a, "describeQuestion")
	author.ask(`query($id: ID!, $at: Long) { question(id: $id, at: $at) { metadata { title subject grade chapter tags }
		history(first: 1) { nodes { kind metadataChanges { pointer op } } } } }`, vars{"id": q.id, "at": q.position}).
		is(map[string]any{"question.metadata.title": "Sums", "question.metadata.subject": "数学", "question.metadata.grade": nil,
			"question.metadata.chapter": "一/加法", "question.metadata.tags": []string{}, "question.history.nodes.0.kind": "question.described"})
	stale := q
	stale.revision--
	author.act("describeQuestion", stale, vars{"title": "x"}).refused("revision.stale")
	author.act("describeQuestion", q, vars{"title": strings.Repeat("长", 301)}).refused("question.metadata")
}

func TestACodeIsAcceptedEverywhereHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	q := author.create(single("2+2?", 1), nil)
	digits := q.code[1:]
	wide := strings.Map(func(r rune) rune { return r - '!' + '！' }, q.code)
	for _, typed := range []string{q.code, "q" + digits, "Q-" + digits[:3] + "-" + digits[3:], wide, "Q " + digits, q.id, rawID(t, q.id)} {
		author.ask(`query($id: ID!) { question(id: $id) { id } }`, vars{"id": typed}).is(map[string]any{"question.id": q.id})
		byCode := q
		byCode.id = typed
		author.must("submitQuestion", q2(author, byCode), nil)
		q = author.must("editQuestion", q2(author, q), vars{"content": single("2+2? "+typed, 1)})
	}
	for _, typed := range []string{q.code, "q" + digits, wide} {
		found := author.ask(`query($q: String) { questions(query: $q) { nodes { id } } }`, vars{"q": typed})
		found.is(map[string]any{"questions.nodes.0.id": q.id})
	}
	wrong := q.code[:len(q.code)-1] + string('0'+(q.code[len(q.code)-1]-'0'+1)%10)
	author.say(`query($id: ID!) { question(id: $id) { id } }`, vars{"id": wrong}).refused("question.code")
	author.say(`query($q: String) { questions(query: $q) { nodes { id } } }`, vars{"q": wrong}).refused("question.code")
	bad := q
	bad.id = wrong
	author.act("submitQuestion", bad, nil).refused("question.code")
	author.say(`mutation($i: CreateLessonInput!) { createLesson(input: $i) { position } }`, vars{"i": vars{"plan": vars{"title": "x", "items": []any{
		vars{"slot": "a", "question": wrong, "max": 1}}}}}).refused("question.code")
}

// q2 is the question with the revision that it has now.
func q2(c caller, q made) made {
	a := c.ask(`query($id: ID!) { question(id: $id) { id code hash revision } }`, vars{"id": q.id})
	return made{q.id, a.text("question.code"), a.text("question.hash"), a.number("question.revision"), 0}
}

// rawID is the UUID in a global id.
func rawID(t testing.TB, global string) string {
	t.Helper()
	plain, err := base64.RawURLEncoding.DecodeString(global)
	if err != nil {
		t.Fatal(err)
	}
	_, id, _ := strings.Cut(string(plain), ":")
	return id
}
