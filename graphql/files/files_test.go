package files_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/domain/fault"
	"qbank/graphql/files"
	"qbank/internal/importjob"
	"qbank/internal/jobs"
	"qbank/internal/pgtest"
	"qbank/internal/stack"
	"qbank/internal/stack/stacktest"
	"qbank/projections/read"
)

// people are the tokens of this test: "<role>@<organisation>".
type people struct{}

func (people) Verify(raw string) (access.Actor, error) {
	role, org, found := strings.Cut(raw, "@")
	if !found {
		return access.Actor{}, fault.Refuse(fault.Unauthenticated, "token.invalid", fault.Say("the token is not valid", "令牌无效"))
	}
	return access.Actor{ID: raw, Roles: []access.Role{access.Role(role)}, Scope: access.Scope{Org: org}}, nil
}

type site struct {
	t     *testing.T
	stack *stack.Stack
	http  *httptest.Server
}

// open opens the door; nobody does the jobs yet.
func open(t *testing.T) *site {
	t.Helper()
	st, err := stack.Open(t.Context(), pgtest.New(t), stack.Options{MaxWait: stacktest.MaxWait, Logger: slog.New(slog.DiscardHandler), Files: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	door := &files.Door{Tokens: people{}, Importer: st.Importer, Commands: st.Commands, Lessons: st.Lessons, Audit: st.Audit, AuditLog: st.AuditLog, Library: st.Library, Types: st.Commands.Types, Logger: st.Logger}
	s := &site{t, st, httptest.NewServer(door.Handler())}
	t.Cleanup(s.http.Close)
	return s
}

// work does the jobs and keeps the read models, until the test ends or stop is called.
func (s *site) work() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.stack.Run(ctx) }() // ends by its context
	stop = func() { cancel(); <-ended }
	s.t.Cleanup(stop)
	return stop
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (s *site) send(method, path, token, media string, body io.Reader) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.http.URL+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	response, err := s.http.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, text}
}

// upload posts a file and returns the job's id.
func (s *site) upload(query string, file []byte) uuid.UUID {
	s.t.Helper()
	got := s.send("POST", "/files/imports?"+query, "author@school", "application/octet-stream", bytes.NewReader(file))
	var accepted struct{ Job uuid.UUID }
	if err := json.Unmarshal(got.body, &accepted); err != nil || got.status != http.StatusAccepted {
		s.t.Fatalf("%d %s", got.status, got.body)
	}
	return accepted.Job
}

var anna = access.Actor{ID: "anna", Roles: []access.Role{access.Author}, Scope: access.Scope{Org: "school"}}

// await waits for the end of a job.
func (s *site) await(id uuid.UUID) (jobs.Job, importjob.Progress) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		job, err := s.stack.Importer.Queue.Get(s.t.Context(), anna, id)
		if err != nil || time.Now().After(deadline) {
			s.t.Fatalf("%+v, %v", job, err)
		}
		if job.State != jobs.Queued && job.State != jobs.Running {
			progress, err := s.stack.Importer.Progress(s.t.Context(), anna, id)
			if err != nil {
				s.t.Fatal(err)
			}
			return job, progress
		}
	}
}

const gift = "// [id:a]\nOne?{T}\n\n// [id:b]\nTwo?{=x ~y}\n\n// [id:c]\nThree?{=x\n"

func TestAFileBecomesQuestions(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.work()
	dry := s.upload("format=gift&name=a.gift&dry_run=true", []byte(gift))
	job, progress := s.await(dry)
	if job.State != jobs.Done || progress.Created != 2 || progress.Refused != 1 || len(progress.Notes) != 1 || progress.Notes[0].Source != "c" {
		t.Errorf("dry run: %+v %+v", job, progress)
	}
	id := s.upload("format=gift&name=%E9%AB%98%E8%80%83.gift&subject=English", []byte(gift))
	if job, progress = s.await(id); job.State != jobs.Done || progress.Created != 2 || progress.Refused != 1 || progress.Items != 3 {
		t.Fatalf("%+v %+v", job, progress)
	}
	if err := s.stack.Engine.Wait(t.Context(), "imports", progress.Position); err != nil {
		t.Fatal(err)
	}
	shown, err := s.stack.Imports.Get(t.Context(), "school", id)
	if err != nil || shown.File != "高考.gift" || shown.FinishedAt == 0 || shown.Totals[batch.Created] != 2 || shown.StartedBy != "author@school" {
		t.Errorf("%+v, %v", shown, err)
	}
	items, err := s.stack.Imports.Items(t.Context(), "school", id, []batch.Status{batch.Refused}, read.Page{First: 10})
	if err != nil || len(items.Rows) != 1 || items.Rows[0].Notes[0].Code != "gift.braces" || items.Rows[0].Notes[0].Line != 8 {
		t.Errorf("%+v, %v", items, err)
	}
	if _, err := s.stack.Imports.Get(t.Context(), "school", dry); !fault.Is(err, "import.not_found") {
		t.Errorf("a dry run left %v", err)
	}
	if _, progress = s.await(s.upload("format=gift&name=again", []byte(gift))); progress.Same != 0 || progress.Updated != 2 { // another subject
		t.Errorf("%+v", progress)
	}
}

func sheetOf(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for n, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", n+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAWrongSheetComesBackMarked(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.work()
	sheet := sheetOf(t, []any{"编号", "题干", "选项A", "选项B", "答案"}, []any{"1", "1+1?", "2", "3", "A"}, []any{"2", "2+2?", "4", "5", "C"})
	id := s.upload("format=xlsx&name=a.xlsx", sheet)
	if job, progress := s.await(id); job.State != jobs.Done || progress.Created != 1 || progress.Refused != 1 || progress.Marked == "" {
		t.Fatalf("%+v %+v", job, progress)
	}
	path := "/files/imports/" + id.String() + "/marked"
	got := s.send("GET", path, "author@school", "", nil)
	marked, err := excelize.OpenReader(bytes.NewReader(got.body))
	if err != nil {
		t.Fatalf("%d, %v", got.status, err)
	}
	defer marked.Close()
	if comments, err := marked.GetComments("Sheet1"); err != nil || len(comments) != 1 || comments[0].Cell != "E3" {
		t.Errorf("%+v, %v", comments, err)
	}
	if got.header.Get("Content-Disposition") != `attachment; filename="marked.xlsx"` || got.header.Get("X-Content-Type-Options") != "nosniff" ||
		got.header.Get("Cache-Control") != "no-store" {
		t.Error(got.header)
	}
	for token, want := range map[string]int{"author@other": 404, "author@school/maths": 404, "author@": 404, "student@school": 403, "": 401, "bad": 401} {
		if got := s.send("GET", path, token, "", nil); got.status != want || bytes.Contains(got.body, []byte("PK")) {
			t.Errorf("%q: %d %s", token, got.status, got.body)
		}
	}
	good := s.upload("format=xlsx&name=b.xlsx", sheetOf(t, []any{"题干", "答案"}, []any{"1+1=2", "对"}))
	s.await(good)
	for _, path := range []string{"/files/imports/" + good.String() + "/marked", "/files/imports/nonsense/marked", "/files/imports/" + uuid.NewString() + "/marked"} {
		if got := s.send("GET", path, "author@school", "", nil); got.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

func TestATemplateToFillIn(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.work()
	for locale, sheet := range map[string]string{"": "题目", "zh-CN": "题目", "en": "Questions"} {
		got := s.send("GET", "/files/template.xlsx?locale="+locale, "author@school", "", nil)
		book, err := excelize.OpenReader(bytes.NewReader(got.body))
		if err != nil {
			t.Fatal(err)
		}
		if book.GetSheetName(0) != sheet {
			t.Errorf("%q: %s", locale, book.GetSheetName(0))
		}
		book.Close()
	}
}

func TestUploadsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	long := url.QueryEscape(strings.Repeat("名", 400))
	for name, c := range map[string]struct {
		query, token, media string
		status              int
		code                string
	}{
		"no token":       {"format=gift&name=a", "", "", 401, "access.no_token"},
		"bad token":      {"format=gift&name=a", "bad", "", 401, "token.invalid"},
		"a reader":       {"format=gift&name=a", "reviewer@school", "", 403, "access.denied"},
		"no format":      {"name=a", "author@school", "", 400, "import.format"},
		"no name":        {"format=gift", "author@school", "", 400, "import.args"},
		"a long name":    {"format=gift&name=" + long, "author@school", "", 400, "import.args"},
		"a long default": {"format=gift&name=a&stage=" + long, "author@school", "", 400, "import.args"},
		"an odd switch":  {"format=gift&name=a&dry_run=perhaps", "author@school", "", 400, "import.args"},
		"a form":         {"format=gift&name=a", "author@school", "multipart/form-data; boundary=x", 400, "file.media_type"},
		"another form":   {"format=gift&name=a", "author@school", "application/x-www-form-urlencoded", 400, "file.media_type"},
		"odd media":      {"format=gift&name=a", "author@school", "text/html", 400, "file.media_type"},
		"no media":       {"format=gift&name=a", "author@school", ";;", 400, "file.media_type"},
	} {
		got := s.send("POST", "/files/imports?"+c.query, c.token, c.media, strings.NewReader(gift))
		if got.status != c.status || !bytes.Contains(got.body, []byte(`"code":"`+c.code+`"`)) || (c.status == 401) != (got.header.Get("WWW-Authenticate") == "Bearer") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := s.send("POST", "/files/imports?format=gift&name=a", "author@school", "", io.LimitReader(zeros{}, importjob.MaxFile+1)); got.status != 413 {
		t.Errorf("too large: %d %s", got.status, got.body)
	}
	if got := s.send("GET", "/files/imports", "author@school", "", nil); got.status != http.StatusMethodNotAllowed {
		t.Errorf("%d %s", got.status, got.body)
	}
	var queued int
	if err := s.stack.Pool.QueryRow(t.Context(), "select count(*) from jobs").Scan(&queued); err != nil || queued != 0 {
		t.Errorf("%d jobs, %v", queued, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// A file that cannot be read fails as a job, with words that help and nothing of the inside.
func TestFilesThatFail(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.work()
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	for _, name := range []string{"[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"} {
		part, err := z.Create(name)
		if err == nil {
			_, err = io.CopyN(part, zeros{}, 150<<20)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		format string
		file   []byte
		code   string
	}{
		"text for a sheet":   {"xlsx", []byte(gift), "xlsx.not_a_workbook"},
		"nothing":            {"xlsx", nil, "xlsx.not_a_workbook"},
		"no headings":        {"xlsx", sheetOf(t, []any{"a", "b"}), "xlsx.no_headings"},
		"a zip bomb":         {"xlsx", bomb.Bytes(), "xlsx.too_large"},
		"a sheet for a text": {"gift", sheetOf(t, []any{"题干", "答案"}), "textenc."},
	} {
		job, _ := s.await(s.upload("format="+c.format+"&name=a", c.file))
		if job.State != jobs.Failed || !strings.HasPrefix(job.Error, c.code) || strings.Contains(job.Error, "/") {
			t.Errorf("%s: %+v", name, job)
		}
	}
}

// A worker that is stopped in the middle leaves its job to the next, who doubles nothing.
func TestAnInterruptedImportGoesOn(t *testing.T) {
	t.Parallel()
	s := open(t)
	const count = 2500
	var text strings.Builder
	for n := range count {
		fmt.Fprintf(&text, "// [id:n-%d]\n::N%d::Is %d even?{%s}\n\n", n, n, n, []string{"T", "F"}[n%2])
	}
	id := s.upload("format=gift&name=many.gift", []byte(text.String()))
	stops := 0
	for done := false; !done; stops++ {
		if stops > 20 {
			t.Fatal("it never ends")
		}
		worker := s.stack.Importer.Queue
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); _ = worker.Run(ctx) }() // ends by its context
		stop := func() { cancel(); <-ended }
		from := -1
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			job, err := s.stack.Importer.Queue.Get(t.Context(), anna, id)
			if err != nil {
				t.Fatal(err)
			}
			var progress importjob.Progress
			if err := json.Unmarshal(job.Progress, &progress); err != nil {
				t.Fatal(err)
			}
			if from < 0 {
				from = progress.Items
			}
			if done = job.State == jobs.Done || job.State == jobs.Failed; done || progress.Items > from {
				break
			}
		}
		stop()
	}
	job, progress := s.await(id)
	if job.State != jobs.Done || progress.Items != count || progress.Created != count {
		t.Errorf("%+v %s", job, job.Progress)
	}
	var created, streams, reported int
	err := s.stack.Pool.QueryRow(t.Context(), `select count(*), count(distinct stream_id), (select sum(json_array_length(data->'items')) from events where type = 'import.reported')
		from events where type = 'question.created'`).Scan(&created, &streams, &reported)
	if err != nil || created != count || streams != count || reported != count {
		t.Errorf("%d questions in %d streams, %d reported, %v", created, streams, reported, err)
	}
	t.Logf("stopped %d times", stops-1)
}
