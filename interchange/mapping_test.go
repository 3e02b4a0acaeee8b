package interchange_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/qtype"
	"qbank/interchange"
	"qbank/schemas"
)

var update = flag.Bool("update", false, "write the golden files anew")

func types(t testing.TB) map[qtype.Ref]*qtype.Type {
	t.Helper()
	list, err := schemas.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	known := map[qtype.Ref]*qtype.Type{} // by version, and the newest by id alone, as they are sorted
	for _, q := range list {
		known[q.Ref()], known[qtype.Ref{ID: q.Ref().ID}] = q, q
	}
	return known
}

func read(t failer, source interchange.Source, err error) []interchange.Item {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer source.Close()
	var items []interchange.Item
	for {
		item, err := source.Next()
		if errors.Is(err, io.EOF) {
			return items
		}
		if err != nil {
			t.Fatalf("%v", err)
		}
		items = append(items, item)
	}
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func readGIFT(t failer, text string) []interchange.Item {
	t.Helper()
	source, err := interchange.OpenGIFT(strings.NewReader(text), interchange.Defaults{Subject: "English"})
	return read(t, source, err)
}

// shown is what a golden file keeps of an item.
type shown struct {
	Source, Title, Type string
	Refused             bool     `json:",omitempty"`
	Notes               []string `json:",omitempty"`
	Metadata, Content   any
}

func golden(t *testing.T, name string, items []interchange.Item) {
	t.Helper()
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	known := types(t)
	for _, item := range items {
		if newest := known[qtype.Ref{ID: item.Type.ID}]; newest != nil && newest.Ref() != item.Type {
			t.Errorf("%s becomes a question of %s, and there is %s", item.Source, item.Type, newest.Ref())
		}
		var notes []string
		for _, n := range item.Notes {
			notes = append(notes, fmt.Sprintf("%d%s %s: %s", n.Line, n.Column, n.Code, n.Message.EN))
			if n.Message.ZH == "" || n.Message.ZH == n.Message.EN {
				t.Errorf("%s is not said in Chinese", n.Code)
			}
		}
		if err := encoder.Encode(shown{item.Source, item.Title, item.Type.String(), item.Refused, notes, item.Metadata, item.Content}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s differs (go test -update writes it anew); got\n%s", name, got.Bytes())
	}
}

// Every kind of GIFT question, plain and with all that it can carry, and everything that cannot be kept.
func TestGIFTBecomesContent(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/kinds.gift")
	if err != nil {
		t.Fatal(err)
	}
	items := readGIFT(t, string(text))
	golden(t, "kinds.gift.golden.json", items)
	valid(t, items)
}

// valid demands of items whose titles do not begin with "draft" that their types accept them.
func valid(t *testing.T, items []interchange.Item) {
	t.Helper()
	known := types(t)
	for _, item := range items {
		if item.Refused {
			continue
		}
		problems := known[item.Type].Check(item.Content)
		if draft := strings.HasPrefix(item.Title, "draft"); draft != (len(problems) > 0) {
			t.Errorf("%s: %+v", item.Title, problems)
		}
	}
}

func TestSheetsBecomeContent(t *testing.T) {
	t.Parallel()
	rows := [][]any{
		{"编号", "题型", "题干", "选项A", "选项B", "选项C", "答案", "解析", "分值", "难度", "知识点", "标签", "年级", "教师", "审核人"},
		{"1", "单选题", "1+1?", "1", "2", "3", "B", "数数。", "5", "易", "加法；整数", "示例", "一年级", "王", "李"},
		{"2", "多选题", "质数？", "2", "4", "5", "AC", "", "", "0.65"},
		{"3", "判断题", "地球是圆的", "", "", "", "对"},
		{"4", "判断题", "地球是平的", "是", "否", "", "错"},
		{"5", "填空题", "《静夜思》的作者是____。", "", "", "", "李白|李太白"},
		{"6", "数值题", "圆周率？", "", "", "", "3.14±0.005"},
		{"7", "连线题", "国家与首都", "法国 -> 巴黎", "日本 -> 东京", "-> 罗马"},
		{"8", "简答题", "为什么？", "", "", "", "因为。"},
		{"9", "材料", "阅读下文。", "", "", "", "", "没有用的解析"},
		{"10", "单选题", "没有答案", "1", "2"},
		{"", "单选题", "没有编号", "1", "2", "", "A"},
		{"12", "单选题", "很长的年级", "1", "2", "", "A", "", "", "", "", "", strings.Repeat("长", 400)},
	}
	f := excelize.NewFile()
	defer f.Close()
	for n, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", n+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var book bytes.Buffer
	if err := f.Write(&book); err != nil {
		t.Fatal(err)
	}
	source, err := interchange.OpenXLSX(&book, interchange.Defaults{Subject: "综合"}, nil)
	items := read(t, source, err)
	golden(t, "kinds.xlsx.golden.json", items)
	valid(t, items)
}

// Which targets there are shows; which belongs to what does not: neither by its place nor by its name.
func TestMatchingDoesNotShowItsPairs(t *testing.T) {
	t.Parallel()
	matching := types(t)[qtype.Ref{ID: "matching", Version: "1.0.0"}]
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 6).Draw(t, "pairs")
		rights := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,5}`), n, n, rapid.ID).Draw(t, "rights")
		other := rapid.Permutation(rights).Draw(t, "another key")
		views := make([][]byte, 0, 2)
		for _, key := range [][]string{rights, other} {
			var text strings.Builder
			text.WriteString("Match.{")
			for i, right := range key {
				fmt.Fprintf(&text, "\n=left %d -> %s", i, right)
			}
			text.WriteString("\n}\n")
			item := readGIFT(t, text.String())[0]
			if problems := matching.Check(item.Content); len(problems) > 0 {
				t.Fatal(problems)
			}
			public, _ := matching.Split(item.Content)
			views = append(views, content.Canonical(public))
		}
		if !bytes.Equal(views[0], views[1]) {
			t.Fatalf("the key shows:\n%s\n%s", views[0], views[1])
		}
	})
}

// Whatever a file says, what comes of it can be kept, and has a place in the report.
func FuzzGIFT(f *testing.F) {
	text, err := os.ReadFile("testdata/kinds.gift")
	if err != nil {
		f.Fatal(err)
	}
	for _, block := range strings.Split(string(text), "\n\n") {
		f.Add(block)
	}
	f.Add("Match{=\u3000 -> \u3000 =a -> b =c -> \u3000}")
	f.Add("\u3000{=\u3000 ~\u3000}")
	known := types(f)
	f.Fuzz(func(t *testing.T, text string) {
		source, err := interchange.OpenGIFT(strings.NewReader(text), interchange.Defaults{})
		if err != nil {
			return // no text at all
		}
		for index := 0; ; index++ {
			item, err := source.Next()
			if err != nil {
				return
			}
			if item.Index != index || item.Source == "" || item.Refused && len(item.Notes) == 0 {
				t.Fatalf("%+v", item)
			}
			if item.Refused {
				continue
			}
			again, err := content.Decode(content.Canonical(item.Content), content.Limits{Bytes: 16 << 20, Depth: 32, Nodes: 1 << 20})
			if err != nil || !content.Equal(again, item.Content) {
				t.Fatalf("%v does not survive: %v", item.Content, err)
			}
			known[item.Type].Check(item.Content)
			if _, err := item.Metadata.Tidy(); err != nil && len(item.Metadata.Tags) <= 50 &&
				!slices.ContainsFunc(item.Metadata.Tags, func(tag string) bool { return len([]rune(tag)) > 300 }) {
				t.Fatal(err)
			}
		}
	})
}
