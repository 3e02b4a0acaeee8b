package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"qbank/commands"
	"qbank/domain/batch"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/internal/pgtest"
	"qbank/internal/token"
)

var importID = regexp.MustCompile(`import ([0-9a-f-]{36})\)`)

// tool runs a command on a database of the test's own.
type tool struct {
	t    *testing.T
	url  string
	data string
}

func newTool(t *testing.T) tool {
	t.Helper()
	return tool{t, pgtest.URL(t), t.TempDir()}
}

func (c tool) run(args ...string) result {
	c.t.Helper()
	return qbank(c.t, append(args, "--database-url", c.url, "--data-dir", c.data)...)
}

// says runs a command that has to work, and to say this.
func (c tool) says(what string, args ...string) string {
	c.t.Helper()
	r := c.run(args...)
	if r.code != exitOK || !strings.Contains(r.out, what) {
		c.t.Errorf("qbank %s: exit code %d; it does not say %q:\n%s%s", strings.Join(args, " "), r.code, what, r.out, r.err)
	}
	return r.out
}

func reportIn(t *testing.T, path string) (items []batch.Item) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var item batch.Item
		if err := json.Unmarshal([]byte(line), &item); err != nil {
			t.Fatal(err)
		}
		items = append(items, item)
	}
	return items
}

func TestImportingAFileOfQuestions(t *testing.T) {
	t.Parallel()
	c := newTool(t)
	path := file(t, "exam.gift", threeQuestions)
	report := filepath.Join(t.TempDir(), "report.jsonl")
	c.says("3 items: 3 created, 0 updated, 0 unchanged, 0 refused; 0 of those taken were changed on the way (dry run; nothing was stored)", "import", "gift", path, "--dry-run")
	out := c.says("3 created", "import", "gift", path, "--subject", "Maths", "--report", report)
	first := importID.FindStringSubmatch(out)[1]
	if items := reportIn(t, report); len(items) != 3 || items[1].Source != "t-2" || items[1].Status != batch.Created || items[1].Index != 1 {
		t.Errorf("%+v", items)
	}
	c.says("0 created, 0 updated, 3 unchanged", "import", "gift", path, "--subject", "Maths")

	edited := file(t, "edited.gift", strings.Replace(threeQuestions, "Too many.", "Far too many.", 1)+"\n// [id:t-4]\nNot closed {\n")
	out = c.says("4 items: 0 created, 1 updated, 2 unchanged, 1 refused", "import", "gift", edited, "--subject", "Maths")
	if !strings.Contains(out, "line 13") || !strings.Contains(out, "gift.braces") {
		t.Errorf("it does not say where:\n%s", out)
	}
	second := importID.FindStringSubmatch(out)[1]
	if r := qbankIn(t, []string{"LANG=zh_CN.UTF-8"}, "import", "gift", edited, "--dry-run", "--database-url", c.url, "--data-dir", c.data); !strings.Contains(r.out, "没有闭合") {
		t.Errorf("not in Chinese:\n%s%s", r.out, r.err)
	}

	// One question is published and one filed anew before it all is taken back.
	st := openStack(t, c.url)
	actor := operator("school")
	do := func(c commands.Command) {
		t.Helper()
		by := actor
		if _, approves := c.(commands.ApproveQuestion); approves {
			by.ID = "system:reviewer" // nobody approves their own work
		}
		if _, err := st.Commands.Do(t.Context(), by, c); err != nil {
			t.Fatal(err)
		}
	}
	id := func(source string) uuid.UUID { return question.ImportedID("school", source) }
	state := func(source string) question.Question {
		t.Helper()
		states, err := st.Commands.States(t.Context(), []uuid.UUID{id(source)})
		if err != nil {
			t.Fatal(err)
		}
		return states[id(source)]
	}
	one := state("t-1")
	do(commands.SubmitQuestion{Question: id("t-1"), Revision: one.Revision})
	do(commands.ApproveQuestion{Question: id("t-1"), Revision: one.Revision + 1, Hash: one.Draft.Hash})
	do(commands.PublishQuestion{Question: id("t-1"), Revision: one.Revision + 2, Kind: question.Revision})
	c.says("taken back", "import", "undo", second, "--reason", "wrong file")
	if text, err := json.Marshal(state("t-2").Draft.Content); err != nil || !strings.Contains(string(text), `"Too many."`) {
		t.Errorf("not reverted: %s, %v", text, err)
	}
	c.says("taken back", "import", "undo", first, "--reason", "wrong file")
	c.says("taken back", "import", "undo", first, "--reason", "wrong file")
	for source, want := range map[string]workflow.State{"t-1": workflow.Retired, "t-2": workflow.Withdrawn, "t-3": workflow.Withdrawn} {
		if got := state(source).State; got != want {
			t.Errorf("%s is %s, want %s", source, got, want)
		}
	}
	c.says("0 created, 2 updated, 1 unchanged", "import", "gift", path, "--subject", "Maths")

	c.run("import", "undo", uuid.NewString(), "--reason", "none").refused(t, exitNotFound, "import.not_found")
	c.run("import", "undo", first, "--reason", "none", "--org", "other").refused(t, exitNotFound)
	c.run("import", "undo", "nonsense", "--reason", "none").refused(t, exitUsage)
	c.run("import", "undo", first).refused(t, exitUsage, "--reason")
	c.run("import", "gift", "/no/such/file").refused(t, exitUsage, "/no/such/file")
	c.run("import", "gift", path, edited, "--resume", first).refused(t, exitInvalid, "import.resume")
	c.run("import", "gift", edited, "--resume", first).refused(t, exitConflict, "import.other_file")
	c.says("3 items: 3 created", "import", "gift", path, "--subject", "Maths", "--resume", first) // it was finished: its report again
}

func TestImportingASheet(t *testing.T) {
	t.Parallel()
	c := newTool(t)
	dir := t.TempDir()
	template, marked := filepath.Join(dir, "t.xlsx"), filepath.Join(dir, "marked.xlsx")
	if r := qbank(t, "import", "template", template); r.code != exitOK {
		t.Fatalf("%+v", r)
	}
	f, err := excelize.OpenFile(template)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	headings, err := f.GetRows("题目")
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]string{}
	for n, heading := range headings[0] {
		if column[heading], err = excelize.ColumnNumberToName(n + 1); err != nil {
			t.Fatal(err)
		}
	}
	for row, cells := range []map[string]string{
		{"编号": "x-1", "题干": "1+1?", "选项A": "1", "选项B": "2", "答案": "B"},
		{"编号": "x-2", "题干": "2+2?", "选项A": "4", "选项B": "5", "答案": "F"},
	} {
		for heading, value := range cells {
			if err := f.SetCellStr("题目", column[heading]+string(rune('2'+row)), value); err != nil {
				t.Fatal(err)
			}
		}
	}
	sheet := filepath.Join(dir, "questions.xlsx")
	if err := f.SaveAs(sheet); err != nil {
		t.Fatal(err)
	}
	out := c.says("2 items: 1 created, 0 updated, 0 unchanged, 1 refused", "import", "xlsx", sheet, "--marked", marked)
	if !strings.Contains(out, "1 problems are marked in") {
		t.Error(out)
	}
	m, err := excelize.OpenFile(marked)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if comments, err := m.GetComments("题目"); err != nil || len(comments) != 1 || comments[0].Cell != column["答案"]+"3" {
		t.Errorf("%+v, %v", comments, err)
	}
	c.says("0 created, 0 updated, 1 unchanged, 1 refused", "import", "xlsx", sheet)
	c.run("import", "xlsx", file(t, "a.xlsx", threeQuestions)).refused(t, exitInvalid, "xlsx.not_a_workbook")
	c.run("import", "gift", sheet).refused(t, exitInvalid, "textenc.")
}

func TestTheRoster(t *testing.T) {
	t.Parallel()
	c := newTool(t)
	path := file(t, "r.csv", "班级编号,班级,学号,姓名\n1,一班,s1,张三\n1,一班,s2,李四\n2,二班,s3,王五\n")
	c.says("2 stored, 0 unchanged, 0 stale, 0 refused", "roster", path)
	c.says("0 stored, 2 unchanged, 0 stale, 0 refused", "roster", path)
	st := openStack(t, c.url)
	var named, joined int
	err := st.Pool.QueryRow(t.Context(), "select (select count(*) from people), (select count(*) from events where type like 'class.%')").Scan(&named, &joined)
	if err != nil || named != 3 || joined == 0 {
		t.Errorf("%d people, %d events, %v", named, joined, err)
	}
	c.run("roster", file(t, "bad.csv", "a,b\n1,2\n")).refused(t, exitInvalid, "roster.")
	c.says("3 stored, 0 unchanged, 0 stale, 0 refused", "roster", file(t, "kinds.csv", "类型,编号,名称,业务线,班级编号,学号\n业务线,k12,K12,,,\n期次,2026a,秋季,k12,,\n入班,,,,1,s3\n"))
	c.run("roster", file(t, "partly.csv", "kind,code,title,line\nterm,x,X,k12\nterm,y,Y,nowhere\n")).refused(t, exitInvalid, "roster.refused")
}

func TestTokens(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	out := mustQbank(t, "token", "author", "reviewer", "--subject", "wang", "--org", "acme/math", "--env", "prod", "--data-dir", data)
	signer, err := Settings{DataDir: data}.signer()
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := token.NewVerifier(signer.Public(), nil)
	if err != nil {
		t.Fatal(err)
	}
	actor, err := verifier.Verify(strings.TrimSpace(out))
	if err != nil || actor.ID != "wang" || len(actor.Roles) != 2 || actor.Scope.Org != "acme/math" || actor.Scope.Environment != "prod" {
		t.Errorf("%+v, %v", actor, err)
	}
	if info, err := os.Stat(filepath.Join(data, "signing-key.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key is %v, %v", info.Mode(), err)
	}
	qbank(t, "token", "king", "--data-dir", data).refused(t, exitInvalid, "access.role")
	qbankIn(t, []string{"LANG=C", "LC_ALL=zh_CN.UTF-8"}, "token", "king", "--data-dir", data).refused(t, exitInvalid, "没有角色")
	qbank(t, "token", "author", "--life", "100000h", "--data-dir", data).refused(t, exitInvalid, "token.lifetime")
	qbank(t, "token", "--data-dir", data).refused(t, exitUsage)
	qbank(t, "nonsense").refused(t, exitUsage)
	qbank(t, "serve", "--log-level", "loud").refused(t, exitUsage)
	qbankIn(t, []string{"QBANK_LOG_FORMAT=xml"}, "serve").refused(t, exitUsage)
	if r := qbank(t, "--help"); r.code != exitOK || !strings.Contains(r.out, "serve") {
		t.Errorf("%+v", r)
	}
}

func TestTheReferenceIsFresh(t *testing.T) {
	t.Parallel()
	got := mustQbank(t, "reference")
	const path = "../../docs/reference.md"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil { // a page of the repository
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Error("docs/reference.md is not what `qbank reference` writes; go test ./cmd/qbank -update writes it anew")
	}
}

// A file that breaks midway leaves what was taken in before, which can be taken back; it cannot be read on, however often it is tried.
func TestABrokenFileCanBeTakenBack(t *testing.T) {
	t.Parallel()
	c := newTool(t)
	var many strings.Builder
	for i := range 600 {
		fmt.Fprintf(&many, "// [id:b-%d]\nQuestion %d? {T}\n\n", i, i)
	}
	r := c.run("import", "gift", file(t, "broken.gift", "题目? {T}\n\n"+many.String()+"bad byte \xff here {T}\n"))
	r.refused(t, exitInvalid, "textenc.bytes")
	id := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`).FindString(r.out + r.err)
	c.says("taken back", "import", "undo", id, "--reason", "broken file")
	st := openStack(t, c.url)
	states, err := st.Commands.States(t.Context(), []uuid.UUID{question.ImportedID("school", "b-1")})
	if got := states[question.ImportedID("school", "b-1")]; err != nil || got.State != workflow.Withdrawn {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestNothingIsWrittenOver(t *testing.T) {
	t.Parallel()
	c := newTool(t)
	path := file(t, "exam.gift", threeQuestions)
	c.run("import", "gift", path, "--dry-run", "--report", path).refused(t, exitConflict, "file.exists")
	qbank(t, "import", "template", path).refused(t, exitConflict, "file.exists")
	if text, err := os.ReadFile(path); err != nil || string(text) != threeQuestions {
		t.Errorf("%q, %v", text, err)
	}
}

func TestATokenNeedsTheServersKey(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "nowhere")
	qbank(t, "token", "student", "--data-dir", missing).refused(t, exitNotFound, "data.missing")
	if _, err := os.Stat(missing); err == nil {
		t.Error("it made the directory")
	}
}
