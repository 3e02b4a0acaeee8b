package graphql_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/roster"
	"qbank/interchange"
	"qbank/internal/importjob"
	"qbank/internal/jobs"
)

// mark stands in everything that the school of a taught house has a name for, so that a leak is seen.
const mark = "勾股marker"

// taught is a house in which a lesson was given: one question scored by rule, one by hand, three students in a class.
type taught struct {
	*house
	choice, essay made
	lesson, class string // global ids
	tree, point   string
	batch         string
	students      []string
	attempts      []string // global ids, one of each student
	position      int      // of the last event
	lessonVersion int
	attemptIDs    []uuid.UUID
	lessonUUID    uuid.UUID
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
	written := author.ask(createDocument, vars{"i": vars{"type": "essay@1.0.0", "content": essay("Why? " + mark), "metadata": metadata}})
	h.essay = h.publish(t, "school", of(written, "createQuestion"), "REVISION")

	students := []any{}
	for _, number := range h.students {
		students = append(students, vars{"number": number, "name": mark + number})
	}
	class := admin.ask(`mutation($i: KeepClassInput!) { keepClass(input: $i) { class { id memberCount } } }`,
		vars{"i": vars{"code": "c1", "title": mark + " class", "students": students}})
	h.class = class.is(map[string]any{"keepClass.class.memberCount": 3}).text("keepClass.class.id")

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
	h.lessonUUID = uuid.MustParse(rawID(t, h.lesson))
	for i, number := range h.students {
		h.attend(t, roster.PersonID("school", number).String(), i)
	}
	h.importOne(t)
	h.askForReview(t)
	author.ask(`mutation($i: AnnouncePresenceInput!) { announcePresence(input: $i) { position } }`, vars{"i": vars{"subject": h.choice.id, "field": mark}})
	return h
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
		vars{"i": vars{"item": h.lesson, "revision": lesson.number("submitLesson.review.revision"), "persons": []string{"marker"}}})
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
