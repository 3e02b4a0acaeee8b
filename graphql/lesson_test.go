package graphql_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/graphql/engine"
	"qbank/internal/blob"
	"qbank/internal/importjob"
	"qbank/internal/jobs"
)

func globalID(typ string, id uuid.UUID) string { return global(typ, id.String()) }

func global(typ, id string) string { return engine.GlobalID(typ, id) }

func TestALessonIsGivenAndItsResultsAreRead(t *testing.T) {
	t.Parallel()
	h := teach(t)
	teacher := h.as(t, access.Teacher)

	live := teacher.ask(`query($at: Long) { liveLessons(at: $at) { nodes { title version questions note lesson { id } } } }`, vars{"at": h.position})
	live.is(map[string]any{"liveLessons.nodes.0.lesson.id": h.lesson, "liveLessons.nodes.0.version": 1, "liveLessons.nodes.0.note": mark})

	results := teacher.ask(`query($l: ID, $at: Long) { attempts(lesson: $l, at: $at, finished: true) { totalCount nodes {
		number total max answered pending finishedAt student { name } classes { title } lesson { title }
		items { slot max version view question { code summary } answer { key response mark pending status tries } } } } }`, vars{"l": h.lesson, "at": h.position})
	results.is(map[string]any{"attempts.totalCount": 3, "attempts.nodes.2.total": 2, "attempts.nodes.0.total": 0, "attempts.nodes.2.max": 4.5, "attempts.nodes.2.pending": 1,
		"attempts.nodes.2.student.name": mark + "n1", "attempts.nodes.2.classes.0.title": mark + " class", "attempts.nodes.2.items.0.answer.mark": 2,
		"attempts.nodes.2.items.0.question.code": h.choice.code, "attempts.nodes.2.items.1.answer.response.text": mark + " because",
		"attempts.nodes.2.items.1.answer.pending": true, "attempts.nodes.2.items.0.answer.status": "SCORED"})
	if strings.Contains(results.raw, `"key":"o1"`) {
		t.Error("what the student saw holds the answer key")
	}
	// Keys are for those who may read questions.
	teacher.say(`query($id: ID!) { attempt(id: $id) { items { question { code draft } } } }`, vars{"id": h.attempts[0]}).refused("access.denied")

	waiting := teacher.ask(`query($l: ID) { pendingAnswers(lesson: $l, finished: true) { nodes { attemptId slot key max response student { name } view } } }`, vars{"l": h.lesson})
	if len(waiting.list("pendingAnswers.nodes")) != 3 {
		t.Fatal(waiting.raw)
	}
	waiting.is(map[string]any{"pendingAnswers.nodes.0.attemptId": h.attempts[0], "pendingAnswers.nodes.0.response.text": mark + " because", "pendingAnswers.nodes.0.max": 2.5})
	grade := func(i int, mark any) answer {
		return teacher.say(`mutation($i: GradeAnswerInput!) { gradeAnswer(input: $i) { position attempt { total pending items { answer { mark pending grade { mark by note } } } } } }`,
			vars{"i": vars{"attempt": h.attempts[i], "slot": "b", "key": "k2", "mark": mark, "note": "good"}})
	}
	grade(0, 2.6).refused("grade.range")
	grade(0, 0.1234567).refused("graphql.bad_variable")
	graded := grade(0, 2.25)
	graded.is(map[string]any{"gradeAnswer.attempt.total": 4.25, "gradeAnswer.attempt.pending": 0, "gradeAnswer.attempt.items.1.answer.grade.by": "school-teacher"})
	grade(1, 1)
	last := grade(2, 0).number("gradeAnswer.position")

	after := teacher.ask(`query($l: ID!, $at: Long) {
		lesson(id: $l, at: $at) { classResults { class { title } students finished pending total max rate }
			statistics(policy: FIRST) { attempts environment policy items { slot max facility { value se n } discrimination { value n } interval { low high }
				options { option right chosen share { value } suspect } question { code } wrongKey }
				forms { n mean { value } alpha { value n } sd items { slot effectiveWeight alphaWithout { value } } } } }
		pendingAnswers(lesson: $l) { nodes { key } }
		analysedVersions(lesson: $l) { version attempts } }`, vars{"l": h.lesson, "at": last})
	after.is(map[string]any{
		"lesson.classResults.0.students": 3, "lesson.classResults.0.total": 5.25, "lesson.classResults.0.max": 13.5, "lesson.classResults.0.class.title": mark + " class",
		"lesson.statistics.attempts": 3, "lesson.statistics.environment": "test", "lesson.statistics.policy": "FIRST", "lesson.statistics.items.0.slot": "a",
		"lesson.statistics.items.0.facility.n": 3, "lesson.statistics.items.0.question.code": h.choice.code, "lesson.statistics.forms.0.n": 3,
		"lesson.statistics.forms.0.mean.value": 1.75, "pendingAnswers.nodes": []any{}, "analysedVersions.0.attempts": 3,
	})
	analyst := h.as(t, access.Author)
	analyst.ask(`query($id: ID!) { question(id: $id) { statistics { version max lessons facility { value n } } uses { nodes { slot version lesson { id } } } } }`, vars{"id": h.choice.code}).
		is(map[string]any{"question.statistics.0.lessons": 1, "question.statistics.0.facility.n": 3, "question.uses.nodes.0.lesson.id": h.lesson})

	releaser := h.as(t, access.Releaser)
	withdrawn := releaser.ask(`mutation($i: WithdrawLessonInput!) { withdrawLesson(input: $i) { position lesson { id } } }`, vars{"i": vars{"lesson": h.lesson, "reason": "over"}})
	releaser.ask(`query($at: Long) { liveLessons(at: $at) { nodes { title } } }`, vars{"at": withdrawn.number("withdrawLesson.position")}).
		is(map[string]any{"liveLessons.nodes": []any{}})
}

func TestLessonsAreEditedUnderARevision(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	made := author.ask(`mutation($i: CreateLessonInput!) { createLesson(input: $i) { lesson { id revision } } }`, vars{"i": vars{"plan": vars{"title": "One", "items": []any{}}}})
	id, revision := made.text("createLesson.lesson.id"), made.number("createLesson.lesson.revision")
	edit := func(revision int, title string) answer {
		return author.say(`mutation($i: EditLessonInput!) { editLesson(input: $i) { lesson { title revision reveal maxAttempts } } }`,
			vars{"i": vars{"lesson": id, "revision": revision, "plan": vars{"title": title, "items": []any{}, "reveal": "NEVER", "maxAttempts": 2}}})
	}
	edit(revision, "Two").is(map[string]any{"editLesson.lesson.title": "Two", "editLesson.lesson.reveal": "NEVER", "editLesson.lesson.revision": 2})
	edit(revision, "Three").refused("lesson.merge_conflict")
	edit(9, "Three").refused("revision.not_found")
	edit(2, "").refused("lesson.invalid")
	releaser := h.as(t, access.Releaser)
	releaser.say(`mutation($i: PublishLessonInput!) { publishLesson(input: $i) { position } }`, vars{"i": vars{"lesson": id, "revision": 2}}).refused("lesson.empty")
	releaser.say(`mutation($i: ReleaseLessonInput!) { releaseLesson(input: $i) { position } }`, vars{"i": vars{"lesson": id}}).refused("lesson.not_published")
	h.from(t, "school", "", access.Releaser).say(`mutation($i: ReleaseLessonInput!) { releaseLesson(input: $i) { position } }`, vars{"i": vars{"lesson": id}}).
		refused("access.no_environment")
	releaser.ask(`mutation($i: RetireLessonInput!) { retireLesson(input: $i) { lesson { retired } } }`, vars{"i": vars{"lesson": id, "revision": 2, "reason": "old"}}).
		is(map[string]any{"retireLesson.lesson.retired": true})
	author.ask(`{ lessons(retired: false) { nodes { id } } }`, nil).is(map[string]any{"lessons.nodes": []any{}})
	author.ask(`{ lessons(title: "tWO", retired: true) { nodes { id } } }`, nil).is(map[string]any{"lessons.nodes.0.id": id})
}

func TestTreesAndClassesAndImports(t *testing.T) {
	t.Parallel()
	h := teach(t)
	admin, author := h.as(t, access.Admin), h.as(t, access.Author)
	child := admin.ask(`mutation($i: KeepKnowledgePointInput!) { keepKnowledgePoint(input: $i) { point { id title parent { id } } } }`,
		vars{"i": vars{"subject": mark, "title": "child", "parent": h.point}})
	child.is(map[string]any{"keepKnowledgePoint.point.parent.id": h.point})
	// A point of one tree comes into no other: what node shows of an id is one point.
	admin.say(`mutation($i: KeepKnowledgePointInput!) { keepKnowledgePoint(input: $i) { position } }`,
		vars{"i": vars{"subject": "elsewhere", "title": "mine", "point": h.point}}).refused("knowledge.point")
	h.from(t, "school/math", "test", access.Admin).say(`mutation($i: KeepKnowledgePointInput!) { keepKnowledgePoint(input: $i) { position } }`,
		vars{"i": vars{"subject": mark, "title": "mine", "point": h.point}}).refused("knowledge.point")
	admin.say(`mutation($i: KeepKnowledgePointInput!) { keepKnowledgePoint(input: $i) { position } }`,
		vars{"i": vars{"subject": mark, "title": "loop", "point": h.point, "parent": child.text("keepKnowledgePoint.point.id")}}).refused("knowledge.cycle")
	admin.ask(`mutation($i: PublishKnowledgeTreeInput!) { publishKnowledgeTree(input: $i) { tree { latestVersion published(version: 1) { title parent } } } }`,
		vars{"i": vars{"subject": mark}}).is(map[string]any{"publishKnowledgeTree.tree.latestVersion": 1, "publishKnowledgeTree.tree.published.1.title": "child"})
	admin.ask(`mutation($i: RetireKnowledgePointInput!) { retireKnowledgePoint(input: $i) { point { retired } } }`,
		vars{"i": vars{"subject": mark, "point": child.text("keepKnowledgePoint.point.id")}}).is(map[string]any{"retireKnowledgePoint.point.retired": true})
	author.ask(`query($s: String) { knowledgeTree(subject: $s) { points(top: true) { nodes { title children { nodes { title retired } } } } } }`, vars{"s": mark}).
		is(map[string]any{"knowledgeTree.points.nodes.0.children.nodes.0.title": "child"})
	author.ask(`query($id: ID!) { question(id: $id) { metadata { knowledgePoints { id } } } }`, vars{"id": h.choice.id}).
		is(map[string]any{"question.metadata.knowledgePoints.0.id": h.point})

	admin.ask(`query($q: String) { classes(query: $q) { nodes { title members { nodes { student { name } } } } } }`, vars{"q": "CLASS"}).
		is(map[string]any{"classes.nodes.0.title": mark + " class"})
	admin.ask(`mutation($i: LeaveClassInput!) { leaveClass(input: $i) { class { memberCount } } }`, vars{"i": vars{"code": "c1", "students": []string{"n1"}}}).
		is(map[string]any{"leaveClass.class.memberCount": 2})

	author.ask(`query($id: ID!, $at: Long) { importBatch(id: $id, at: $at) { status totals { items created refused } items(status: [CREATED]) { nodes { source question { origin { batch } } notes { code } } } }
		imports { nodes { file } } }`, vars{"id": h.batch, "at": h.position}).
		is(map[string]any{"importBatch.status": "FINISHED", "importBatch.totals.created": 1, "importBatch.items.nodes.0.question.origin.batch": h.batch})
	author.ask(`query($b: [ID!]) { questions(filter: {batch: $b}) { totalCount } }`, vars{"b": []string{h.batch}}).is(map[string]any{"questions.totalCount": 1})
	author.ask(`mutation($i: UndoImportInput!) { undoImport(input: $i) { importBatch { status undoReason } } }`, vars{"i": vars{"importBatch": h.batch, "reason": "wrong file"}}).
		is(map[string]any{"undoImport.importBatch.status": "UNDONE"})
}

func TestTypesAreReadAndRegistered(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.as(t, access.Admin)
	types := admin.ask(`{ questionTypes(category: "choice") { nodes { ref title(locale: "zh-CN") form(locale: "zh-CN") empty scored id } }
		questionType(ref: "single-choice@1.0.0") { document form title check(content: {stem: "x"}) { pointer message } } }`, nil)
	form := types.at("questionType.form").(map[string]any)
	if form["type"] != "single-choice@1.0.0" || form["schema"] == nil || form["ui"] == nil {
		t.Errorf("the form is %v", form)
	}
	if len(types.list("questionType.check")) == 0 {
		t.Error("a content of the wrong shape has no problems")
	}
	document := types.at("questionType.document").(map[string]any)
	register := func(c caller, document any) answer {
		return c.say(`mutation($i: RegisterTypeInput!) { registerType(input: $i) { position questionType { ref } } }`, vars{"i": vars{"document": document}})
	}
	register(admin, map[string]any{"id": "x"}).refused("type.invalid")
	document["version"] = "1.0.1"
	register(h.as(t, access.Author), document).refused("access.denied")
	register(admin, document).refused("type.reserved")
	document["id"] = "school-choice"
	registered := register(admin, document)
	registered.is(map[string]any{"registerType.questionType.ref": "school-choice@1.0.1"})
	if again := register(admin, document); again.number("registerType.position") != 0 {
		t.Error("registering the same document again changed something")
	}
	document["category"] = "other"
	register(admin, document).refused("type.version_taken")
	admin.ask(`query($at: Long) { questionType(ref: "school-choice@1.0.1", at: $at) { ref } }`, vars{"at": registered.number("registerType.position")})
	// Another organisation may not see it; a built-in one it may.
	stranger := h.from(t, "other", "test", access.Admin)
	stranger.say(`{ questionType(ref: "school-choice@1.0.1") { ref } }`, nil).refused("type.unknown")
	stranger.ask(`{ questionType(ref: "single-choice@1.0.0") { ref } }`, nil)
	create := `mutation { createQuestion(input: {type: "school-choice@1.0.1"}) { question { type { ref } } } }`
	stranger.say(create, nil).refused("type.unknown")
	moved := h.as(t, access.Author)
	q := of(moved.ask(createDocument, vars{"i": vars{"type": "single-choice@1.0.0"}}), "createQuestion")
	moved.act("editQuestion", q, vars{"content": single("2+2?", 1), "type": "school-choice@1.0.1"}).
		is(map[string]any{"editQuestion.question.typeRef": "school-choice@1.0.1"})
	moved.ask(create, nil)
}

// A posted file is a job; what it comes to is an import.
func TestAnImportIsFollowedAsAJob(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	queue := &jobs.Queue{Pool: h.Pool, Logger: h.Logger}
	importer := &importjob.Importer{Commands: h.Commands, Blobs: blob.Folder{Dir: t.TempDir()}, Queue: queue}
	queue.Kinds = map[string]jobs.Kind{importjob.Kind: importer.Do}
	add := func(dry bool, file string) string {
		id, err := importer.Add(t.Context(), author.actor, importjob.Args{Format: "gift", Name: "two.gift", DryRun: dry}, strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		return id.String()
	}
	const file = "::Q1:: 2+2? {=4 ~3}\n\n::Q2:: Is it {so\n"
	wet, dry := add(false, file), add(true, file)
	const document = `query($id: ID!) { importJob(id: $id) { state items created refused position notes { title status notes { code en } } importBatch { status file totals { items } } } }`
	author.ask(document, vars{"id": wet}).is(map[string]any{"importJob.state": "QUEUED", "importJob.importBatch": nil})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- queue.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	until := func(id string) answer {
		for {
			if a := author.ask(document, vars{"id": id}); a.text("importJob.state") == "DONE" || a.text("importJob.state") == "FAILED" {
				return a
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	finished := until(wet)
	finished.is(map[string]any{"importJob.state": "DONE", "importJob.items": 2, "importJob.created": 1, "importJob.refused": 1})
	author.ask(`query($id: ID!, $at: Long) { importBatch(id: $id, at: $at) { status totals { created refused } items(status: REFUSED) { nodes { notes { code line } } } } }`,
		vars{"id": wet, "at": finished.number("importJob.position")}).is(map[string]any{"importBatch.status": "FINISHED", "importBatch.totals.refused": 1})
	previewed := until(dry)
	previewed.is(map[string]any{"importJob.state": "DONE", "importJob.importBatch": nil})
	if len(previewed.list("importJob.notes")) == 0 {
		t.Error("a dry run says nothing of the item that would be refused")
	}
}
