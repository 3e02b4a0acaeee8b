package compare_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

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

// Every place of every example has a name in both languages, and only texts have words.
func TestEveryPlaceHasAName(t *testing.T) {
	t.Parallel()
	types, err := schemas.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range types {
		examples, _ := typ.Document().(map[string]any)["examples"].([]any)
		for _, example := range examples {
			doc := example.(map[string]any)["content"]
			side := compare.Side{Content: doc, Schema: typ}
			fields := compare.Fields(compare.Side{Content: map[string]any{}, Schema: typ}, side)
			if len(fields) != len(doc.(map[string]any)) {
				t.Errorf("%s: %d fields appeared", typ.Ref(), len(fields))
			}
			for _, f := range fields {
				object, _ := f.After.(map[string]any)
				if f.Kind != compare.Added || f.Label.EN == "" || f.Label.ZH == "" || (object["format"] != nil) != (len(f.Words) > 0) && object != nil {
					t.Errorf("%s: got %+v", typ.Ref(), f)
				}
			}
		}
	}
}

// Each field says truly where it stands and what stood there, from either side.
func TestFieldsAreWhatDiffers(t *testing.T) {
	t.Parallel()
	names := compare.Names{"stem": {Format: "plain"}}
	rapid.Check(t, func(t *rapid.T) {
		before, after := compare.Side{Content: drawn(t), Schema: names}, compare.Side{Content: drawn(t), Schema: names}
		fields := compare.Fields(before, after)
		if (len(fields) == 0) != content.Equal(before.Content, after.Content) {
			t.Fatalf("%v and %v differ in %v", before.Content, after.Content, fields)
		}
		back := compare.Fields(after, before)
		count := func(fields []compare.Field, kind compare.Kind) (n int) {
			for _, f := range fields {
				if f.Kind == kind {
					n++
				}
			}
			return n
		}
		if count(fields, compare.Added) != count(back, compare.Removed) || count(fields, compare.Changed) != count(back, compare.Changed) {
			t.Fatalf("there %v, and back %v", fields, back)
		}
		for _, f := range fields {
			was, there := content.At(before.Content, f.From)
			if f.Kind != compare.Added && !there || f.Kind != compare.Added && f.Kind != compare.Moved && !content.Equal(was, f.Before) {
				t.Fatalf("before: %+v", f)
			}
			is, there := content.At(after.Content, f.To)
			if f.Kind != compare.Removed && !there || f.Kind != compare.Removed && f.Kind != compare.Moved && !content.Equal(is, f.After) {
				t.Fatalf("after: %+v", f)
			}
		}
	})
}

func drawn(t *rapid.T) any {
	text := rapid.SampledFrom([]any{"a b", "a c", "题干"})
	items := []any{}
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y", "z"}), 0, 3, rapid.ID).Draw(t, "ids") {
		items = append(items, map[string]any{"id": id, "text": text.Draw(t, "text")})
	}
	doc := map[string]any{"options": items, "list": []any{text.Draw(t, "entry")}}
	if rapid.Bool().Draw(t, "stem") {
		doc["stem"] = text.Draw(t, "text")
	}
	return doc
}
