package graphql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/eventstore"
)

const threadFields = `id open resolved openedBy decidedBy question { code } lesson { title }
	anchor { revision pointer path quote range { start end } state currentPointer currentRange { start end } label }
	suggestion { status appliedRevision reason changes { op pointer } fields { kind en zh words { op text } } }
	comments { id number by text mentions editedAt deleted }`

// says carries out a mutation of threads.
func (c caller) says(mutation string, input vars) answer {
	c.t.Helper()
	return c.say(fmt.Sprintf(`mutation($i: %s%sInput!) { %s(input: $i) { position revision thread { %s } comment { id text deleted } } }`,
		strings.ToUpper(mutation[:1]), mutation[1:], mutation, threadFields), vars{"i": input})
}

func TestAQuestionIsDiscussed(t *testing.T) {
	t.Parallel()
	h := open(t)
	author, reviewer := h.as(t, access.Author), h.as(t, access.Reviewer)
	q := author.create(single("What is 2+2?", 1), nil)
	opened := reviewer.says("openThread", vars{"question": q.code, "revision": 1, "pointer": "/stem/text", "range": vars{"start": 8, "end": 11},
		"text": "Too easy.", "mentions": []string{"school-author", "school-author"}})
	opened.is(map[string]any{"openThread.thread.anchor.quote": "2+2", "openThread.thread.anchor.state": "CURRENT", "openThread.thread.anchor.label": "Stem",
		"openThread.thread.question.code": q.code, "openThread.thread.lesson": nil, "openThread.thread.suggestion": nil, "openThread.thread.open": true,
		"openThread.thread.comments.0.mentions": []string{"school-author"}, "openThread.comment.text": "Too easy.", "openThread.revision": 1})
	thread := opened.text("openThread.thread.id")

	reply := author.says("reply", vars{"thread": thread, "text": "Why?"})
	reply.is(map[string]any{"reply.thread.comments.1.by": "school-author", "reply.comment.text": "Why?"})
	comment := reply.text("reply.comment.id")
	reviewer.says("editComment", vars{"comment": comment, "text": "mine"}).refused("comment.not_yours")
	author.says("editComment", vars{"comment": comment, "text": "How so?"}).is(map[string]any{"editComment.comment.text": "How so?", "editComment.thread.id": thread})
	author.says("reply", vars{"thread": thread, "text": " "}).refused("comment.invalid")
	author.says("openThread", vars{"question": q.id, "revision": 9, "text": "x"}).refused("revision.not_found")
	author.says("openThread", vars{"question": q.id, "revision": 1, "pointer": "/nowhere", "text": "x"}).refused("discussion.anchor")
	author.says("openThread", vars{"revision": 1, "text": "x"}).refused("discussion.subject")
	author.says("reply", vars{"thread": global("Thread", "01890a5d-ac96-774b-bcce-b302099a8057"), "text": "x"}).refused("thread.not_found")
	author.says("deleteComment", vars{"comment": "x"}).refused("graphql.bad_id")

	// The stem is edited: the thread hangs on what was seen.
	q = author.must("editQuestion", q, vars{"content": single("So, what is 2+2 now?", 1)})
	const threads = `query($id: ID!, $open: Boolean) { question(id: $id) { openThreads threads(open: $open) { nodes {` + threadFields + `} } } }`
	author.ask(threads, vars{"id": q.id, "open": true}).is(map[string]any{"question.openThreads": 1, "question.threads.nodes.0.anchor.state": "OUTDATED",
		"question.threads.nodes.0.anchor.currentPointer": "/stem/text", "question.threads.nodes.0.anchor.currentRange": map[string]int{"start": 12, "end": 15},
		"question.threads.nodes.0.anchor.range": map[string]int{"start": 8, "end": 11}})

	reviewer.says("resolveThread", vars{"thread": thread}).is(map[string]any{"resolveThread.thread.resolved": true, "resolveThread.thread.decidedBy": "school-reviewer"})
	closed := author.ask(threads, vars{"id": q.id, "open": true})
	closed.is(map[string]any{"question.openThreads": 0, "question.threads.nodes": []any{}})
	reviewer.says("reopenThread", vars{"thread": thread}).is(map[string]any{"reopenThread.thread.open": true})
	author.says("deleteComment", vars{"comment": comment}).is(map[string]any{"deleteComment.comment.deleted": true, "deleteComment.comment.text": nil, "deleteComment.thread.open": true})
	last := reviewer.says("deleteComment", vars{"comment": rawID(t, thread)})
	last.is(map[string]any{"deleteComment.thread.open": false, "deleteComment.thread.resolved": false})
	author.ask(`query($id: ID!, $at: Long) { node(id: $id, at: $at) { ... on Thread { comments { deleted text } } } myMentions { nodes { comment { id } } } }`,
		vars{"id": thread, "at": last.number("deleteComment.position")}).
		is(map[string]any{"node.comments.0.deleted": true, "node.comments.1.text": nil, "myMentions.nodes": []any{}})
}

func TestASuggestionBecomesAnEdit(t *testing.T) {
	t.Parallel()
	h := open(t)
	author, reviewer := h.as(t, access.Author), h.as(t, access.Reviewer)
	q := author.create(single("What is 2+2?", 1), nil)
	suggest := func(value any) answer {
		return reviewer.says("suggestChange", vars{"question": q.id, "revision": q.revision, "pointer": "/stem/text", "value": value, "text": "Better:"})
	}
	first := suggest("What is 2+3?")
	first.is(map[string]any{"suggestChange.thread.suggestion.status": "PENDING", "suggestChange.thread.suggestion.fields.0.en": "Stem", "suggestChange.thread.suggestion.fields.0.zh": "题干",
		"suggestChange.thread.suggestion.fields.0.words.1": map[string]string{"op": "DELETED", "text": "2"}})
	second := suggest("What is 2+4?")
	suggest("What is 2+2?").refused("suggestion.empty")
	reviewer.says("suggestChange", vars{"question": q.id, "revision": 1, "text": "x"}).refused("suggestion.value")
	wide := single("What is 2+2?", 0)
	wide["explanation"] = plain("Count.")
	third := reviewer.says("suggestChange", vars{"question": q.id, "revision": 1, "content": wide, "text": "All of it"})
	third.is(map[string]any{"suggestChange.thread.suggestion.fields.0.kind": "CHANGED", "suggestChange.thread.suggestion.fields.1.kind": "ADDED"})
	added := reviewer.says("suggestChange", vars{"question": q.id, "revision": 1, "pointer": "/explanation", "value": plain("Add."), "text": "Explain"})
	added.is(map[string]any{"suggestChange.thread.anchor.pointer": "", "suggestChange.thread.suggestion.changes.0.op": "ADD"})

	thread := func(a answer) string { return a.text("suggestChange.thread.id") }
	reviewer.says("applySuggestion", vars{"thread": thread(first)}).refused("access.denied")
	applied := author.says("applySuggestion", vars{"thread": thread(first)})
	applied.is(map[string]any{"applySuggestion.thread.suggestion.status": "APPLIED", "applySuggestion.thread.suggestion.appliedRevision": 2, "applySuggestion.thread.open": false,
		"applySuggestion.thread.decidedBy": "school-author"})
	author.says("applySuggestion", vars{"thread": thread(first)}).is(map[string]any{"applySuggestion.thread.suggestion.appliedRevision": 2})
	conflict := author.says("applySuggestion", vars{"thread": thread(second)}).refused("question.merge_conflict")
	if conflict.Errors[0].Extensions.Details["conflicts"] == nil {
		t.Error("the refusal does not show both")
	}
	author.says("declineSuggestion", vars{"thread": thread(second), "reason": "We have one."}).
		is(map[string]any{"declineSuggestion.thread.suggestion.status": "DECLINED", "declineSuggestion.thread.suggestion.reason": "We have one."})
	author.says("applySuggestion", vars{"thread": thread(second)}).refused("suggestion.settled")
	author.says("applySuggestion", vars{"thread": thread(third)}) // other fields: both stay
	last := author.ask(`query($id: ID!) { question(id: $id) { revision draft openThreads blame { pointer revision by } part: blame(under: "/options/0") { pointer } then: blame(point: {revision: 1}) { revision } } }`,
		vars{"id": q.id})
	last.is(map[string]any{"question.revision": 3, "question.draft.stem.text": "What is 2+3?", "question.draft.key": "o0", "question.draft.explanation.text": "Count.", "question.openThreads": 1})
	changed := map[string]int{"/stem/text": 2, "/key": 3, "/explanation/text": 3, "/stem/format": 1, "/options/0": 1}
	for _, line := range last.list("question.blame") {
		line := line.(map[string]any)
		if want, asked := changed[line["pointer"].(string)]; asked && int(line["revision"].(float64)) != want || line["by"] != "school-author" {
			t.Errorf("got %v, want revision %d", line, want)
		}
		delete(changed, line["pointer"].(string))
	}
	if len(changed) > 0 || len(last.list("question.part")) != 4 {
		t.Errorf("nobody is to blame for %v: %s", changed, last.raw)
	}
	for _, line := range last.list("question.then") {
		if line.(map[string]any)["revision"] != 1.0 {
			t.Errorf("at first there was %v", line)
		}
	}
	author.say(`query($id: ID!) { question(id: $id) { blame(under: "/nowhere") { by } } }`, vars{"id": q.id}).refused("blame.no_place")
}

func TestDifferencesAreShownToPeople(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	q := author.create(single("下列说法正确的是", 1), vars{"title": "Sums"})
	before := q.revision
	q = author.must("describeQuestion", q, vars{"title": "Big Sums", "tags": []string{"new"}})
	q = h.publish(t, "school", q, "REVISION")
	q = author.must("editQuestion", q, vars{"content": single("下列说法错误的是", 2)})
	recorded, err := h.Store.ReadStream(t.Context(), uuid.MustParse(rawID(t, q.id)), eventstore.Range{})
	if err != nil {
		t.Fatal(err)
	}
	const document = `query($id: ID!, $from: QuestionPoint!, $to: QuestionPoint) { question(id: $id) { diff(from: $from, to: $to) { fromRevision toRevision
		fields { kind label en zh path from to before after words { op text } } metadataFields { label words { op text } } } } }`
	diff := func(from, to vars) answer {
		values := vars{"id": q.id, "from": from}
		if to != nil {
			values["to"] = to
		}
		return author.say(document, values)
	}
	words := []any{vars{"op": "EQUAL", "text": "下列说法"}, vars{"op": "DELETED", "text": "正确"}, vars{"op": "INSERTED", "text": "错误"}, vars{"op": "EQUAL", "text": "的是"}}
	moment := recorded[before-1].RecordedAt.UTC().Format("2006-01-02T15:04:05.000000Z")
	for _, from := range []vars{{"version": 1}, {"revision": before}, {"moment": moment}} {
		for _, to := range []vars{nil, {"draft": true}, {"revision": q.revision}} {
			diff(from, to).is(map[string]any{"question.diff.toRevision": q.revision, "question.diff.fields.0.label": "Right option", "question.diff.fields.0.before": "o1",
				"question.diff.fields.1.zh": "题干", "question.diff.fields.1.from": "/stem/text", "question.diff.fields.1.words": words})
		}
	}
	diff(vars{"revision": before}, nil).is(map[string]any{"question.diff.metadataFields.1.label": "Tags", "question.diff.metadataFields.0.words.0": vars{"op": "INSERTED", "text": "Big "}})
	diff(vars{"draft": true}, nil).is(map[string]any{"question.diff.fields": []any{}, "question.diff.metadataFields": []any{}})
	for _, bad := range []vars{{}, {"draft": false}, {"draft": true, "revision": 1}} {
		diff(bad, nil).refused("point.invalid")
	}
	diff(vars{"version": 0}, nil).refused("revision.not_found")
	diff(vars{"version": 2}, nil).refused("revision.not_found")
	if again := author.act("restoreQuestion", q, vars{"to": vars{"version": 1}, "fields": []string{"/key"}}); len(again.Errors) > 0 {
		t.Fatal(again.raw)
	}
	author.ask(`query($id: ID!) { question(id: $id) { draft title } }`, vars{"id": q.id}).
		is(map[string]any{"question.draft.key": "o1", "question.draft.stem.text": "下列说法错误的是", "question.title": "Big Sums"})
	q.revision++
	author.must("restoreQuestion", q, vars{"to": vars{"revision": before}, "metadata": true})
	author.ask(`query($id: ID!) { question(id: $id) { draft title metadata { tags } } }`, vars{"id": q.id}).
		is(map[string]any{"question.draft.stem.text": "下列说法正确的是", "question.title": "Sums", "question.metadata.tags": []any{}})
}

func TestLessonsAreComparedAndDiscussed(t *testing.T) {
	t.Parallel()
	h := teach(t)
	author, teacher := h.as(t, access.Author), h.as(t, access.Teacher)
	edited := author.ask(`mutation($i: EditLessonInput!) { editLesson(input: $i) { position lesson { revision } } }`, vars{"i": vars{"lesson": h.lesson, "revision": 4, "plan": vars{
		"title": "New " + mark + " lesson", "items": []any{vars{"slot": "b", "question": h.essay.id, "max": 3}, vars{"slot": "a", "question": h.choice.code, "max": 2}}}}})
	const document = `query($id: ID!, $from: LessonPoint!, $to: LessonPoint, $at: Long) { lesson(id: $id, at: $at) { openThreads threads { nodes {` + threadFields + `} }
		diff(from: $from, to: $to) { fromRevision toRevision fields { kind en from to before after } } } }`
	at := edited.number("editLesson.position")
	teacher.ask(document, vars{"id": h.lesson, "from": vars{"revision": 1}, "at": at}).is(map[string]any{
		"lesson.diff.toRevision": 5, "lesson.diff.fields.0": vars{"kind": "CHANGED", "en": "Questions › 1 › Marks in millionths", "from": "/items/1/max", "to": "/items/0/max", "before": 2500000, "after": 3000000},
		"lesson.diff.fields.1.kind": "MOVED", "lesson.diff.fields.2.en": "Title", "lesson.openThreads": 1,
		"lesson.threads.nodes.0.anchor.state": "OUTDATED", "lesson.threads.nodes.0.anchor.quote": "勾股", "lesson.threads.nodes.0.anchor.currentRange": map[string]int{"start": 4, "end": 6},
		"lesson.threads.nodes.0.anchor.label": "Title", "lesson.threads.nodes.0.question": nil})
	teacher.ask(document, vars{"id": h.lesson, "from": vars{"revision": 1}, "to": vars{"version": 1}}).is(map[string]any{
		"lesson.diff.fields.0.en": "Questions › 1 › Version", "lesson.diff.fields.0.before": 0, "lesson.diff.fields.0.after": 1})
	teacher.ask(document, vars{"id": h.lesson, "from": vars{"draft": true}}).is(map[string]any{"lesson.diff.fields": []any{}})
	teacher.say(document, vars{"id": h.lesson, "from": vars{"version": 7}}).refused("revision.not_found")
	// A teacher reads what is said of lessons, and neither writes nor sees what is said of questions.
	teacher.says("openThread", vars{"lesson": h.lesson, "revision": 1, "text": "x"}).refused("access.denied")
	teacher.say(`query($id: ID!) { node(id: $id) { ... on Thread { comments { text } } } }`, vars{"id": h.thread}).refused("access.denied")
	mentioned := h.as(t, access.Admin).ask(`query($at: Long) { myMentions(at: $at) { totalCount nodes { thread { id lesson { id } question { code } } } } }`, vars{"at": at})
	mentioned.is(map[string]any{"myMentions.totalCount": 2, "myMentions.nodes.0.thread.lesson.id": h.lesson, "myMentions.nodes.1.thread.question.code": h.choice.code})
	if only := h.named(t, "school-admin", access.Teacher).ask(`{ myMentions { nodes { thread { lesson { id } } } } }`, nil).list("myMentions.nodes"); len(only) != 1 {
		t.Errorf("a teacher is told of %v", only)
	}
	moved := author.says("openThread", vars{"lesson": h.lesson, "revision": 1, "pointer": "/items/1", "text": "This one?"})
	moved.is(map[string]any{"openThread.thread.anchor.path": []string{"items", "#b"}, "openThread.thread.anchor.state": "OUTDATED", "openThread.thread.anchor.currentPointer": "/items/0"})
}
