package graphql_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/domain/access"
)

// person is somebody of the school with a name of their own.
func (h *house) person(t testing.TB, id string, roles ...access.Role) caller {
	t.Helper()
	actor := access.Actor{ID: id, Roles: roles, Scope: access.Scope{Org: "school", Environment: "test"}}
	minted, err := h.signer.Mint(actor, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return caller{h, t, minted, actor}
}

// granted gives somebody a role in an organisation, "" for the school itself.
func (h *house) granted(t testing.TB, person, role, org string) string {
	t.Helper()
	h.as(t, access.Admin).ask(`mutation($i: GrantRoleInput!) { grantRole(input: $i) { position } }`, vars{"i": vars{"person": person, "role": role, "org": cmp.Or(org, "school")}})
	return person
}

func step(id, role string, more vars) vars {
	s := vars{"id": id, "title": vars{"en": id, "zh-CN": "步骤"}, "role": role, "approvals": 1}
	for k, v := range more {
		s[k] = v
	}
	return s
}

// strict is a workflow of two steps, a spot check and a fast lane.
func strict(share int) vars {
	return vars{"name": "strict", "version": 1, "title": vars{"en": "Strict", "zh-CN": "严格"}, "errata": vars{"steps": []string{"first"}, "max_changes": 1, "keeps": []string{"/key"}},
		"steps": []any{step("first", "reviewer", nil), step("second", "admin", nil), step("spot", "admin", vars{"share": share})}}
}

// choose makes a workflow apply to a subject, or to all.
func (c caller) choose(document vars, kind, subject string) {
	c.t.Helper()
	c.ask(`mutation($i: DefineWorkflowInput!) { defineWorkflow(input: $i) { workflow { ref } } }`, vars{"i": vars{"document": document}})
	revision := c.ask(`{ reviewPolicies { org revision } }`, nil).number("reviewPolicies.0.revision")
	c.ask(`mutation($i: ChooseWorkflowInput!) { chooseWorkflow(input: $i) { policy { choices { workflow } } } }`,
		vars{"i": vars{"revision": revision, "kind": kind, "subject": subject, "workflow": fmt.Sprintf("%s@%v", document["name"], document["version"])}})
}

// stands asks for the review of a question at a position.
func (c caller) stands(q made) answer {
	c.t.Helper()
	return c.ask(`query($id: ID!, $at: Long) { question(id: $id, at: $at) { state revision allowedActions review { workflow fastLane spotCheck step state authors mayApprove whyNot
		steps { id title waiting needed approvedBy spotCheck assigned { person due } } history { nodes { action step by note persons } } } } }`, vars{"id": q.id, "at": q.position})
}

func TestNobodyApprovesTheirOwnWork(t *testing.T) {
	t.Parallel()
	h := open(t)
	li, wang := h.person(t, "li", access.Author, access.Reviewer, access.Releaser), h.person(t, "wang", access.Reviewer)
	sun := h.person(t, "sun", access.Author)
	q := li.must("submitQuestion", sun.must("editQuestion", li.create(single("2+2?", 1), nil), vars{"content": single("2+2 = ?", 1)}), nil)
	for _, author := range []caller{li, h.person(t, "sun", access.Reviewer)} {
		author.act("approveQuestion", q, vars{"hash": q.hash}).refused("review.own_work")
	}
	li.stands(q).is(map[string]any{"question.review.mayApprove": false, "question.review.whyNot": "one's own work is approved by somebody else",
		"question.review.authors": []string{"li", "sun"}, "question.allowedActions": []string{"EDIT", "RETURN", "RETIRE", "WITHDRAW"}})
	wang.stands(q).is(map[string]any{"question.review.mayApprove": true, "question.review.whyNot": nil, "question.allowedActions": []string{"APPROVE", "RETURN"},
		"question.review.workflow": "single-review@2", "question.review.step": "review"})
	q = wang.must("approveQuestion", q, vars{"hash": q.hash})
	li.must("publishQuestion", q, vars{"kind": "REVISION"})

	// An organisation of one chooses otherwise, knowingly; what was submitted before stays as it was.
	before := li.must("submitQuestion", li.create(single("3+3?", 1), nil), nil)
	h.as(t, access.Admin).ask(`mutation { chooseWorkflow(input: {revision: 0, kind: QUESTION, workflow: "solo@1"}) { policy { revision choices { kind subject workflow } } } }`, nil).
		is(map[string]any{"chooseWorkflow.policy.choices.0.workflow": "solo@1", "chooseWorkflow.policy.revision": 1})
	li.act("approveQuestion", before, vars{"hash": before.hash}).refused("review.own_work")
	after := li.must("submitQuestion", li.create(single("4+4?", 1), nil), nil)
	li.must("publishQuestion", li.must("approveQuestion", after, vars{"hash": after.hash}), vars{"kind": "REVISION"})
}

// What answers are scored by is no small correction, wherever the type keeps it and whatever places a workflow names; where two options change their
// texts, two values differ.
func TestAKeyTakesNoFastLane(t *testing.T) {
	t.Parallel()
	h := open(t)
	li, zhao := h.person(t, "li", access.Author), h.person(t, "zhao", access.Reviewer, access.Admin, access.Releaser)
	number := func(answer string) vars {
		return vars{"stem": plain("6 × 7?"), "answers": []any{vars{"value": answer}}}
	}
	swapped := single("2+2?", 1)
	swapped["options"].([]any)[0].(vars)["text"], swapped["options"].([]any)[1].(vars)["text"] = plain("4"), plain("3")
	explained := number("42")
	explained["explanation"] = plain("6 sevens")
	lane := strict(1)
	zhao.choose(lane, "QUESTION", "")
	for version, c := range map[int]struct{ most, secrets any }{2: {2, false}, 3: {1, false}, 4: {2, true}} {
		lane["version"], lane["errata"] = version, vars{"steps": []string{"first"}, "max_changes": c.most, "secrets": c.secrets}
		zhao.ask(`mutation($i: DefineWorkflowInput!) { defineWorkflow(input: $i) { workflow { ref } } }`, vars{"i": vars{"document": lane}})
	}
	for name, c := range map[string]struct {
		typ           string
		before, after vars
		lanes         [3]bool
	}{
		"another answer":     {"numeric@1.0.0", number("42"), number("43"), [3]bool{false, false, true}},
		"another key":        {"single-choice@1.0.0", single("2+2?", 1), single("2+2?", 2), [3]bool{false, false, true}},
		"options swapped":    {"single-choice@1.0.0", single("2+2?", 1), swapped, [3]bool{true, false, true}},
		"an explanation":     {"numeric@1.0.0", number("42"), explained, [3]bool{true, false, true}},
		"a word of the stem": {"single-choice@1.0.0", single("2+2?", 1), single("2 + 2?", 1), [3]bool{true, true, true}},
	} {
		subject := strings.ReplaceAll(name, " ", "-")
		q := of(li.ask(createDocument, vars{"i": vars{"type": c.typ, "content": c.before, "metadata": vars{"subject": subject}}}), "createQuestion")
		use := func(version any) {
			t.Helper()
			revision := zhao.ask(`{ reviewPolicies { revision } }`, nil).number("reviewPolicies.0.revision")
			zhao.ask(`mutation($i: ChooseWorkflowInput!) { chooseWorkflow(input: $i) { position } }`,
				vars{"i": vars{"revision": revision, "kind": "QUESTION", "subject": subject, "workflow": version}})
		}
		use("single-review@2")
		q = li.must("submitQuestion", q, nil)
		q = zhao.must("publishQuestion", zhao.must("approveQuestion", q, vars{"hash": q.hash}), vars{"kind": "REVISION"})
		q = li.must("editQuestion", q, vars{"content": c.after})
		for i, fast := range c.lanes {
			use(fmt.Sprint("strict@", i+2))
			q = li.must("submitQuestion", q, vars{"kind": "ERRATUM"})
			if a := li.stands(q); a.at("question.review.fastLane") != fast {
				t.Errorf("%s under strict@%d: %s", name, i+2, a.raw)
			}
			q = zhao.must("returnQuestion", q, vars{"hash": q.hash, "reason": "once more"})
		}
	}
}

func TestAStrictReviewTakesEveryStep(t *testing.T) {
	t.Parallel()
	h := open(t)
	li, wang, zhao := h.person(t, "li", access.Author), h.person(t, "wang", access.Reviewer, access.Admin), h.person(t, "zhao", access.Admin, access.Releaser)
	chen := h.person(t, "chen", access.Admin)
	zhao.choose(strict(1_000_000-1), "QUESTION", "math")
	filed := vars{"subject": "math"}
	q := li.must("submitQuestion", li.create(single("2+2?", 1), filed), nil)
	li.stands(q).is(map[string]any{"question.review.workflow": "strict@1", "question.review.spotCheck": true, "question.review.steps.2.spotCheck": true,
		"question.review.steps.0.waiting": true, "question.review.steps.0.title": "first"})
	zhao.act("approveQuestion", q, vars{"hash": q.hash}).refused("review.role")
	q = wang.must("approveQuestion", q, vars{"hash": q.hash, "note": "good"})
	if a := zhao.stands(q); a.text("question.state") != "IN_REVIEW" {
		t.Error(a.raw)
	}
	zhao.act("publishQuestion", q, vars{"kind": "REVISION"}).refused("question.not_approved")
	wang.act("approveQuestion", q, vars{"hash": q.hash}).refused("review.same_person")
	q = zhao.must("approveQuestion", q, vars{"hash": q.hash})
	q = chen.must("approveQuestion", q, vars{"hash": q.hash})
	li.stands(q).is(map[string]any{"question.state": "APPROVED", "question.review.step": nil, "question.review.steps.1.approvedBy": []string{"zhao"},
		"question.review.history.nodes.2.note": "good", "question.review.history.nodes.2.step": "first"})
	q = zhao.must("publishQuestion", q, vars{"kind": "REVISION"})

	// A small correction takes the fast lane; one of the key does not.
	fixed := li.must("submitQuestion", li.must("editQuestion", q, vars{"content": single("2+2 = ?", 1)}), vars{"kind": "ERRATUM"})
	li.stands(fixed).is(map[string]any{"question.review.fastLane": true, "question.review.spotCheck": false})
	fixed = wang.must("approveQuestion", fixed, vars{"hash": fixed.hash})
	zhao.act("publishQuestion", fixed, vars{"kind": "REVISION"}).refused("question.lane")
	q = zhao.must("publishQuestion", fixed, vars{"kind": "ERRATUM"})
	keyed := li.must("submitQuestion", li.must("editQuestion", q, vars{"content": single("2+2 = ?", 2)}), vars{"kind": "ERRATUM"})
	li.stands(keyed).is(map[string]any{"question.review.fastLane": false})

	// Another subject goes by the default.
	other := li.must("submitQuestion", li.create(single("Who?", 1), vars{"subject": "art"}), nil)
	li.stands(other).is(map[string]any{"question.review.workflow": "single-review@2"})
	zhao.say(`mutation($i: DefineWorkflowInput!) { defineWorkflow(input: $i) { position } }`, vars{"i": vars{"document": strict(5)}}).refused("workflow.version_taken")
	bad := strict(2_000_000)
	bad["version"] = 2
	a := zhao.say(`mutation($i: DefineWorkflowInput!) { defineWorkflow(input: $i) { position } }`, vars{"i": vars{"document": bad}}).refused("workflow.invalid")
	if p := a.Errors[0].Extensions.Problems; len(p) != 1 || p[0].Pointer != "/steps/2/share" {
		t.Error(a.raw)
	}
	zhao.say(`mutation { chooseWorkflow(input: {revision: 2, kind: QUESTION, workflow: "nothing@1"}) { position } }`, nil).refused("workflow.unknown")
	zhao.say(`mutation { chooseWorkflow(input: {revision: 1, kind: QUESTION, workflow: "solo@1"}) { position } }`, nil).refused("revision.stale")
}

const queue = `query($at: Long, $mine: Boolean, $open: Boolean, $unassigned: Boolean) { reviewQueue(at: $at, mine: $mine, open: $open, unassigned: $unassigned) {
	nodes { itemId title step revision } } reviewCounts { workflow step waiting unassigned overdue } }`

func TestAQueueIsWorkedOff(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin, id := h.as(t, access.Admin), uuid.NewString()
	li, wang, zhao := h.person(t, "li", access.Author), h.person(t, "wang", access.Reviewer), h.person(t, id, access.Reviewer)
	analyst := h.granted(t, uuid.NewString(), "ANALYST", "")
	elsewhere := h.granted(t, uuid.NewString(), "REVIEWER", "school/art")
	h.granted(t, id, "REVIEWER", "")
	a := li.must("submitQuestion", li.create(single("a?", 1), vars{"title": "a"}), nil)
	b := li.must("submitQuestion", li.create(single("b?", 1), vars{"title": "b"}), nil)
	titles := func(c caller, at int, more vars) string {
		t.Helper()
		more["at"] = at
		var out []string
		for _, n := range c.ask(queue, more).list("reviewQueue.nodes") {
			out = append(out, n.(map[string]any)["title"].(string))
		}
		return strings.Join(out, " ")
	}
	review := func(c caller, mutation string, q made, more vars) answer {
		t.Helper()
		input := vars{"item": q.id, "revision": q.revision}
		for k, v := range more {
			input[k] = v
		}
		return c.say(fmt.Sprintf(`mutation($i: %s%sInput!) { %s(input: $i) { position revision review { due steps { assigned { person due } } } question { code } lesson { id } } }`,
			strings.ToUpper(mutation[:1]), mutation[1:], mutation), vars{"i": input})
	}
	if got := titles(wang, b.position, vars{"open": true}); got != "a b" {
		t.Errorf("open are %q", got)
	}
	wang.ask(`{ reviewQueue(first: 1, open: true) { totalCount totalCountCapped } own: reviewQueue(mine: true) { totalCount } }`, nil).
		is(map[string]any{"reviewQueue.totalCount": 2, "reviewQueue.totalCountCapped": false, "own.totalCount": 0})
	claimed := review(wang, "claimReview", a, nil).is(map[string]any{"claimReview.review.steps.0.assigned.0.person": "wang", "claimReview.question.code": a.code, "claimReview.lesson": nil})
	a.revision, a.position = claimed.number("claimReview.revision"), claimed.number("claimReview.position")
	review(zhao, "claimReview", a, nil).refused("review.taken")
	for name, c := range map[string]struct {
		by   caller
		more vars
		want string
	}{"wang's": {wang, vars{"mine": true}, "a"}, "zhao's": {zhao, vars{"mine": true}, ""}, "nobody's": {zhao, vars{"unassigned": true}, "b"}, "all": {zhao, vars{}, "a b"}} {
		if got := titles(c.by, a.position, c.more); got != c.want {
			t.Errorf("%s are %q, want %q", name, got, c.want)
		}
	}
	admin.ask(queue, vars{"at": a.position}).is(map[string]any{"reviewCounts.0.waiting": 2, "reviewCounts.0.unassigned": 1, "reviewCounts.0.step": "review"})
	review(zhao, "assignReview", b, vars{"persons": []string{id}}).refused("access.denied")
	review(admin, "assignReview", b, vars{"persons": []string{"li"}}).refused("review.own_work")
	for person, problem := range map[string]string{"nobody": "unknown", uuid.NewString(): "unknown", elsewhere: "unknown", analyst: "role"} {
		if got := review(admin, "assignReview", b, vars{"persons": []string{id, person}}).refused("review.assignee"); !strings.Contains(got.raw, `"pointer":"/persons/1","code":"`+problem) {
			t.Errorf("%s: %s", person, got.raw)
		}
	}
	review(admin, "assignReview", b, vars{"persons": []string{id}, "due": "2020-01-01T00:00:00Z"}).refused("review.due")
	assigned := review(admin, "assignReview", b, vars{"persons": []string{id}, "due": "2199-01-01T00:00:00Z"}).is(map[string]any{"assignReview.review.due": "2199-01-01T00:00:00.000000Z"})
	b.revision = assigned.number("assignReview.revision")
	admin.ask(queue, vars{"at": assigned.number("assignReview.position")}).is(map[string]any{"reviewCounts.0.overdue": 0})
	released := review(wang, "releaseReview", a, nil)
	a.revision = released.number("releaseReview.revision")
	unassigned := review(admin, "unassignReview", b, nil)
	b.revision = unassigned.number("unassignReview.revision")
	if got := titles(zhao, unassigned.number("unassignReview.position"), vars{"unassigned": true}); got != "a b" {
		t.Errorf("nobody's are %q", got)
	}
	done := wang.must("approveQuestion", a, vars{"hash": a.hash})
	if got := titles(wang, done.position, vars{}); got != "b" {
		t.Errorf("there wait %q", got)
	}
	stranger := h.from(t, "other", "test", access.Admin)
	stranger.ask(queue, vars{"at": done.position}).is(map[string]any{"reviewQueue.nodes": []any{}, "reviewCounts": []any{}})
	review(stranger, "claimReview", b, nil).refused("question.not_found")
	review(wang, "claimReview", made{id: global("Class", uuid.NewString()), revision: 1}, nil).refused("review.kind")
}

func TestALessonIsSignedOffInContext(t *testing.T) {
	t.Parallel()
	h := open(t)
	li, wang, zhao := h.person(t, "li", access.Author), h.person(t, "wang", access.Reviewer), h.person(t, "zhao", access.Admin, access.Releaser)
	var questions []made
	items := []any{}
	for i, stem := range []string{"one?", "two?", "three?", "four?"} {
		q := li.create(single(stem, 1), nil)
		if i < 3 {
			q = li.must("submitQuestion", q, nil)
		}
		questions = append(questions, q)
		items = append(items, vars{"slot": fmt.Sprint("s", i), "question": q.code, "max": 1})
	}
	created := li.ask(`mutation($i: CreateLessonInput!) { createLesson(input: $i) { lesson { id revision review { step } } } }`, vars{"i": vars{"plan": vars{"title": "whole", "items": items}}})
	id := created.is(map[string]any{"createLesson.lesson.review": nil}).text("createLesson.lesson.id")
	zhao.ask(`mutation { chooseWorkflow(input: {revision: 0, kind: LESSON, workflow: "single-review@2"}) { position } }`, nil)
	submitted := li.ask(`mutation($i: SubmitLessonInput!) { submitLesson(input: $i) { revision review { hash kind title step lesson { title } question { code } } } }`, vars{"i": vars{"lesson": id, "revision": 1}})
	hash := submitted.is(map[string]any{"submitLesson.review.kind": "LESSON", "submitLesson.review.title": "whole", "submitLesson.review.lesson.title": "whole",
		"submitLesson.review.question": nil}).text("submitLesson.review.hash")
	changed := li.must("submitQuestion", li.must("editQuestion", questions[1], vars{"content": single("two!", 1)}), nil)
	seen := []any{vars{"question": questions[0].id, "hash": questions[0].hash}, vars{"question": questions[1].code, "hash": questions[1].hash},
		vars{"question": questions[3].code, "hash": questions[3].hash}}
	off := func(c caller, revision int, hash, key string) answer {
		return c.say(`mutation($i: SignOffLessonInput!) { signOffLesson(input: $i) { position done refused outcomes { itemId done revision position code message } } }`,
			vars{"i": vars{"lesson": id, "revision": revision, "hash": hash, "questions": seen, "id": key, "note": "read it"}})
	}
	key := uuid.NewString()
	off(wang, 1, hash, key).refused("revision.stale")
	off(wang, 2, questions[0].hash, key).refused("lesson.content_changed")
	off(h.person(t, "li", access.Reviewer), 2, hash, key).refused("review.own_work")
	off(wang, 2, hash, "no").refused("input.uuid")
	came := off(wang, 2, hash, key)
	came.is(map[string]any{"signOffLesson.done": 2, "signOffLesson.refused": 2, "signOffLesson.outcomes.0.itemId": id,
		"signOffLesson.outcomes.1.code": "review.not_seen", "signOffLesson.outcomes.1.itemId": questions[2].id,
		"signOffLesson.outcomes.2.itemId": questions[0].id, "signOffLesson.outcomes.2.done": true,
		"signOffLesson.outcomes.3.itemId": changed.id, "signOffLesson.outcomes.3.code": "question.content_changed"})
	at := came.number("signOffLesson.position")
	wang.ask(`query($id: ID!, $at: Long) { lesson(id: $id, at: $at) { review { state steps { approvedBy } } } question(id: "`+questions[0].code+`") { state } }`, vars{"id": id, "at": at}).
		is(map[string]any{"lesson.review.state": "APPROVED", "lesson.review.steps.0.approvedBy": []string{"wang"}, "question.state": "APPROVED"})
	head, _ := h.Store.Head(t.Context())
	off(wang, 2, hash, key).is(map[string]any{"signOffLesson.outcomes.0.done": true})
	if again, _ := h.Store.Head(t.Context()); again != head {
		t.Error("signing off again under the same id did something")
	}

	// The policy wants lessons reviewed: an edit voids the approval, and publishing is refused.
	publish := func(revision int) answer {
		return zhao.say(`mutation($i: PublishLessonInput!) { publishLesson(input: $i) { position } }`, vars{"i": vars{"lesson": id, "revision": revision}})
	}
	li.ask(`mutation($i: EditLessonInput!) { editLesson(input: $i) { lesson { revision review { step } } } }`, vars{"i": vars{"lesson": id, "revision": 3, "plan": vars{"title": "part", "items": items[:1]}}}).
		is(map[string]any{"editLesson.lesson.review": nil})
	zhao.must("publishQuestion", q2(zhao, questions[0]), vars{"kind": "REVISION"})
	publish(4).refused("lesson.not_approved")
	again := li.ask(`mutation($i: SubmitLessonInput!) { submitLesson(input: $i) { review { hash } } }`, vars{"i": vars{"lesson": id, "revision": 4}})
	step := func(mutation string, revision int, more vars) answer {
		input := vars{"lesson": id, "revision": revision, "hash": again.text("submitLesson.review.hash")}
		for k, v := range more {
			input[k] = v
		}
		return wang.ask(fmt.Sprintf(`mutation($i: %s%sInput!) { %s(input: $i) { revision review { state hash } } }`, strings.ToUpper(mutation[:1]), mutation[1:], mutation), vars{"i": input})
	}
	step("returnLesson", 5, vars{"reason": "why?"}).is(map[string]any{"returnLesson.review": nil})
	li.ask(`mutation($i: SubmitLessonInput!) { submitLesson(input: $i) { position } }`, vars{"i": vars{"lesson": id, "revision": 6}})
	// Who writes a lesson takes it back from review; its reviewers do not.
	recall := func(c caller, revision int) answer {
		return c.say(`mutation($i: RecallLessonInput!) { recallLesson(input: $i) { revision review { state } lesson { review { state } } } }`, vars{"i": vars{"lesson": id, "revision": revision, "reason": "a slip"}})
	}
	recall(wang, 7).refused("access.denied")
	recall(h.from(t, "other", "test", access.Author), 7).refused("lesson.not_found")
	recall(li, 6).refused("revision.stale")
	recall(li, 7).is(map[string]any{"recallLesson.revision": 8, "recallLesson.review": nil, "recallLesson.lesson.review": nil})
	recall(li, 8).refused("lesson.state")
	publish(8).refused("lesson.not_approved")
	li.ask(`mutation($i: SubmitLessonInput!) { submitLesson(input: $i) { position } }`, vars{"i": vars{"lesson": id, "revision": 8}})
	step("approveLesson", 9, nil).is(map[string]any{"approveLesson.review.state": "APPROVED"})
	if a := publish(10); len(a.Errors) > 0 {
		t.Error(a.raw)
	}
}

func TestManyAreActedOnAtOnceEachByItself(t *testing.T) {
	t.Parallel()
	h := open(t)
	li, wang, zhao := h.person(t, "li", access.Author), h.person(t, "wang", access.Reviewer), h.person(t, "zhao", access.Releaser)
	var all []made
	for i := range 5 {
		all = append(all, li.create(single(fmt.Sprint(i, "?"), 1), vars{"tags": []string{"old"}}))
	}
	incomplete := of(li.ask(createDocument, vars{"i": vars{"type": "single-choice@1.0.0"}}), "createQuestion")
	bulk := func(c caller, action string, list []made, more vars) answer {
		t.Helper()
		items := []any{}
		for _, q := range list {
			items = append(items, vars{"question": q.id, "revision": q.revision, "hash": q.hash})
		}
		input := vars{"action": action, "items": items}
		for k, v := range more {
			input[k] = v
		}
		return c.say(`mutation($i: BulkQuestionsInput!) { bulkQuestions(input: $i) { position done refused outcomes { itemId done revision position code message problems { pointer } } } }`, vars{"i": input})
	}
	tagged := bulk(li, "TAG", all, vars{"addTags": []string{"new"}, "removeTags": []string{"old"}}).is(map[string]any{"bulkQuestions.done": 5, "bulkQuestions.outcomes.4.revision": 2})
	li.ask(`query($id: ID!, $at: Long) { question(id: $id, at: $at) { metadata { tags } } }`, vars{"id": all[4].id, "at": tagged.number("bulkQuestions.position")}).
		is(map[string]any{"question.metadata.tags": []string{"new"}})
	for i := range all {
		all[i].revision = 2
	}
	stale := all[3]
	stale.revision = 1
	key := uuid.NewString()
	mixed := []made{all[0], all[1], all[2], stale, incomplete, all[0]}
	came := bulk(li, "SUBMIT", mixed, vars{"id": key, "note": "please"})
	came.is(map[string]any{"bulkQuestions.done": 3, "bulkQuestions.refused": 3, "bulkQuestions.outcomes.0.revision": 3, "bulkQuestions.outcomes.3.code": "revision.stale",
		"bulkQuestions.outcomes.4.code": "question.invalid", "bulkQuestions.outcomes.5.code": "bulk.twice"})
	if len(came.list("bulkQuestions.outcomes.4.problems")) == 0 {
		t.Error(came.raw)
	}
	head, _ := h.Store.Head(t.Context())
	if again := bulk(li, "SUBMIT", mixed, vars{"id": key, "note": "please"}); again.number("bulkQuestions.done") != 3 || again.raw != came.raw {
		t.Errorf("sent again it is %s, was %s", again.raw, came.raw)
	}
	if now, _ := h.Store.Head(t.Context()); now != head {
		t.Error("sent again it did something")
	}
	for i := range all[:3] {
		all[i].revision = 3
	}
	bulk(wang, "SUBMIT", all[3:], nil).is(map[string]any{"bulkQuestions.done": 0, "bulkQuestions.outcomes.0.code": "access.denied"})
	bulk(zhao, "ASSIGN", all[:1], vars{"persons": []string{"wang"}}).is(map[string]any{"bulkQuestions.outcomes.0.code": "access.denied"})
	bulk(h.as(t, access.Admin), "ASSIGN", all[:1], vars{"persons": []string{"wang"}}).is(map[string]any{"bulkQuestions.outcomes.0.code": "review.assignee"})
	assigned := bulk(h.as(t, access.Admin), "ASSIGN", all[:1], vars{"persons": []string{h.granted(t, uuid.NewString(), "REVIEWER", "")}, "due": "2199-01-01T00:00:00Z"})
	all[0].revision = assigned.number("bulkQuestions.outcomes.0.revision")
	bulk(wang, "RETURN", all[2:3], vars{"note": "unclear"}).is(map[string]any{"bulkQuestions.done": 1})
	bulk(wang, "APPROVE", all[:2], nil).is(map[string]any{"bulkQuestions.done": 2})
	all[0].revision, all[1].revision = all[0].revision+1, 4
	bulk(zhao, "PUBLISH", all[:3], vars{"kind": "REVISION"}).is(map[string]any{"bulkQuestions.done": 2, "bulkQuestions.outcomes.2.code": "revision.stale"})
	all[0].revision, all[1].revision = all[0].revision+1, 5
	bulk(zhao, "RETIRE", all[:2], nil).is(map[string]any{"bulkQuestions.outcomes.0.code": "reason.missing"})
	bulk(zhao, "RETIRE", all[:2], vars{"note": "over"}).is(map[string]any{"bulkQuestions.done": 2})
	bulk(li, "TAG", make([]made, 501), vars{"addTags": []string{"x"}}).refused("bulk.size")
	bulk(li, "TAG", nil, vars{"addTags": []string{"x"}}).refused("bulk.size")
	bulk(h.from(t, "other", "test", access.Admin), "RETIRE", []made{all[3]}, vars{"note": "mine"}).is(map[string]any{"bulkQuestions.outcomes.0.code": "question.not_found"})
}
