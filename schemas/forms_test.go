package schemas_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"qbank/domain/content"
	"qbank/domain/qtype"
)

var update = flag.Bool("update", false, "write golden files anew")

// The forms of the built-in types are what other teams' clients draw: a change of one shows here.
func TestFormsAreWhatTheyWere(t *testing.T) {
	t.Parallel()
	for _, q := range builtIn(t) {
		for _, locale := range []string{"en", "zh-CN"} {
			form := q.Form(locale)
			var shown bytes.Buffer
			if err := json.Indent(&shown, form.Document, "", " "); err != nil {
				t.Fatal(err)
			}
			shown.WriteByte('\n')
			path := filepath.Join("testdata", "forms", q.Ref().String()+"."+locale+".json")
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, shown.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(want, shown.Bytes()) {
				t.Errorf("%s is out of date; run go test ./schemas -update and look at the difference", path)
			}
		}
	}
}

// A client that knows the document alone can draw every place of it, in one language, and begin with what it gives.
func TestFormsSayEverything(t *testing.T) {
	t.Parallel()
	registry := widgets(t)
	for _, q := range builtIn(t) {
		for asked, locale := range map[string]string{"en": "en", "zh-CN": "zh-CN", "zh": "zh-CN", "en-GB": "en", "fr": "en", "": "en"} {
			form := q.Form(asked)
			if form.Locale != locale || form.Hash != content.HashBytes(form.Document) || form.Hash != q.Form(locale).Hash {
				t.Errorf("%s in %q is in %s under %s", q.Ref(), asked, form.Locale, form.Hash)
			}
			for _, foreign := range []string{`"$ref"`, `"x-i18n"`, `"$defs"`} {
				if bytes.Contains(form.Document, []byte(foreign)) {
					t.Errorf("%s in %s holds %s", q.Ref(), locale, foreign)
				}
			}
			var document struct {
				Widgets map[string]struct{ Widget, Type string }
				Choices map[string]struct {
					Options []struct {
						Value any
						Label string
					}
					From, Value, Label string
				}
				Defaults any
				Engine   string
			}
			if err := json.Unmarshal(form.Document, &document); err != nil {
				t.Fatal(err)
			}
			if !content.Equal(document.Defaults, q.Empty()) || document.Engine == "" || len(document.Widgets) == 0 {
				t.Errorf("%s begins with %v for engines %q", q.Ref(), document.Defaults, document.Engine)
			}
			for pointer, w := range document.Widgets {
				if w.Type == "" || (w.Widget != "" && !slices.Contains(registry, w.Widget)) {
					t.Errorf("%s: %s is drawn by %+v", q.Ref(), pointer, w)
				}
				if choices, has := document.Choices[pointer]; w.Widget == "select" && (!has || len(choices.Options) == 0 && choices.From == "") {
					t.Errorf("%s: %s has nothing to choose from", q.Ref(), pointer)
				}
			}
		}
	}
}

// widgets is the registry of the meta-schema.
func widgets(t *testing.T) (names []string) {
	t.Helper()
	meta, err := content.Decode(qtype.MetaSchema(), content.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	list, _ := content.At(meta, "/$defs/ui/properties/ui:widget/enum")
	for _, name := range list.([]any) {
		names = append(names, name.(string))
	}
	if !strings.Contains(strings.Join(names, " "), "richtext") {
		t.Fatalf("the registry is %v", names)
	}
	return names
}

// raw lists the versions that were registered before their choices had labels: they stay as they are.
var raw = []string{"multiple-choice@1.0.0"}

// No author has to read the raw value of a choice.
func TestEveryChoiceHasALabel(t *testing.T) {
	t.Parallel()
	labelled := 0
	for _, q := range builtIn(t) {
		for _, locale := range []string{"en", "zh-CN"} {
			if slices.Contains(raw, q.Ref().String()) {
				continue
			}
			form, err := content.Decode(q.Form(locale).Document, content.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			choices, _ := content.At(form, "/choices")
			for at, choice := range choices.(map[string]any) {
				options, _ := choice.(map[string]any)["options"].([]any)
				for _, option := range options {
					o := option.(map[string]any)
					if labelled++; o["label"] == o["value"] || o["label"] == "" {
						t.Errorf("%s in %s: %s has no label for %v", q.Ref(), locale, at, o["value"])
					}
				}
			}
		}
	}
	if labelled == 0 {
		t.Error("no form has a choice")
	}
}
