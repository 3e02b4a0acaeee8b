package graphql_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"qbank/domain/access"
	"qbank/domain/question"
	"qbank/graphql/engine"
	"qbank/internal/stack"
)

// Whatever is sent, the answer says where it is wrong, by a stable code, and nothing is stored.
func TestBadInputs(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Admin)
	q := author.create(single("2+2?", 1), nil)
	const edit = `mutation($i: EditQuestionInput!) { editQuestion(input: $i) { position } }`
	const byID = `query($id: ID!) { question(id: $id) { id } }`
	content := func(raw string) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`{"i":{"question":%q,"revision":1,"content":%s}}`, q.id, raw))
	}
	id := func(s string) json.RawMessage {
		text, _ := json.Marshal(map[string]string{"id": s})
		return text
	}
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	head, err := h.Store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, document string
		variables      json.RawMessage
		code, pointer  string
	}{
		{"an id that nobody gave", byID, id("nonsense"), engine.CodeBadID, ""},
		{"an id of another type", byID, id(global("Lesson", "01890a5d-ac96-774b-bcce-b302099a8057")), engine.CodeBadID, ""},
		{"a global id of no UUID", byID, id(global("Question", "x")), engine.CodeBadID, ""},
		{"an unknown question", byID, id("01890a5d-ac96-774b-bcce-b302099a8057"), "question.not_found", ""},
		{"an unknown code", byID, id(string(question.NewCode(999_999))), "question.not_found", ""},
		{"no id", byID, json.RawMessage(`{}`), engine.CodeBadVariable, "/id"},
		{"an object for an id", byID, json.RawMessage(`{"id":{"a":1}}`), engine.CodeBadVariable, "/id"},
		{"a huge id", byID, id(strings.Repeat("A", 100_000)), engine.CodeBadID, ""},
		{"NUL in an id", byID, json.RawMessage(`{"id":"a\u0000"}`), engine.CodeBadText, ""},
		{"NUL in a content", edit, content(`{"stem":{"format":"plain","text":"a\u0000b"}}`), engine.CodeBadText, ""},
		{"a lone surrogate in a content", edit, content(`{"stem":"\ud800"}`), engine.CodeBadText, ""},
		{"a lone surrogate in a name", edit, content(`{"\udc00":1}`), engine.CodeBadText, ""},
		{"invalid UTF-8", edit, content("{\"stem\":\"\xff\"}"), engine.CodeBadText, ""},
		{"a number beyond float64", edit, content(`{"stem":1e999}`), "", ""},
		{"an integer that float64 does not hold", edit, content(`{"n":9007199254740993}`), "json.number", "/content/n"},
		{"a content that is too deep", edit, content(deep), "json.too_deep", ""},
		{"a content of too many values", edit, content("[" + strings.Repeat("1,", 60_000) + "1]"), "json.too_many", ""},
		{"a content that is too large", edit, content(`{"stem":"` + strings.Repeat("x", 1<<20) + `"}`), "json.too_large", ""},
		{"a list for a content", edit, content(`[1]`), "question.content", ""},
		{"a body that is too large", edit, content(`{"stem":"` + strings.Repeat("x", 3<<20) + `"}`), engine.CodeTooLarge, ""},
		{"an unknown field of an input", edit, json.RawMessage(`{"i":{"question":"x","revision":1,"content":{},"key":1}}`), engine.CodeBadVariable, "/i/key"},
		{"a text for a revision", edit, json.RawMessage(`{"i":{"question":"x","revision":"1","content":{}}}`), engine.CodeBadVariable, "/i/revision"},
		{"a revision that is too large", edit, json.RawMessage(`{"i":{"question":"x","revision":3000000000,"content":{}}}`), engine.CodeBadVariable, "/i/revision"},
		{"a future revision", edit, json.RawMessage(fmt.Sprintf(`{"i":{"question":%q,"revision":99,"content":{}}}`, q.id)), "revision.not_found", ""},
		{"an unknown type", `mutation { createQuestion(input: {type: "no-such@1.0.0"}) { position } }`, nil, "type.unknown", ""},
		{"a malformed type", `mutation { createQuestion(input: {type: "x"}) { position } }`, nil, "type.ref", ""},
		{"a mark with seven decimals", `mutation { createLesson(input: {plan: {title: "x", items: [{slot: "a", question: "` + q.id + `", max: 0.1234567}]}}) { position } }`, nil, engine.CodeValidation, ""},
		{"a note that is a book", `mutation($n: String) { submitQuestion(input: {question: "` + q.id + `", revision: 1, note: $n}) { position } }`,
			json.RawMessage(`{"n":"` + strings.Repeat("x", 20_000) + `"}`), "input.too_long", "/note"},
		{"a long text in a list", `mutation($n: [String!]) { describeQuestion(input: {question: "` + q.id + `", revision: 1, tags: $n}) { position } }`,
			json.RawMessage(`{"n":["a","` + strings.Repeat("x", 20_000) + `"]}`), "input.too_long", "/tags/1"},
		{"two points in one", `{ question(id: "` + q.id + `") { past(point: {revision: 1, version: 1}) { hash } } }`, nil, "point.invalid", ""},
		{"an unknown revision", `{ question(id: "` + q.id + `") { past(point: {revision: 7}) { hash } } }`, nil, "revision.not_found", ""},
		{"a negative position", `{ questions(at: -1) { totalCount } }`, nil, "position.invalid", ""},
		{"too many values in a filter", `query($v: [String!]) { questions(filter: {tag: $v}) { totalCount } }`, json.RawMessage(`{"v":[` + strings.Repeat(`"a",`, 200) + `"a"]}`), "filter.values", "/tag"},
		{"too many values in a filter of two words", `query($v: [String!]) { questions(filter: {allTags: $v}) { totalCount } }`, json.RawMessage(`{"v":[` + strings.Repeat(`"a",`, 200) + `"a"]}`), "filter.values", "/allTags"},
		{"a place in a content keeps its name", edit, content(`{"load_failures":9007199254740993}`), "json.number", "/content/load_failures"},
		{"attempts of nobody", `{ attempts { nodes { id } } }`, nil, "gradebook.filter", ""},
		{"too many nodes", `query($v: [ID!]!) { nodes(ids: $v) { id } }`, json.RawMessage(`{"v":[` + strings.Repeat(`"a",`, 200) + `"a"]}`), "page.ids", ""},
		{"a cyclic fragment", `{ viewer { ...a } } fragment a on Viewer { id ...b } fragment b on Viewer { ...a }`, nil, engine.CodeCyclicFragment, ""},
		{"a query that costs too much", `{ questions(first: 200) { nodes { history(first: 200) { nodes { changes { op } } } } } }`, nil, engine.CodeTooCostly, ""},
		{"a null literal", `{ questions(query: null) { totalCount } }`, nil, engine.CodeSyntax, ""},
		{"no such field", `{ secrets }`, nil, engine.CodeValidation, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			variables := test.variables
			if variables == nil {
				variables = json.RawMessage("{}")
			}
			query, err := json.Marshal(test.document)
			if err != nil {
				t.Fatal(err)
			}
			c := author
			c.t = t
			a := c.post([]byte(`{"query":` + string(query) + `,"variables":` + string(variables) + `}`))
			if len(a.Errors) == 0 || (test.code != "" && a.Errors[0].Extensions.Code != test.code) || a.Errors[0].Extensions.Code == engine.CodeInternal {
				t.Fatalf("want %s, got %.600s", test.code, a.raw)
			}
			if test.pointer != "" && (len(a.Errors[0].Extensions.Problems) == 0 || a.Errors[0].Extensions.Problems[0].Pointer != test.pointer) {
				t.Errorf("want it at %s, got %.600s", test.pointer, a.raw)
			}
		})
	}
	if now, err := h.Store.Head(t.Context()); err != nil || now != head {
		t.Errorf("bad inputs have added %d events (%v)", now-head, err)
	}
}

func TestMessagesSpeakTheLanguageOfTheRequest(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	for language, want := range map[string]string{"zh-CN,zh;q=0.9": "没有这道题目", "en": "there is no such question"} {
		a := author.say(`{ question(id: "01890a5d-ac96-774b-bcce-b302099a8057") { id } }`, nil, "Accept-Language", language)
		if len(a.Errors) != 1 || a.Errors[0].Message != want {
			t.Errorf("in %s: %s", language, a.raw)
		}
	}
}

// What a mutation has done is seen by whoever asks for its position, and by the mutation's own answer.
func TestReadYourWrites(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	for i := range 10 {
		title := fmt.Sprintf("title %d", i)
		q := author.create(single(title, 1), vars{"title": title})
		author.ask(`query($at: Long, $q: String) { questions(at: $at, query: $q) { nodes { id } } }`, vars{"at": q.position, "q": title}).
			is(map[string]any{"questions.nodes.0.id": q.id})
		edited := author.act("describeQuestion", q, vars{"title": title + " again"})
		edited.is(map[string]any{"describeQuestion.question.title": title + " again", "describeQuestion.question.revision": 2})
	}
	// Two mutations in one document: the second sees the first, by its code too.
	a := author.ask(`mutation { a: createQuestion(input: {type: "essay@1.0.0"}) { question { id revision } } b: createQuestion(input: {type: "essay@1.0.0"}) { question { id } } }`, nil)
	if a.text("a.question.id") == a.text("b.question.id") {
		t.Error("two questions have one id")
	}
}

// What is not there yet is waited for, but not for ever.
func TestAPositionOfTheFuture(t *testing.T) {
	t.Parallel()
	h := open(t, func(o *stack.Options) { o.MaxWait = 50 * time.Millisecond })
	h.as(t, access.Admin).say(`{ questions(at: "4000000000000000000") { totalCount } }`, nil).refused("projection.behind")
}
