package workflow_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"qbank/domain/fault"
	"qbank/domain/workflow"
)

// twoEyed is a workflow with everything in it.
const twoEyed = `{"name": "math", "version": 2, "title": {"en": "Mathematics", "zh-CN": "数学"}, "steps": [
	{"id": "first", "title": {"en": "First", "zh-CN": "初审"}, "role": "reviewer", "approvals": 1},
	{"id": "second", "title": {"en": "Second", "zh-CN": "复审"}, "permission": "questions.review", "approvals": 2, "assigned_only": true},
	{"id": "spot", "title": {"en": "Spot check", "zh-CN": "抽检"}, "role": "admin", "approvals": 1, "share": 50000}],
	"errata": {"steps": ["first"], "max_changes": 2, "keeps": ["/key"]}, "bans": {"in_review": ["edit"]}}`

func parsed(t testing.TB, document string) workflow.Workflow {
	t.Helper()
	w, err := workflow.Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestAWorkflowIsWhatItsDocumentSays(t *testing.T) {
	t.Parallel()
	w := parsed(t, twoEyed)
	if w.Ref() != "math@2" || len(w.Steps) != 3 || w.Steps[1].Approvals != 2 || w.Steps[2].Share != 50000 || w.Errata.Keeps[0] != "/key" {
		t.Errorf("got %+v", w)
	}
	raw, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	if again := parsed(t, string(raw)); again.Hash() != w.Hash() {
		t.Error("written and read again, it is another")
	}
	for _, b := range workflow.BuiltIn {
		if err := b.Check(); err != nil {
			t.Errorf("%s: %v", b.Ref(), err)
		}
		if found, ok := workflow.ByName(b.Ref()); !ok || found.Hash() != b.Hash() {
			t.Errorf("%s is not found by its name", b.Ref())
		}
	}
}

func TestAWorkflowThatCannotWorkIsRefusedByPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, pointer, code string }{
		{`"math"`, `"Math"`, "/name", "name"},
		{`"version": 2`, `"version": 0`, "/version", "range"},
		{`"Mathematics"`, `""`, "/title/en", "required"},
		{`"数学"`, `""`, "/title/zh-CN", "required"},
		{`"id": "second"`, `"id": "first"`, "/steps/1/id", "unique"},
		{`"id": "spot"`, `"id": "a b"`, "/steps/2/id", "unique"},
		{`"初审"`, `""`, "/steps/0/title/zh-CN", "required"},
		{`"role": "reviewer"`, `"role": "chief"`, "/steps/0/role", "unknown"},
		{`"role": "reviewer"`, `"role": "student"`, "/steps/0/role", "unknown"},
		{`"role": "reviewer"`, `"role": "reviewer", "permission": "questions.review"`, "/steps/0", "who"},
		{`"role": "reviewer", `, ``, "/steps/0", "who"},
		{`"questions.review"`, `"questions.fly"`, "/steps/1/permission", "unknown"},
		{`"approvals": 2`, `"approvals": 0`, "/steps/1/approvals", "range"},
		{`"approvals": 2`, `"approvals": 11`, "/steps/1/approvals", "range"},
		{`"share": 50000`, `"share": 1000001`, "/steps/2/share", "range"},
		{`"share": 50000`, `"share": 0`, "/steps/2/share", "range"},
		{`"share": 50000`, `"share": -1`, "/steps/2/share", "range"},
		{`["first"]`, `["third"]`, "/errata/steps/0", "unknown"},
		{`["first"]`, `["first", "first"]`, "/errata/steps/1", "unknown"},
		{`["first"]`, `["spot"]`, "/errata/steps", "required"},
		{`["first"]`, `[]`, "/errata/steps", "required"},
		{`"max_changes": 2`, `"max_changes": 0`, "/errata/max_changes", "range"},
		{`"/key"`, `"key"`, "/errata/keeps/0", "pointer"},
		{`"in_review": ["edit"]`, `"draft": ["edit"]`, "/bans/draft", "unknown"},
		{`["edit"]`, `["publish"]`, "/bans/in_review/0", "unknown"},
		{`["edit"]`, `["approve"]`, "/bans/in_review/0", "unreachable"},
		{`["edit"]`, `["edit", "edit"]`, "/bans/in_review/1", "unknown"},
		{`"version": 2`, `"version": 2, "colour": "red"`, "", "unknown_field"},
		{`"approvals": 2`, `"approvals": "two"`, "/steps/approvals", "type"},
	} {
		document := strings.Replace(twoEyed, c.from, c.to, 1)
		_, err := workflow.Parse([]byte(document))
		if !fault.Is(err, "workflow.invalid") {
			t.Fatalf("%s: got %v", c.to, err)
		}
		problems := fault.Of(err).Problems
		if len(problems) != 1 || problems[0].Pointer != c.pointer || problems[0].Code != c.code || problems[0].Message.ZH == "" {
			t.Errorf("%s: got %+v, want %s at %q", c.to, problems, c.code, c.pointer)
		}
	}
}

func TestAWorkflowHasABound(t *testing.T) {
	t.Parallel()
	step := func(i int, share string) string {
		return fmt.Sprintf(`{"id": "s%d", "title": {"en": "S", "zh-CN": "步"}, "role": "reviewer", "approvals": 1%s}`, i, share)
	}
	with := func(steps ...string) string {
		return `{"name": "w", "version": 1, "title": {"en": "W", "zh-CN": "流"}, "steps": [` + strings.Join(steps, ",") + `]}`
	}
	var many []string
	for i := range 9 {
		many = append(many, step(i, ""))
	}
	for document, code := range map[string]string{
		with(many...): "max_items", with(): "required", with(step(0, `, "share": 5`)): "unreachable",
	} {
		_, err := workflow.Parse([]byte(document))
		if f := fault.Of(err); f == nil || f.Code != "workflow.invalid" || f.Problems[0].Code != code || f.Problems[0].Pointer != "/steps" {
			t.Errorf("got %v, want %s", err, code)
		}
	}
	if _, err := workflow.Parse([]byte(strings.Repeat("[", 100))); fault.Of(err) == nil {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(twoEyed))
	f.Add([]byte(`{"name":"w","bans":{"approved":["edit"]},"errata":{"steps":null}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		w, err := workflow.Parse(raw)
		if err != nil {
			if fault.Of(err) == nil {
				t.Errorf("no fault: %v", err)
			}
			return
		}
		again, err := json.Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		if read, err := workflow.Parse(again); err != nil || read.Hash() != w.Hash() {
			t.Errorf("%s is read as another, %v", again, err)
		}
	})
}
