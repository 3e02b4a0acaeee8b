package compare_test

import (
	"fmt"
	"strings"
	"testing"

	"qbank/domain/content"
	"qbank/domain/content/compare"
	"qbank/domain/qtype"
	"qbank/schemas"
)

func singleChoice(t testing.TB) *qtype.Type {
	t.Helper()
	types, err := schemas.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range types {
		if typ.Ref().String() == "single-choice@1.0.0" {
			return typ
		}
	}
	t.Fatal("no single choice")
	return nil
}

func decoded(t testing.TB, text string) any {
	t.Helper()
	doc, err := content.Decode([]byte(text), content.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestFieldsAreNamedAsTheFormNamesThem(t *testing.T) {
	t.Parallel()
	rules := singleChoice(t)
	before := decoded(t, `{"stem":{"format":"markdown","text":"What is **2+2**?"},"key":"a","shuffle":true,"options":[
		{"id":"a","text":{"format":"plain","text":"四"}},{"id":"b","text":{"format":"plain","text":"五"}},{"id":"c","text":{"format":"plain","text":"六"}}]}`)
	after := decoded(t, `{"stem":{"format":"html","text":"What is <b>2+3</b>?"},"key":"b","more":1,"explanation":{"format":"plain","text":"Count."},"options":[
		{"id":"c","text":{"format":"plain","text":"六"}},{"id":"a","text":{"format":"plain","text":"四个"}},{"id":"d","text":{"format":"plain","text":"七"}}]}`)
	want := `changed Right option|正确选项 /key /key a→b
changed Options › 2 › Text|选项 › 2 › 文本 /options/0/text/text /options/1/text/text 四{+个+}
removed Options › 2|选项 › 2 /options/1  …
added Options › 3|选项 › 3  /options/2 …
moved Options › 2|选项 › 2 /options/0 /options/1 <nil>→c
removed Show in random order|乱序显示 /shuffle  true→<nil>
changed Stem › Format|题干 › 格式 /stem/format /stem/format markdown→html
changed Stem|题干 /stem/text /stem/text What is [-**-]{+<b>+}2+[-2**-]{+3</b>+}?
added Explanation|解析  /explanation {+Count.+}
added more|more  /more <nil>→1
`
	var got strings.Builder
	for _, f := range compare.Fields(compare.Side{Content: before, Schema: rules}, compare.Side{Content: after, Schema: rules}) {
		what := shown(f.Words)
		if _, whole := f.After.(map[string]any); what == "" && whole {
			what = "…"
		} else if _, whole := f.Before.(map[string]any); what == "" && whole {
			what = "…"
		} else if what == "" {
			what = fmt.Sprintf("%v→%v", f.Before, f.After)
		}
		fmt.Fprintf(&got, "%s %s|%s %s %s %s\n", f.Kind, f.Label.EN, f.Label.ZH, f.From, f.To, what)
		for side, pointer := range map[*any]string{&before: f.From, &after: f.To} {
			if _, there := content.At(*side, pointer); !there {
				t.Errorf("%q leads nowhere", pointer)
			}
		}
	}
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
	if same := compare.Fields(compare.Side{Content: before, Schema: rules}, compare.Side{Content: before, Schema: rules}); same != nil {
		t.Errorf("nothing changed, and %v did", same)
	}
}
