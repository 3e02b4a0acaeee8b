package gift_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"qbank/interchange/gift"
)

// realExam finds the real exam file, where present: below the folder that QBANK_SHARED names, or below a folder "shared"
// beside any folder above this one.
func realExam(t *testing.T) string {
	t.Helper()
	inside := filepath.Join("data", "gaokao", "gaokao.gift")
	if shared := os.Getenv("QBANK_SHARED"); shared != "" {
		return filepath.Join(shared, inside)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if path := filepath.Join(dir, "shared", inside); exists(path) {
			return path
		}
	}
	t.Skip("SKIPPED: the real exam file is not here; set QBANK_SHARED to the folder that holds data/gaokao/gaokao.gift")
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func readAll(t testing.TB, r io.Reader) []gift.Item {
	t.Helper()
	reader := gift.NewReader(r, gift.Options{})
	var items []gift.Item
	for {
		item, err := reader.Next()
		if err == io.EOF {
			return items
		}
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, item)
	}
}

func TestTheRealExamFileReadsWithoutAProblem(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile(realExam(t))
	if err != nil {
		t.Fatal(err)
	}
	items := readAll(t, bytes.NewReader(file))
	kinds, ids, categories := map[gift.Kind]int{}, map[string]bool{}, map[string]int{}
	for _, item := range items {
		kinds[item.Kind]++
		ids[item.ID] = true
		categories[item.Category]++
		if len(item.Problems) > 0 {
			t.Errorf("%s, line %d: %+v", item.ID, item.FirstLine, item.Problems)
		}
		if score, found := item.Field("score"); !found || score == "" || item.Title == "" || len(item.Tags) != 1 {
			t.Errorf("%s, line %d: title %q, tags %q, comment %q", item.ID, item.FirstLine, item.Title, item.Tags, item.Comment)
		}
	}
	if len(items) != 1485 || len(ids) != 1485 {
		t.Errorf("%d items with %d ids; want 1485", len(items), len(ids))
	}
	t.Log(kinds, categories)

	var again bytes.Buffer
	w := gift.NewWriter(&again)
	for _, item := range items {
		if err := w.Write(item); err != nil {
			t.Fatalf("%s: %v", item.ID, err)
		}
	}
	for i, item := range readAll(t, &again) {
		if want := content(items[i]); !reflect.DeepEqual(content(item), want) {
			t.Fatalf("written and read again\n%+v\nwas\n%+v", content(item), want)
		}
	}
}

// content is an item without the traces of its file.
func content(i gift.Item) gift.Item {
	i.FirstLine, i.LastLine, i.SHA256, i.Problems = 0, 0, [sha256.Size]byte{}, nil
	return i
}
