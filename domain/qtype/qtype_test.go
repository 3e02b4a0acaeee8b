package qtype_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/schemas"
)

// small is a type to change in tests: one list of options with secrets inside, and one key.
const small = `{
	"id": "small", "version": "1.0.0", "title": {"en": "Small", "zh-CN": "小题"}, "category": "choice",
	"summary": "/stem",
	"content": {
		"type": "object", "additionalProperties": false, "required": ["options"],
		"$defs": {"id": {"type": "string", "pattern": "^[a-z0-9]{1,8}$"}},
		"properties": {
			"stem": {"type": "string", "x-text": "html", "x-i18n": {"title": {"en": "Stem", "zh-CN": "题干"}}},
			"shuffle": {"type": "boolean"},
			"options": {"type": "array", "x-shuffle": "/shuffle", "items": {"type": "object", "additionalProperties": false, "required": ["id"], "properties": {
				"id": {"$ref": "#/$defs/id"}, "text": {"type": "string", "x-text": "plain"}, "note": {"type": "string", "x-text": "plain", "x-secret": "feedback"}}}},
			"key": {"type": "string", "x-ref": "/options", "x-secret": "answer"},
			"hidden": {"type": "object", "additionalProperties": false, "properties": {"why": {"type": "string", "x-secret": "feedback"}}}
		}
	},
	"ui": {"stem": {"ui:widget": "textarea", "x-i18n": {"ui:placeholder": {"en": "Ask", "zh-CN": "提问"}}}},
	"response": {"type": "object", "additionalProperties": false, "required": ["choice"], "properties": {"choice": {"type": "string", "x-ref": "/options"}}},
	"scoring": {"template": "match_correct@1", "params": {"response": "/choice", "key": "/key"}},
	"checks": [{"cel": "content.options.size() < 5", "pointer": "/options", "code": "too_many", "message": {"en": "at most four", "zh-CN": "最多四个"}}],
	"runtime": {"builtin": "small"},
	"examples": [{"title": {"en": "One", "zh-CN": "一"}, "content": {"options": [{"id": "a"}], "key": "a"}, "responses": [{"response": {"choice": "a"}, "fraction": 1}]}]
}`

// decode reads JSON that the test itself wrote.
func decode(text string) any {
	v, err := content.Decode([]byte(text), content.Limits{Bytes: 1 << 20, Depth: 64, Nodes: 50_000})
	if err != nil {
		panic(fmt.Sprintf("%s: %v", text, err))
	}
	return v
}

func compile(t testing.TB, document string) *qtype.Type {
	t.Helper()
	q, err := qtype.Compile([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// with sets what a pointer leads to in the small type; a nil value removes it.
func with(t testing.TB, pointer, value string) []byte {
	t.Helper()
	document := decode(small)
	tokens := content.Tokens(pointer)
	parent, there := content.At(document, content.Pointer(tokens[:len(tokens)-1]...))
	object, ok := parent.(map[string]any)
	if !there || !ok {
		t.Fatalf("nothing at %s", pointer)
	}
	if value == "" {
		delete(object, tokens[len(tokens)-1])
	} else {
		object[tokens[len(tokens)-1]] = decode(value)
	}
	return content.Canonical(document)
}

func TestTypesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ at, value, problem string }{
		{"/id", ``, "required at /id"},
		{"/id", `"Small"`, "pattern at /id"},
		{"/version", `"1.0"`, "pattern at /version"},
		{"/title", `{"en": "Small"}`, "required at /title/zh-CN"},
		{"/colour", `"red"`, "unknown at /colour"},
		{"/examples", `[]`, "min_items at /examples"},
		{"/runtime", `{}`, "one_of at /runtime"},
		{"/runtime", `{"group": "g", "entry": "../index.html"}`, "pattern at /runtime/entry"},
		{"/content/properties/stem/dependentSchemas", `{"a": {}}`, "schema.keyword at /content/properties/stem/dependentSchemas"},
		{"/content/patternProperties", `{"a": {}}`, "schema.keyword at /content/patternProperties"},
		{"/content/properties/stem", `{"$ref": "https://example.org/stem.json"}`, "schema.ref_remote at /content/properties/stem/$ref"},
		{"/content/properties/stem", `{"$ref": "file:///etc/passwd"}`, "schema.ref_remote at /content/properties/stem/$ref"},
		{"/content/properties/stem", `{"$ref": "#/properties/key"}`, "schema.ref_remote at /content/properties/stem/$ref"},
		{"/content/properties/more", `{"$ref": "#/$defs/nothing"}`, "schema.ref_unknown at /content/properties/more/$ref"},
		{"/content/$defs/id", `{"$ref": "#/$defs/id"}`, "schema.ref_cycle at /content/$defs/id/$ref"},
		{"/content/properties/more", `{"$ref": "#/$defs/id", "pattern": "x"}`, "schema.ref_conflict at /content/properties/more/pattern"},
		{"/content/properties/stem/pattern", `"(?<=a)b"`, "schema.compile at /content"},
		{"/content/properties/stem/minLength", `-1`, "minimum at /content/properties/stem/minLength"},
		{"/content/properties/stem/format", `"colour"`, "enum at /content/properties/stem/format"},
		{"/content/properties/more", `{}`, "schema.untyped at /content/properties/more"},
		{"/content/properties/more", `true`, "schema.untyped at /content/properties/more"},
		{"/content/properties/more", `{"type": "object"}`, "schema.open_object at /content/properties/more"},
		{"/content/properties/more", `{"type": "array"}`, "schema.open_list at /content/properties/more"},
		{"/content/properties/key/x-secret", `"maybe"`, "enum at /content/properties/key/x-secret"},
		{"/content/if", `{"properties": {"stem": {"x-secret": "answer"}}}`, "schema.mark_unreachable at /content/if/properties/stem/x-secret"},
		{"/content/anyOf", `[{"properties": {"a": {"x-ref": "/options"}}}]`, "schema.mark_unreachable at /content/anyOf/0/properties/a/x-ref"},
		{"/content/allOf", `[{"properties": {"a": {"x-secret": "answer"}}}]`, "schema.mark_unreachable at /content/allOf/0/properties/a/x-secret"},
		{"/content/properties/more", `{"type": "array", "items": {"type": "string", "x-secret": "answer"}}`, "secret.unreachable at /content/properties/more/items/x-secret"},
		{"/content/properties/more", `{"type": "array", "items": {"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string"}, "b": {"type": "string", "x-secret": "answer"}}}}`,
			"secret.needs_id at /content/properties/more/items"},
		{"/content/properties/more", `{"type": "array", "prefixItems": [{"type": "string", "x-secret": "answer"}]}`, "secret.needs_id at /content/properties/more/prefixItems"},
		{"/content/properties/more", `{"type": "array", "x-order": "neutral", "items": {"type": "string"}}`, "order.needs_id at /content/properties/more/items"},
		{"/content/properties/options/x-shuffle", `"/key"`, "order.pointer at /content/properties/options/x-shuffle"},
		{"/content/properties/options/x-shuffle", `"/nothing"`, "order.pointer at /content/properties/options/x-shuffle"},
		{"/content/properties/options/x-secret", `"answer"`, "ref.secret at /response/properties/choice/x-ref"},
		{"/content/properties/key/x-ref", `"/stem"`, "ref.target at /content/properties/key/x-ref"},
		{"/response/properties/choice/x-secret", `"answer"`, "response.mark at /response"},
		{"/response", ``, "scoring.no_response at /scoring"},
		{"/scoring", `{"template": "guess@1"}`, "scoring.template at /scoring/template"},
		{"/scoring", `{"template": "none@1", "cel": "1"}`, "one_of at /scoring"},
		{"/scoring/params/key", `"/kye"`, "scoring.pointer at /scoring/params"},
		{"/scoring/params/response", `"/chioce"`, "scoring.pointer at /scoring/params"},
		{"/scoring", `{"cel": "secret()"}`, "cel.syntax at /scoring/cel"},
		{"/checks", `[{"cel": "content.", "pointer": "", "code": "x", "message": {"en": "x", "zh-CN": "错"}}]`, "cel.syntax at /checks/0/cel"},
		{"/migrations", `[{"from": "0.9.0", "steps": [{"op": "set", "at": "/a", "cel": "("}]}]`, "cel.syntax at /migrations/0/steps/0/cel"},
		{"/migrations", `[{"from": "0.9.0", "steps": [{"op": "move", "at": "/a"}]}]`, "required at /migrations/0/steps/0/to"},
		{"/ui/stme", `{"ui:widget": "text"}`, "ui.place at /ui/stme"},
		{"/ui/stem/ui:widget", `"hologram"`, "enum at /ui/stem/ui:widget"},
		{"/summary", `"/key"`, "type.summary at /summary"},
	} {
		t.Run(c.problem, func(t *testing.T) {
			t.Parallel()
			_, err := qtype.Compile(with(t, c.at, c.value))
			if !fault.Is(err, "type.invalid") {
				t.Fatalf("got %v", err)
			}
			var found []string
			for _, p := range fault.Of(err).Problems {
				found = append(found, p.Code+" at "+p.Pointer)
				if p.Message.EN == "" || p.Message.ZH == "" {
					t.Errorf("%s is not explained: %+v", p.Code, p.Message)
				}
			}
			if !slices.Contains(found, c.problem) {
				t.Errorf("found %v", found)
			}
		})
	}
}

func TestReferencesThatGrowWithoutEndAreRefused(t *testing.T) {
	t.Parallel()
	defs := map[string]any{"d0": map[string]any{"type": "string"}}
	for i := 1; i <= 30; i++ { // each definition holds the one before twice
		ref := map[string]any{"$ref": fmt.Sprintf("#/$defs/d%d", i-1)}
		defs[fmt.Sprintf("d%d", i)] = map[string]any{"type": "object", "additionalProperties": false, "properties": map[string]any{"a": ref, "b": ref}}
	}
	document := decode(small).(map[string]any)
	schema := document["content"].(map[string]any)
	schema["$defs"] = defs
	schema["properties"].(map[string]any)["more"] = map[string]any{"$ref": "#/$defs/d30"}
	_, err := qtype.Compile(content.Canonical(document))
	if !fault.Is(err, "type.invalid") || !slices.ContainsFunc(fault.Of(err).Problems, func(p fault.Problem) bool { return p.Code == "schema.too_large" }) {
		t.Fatalf("got %v", err)
	}
}

func TestSplitAndJoin(t *testing.T) {
	t.Parallel()
	q := compile(t, small)
	doc := decode(`{"stem":"?","extra":1,"options":[{"id":"a","text":"A","note":"no","x":1},{"id":"b","text":"B"}],"key":"a","hidden":{"why":"so"}}`)
	public, solution := q.Split(doc)
	if got, want := string(content.Canonical(public)), `{"options":[{"id":"a","text":"A"},{"id":"b","text":"B"}],"stem":"?"}`; got != want {
		t.Errorf("public is %s", got)
	}
	if got, want := string(content.Canonical(solution)), `{"hidden":{"why":"so"},"key":"a","options":[{"id":"a","note":"no"}]}`; got != want {
		t.Errorf("solution is %s", got)
	}
	if got, want := string(content.Canonical(q.Join(public, solution))),
		`{"hidden":{"why":"so"},"key":"a","options":[{"id":"a","note":"no","text":"A"},{"id":"b","text":"B"}],"stem":"?"}`; got != want {
		t.Errorf("joined is %s", got)
	}
	forged := decode(`{"key":"b","stem":"forged","more":1,"options":[{"id":"a","text":"forged","note":"n"},{"id":"z","note":"n"}]}`)
	if got, want := string(content.Canonical(q.Reveal(public, forged))), `{"key":"b","options":[{"id":"a","note":"n","text":"A"},{"id":"b","text":"B"}],"stem":"?"}`; got != want {
		t.Errorf("a solution changes what is public: %s", got)
	}
}

func TestChecks(t *testing.T) {
	t.Parallel()
	q := compile(t, small)
	for _, c := range []struct{ doc, want string }{
		{`{"options":[{"id":"a"}],"key":"a"}`, ``},
		{`{}`, `required /options`},
		{`{"options":[{"id":"a"},{"id":"a"}],"key":"z"}`, `ref.unknown /key, duplicate_id /options/1/id`},
		{`{"options":[{"id":"a"},{"id":"b"},{"id":"c"},{"id":"d"},{"id":"e"}],"key":"a"}`, `too_many /options`},
		{`{"options":[{"id":"a"}]}`, `scoring.content /key`},
		{`{"options":[{"id":"A b"}],"a/b":1}`, `unknown /a~1b, pattern /options/0/id`},
		{`{"options":{}}`, `type /options`},
		{`7`, `type `},
		{`null`, `type `},
	} {
		var found []string
		for _, p := range q.Check(decode(c.doc)) {
			found = append(found, p.Code+" "+p.Pointer)
		}
		if got := strings.Join(found, ", "); got != c.want {
			t.Errorf("%s: %q, want %q", c.doc, got, c.want)
		}
	}
	big := make([]any, 5000)
	if n := len(q.Check(map[string]any{"options": big})); n == 0 || n > 100 {
		t.Errorf("%d problems", n)
	}
}

func TestOrders(t *testing.T) {
	t.Parallel()
	q := compile(t, small)
	public := decode(`{"shuffle":true,"options":[{"id":"a"},{"id":"b"},{"id":"c"},{"id":"d"}]}`)
	if got := fmt.Sprint(q.Orders(public, 42)); got != "map[/options:[a b d c]]" { // pinned for ever: attempts keep only the seed's effect
		t.Errorf("seed 42 gives %s", got)
	}
	counts := map[string]int{}
	for seed := range uint64(6000) {
		counts[strings.Join(q.Orders(public, seed)["/options"], "")]++
	}
	if len(counts) != 24 {
		t.Errorf("%d of 24 orders", len(counts))
	}
	for order, n := range counts {
		if n < 150 || n > 350 {
			t.Errorf("%s comes %d times of 6000", order, n)
		}
	}
	if got := q.Orders(decode(`{"shuffle":false,"options":[{"id":"a"}]}`), 1); len(got) != 0 {
		t.Errorf("not enabled, yet %v", got)
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	form := decode(string(compile(t, small).Form("zh-CN").Document))
	for pointer, want := range map[string]any{
		"/title": "小题", "/type": "small@1.0.0", "/schema/properties/stem/title": "题干", "/ui/stem/ui:placeholder": "提问", "/ui/stem/ui:widget": "textarea",
		"/schema/properties/options/items/properties/id/pattern": "^[a-z0-9]{1,8}$",
	} {
		if got, _ := content.At(form, pointer); got != want {
			t.Errorf("%s is %v", pointer, got)
		}
	}
	if text := string(content.Canonical(form)); strings.Contains(text, "$ref") || strings.Contains(text, "x-i18n") {
		t.Errorf("the form holds what form generators do not read: %s", text)
	}
	if got := compile(t, small).Title("fr"); got != "Small" {
		t.Errorf("in French it is %q", got)
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	q := compile(t, small)
	doc := decode(`{"stem":"<p>1 &lt; 2</p><script>alert(1)</script><p>a<b>b</b>c</p> x < y","options":[{"id":"a","text":"one","note":"secret"}],"key":"a"}`)
	if got := fmt.Sprintf("%q %q %q", q.Texts(doc), q.SecretTexts(doc), q.Summary(doc)); got != `["one" "1 < 2 abc x < y"] ["secret"] "1 < 2 abc x < y"` {
		t.Errorf("got %s", got)
	}
	long := q.Summary(map[string]any{"stem": strings.Repeat("题", 500)})
	if n := len([]rune(long)); n != 200 || !strings.HasSuffix(long, "…") {
		t.Errorf("%d characters", n)
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	q, err := qtype.Compile(with(t, "/migrations", `[{"from": "0.9.0", "steps": [
		{"op": "move", "at": "/question", "to": "stem"},
		{"op": "remove", "at": "/options/*/colour"},
		{"op": "set", "at": "/options/*/text", "cel": "parent.id + ': ' + value"},
		{"op": "set", "at": "/shuffle", "cel": "content.options.size() > 1"}]}]`))
	if err != nil {
		t.Fatal(err)
	}
	old := decode(`{"question":"?","options":[{"id":"a","text":"A","colour":"red"},{"id":"b","text":"B"}],"key":"a"}`)
	before := content.HashOf(old)
	got, err := q.Migrate(old, qtype.Ref{ID: "small", Version: "0.9.0"})
	want := `{"key":"a","options":[{"id":"a","text":"a: A"},{"id":"b","text":"b: B"}],"shuffle":true,"stem":"?"}`
	if err != nil || string(content.Canonical(got)) != want || content.HashOf(old) != before {
		t.Errorf("got %s, %v", content.Canonical(got), err)
	}
	if _, err := q.Migrate(old, qtype.Ref{ID: "small", Version: "0.8.0"}); !fault.Is(err, "type.migration") {
		t.Errorf("from a version that it does not know: %v", err)
	}
	if _, err := q.Migrate(decode(`{"options":[{"id":"a"}]}`), qtype.Ref{ID: "small", Version: "0.9.0"}); !fault.Is(err, "type.migration_value") {
		t.Errorf("a step without a value: %v", err)
	}
}

func TestExamplesThatDoNotHold(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`[{"title":{"en":"x","zh-CN":"例"},"content":{"options":[{"id":"a"}],"key":"b"}}]`:                                                          "ref.unknown at /examples/0/content/key",
		`[{"title":{"en":"x","zh-CN":"例"},"content":{"options":[{"id":"a"}],"key":"a"}}]`:                                                          "example.responses at /examples/0/responses",
		`[{"title":{"en":"x","zh-CN":"例"},"content":{"options":[{"id":"a"}],"key":"a"},"responses":[{"response":{"choice":"a"},"fraction":0.5}]}]`: "example.score at /examples/0/responses/0",
		`[{"title":{"en":"x","zh-CN":"例"},"content":{"options":[{"id":"a"}],"key":"a"},"responses":[{"response":{},"fraction":0}]}]`:               "required at /examples/0/responses/0/response/choice",
	} {
		q, err := qtype.Compile(with(t, "/examples", value))
		if err != nil {
			t.Fatal(err)
		}
		err = q.RunExamples()
		if !fault.Is(err, "type.example") {
			t.Fatalf("%s: %v", value, err)
		}
		if p := fault.Of(err).Problems[0]; p.Code+" at "+p.Pointer != want {
			t.Errorf("%s at %s, want %s", p.Code, p.Pointer, want)
		}
	}
}

func TestRef(t *testing.T) {
	t.Parallel()
	ref, err := qtype.ParseRef("single-choice@1.0.0")
	if err != nil || ref != (qtype.Ref{ID: "single-choice", Version: "1.0.0"}) {
		t.Fatalf("%v, %v", ref, err)
	}
	encoded, err := json.Marshal(map[string]qtype.Ref{"t": ref, "none": {}})
	if err != nil || string(encoded) != `{"none":"","t":"single-choice@1.0.0"}` {
		t.Fatalf("%s, %v", encoded, err)
	}
	var back map[string]qtype.Ref
	if err := json.Unmarshal(encoded, &back); err != nil || back["t"] != ref || back["none"] != (qtype.Ref{}) {
		t.Fatalf("%v, %v", back, err)
	}
	for _, text := range []string{"", "single-choice", "Single@1.0.0", "a@1.0", "a@01.0.0", "a@1.0.0-beta", "a@1.0.0 ", strings.Repeat("a", 100) + "@1.0.0"} {
		if _, err := qtype.ParseRef(text); !fault.Is(err, "type.ref") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzCompile: whatever the document is, it is refused with reasons or makes a type that does its work.
func FuzzCompile(f *testing.F) {
	f.Add([]byte(small))
	types, err := schemas.BuiltIn()
	if err != nil {
		f.Fatal(err)
	}
	for _, q := range types {
		f.Add(content.Canonical(q.Document()))
	}
	f.Add([]byte(`{"content":{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}}}`))
	f.Add([]byte(`{"content":{"properties":{"a":{"allOf":[{"x-secret":"answer"}]}}},"response":[]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		q, err := qtype.Compile(document)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("the refusal is not a fault: %v", err)
			}
			return
		}
		empty := q.Empty()
		q.Check(empty)
		public, solution := q.Split(empty)
		q.Join(public, solution)
		q.CheckResponse(public, empty)
		q.Form("zh-CN")
		q.Texts(empty)
		_ = q.RunExamples()
	})
}

func TestAssets(t *testing.T) {
	t.Parallel()
	q, err := qtype.Compile(with(t, "/content/properties/files", `{"type": "object", "additionalProperties": false, "properties": {
		"shown": {"type": "string", "x-asset": "resource"}, "kept": {"type": "array", "x-secret": "feedback", "items": {"type": "string", "x-asset": "group"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(q.Assets(decode(`{"files":{"shown":"r1","kept":["g1"],"other":"r2"},"stem":"r3"}`)))
	if got != "[{/files/kept/0 group g1 true} {/files/shown resource r1 false}]" {
		t.Errorf("got %s", got)
	}
}

func TestAContentThatIsAllSecretHasNothingToShow(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{
		`{"type": "object", "additionalProperties": false, "x-secret": "answer", "properties": {"stem": {"type": "string", "x-text": "plain"}, "options": {"type": "array", "items": {"type": "string"}}}}`,
		`{"type": "object", "additionalProperties": false, "properties": {"stem": {"type": "string", "x-secret": "answer"}}}`,
	} {
		document := decode(small).(map[string]any)
		document["content"] = decode(schema)
		document["scoring"] = map[string]any{"template": "none@1"}
		for _, name := range []string{"summary", "response", "checks", "ui"} {
			delete(document, name)
		}
		q, err := qtype.Compile(content.Canonical(document))
		if err != nil {
			t.Fatal(err)
		}
		doc := decode(`{"stem":"?"}`)
		public, solution := q.Split(doc)
		if !content.Equal(public, map[string]any{}) || !content.Equal(solution, doc) || !content.Equal(q.Join(public, solution), doc) {
			t.Errorf("public %v, solution %v", public, solution)
		}
	}
}

func TestEmptyIsBounded(t *testing.T) {
	t.Parallel()
	q, err := qtype.Compile(with(t, "/content/properties/options", `{"type": "array", "minItems": 1000000, "items": {"type": "object", "additionalProperties": false, "required": ["id", "more"], "properties": {
		"id": {"type": "string"}, "more": {"type": "array", "minItems": 1000000, "items": {"type": "string"}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(content.Canonical(q.Empty())); n > 10_000 {
		t.Errorf("%d bytes", n)
	}
}

// TestGraftedTypesDoNoHarm cuts pieces out of built-in types and puts them, or odd values, in other places: each is refused
// with reasons, or is a type that does its work and keeps its secrets.
func TestGraftedTypesDoNoHarm(t *testing.T) {
	t.Parallel()
	types, err := schemas.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		q := rapid.SampledFrom(types).Draw(t, "type")
		document := decode(string(content.Canonical(q.Document())))
		for range rapid.IntRange(1, 3).Draw(t, "grafts") {
			places := pointers(document, "")
			at := rapid.SampledFrom(places[1:]).Draw(t, "at")
			from, _ := content.At(document, rapid.SampledFrom(places[1:]).Draw(t, "from"))
			odd := rapid.SampledFrom([]any{from, from, nil, true, -1.0, "", "/options", []any{}, map[string]any{}, map[string]any{"x-secret": "answer", "type": "string"}}).Draw(t, "value")
			graft(document, content.Tokens(at), decode(string(content.Canonical(odd))))
		}
		grafted, err := qtype.Compile(content.Canonical(document))
		if err != nil {
			f := fault.Of(err)
			if f == nil || (f.Code == "type.invalid" && len(f.Problems) == 0) {
				t.Fatalf("refused without reasons: %v", err)
			}
			return
		}
		empty := grafted.Empty()
		grafted.Check(empty)
		grafted.Form("zh-CN")
		_ = grafted.RunExamples()
		examples, _ := content.At(document, "/examples/0/content")
		doc := rapid.SampledFrom([]any{empty, examples}).Draw(t, "content")
		public, solution := grafted.Split(doc)
		if _, nothing := grafted.Split(public); !content.Equal(nothing, map[string]any{}) {
			t.Fatalf("the public view holds %s", content.Canonical(nothing))
		}
		grafted.Orders(public, 1)
		grafted.CheckResponse(public, grafted.Join(public, solution))
	})
}

// pointers lists every place of a document.
func pointers(v any, at string) []string {
	all := []string{at}
	switch x := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(x)) {
			all = append(all, pointers(x[name], at+"/"+content.Escape(name))...)
		}
	case []any:
		for i, item := range x {
			all = append(all, pointers(item, fmt.Sprintf("%s/%d", at, i))...)
		}
	}
	return all
}

// graft puts a value in a place, unless an earlier graft has taken the place away.
func graft(v any, way []string, value any) {
	parent, _ := content.At(v, content.Pointer(way[:len(way)-1]...))
	last := way[len(way)-1]
	switch x := parent.(type) {
	case map[string]any:
		x[last] = value
	case []any:
		if i, err := strconv.Atoi(last); err == nil && i < len(x) {
			x[i] = value
		}
	}
}

// A list within a list: references lead into any of the inner ones, orders name each, secrets keep to their item, and an expression scores.
func TestListsWithinLists(t *testing.T) {
	t.Parallel()
	document := decode(small).(map[string]any)
	document["content"] = decode(`{"type": "object", "additionalProperties": false, "required": ["gaps"], "properties": {"stem": {"type": "string", "x-text": "plain"},
		"gaps": {"type": "array", "minItems": 1, "maxItems": 20, "items": {"type": "object", "additionalProperties": false, "required": ["id", "options", "key"], "properties": {
			"id": {"type": "string"}, "key": {"type": "string", "x-secret": "answer", "x-ref": "/gaps/*/options"},
			"options": {"type": "array", "x-shuffle": true, "maxItems": 20, "items": {"type": "object", "additionalProperties": false, "required": ["id"], "properties": {"id": {"type": "string"}}}}}}}}}`)
	document["response"] = decode(`{"type": "object", "additionalProperties": false, "required": ["gaps"], "properties": {"gaps": {"type": "array", "maxItems": 20, "items": {
		"type": "object", "additionalProperties": false, "required": ["gap", "option"], "properties": {"gap": {"type": "string", "x-ref": "/gaps"}, "option": {"type": "string", "x-ref": "/gaps/*/options"}}}}}}`)
	document["scoring"] = decode(`{"cel": "double(content.gaps.filter(g, response.gaps.exists(r, r.gap == g.id && r.option == g.key)).size()) / double(content.gaps.size())"}`)
	document["checks"] = decode(`[{"cel": "content.gaps.all(g, g.options.exists(o, o.id == g.key))", "pointer": "/gaps", "code": "key.elsewhere", "message": {"en": "a key of another gap", "zh-CN": "答案属于别的空"}}]`)
	document["examples"] = decode(`[{"title": {"en": "Two gaps", "zh-CN": "两个空"},
		"content": {"gaps": [{"id": "1", "options": [{"id": "a"}, {"id": "b"}], "key": "b"}, {"id": "2", "options": [{"id": "c"}, {"id": "d"}], "key": "c"}]},
		"responses": [{"response": {"gaps": [{"gap": "1", "option": "b"}, {"gap": "2", "option": "d"}]}, "fraction": 0.5}]}]`)
	delete(document, "ui")
	q := compile(t, string(content.Canonical(document)))
	if err := q.RunExamples(); err != nil {
		t.Fatal(err)
	}
	doc, _ := content.At(document, "/examples/0/content")
	public, solution := q.Split(doc)
	if got, want := string(content.Canonical(solution)), `{"gaps":[{"id":"1","key":"b"},{"id":"2","key":"c"}]}`; got != want {
		t.Errorf("the solution is %s", got)
	}
	if orders := q.Orders(public, 7); len(orders["/gaps/0/options"]) != 2 || len(orders["/gaps/1/options"]) != 2 || len(orders) != 2 {
		t.Errorf("orders are %v", orders)
	}
	if problems := q.CheckResponse(public, decode(`{"gaps":[{"gap":"1","option":"z"}]}`)); len(problems) != 1 || problems[0].Code != "ref.unknown" || problems[0].Pointer != "/gaps/0/option" {
		t.Errorf("got %+v", problems)
	}
	if problems := q.Check(decode(`{"gaps":[{"id":"1","options":[{"id":"a"}],"key":"c"},{"id":"2","options":[{"id":"c"}],"key":"c"}]}`)); len(problems) != 1 || problems[0].Code != "key.elsewhere" {
		t.Errorf("got %+v", problems)
	}
}
