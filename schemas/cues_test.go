package schemas_test

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"qbank/domain/content"
	"qbank/domain/cue"
	"qbank/schemas"
)

//go:embed cues/*/*/testdata
var cueData embed.FS

// Every plugin accepts its good files, finds what they refer to, and refuses its bad ones for exactly the reasons they name.
func TestCuePlugins(t *testing.T) {
	t.Parallel()
	plugins, err := schemas.Cues()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range plugins.All() {
		names = append(names, p.Ref().String())
		folder := path.Join("cues", p.Ref().ID, p.Ref().Version, "testdata")
		entries, err := fs.ReadDir(cueData, folder)
		if err != nil {
			t.Errorf("%s has no testdata: %v", p.Ref(), err)
		}
		good, bad := 0, 0
		for _, entry := range entries {
			data, err := cueData.ReadFile(path.Join(folder, entry.Name()))
			if err != nil {
				t.Fatal(err)
			}
			document, err := content.Decode(data, content.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			file := document.(map[string]any)
			given := file["data"].(map[string]any)
			if strings.HasSuffix(entry.Name(), ".bad.json") {
				bad++
				expect(t, p.Check(given), file["problems"])
				continue
			}
			good++
			if problems := p.Check(given); len(problems) > 0 {
				t.Errorf("%s %s: %+v", p.Ref(), entry.Name(), problems)
			}
			refers(t, p.Slots(given), file["slots"])
			refers(t, p.Assets(given), file["assets"])
		}
		if good == 0 || bad == 0 {
			t.Errorf("%s has %d good files and %d bad ones", p.Ref(), good, bad)
		}
	}
	if want := []string{"chapter@1.0.0", "dialog@1.0.0", "music@1.0.0", "question@1.0.0", "subtitle@1.0.0"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

func refers(t *testing.T, found []cue.Reference, wanted any) {
	t.Helper()
	var got, want []string
	for _, r := range found {
		got = append(got, r.Name)
	}
	list, _ := wanted.([]any)
	for _, item := range list {
		want = append(want, item.(string))
	}
	if !slices.Equal(got, want) {
		t.Errorf("refers to %v, want %v", got, want)
	}
}
