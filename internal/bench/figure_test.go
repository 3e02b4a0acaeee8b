package bench

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

var someFigures = []Figure{
	ratio("append_vs_batch", "events/s", 123_456, 120_000, "batches", 0.9),
	ratio("append_vs_single", "events/s", 40_000, 10_000, "single rows", 5),
	bound("append_p99_ms", "ms", 12.345, 40),
	bound("start_seconds", "s", 3.5, 3),
	{Name: "import_gift", Value: 4000, Unit: "questions/s", Target: 3000},
}

func TestAFigureKnowsWhetherItsTargetIsMet(t *testing.T) {
	t.Parallel()
	for i, want := range []bool{true, false, true, false, true} {
		if f := someFigures[i]; f.Met() != want {
			t.Errorf("%s: met is %v", f.Name, f.Met())
		}
	}
}

func TestPrintedFigures(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	if err := Print(&got, someFigures); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "figures.txt")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the table is\n%s\nnot\n%s", got.Bytes(), want)
	}
}

func TestWrittenFiguresHaveTheFieldsThatScriptsRead(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "bench.json")
	if err := Write(file, someFigures); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != len(someFigures) {
		t.Fatalf("%d figures", len(list))
	}
	for _, figure := range list {
		for _, field := range []string{"name", "value", "unit", "baseline", "ratio", "target"} {
			if _, there := figure[field]; !there || len(figure) != 6 {
				t.Errorf("%v lacks %s, or has more than it should", figure, field)
			}
		}
	}
	if list[0]["ratio"] != list[0]["value"].(float64)/list[0]["baseline"].(float64) {
		t.Error("the ratio is not that of the value and the baseline")
	}
	if list[2]["ratio"] != nil || list[2]["baseline"] != nil {
		t.Error("a bound is compared with nothing")
	}
}

func TestOnlyNamedFiguresAreChosen(t *testing.T) {
	t.Parallel()
	all, err := choose(nil)
	if err != nil || len(all) == 0 {
		t.Fatalf("%d of %d measures are chosen: %v", len(all), len(measures), err)
	}
	for _, m := range all {
		if m.long {
			t.Errorf("%s takes long and was chosen unasked", m.figures[0])
		}
	}
	some, err := choose([]string{"start_seconds", "manifest_304"})
	if err != nil || len(some) != 2 || some[1].figures[0] != "start_seconds" {
		t.Errorf("chosen are %v (%v)", some, err)
	}
	if one, err := choose([]string{"search_p50"}); err != nil || len(one) != 1 || slices.Contains(one[0].figures, "list_p50") {
		t.Errorf("chosen are %v (%v)", one, err)
	}
	if _, err := choose([]string{"manifest_305"}); err == nil {
		t.Error("a figure that there is not was chosen")
	}
}
