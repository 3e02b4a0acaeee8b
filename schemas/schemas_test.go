package schemas_test

import (
	"embed"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/scoring"
	"qbank/schemas"
)

//go:embed types/*/*/testdata
var testdata embed.FS

func builtIn(t testing.TB) []*qtype.Type {
	t.Helper()
	types, err := schemas.BuiltIn()
	if err != nil {
		if f := fault.Of(err); f != nil {
			for _, p := range f.Problems {
				t.Logf("%s %s: %s", p.Pointer, p.Code, p.Message.EN)
			}
		}
		t.Fatal(err)
	}
	return types
}

func TestBuiltInTypesHoldTheirExamples(t *testing.T) {
	t.Parallel()
	types := builtIn(t)
	if len(types) < 8 {
		t.Fatalf("%d types", len(types))
	}
	for _, q := range types {
		if err := q.RunExamples(); err != nil {
			t.Errorf("%s: %v", q.Ref(), err)
		}
		for _, locale := range []string{"en", "zh-CN"} {
			if q.Title(locale) == "" || q.Title("en") == q.Title("zh-CN") {
				t.Errorf("%s has no title in %s", q.Ref(), locale)
			}
		}
	}
}

// TestTestdata runs every file in the types' testdata folders.
func TestTestdata(t *testing.T) {
	t.Parallel()
	for _, q := range builtIn(t) {
		folder := path.Join("types", q.Ref().ID, q.Ref().Version, "testdata")
		entries, err := fs.ReadDir(testdata, folder)
		if err != nil {
			t.Errorf("%s has no testdata: %v", q.Ref(), err)
			continue
		}
		for _, entry := range entries {
			t.Run(q.Ref().String()+"/"+entry.Name(), func(t *testing.T) {
				t.Parallel()
				file := read(t, path.Join(folder, entry.Name()))
				doc := file["content"]
				if name, isName := doc.(string); isName {
					doc = read(t, path.Join(folder, name))["content"]
				}
				run(t, q, entry.Name(), doc, file)
			})
		}
	}
}

func read(t *testing.T, name string) map[string]any {
	t.Helper()
	data, err := testdata.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	document, err := content.Decode(data, content.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return document.(map[string]any)
}

func run(t *testing.T, q *qtype.Type, name string, doc any, file map[string]any) {
	public, solution := q.Split(doc)
	switch {
	case strings.HasSuffix(name, ".response.good.json"):
		if problems := q.CheckResponse(public, file["response"]); len(problems) > 0 {
			t.Fatalf("refused: %+v", problems)
		}
		want := scoring.Result{Status: scoring.Scored}
		if fraction, scored := file["fraction"].(float64); scored {
			want.Fraction = scoring.Fraction(math.Round(fraction * 1e6))
		} else {
			want.Status = scoring.Status(file["status"].(string))
		}
		scorer, err := q.Scorer(q.Join(public, solution))
		if err != nil {
			t.Fatal(err)
		}
		got, err := scorer.Score(file["response"])
		if err != nil || got.Status != want.Status || got.Fraction != want.Fraction {
			t.Fatalf("scored %+v (%v), want %+v", got, err, want)
		}
	case strings.HasSuffix(name, ".response.bad.json"):
		expect(t, q.CheckResponse(public, file["response"]), file["problems"])
	case strings.HasSuffix(name, ".bad.json"):
		expect(t, q.Check(doc), file["problems"])
	case strings.HasSuffix(name, ".good.json"):
		if problems := q.Check(doc); len(problems) > 0 {
			t.Fatalf("refused: %+v", problems)
		}
	default:
		t.Fatalf("%s does not say whether it is good or bad", name)
	}
}

func expect(t *testing.T, got []fault.Problem, wanted any) {
	t.Helper()
	var found, want []string
	for _, p := range got {
		found = append(found, p.Code+" at "+p.Pointer)
		if p.Message.EN == "" || p.Message.ZH == "" || p.Message.EN == p.Message.ZH {
			t.Errorf("%s has no message in two languages: %+v", p.Code, p.Message)
		}
	}
	list, _ := wanted.([]any)
	for _, item := range list {
		object := item.(map[string]any)
		want = append(want, object["code"].(string)+" at "+object["pointer"].(string))
	}
	slices.Sort(want)
	slices.Sort(found)
	if len(want) == 0 || !slices.Equal(found, want) {
		t.Fatalf("problems %v, want %v", found, want)
	}
}

// What was registered in a log is there for ever: a program with another document under the same name could not open it any more.
func TestRegisteredVersionsNeverChange(t *testing.T) {
	t.Parallel()
	const golden = "testdata/registered.golden"
	var now strings.Builder
	for _, q := range builtIn(t) {
		fmt.Fprintln(&now, q.Ref(), q.Hash())
	}
	before, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(before)) {
		if !strings.Contains(now.String(), line) {
			t.Errorf("the document of %s has changed, or is gone: add a higher version instead", strings.Fields(line)[0])
		}
	}
	if *update && !t.Failed() { // only versions are added
		if err := os.WriteFile(golden, []byte(now.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if now.String() != string(before) {
		t.Errorf("%s is out of date; run go test ./schemas -update", golden)
	}
}
