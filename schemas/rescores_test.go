package schemas_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"qbank/domain/content"
	"qbank/domain/qtype"
)

// What answers are scored by is no small correction, wherever a type keeps it: its key, its weights, also a switch that students see. What is read by
// people alone is.
func TestWhichCorrectionsRescore(t *testing.T) {
	t.Parallel()
	type change struct {
		pointer string
		to      any
		want    bool
	}
	byRef := map[string]*qtype.Type{}
	for _, typ := range builtIn(t) {
		byRef[typ.Ref().String()] = typ
	}
	rich := map[string]any{"format": "plain", "text": "another text"}
	for name, changes := range map[string][]change{
		"single-choice/1.0.0/testdata/four-options": {{"/key", "a", true}, {"/stem", rich, false}, {"/explanation", rich, false}, {"/options/0/feedback", rich, false},
			{"/options/0/text", rich, false}, {"/options/1/percent", 50.0, true}},
		"multiple-choice/1.0.1/testdata/weights": {{"/key/0", "c", true}, {"/options/2/percent", -25.0, true}, {"/grading/mode", "all", true},
			{"/options/2/feedback", rich, false}, {"/options/2/text", rich, false}},
		"numeric/1.0.0/testdata/speed-of-light": {{"/answers/0/value", "43", true}, {"/answers/0/tolerance", "7", true}, {"/unit", "km", true}, {"/stem", rich, false}},
		"short-text/1.0.0/testdata/several":     {{"/answers/0/text", "Leonardo", true}, {"/answers/2/percent", 60.0, true}, {"/matchCase", true, true}, {"/explanation", rich, false}},
		"matching/1.0.0/testdata/capitals":      {{"/pairs/0/target", "k", true}, {"/premises/1/feedback", rich, false}, {"/targets/0/text", rich, false}},
		"true-false/1.0.0/testdata/true":        {{"/key", false, true}, {"/stem", rich, false}},
		"essay/1.0.0/testdata/rubric":           {{"/sample", rich, true}, {"/stem", rich, false}, {"/explanation", rich, false}},
	} {
		typ := byRef[strings.Replace(strings.Split(name, "/testdata")[0], "/", "@", 1)]
		read := func() any {
			raw, err := os.ReadFile(filepath.Join("types", name+".good.json"))
			if err != nil {
				t.Fatal(err)
			}
			var file struct{ Content any }
			if err := json.Unmarshal(raw, &file); err != nil {
				t.Fatal(err)
			}
			return file.Content
		}
		if typ.Rescores(read(), read()) {
			t.Errorf("%s: the same is scored otherwise", name)
		}
		for _, c := range changes {
			after := read()
			put(after, content.Tokens(c.pointer), c.to)
			if got := typ.Rescores(read(), after); got != c.want {
				t.Errorf("%s: another %s rescores: %v", name, c.pointer, got)
			}
		}
	}
}

// put changes what stands at a place that is there, or the member of an object.
func put(doc any, at []string, to any) {
	switch d := doc.(type) {
	case map[string]any:
		if len(at) == 1 {
			d[at[0]] = to
			return
		}
		put(d[at[0]], at[1:], to)
	case []any:
		i, _ := strconv.Atoi(at[0])
		if len(at) == 1 {
			d[i] = to
			return
		}
		put(d[i], at[1:], to)
	}
}
