package graphql_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/release"
	"qbank/domain/roster"
	"qbank/domain/staff"
	"qbank/interchange"
	"qbank/internal/importjob"
	"qbank/internal/jobs"
	"qbank/observations"
)

// mark stands in everything that the school of a taught house has a name for, so that a leak is seen.
const mark = "勾股marker"

// taught is a house in which a lesson was given: one question scored by rule, one by hand, three students in a class.
type taught struct {
	*house
	choice, essay made
	lesson, class string // global ids
	course        string
	session       string // running
	tree, point   string
	batch, file   string
	link          string
	thread        string // about the choice, with a suggestion
	reissue       string // granted, of the choice to the class
	takedown      string // of the choice, lifted
	release       string // rolled back, with everything that a release can have
	config        string // a key with rules
	unreleased    string // a lesson that is live nowhere
	paper         string
	students      []string
	attempts      []string // global ids, one of each student
	position      int      // of the last event
	lessonVersion int
	attemptIDs    []uuid.UUID
	lessonUUID    uuid.UUID
	member        uuid.UUID // of the staff
	key           string    // global id of an API key
	ticket        string
}

func teach(t testing.TB) *taught {
	t.Helper()
	h := &taught{house: open(t), students: []string{"n1", "n2", "n3"}}
	admin, author, releaser := h.as(t, access.Admin), h.as(t, access.Author), h.as(t, access.Releaser)

	point := admin.ask(`mutation($i: KeepKnowledgePointInput!) { keepKnowledgePoint(input: $i) { point { id key title } tree { id subject } } }`,
		vars{"i": vars{"subject": mark, "title": mark + " point"}})
	h.tree, h.point = point.text("keepKnowledgePoint.tree.id"), point.text("keepKnowledgePoint.point.id")
	metadata := vars{"title": mark, "subject": mark, "points": []string{point.text("keepKnowledgePoint.point.key")}}
	h.choice = h.publish(t, "school", author.create(single("2+2? "+mark, 1), metadata), "REVISION")
	file := author.upload("%PDF-"+mark, mark+" file")
	h.file = global("Resource", file.ID.String())
	why := essay("Why? " + mark)
	why["media"] = []any{vars{"id": "m", "resource": string(file.Hash)}}
	written := author.ask(createDocument, vars{"i": vars{"type": "essay@1.0.0", "content": why, "metadata": metadata}})
	h.essay = h.publish(t, "school", of(written, "createQuestion"), "REVISION")

	students := []any{}
	for _, number := range h.students {
		students = append(students, vars{"number": number, "name": mark + number})
	}
	class := admin.ask(`mutation($i: KeepClassInput!) { keepClass(input: $i) { class { id memberCount } } }`,
		vars{"i": vars{"code": "c1", "title": mark + " class", "students": students}})
	h.class = class.is(map[string]any{"keepClass.class.memberCount": 3}).text("keepClass.class.id")

	h.paper = author.ask(`mutation($i: CreatePaperInput!) { createPaper(input: $i) { paper { id } } }`, vars{"i": vars{"plan": vars{"title": mark + " paper",
		"constraints": []any{vars{"id": "unseen", "kind": "SEEN", "weight": 5}}, "sections": []any{vars{"id": "A", "blueprint": vars{"count": 2, "max": 5,
			"marks":       []any{vars{"type": "essay", "max": 10}},
			"constraints": []any{vars{"id": "rare", "kind": "TAG", "values": []string{"rare"}, "min": 1}, vars{"id": "math", "kind": "SUBJECT", "values": []string{mark}}}},
			"draws": []any{vars{"id": "p", "count": 1, "max": 2, "pool": []any{vars{"question": h.choice.id}}, "blueprint": vars{"count": 1,
				"constraints": []any{vars{"id": "rare", "kind": "TAG", "values": []string{"rare"}}}}}}}}}}}).text("createPaper.paper.id")
	author.ask(`mutation($i: AssemblePaperInput!) { assemblePaper(input: $i) { paper { revision } } }`,
		vars{"i": vars{"paper": h.paper, "revision": 1, "targets": []string{"A"}, "classes": []string{h.class}}}).is(map[string]any{"assemblePaper.paper.revision": 2})
	releaser.ask(`mutation($i: PublishPaperInput!) { publishPaper(input: $i) { position } }`,
		vars{"i": vars{"paper": h.paper, "revision": 2, "acceptUnmet": true, "reason": "nothing is rare yet"}})

	lesson := author.ask(`mutation($i: CreateLessonInput!) { createLesson(input: $i) { lesson { id revision items { slot max question { code } } } } }`,
		vars{"i": vars{"plan": vars{"title": mark + " lesson", "items": []any{
			vars{"slot": "a", "question": h.choice.code, "max": 2}, vars{"slot": "b", "question": h.essay.id, "max": 2.5}}}}})
	lesson.is(map[string]any{"createLesson.lesson.items.0.question.code": h.choice.code, "createLesson.lesson.items.1.max": 2.5})
	h.lesson = lesson.text("createLesson.lesson.id")
	published := releaser.ask(`mutation($i: PublishLessonInput!) { publishLesson(input: $i) { lesson { latestVersion } } }`,
		vars{"i": vars{"lesson": h.lesson, "revision": lesson.number("createLesson.lesson.revision")}})
	h.lessonVersion = published.number("publishLesson.lesson.latestVersion")
	released := releaser.ask(`mutation($i: ReleaseLessonInput!) { releaseLesson(input: $i) { position } }`, vars{"i": vars{"lesson": h.lesson, "note": mark}})
	if err := h.Engine.Wait(t.Context(), "delivery", int64(released.number("releaseLesson.position"))); err != nil {
		t.Fatal(err)
	}
	h.run(t)
	h.lessonUUID = uuid.MustParse(rawID(t, h.lesson))
	h.rollOut(t, releaser)
	h.observe(t)
	for i, number := range h.students {
		h.attend(t, roster.PersonID("school", number).String(), i)
	}
	h.importOne(t)
	h.configure(t)
	h.askForReview(t)
	author.ask(`mutation($i: AnnouncePresenceInput!) { announcePresence(input: $i) { position } }`, vars{"i": vars{"subject": h.choice.id, "field": mark}})
	if _, err := h.Pool.Exec(t.Context(), `update presence set until = now() + interval '1 hour'`); err != nil { // longer than a busy machine takes
		t.Fatal(err)
	}
	h.discuss(t)
	h.hire(t)
	h.overrule(t)
	h.look(t)
	h.link = admin.ask(`mutation($i: CreatePreviewLinkInput!) { createPreviewLink(input: $i) { link { id } } }`,
		vars{"i": vars{"question": h.choice.id, "expiresInHours": 1, "note": mark}}).text("createPreviewLink.link.id")
	return h
}

// overrule reissues the choice to the class, and takes it down for a moment.
func (h *taught) overrule(t testing.TB) {
	t.Helper()
	tutor, releaser := h.as(t, access.Tutor), h.as(t, access.Releaser)
	asked := tutor.ask(`mutation($i: AskReissueInput!) { askReissue(input: $i) { reissue { id state students secondPerson } } }`, vars{"i": vars{"question": h.choice.id,
		"version": 1, "classes": []string{h.class}, "courses": []string{h.course}, "sessions": []string{h.session}, "students": []string{"bea"}, "until": time.Now().Add(time.Hour), "reason": mark}})
	asked.is(map[string]any{"askReissue.reissue.state": "ASKED", "askReissue.reissue.students": 4, "askReissue.reissue.secondPerson": true})
	h.reissue = asked.text("askReissue.reissue.id")
	releaser.ask(`mutation($i: GrantReissueInput!) { grantReissue(input: $i) { reissue { state active grantedBy } } }`, vars{"i": vars{"reissue": h.reissue, "revision": 1, "note": mark}}).
		is(map[string]any{"grantReissue.reissue.state": "GRANTED", "grantReissue.reissue.active": true, "grantReissue.reissue.grantedBy": "school-releaser"})
	down := releaser.ask(`mutation($i: TakeDownInput!) { takeDown(input: $i) { position takedown { id version environment liftedAt } } }`, vars{"i": vars{"question": h.choice.id, "version": 1, "reason": mark}})
	h.takedown = down.is(map[string]any{"takeDown.takedown.version": 1, "takeDown.takedown.environment": "test", "takeDown.takedown.liftedAt": nil}).text("takeDown.takedown.id")
	// What is gone stays in its place.
	releaser.ask(fmt.Sprintf(`{ whyVersion(lesson: "%s", student: "ann", at: %d) { places { slot version reason } } }`, h.lesson, down.number("takeDown.position")), nil).
		is(map[string]any{"whyVersion.places.0": map[string]any{"slot": "a", "version": nil, "reason": "TAKEDOWN"}, "whyVersion.places.1.slot": "b"})
	lifted := releaser.ask(`mutation($i: LiftTakedownInput!) { liftTakedown(input: $i) { position takedown { liftedBy liftedWhy } } }`,
		vars{"i": vars{"question": h.choice.id, "takedown": h.takedown, "reason": mark}})
	lifted.is(map[string]any{"liftTakedown.takedown.liftedBy": "school-releaser"})
	h.position = max(h.position, lifted.number("liftTakedown.position"))
}

// discuss lets an author suggest another key, and ask about the lesson.
func (h *taught) discuss(t testing.TB) {
	t.Helper()
	author, mentions := h.as(t, access.Author), []string{"school-admin"}
	suggested := author.ask(`mutation($i: SuggestChangeInput!) { suggestChange(input: $i) { position thread { id } } }`, vars{"i": vars{
		"question": h.choice.id, "revision": h.choice.revision, "pointer": "/stem/text", "value": "2+3? " + mark, "text": mark, "mentions": mentions}})
	h.thread = suggested.text("suggestChange.thread.id")
	asked := author.ask(`mutation($i: OpenThreadInput!) { openThread(input: $i) { position } }`, vars{"i": vars{
		"lesson": h.lesson, "revision": 1, "pointer": "/title", "range": vars{"start": 0, "end": 2}, "text": mark, "mentions": mentions}})
	h.position = max(h.position, asked.number("openThread.position"))
}

// run keeps the tree above the class, and runs a session of the lesson for it.
func (h *taught) run(t testing.TB) {
	t.Helper()
	admin, teacher := h.as(t, access.Admin), h.as(t, access.Teacher)
	for _, node := range []vars{
		{"kind": "LINE", "code": "k12", "title": mark + " line"}, {"kind": "TERM", "code": "2026a", "title": mark + " term", "parent": "k12", "until": "2030-01-01T00:00:00Z"},
		{"kind": "COURSE", "code": "m7", "title": mark + " course", "parent": "2026a"},
		{"kind": "LESSON", "code": "m7-1", "title": mark + " first", "parent": "m7", "lesson": h.lesson},
	} {
		kept := admin.ask(`mutation($i: KeepRosterNodeInput!) { keepRosterNode(input: $i) { node { id kind code } } }`, vars{"i": node})
		if kept.is(map[string]any{"keepRosterNode.node.kind": node["kind"]}); node["kind"] == "COURSE" {
			h.course = kept.text("keepRosterNode.node.id")
		}
	}
	admin.ask(`mutation($i: KeepClassInput!) { keepClass(input: $i) { class { course { code } teachers { name } tutors { id } } } }`, vars{"i": vars{"code": "c1",
		"title": mark + " class", "course": "m7", "teachers": []any{vars{"number": "t1", "name": mark + " Li"}}, "tutors": []any{vars{"number": "t2"}}}}).
		is(map[string]any{"keepClass.class.course.code": "m7", "keepClass.class.teachers.0.name": mark + " Li",
			"keepClass.class.tutors.0.id": roster.PersonID("school", "t2").String()})
	admin.ask(`mutation($i: DescribeStudentInput!) { describeStudent(input: $i) { position } }`, vars{"i": vars{"student": vars{"number": "n1"}, "grade": "7 " + mark}})
	planned := admin.ask(`mutation($i: PlanSessionInput!) { planSession(input: $i) { session { id state environment } } }`, vars{"i": vars{"code": "s1", "title": mark + " session",
		"lessonOf": "m7-1", "teacher": "t1", "classes": []string{"c1"}, "start": time.Now(), "end": time.Now().Add(time.Hour)}})
	h.session = planned.is(map[string]any{"planSession.session.state": "PLANNED", "planSession.session.environment": "test"}).text("planSession.session.id")
	teacher.ask(`mutation($i: AdmitGuestsInput!) { admitGuests(input: $i) { position } }`, vars{"i": vars{"session": h.session, "students": []string{"n2"}}})
	started := teacher.ask(`mutation($i: StartSessionInput!) { startSession(input: $i) { position session { state pins { version items { slot version reason } } } } }`, vars{"i": vars{"session": h.session}})
	started.is(map[string]any{"startSession.session.state": "RUNNING", "startSession.session.pins.version": 1, "startSession.session.pins.items.1.slot": "b",
		"startSession.session.pins.items.1.reason": "whole"})
	h.position = started.number("startSession.position")
}

// rollOut plans a release with everything there is, starts it and takes it back because of figures.
func (h *taught) rollOut(t testing.TB, releaser caller) {
	t.Helper()
	planned := releaser.ask(`mutation($i: PlanReleaseInput!) { planRelease(input: $i) { release { id } } }`, vars{"i": vars{
		"title": mark + " release", "note": mark, "lessons": []any{vars{"lesson": h.lesson, "version": 1}}, "unit": "SESSION", "total": 1000,
		"steps":     []any{vars{"weight": 50, "hold": 60_000, "sample": 100}, vars{"weight": 1000}},
		"rules":     []any{vars{"students": []string{"ann"}}, vars{"classes": []string{h.class}, "out": true}, vars{"when": `platform == "ios"`}},
		"blackouts": []any{vars{"from": "03:00", "to": "03:01", "zone": "Asia/Shanghai"}}, "guard": vars{"loadFailures": 5000, "readySlower": 200}}})
	h.release = planned.text("planRelease.release.id")
	releaser.ask(`mutation($i: StartReleaseInput!) { startRelease(input: $i) { revision } }`, vars{"i": vars{"release": h.release, "revision": 1}})
	done, err := h.Commands.Do(t.Context(), releaser.actor, commands.RollBackRelease{Release: uuid.MustParse(rawID(t, h.release)), Revision: 2, Reason: mark,
		Figures: &release.Figures{Until: 1, Candidate: release.Arm{Loads: 9, LoadFailures: 9, ReadyMedian: 1}, Verdict: release.Failed, Because: "load_failures"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Engine.Wait(t.Context(), "delivery", done.Position); err != nil {
		t.Fatal(err)
	}
}

// observe leaves what devices noticed of the release: one student's load failed, another's did not.
func (h *taught) observe(t testing.TB) {
	t.Helper()
	what := release.Served{Release: uuid.MustParse(rawID(t, h.release)), Lesson: h.lessonUUID, Org: "school", Version: 1}
	for _, student := range h.students {
		actor := access.Actor{ID: student, Scope: access.Scope{Org: "school", Environment: "test"}, Device: access.Device{Platform: "ios"}}
		report := observations.Report{ID: "1", Kind: observations.Ready, Lesson: what.Lesson, Release: what.Release, Took: 800, At: time.Now().UnixMicro()}
		if student == "n1" {
			report.Kind, report.Took, report.Cause = observations.Failed, 0, observations.Integrity
		}
		h.Recorder.Served(actor, what)
		if n, _ := h.Recorder.Report(actor, []observations.Report{report}); n != 1 {
			t.Fatal("a report is not taken")
		}
		h.Recorder.Answered(actor, what)
	}
	if err := h.Recorder.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// attend lets a student answer: the first is right, the others are not; each writes an essay.
func (h *taught) attend(t testing.TB, student string, i int) {
	t.Helper()
	actor := access.Actor{ID: student, Roles: []access.Role{access.Student}, Scope: access.Scope{Org: "school", Environment: "test"}}
	see := func(attempt.Attempt) error { return nil }
	started, err := h.Commands.Do(t.Context(), actor, commands.StartAttempt{Lesson: h.lessonUUID, See: see})
	if err != nil {
		t.Fatal(err)
	}
	chosen := "o1"
	if i > 0 {
		chosen = "o0"
	}
	results := make([]commands.AnswerResult, 2)
	if _, err := h.Commands.Do(t.Context(), actor, commands.AnswerQuestions{Attempt: started.ID, Results: results, Answers: []commands.Answer{
		{Key: "k1", Slot: "a", Response: map[string]any{"choice": chosen}}, {Key: "k2", Slot: "b", Response: map[string]any{"text": mark + " because"}},
	}}); err != nil {
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
	h.position = max(h.position, int(done.Position))
	h.attemptIDs = append(h.attemptIDs, started.ID)
	h.attempts = append(h.attempts, globalID("Attempt", started.ID))
}

// configure makes a key with rules of every form, and says what an environment is.
func (h *taught) configure(t testing.TB) {
	t.Helper()
	admin := h.as(t, access.Admin)
	described := admin.ask(`mutation($i: DescribeConfigInput!) { describeConfig(input: $i) { position config { id revision } } }`, vars{"i": vars{"key": "greeting",
		"schema": vars{"type": "string"}, "default": "hello", "owner": "team", "descriptionEn": "How to greet", "descriptionZh": "问候", "revision": 0, "reason": "new"}})
	h.config = described.text("describeConfig.config.id")
	set := admin.ask(`mutation($i: SetConfigRulesInput!) { setConfigRules(input: $i) { position config { rules { value } } } }`, vars{"i": vars{"config": h.config, "revision": 1,
		"reason": mark, "rules": []any{
			vars{"students": []string{"bo"}, "value": "bo " + mark, "note": mark}, vars{"classes": []string{h.class}, "value": "class " + mark, "until": "2040-01-01T00:00:00Z"},
			vars{"split": []any{vars{"weight": 1, "value": "a " + mark}, vars{"weight": 1, "value": "b " + mark}}}}}})
	set.is(map[string]any{"setConfigRules.config.rules.0.value": "bo " + mark})
	admin.ask(`mutation($i: DescribeEnvironmentInput!) { describeEnvironment(input: $i) { position } }`, vars{"i": vars{"name": "test", "title": mark, "next": "staging",
		"locales": []string{"en", "zh-CN"}, "revision": 0}})
	next := h.as(t, access.Author).ask(`mutation($i: CreateLessonInput!) { createLesson(input: $i) { lesson { id revision } } }`, vars{"i": vars{
		"plan": vars{"title": mark + " next", "items": []any{vars{"slot": "a", "question": h.choice.id, "max": 1}}}}})
	h.unreleased = next.text("createLesson.lesson.id")
	published := h.as(t, access.Releaser).ask(`mutation($i: PublishLessonInput!) { publishLesson(input: $i) { position } }`,
		vars{"i": vars{"lesson": h.unreleased, "revision": next.number("createLesson.lesson.revision")}})
	h.position = max(h.position, set.number("setConfigRules.position"), published.number("publishLesson.position"))
}

// askForReview leaves a lesson in the queue, and a workflow that is chosen for a subject.
func (h *taught) askForReview(t testing.TB) {
	t.Helper()
	admin, author := h.as(t, access.Admin), h.as(t, access.Author)
	admin.ask(`mutation($i: DefineWorkflowInput!) { defineWorkflow(input: $i) { position } }`, vars{"i": vars{"document": vars{"name": "house", "version": 1,
		"title": vars{"en": mark, "zh-CN": mark}, "errata": vars{"steps": []string{"one"}, "max_changes": 1}, "steps": []any{
			vars{"id": "one", "title": vars{"en": mark, "zh-CN": mark}, "role": "reviewer", "approvals": 1}}}}})
	admin.ask(`mutation($i: ChooseWorkflowInput!) { chooseWorkflow(input: $i) { position } }`,
		vars{"i": vars{"revision": 1, "kind": "QUESTION", "subject": mark + " art", "workflow": "house@1"}})
	lesson := author.ask(`mutation($i: SubmitLessonInput!) { submitLesson(input: $i) { position review { revision } } }`, vars{"i": vars{"lesson": h.lesson, "revision": 2}})
	assigned := admin.ask(`mutation($i: AssignReviewInput!) { assignReview(input: $i) { position } }`,
		vars{"i": vars{"item": h.lesson, "revision": lesson.number("submitLesson.review.revision"), "persons": []string{h.granted(t, uuid.NewString(), "REVIEWER", "")}}})
	h.position = max(h.position, assigned.number("assignReview.position"))
}

type items []interchange.Item

func (s *items) Next() (interchange.Item, error) {
	if len(*s) == 0 {
		return interchange.Item{}, io.EOF
	}
	item := (*s)[0]
	*s = (*s)[1:]
	return item, nil
}

func (*items) Close() error { return nil }

// importOne takes a file of one item in.
func (h *taught) importOne(t testing.TB) {
	t.Helper()
	content := map[string]any{"stem": map[string]any{"format": "plain", "text": "imported " + mark}}
	source := &items{{Source: "s1", Title: mark, Type: qtype.Ref{ID: "essay", Version: "1.0.0"}, Content: content, Metadata: question.Metadata{Title: mark}}}
	batch := uuid.New()
	totals, err := h.Commands.Import(t.Context(), h.as(t, access.Author).actor, commands.Import{Batch: batch, Format: "gift", File: mark + ".gift",
		Hash: fmt.Sprintf("%064d", 1), Source: source})
	if err != nil {
		t.Fatal(err)
	}
	h.batch = globalID("ImportBatch", batch)
	queue := jobs.Queue{Pool: h.Pool, Kinds: map[string]jobs.Kind{importjob.Kind: nil}}
	if err := queue.Add(t.Context(), h.as(t, access.Author).actor, batch, importjob.Kind, nil); err != nil {
		t.Fatal(err)
	}
	h.position = max(h.position, int(totals.Position))
}

// hire grants somebody a role, and makes a key.
func (h *taught) hire(t testing.TB) {
	t.Helper()
	h.member = staff.ID("https://id.example", "wang")
	admin := h.as(t, access.Admin)
	admin.ask(`mutation($i: GrantRoleInput!) { grantRole(input: $i) { roles } }`, vars{"i": vars{"person": h.member, "role": "ANALYST", "name": mark + " Wang"}}).
		is(map[string]any{"grantRole.roles": []string{"ANALYST"}})
	made := admin.ask(`mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { position apiKey { id } } }`,
		vars{"i": vars{"title": mark + " key", "roles": []string{"ANALYST"}, "days": 30}})
	h.key = made.text("createApiKey.apiKey.id")
	h.position = max(h.position, made.number("createApiKey.position"))
}

// look borrows the eyes of a student.
func (h *taught) look(t testing.TB) {
	t.Helper()
	given := h.as(t, access.Support).ask(openTicket, vars{"i": vars{"student": roster.PersonID("school", "n1"), "reason": mark}})
	h.ticket = given.text("openPseudoLogin.pseudoLogin.id")
	h.as(t, access.Reviewer).ask(`query($id: ID!) { question(id: $id) { draft } }`, vars{"id": h.choice.id})
	if err := h.Audit.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	head, err := h.Store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h.position = max(h.position, int(head))
}
