package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/internal/health"
	"qbank/internal/pgtest"
)

// ready reads /readyz.
func (s *server) ready() (status int, report health.Report) {
	s.t.Helper()
	status, body := s.get("/readyz", "")
	if err := json.Unmarshal([]byte(body), &report); err != nil {
		s.t.Fatalf("/readyz answers %q: %v", body, err)
	}
	return status, report
}

func (s *server) awaitReady() {
	s.t.Helper()
	eventually(s.t, "the server is ready", func() bool { status, _ := s.ready(); return status == http.StatusOK })
}

// postmaster is the process id of the PostgreSQL on a data directory; 0 where none says that it runs.
func postmaster(t *testing.T, data string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "postgres", "pgdata", "postmaster.pid"))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.SplitN(string(text), "\n", 2)[0])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// alive reports whether a process runs. One that ended and whose parent has not looked is dead.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	out, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && !strings.HasPrefix(strings.TrimSpace(string(out)), "Z")
}

var devToken = regexp.MustCompile(`(?m)^  (\w+) +(\S+\.\S+\.\S+)$`)

// One data directory lives through all of this: a first start on nothing, a second program, a stop, a kill.
func TestTheLifeOfADataDirectory(t *testing.T) {
	t.Parallel()
	home := pgtest.Dir(t) // no configuration at all: the data directory is made in the working directory
	data := filepath.Join(home, "qbank-data")
	s := serveIn(t, home, "--listen", "127.0.0.1:0")
	s.awaitReady()

	tokens := map[string]string{}
	for _, m := range devToken.FindAllStringSubmatch(s.out.String(), -1) {
		tokens[m[1]] = m[2]
	}
	for _, role := range access.Roles {
		want := http.StatusForbidden // known, but not a student
		if role == access.Student {
			want = http.StatusNotFound // there is no such attempt yet
		}
		if status, body := s.get("/v1/attempts/00000000-0000-7000-8000-000000000000", tokens[string(role)]); status != want {
			t.Errorf("the token of the %s: %d %s, want %d", role, status, body, want)
		}
	}
	for _, path := range []string{"/v1/telemetry", "/ofrep/v1/evaluate/flags"} { // the student door has them, for another method
		if status, body := s.get(path, tokens["student"]); status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	columns := map[int]bool{}
	for _, at := range regexp.MustCompile(`(?m)^  http://\S+ +`).FindAllString(s.out.String(), -1) {
		columns[len(at)] = true
	}
	if len(columns) != 1 {
		t.Errorf("the list of addresses is not in line:\n%s", s.out.String())
	}
	for _, path := range regexp.MustCompile(`  http://[^/]+(/\S+)`).FindAllStringSubmatch(s.out.String(), -1) {
		if status, body := s.get(path[1], ""); status == http.StatusNotFound {
			t.Errorf("%s was promised: %d %s", path[1], status, body)
		}
	}
	if status, body := s.get("/healthz", ""); status != http.StatusOK || body != "ok\n" {
		t.Errorf("/healthz: %d %q", status, body)
	}
	if _, body := s.get("/metrics", ""); !strings.Contains(body, "go_goroutines") || !strings.Contains(body, "qbank_command_seconds") {
		t.Error("/metrics lacks figures")
	}
	if _, report := s.ready(); len(report.Warnings) != 0 {
		t.Errorf("a server on defaults warns: %v", report.Warnings)
	}

	second := qbank(t, "serve", "--listen", "127.0.0.1:0", "--data-dir", data)
	second.refused(t, exitConflict, "data.in_use", fmt.Sprint(s.process.Pid))
	qbankIn(t, []string{"LANG=zh_CN.UTF-8"}, "serve", "--listen", "127.0.0.1:0", "--data-dir", data).refused(t, exitConflict, "正被进程")

	questions := file(t, "q.gift", threeQuestions)
	if out := mustQbank(t, "import", "gift", questions, "--data-dir", data); !strings.Contains(out, "3 created") {
		t.Error(out)
	}
	pid := postmaster(t, data)
	if code := s.stop(syscall.SIGINT); code != exitOK {
		t.Errorf("Ctrl-C ends it with %d\n%s", code, s.err)
	}
	if pid == 0 || alive(pid) {
		t.Errorf("PostgreSQL (process %d) was left behind", pid)
	}

	s = serve(t, "--listen", "127.0.0.1:0", "--data-dir", data, "--pg-set", "synchronous_commit=off", "--log-format", "json")
	s.awaitReady()
	if _, report := s.ready(); len(report.Warnings) != 1 || report.Warnings[0].Name != "synchronous_commit" {
		t.Errorf("synchronous_commit=off warns so: %+v", report.Warnings)
	}
	for _, line := range strings.Split(strings.TrimSpace(s.err.String()), "\n") {
		var entry struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Time == "" || entry.Level == "" || entry.Msg == "" {
			t.Errorf("no JSON log line: %q", line)
		}
	}
	orphan := postmaster(t, data)
	s.stop(syscall.SIGKILL)
	if !alive(orphan) {
		t.Fatal("the kill took PostgreSQL along: there is nothing to test")
	}
	s = serve(t, "--listen", "127.0.0.1:0", "--data-dir", data)
	s.awaitReady()
	if alive(orphan) || postmaster(t, data) == orphan {
		t.Errorf("the orphan %d still runs", orphan)
	}
	if out := mustQbank(t, "import", "gift", questions, "--data-dir", data); !strings.Contains(out, "3 unchanged") {
		t.Errorf("after the kill: %s", out)
	}
	signer, err := Settings{DataDir: data}.signer()
	if err != nil {
		t.Fatal(err)
	}
	if old := tokens["student"]; len(signer.Public()) == 0 || func() int { status, _ := s.get("/v1/time", old); return status }() != http.StatusOK {
		t.Error("a token of the first start does not work any more")
	}

	pid = postmaster(t, data)
	_ = syscall.Kill(pid, syscall.SIGKILL) // as the kernel does when memory is short
	<-s.ended
	result{s.code, s.out.String(), s.err.String()}.refused(t, exitUnavailable, "postgres.ended")
}

func TestATakenPortIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	data := filepath.Join(pgtest.Dir(t), "data")
	qbank(t, "serve", "--listen", l.Addr().String(), "--data-dir", data).refused(t, exitConflict, "listen.failed", l.Addr().String())
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("something was started all the same: %v", err)
	}
}

func TestTooFewConnectionsAreRefused(t *testing.T) {
	t.Parallel()
	data := filepath.Join(pgtest.Dir(t), "data")
	for _, few := range []string{"9", "1", "0", "-5"} {
		qbank(t, "serve", "--listen", "127.0.0.1:0", "--data-dir", data, "--connections="+few).refused(t, exitInvalid, "database.connections", "--connections is "+few)
	}
	if _, err := os.Stat(filepath.Join(data, "postgres")); !os.IsNotExist(err) {
		t.Errorf("PostgreSQL was started all the same: %v", err)
	}
}

func TestServeOnADatabaseOfOnesOwn(t *testing.T) {
	t.Parallel()
	data, url := t.TempDir(), pgtest.URL(t)
	s := serve(t, "--listen", "127.0.0.1:0", "--data-dir", data, "--database-url", url)
	s.awaitReady()
	if _, err := os.Stat(filepath.Join(data, "postgres")); !os.IsNotExist(err) {
		t.Errorf("a private PostgreSQL was made: %v", err)
	}
	if strings.Contains(s.out.String()+s.err.String(), url) {
		t.Error("the URL, which may hold a password, is printed")
	}

	st := openStack(t, url)
	tools := []string{"--data-dir", data, "--database-url", url}
	parked := func() string {
		t.Helper()
		eventually(t, "a parked read model shows", func() bool {
			status, report := s.ready()
			return status == http.StatusServiceUnavailable && len(report.Missing) == 1 && report.Missing[0].Name == "projections" &&
				report.Missing[0].Details["imports"] == "projection.parked"
		})
		out := mustQbank(t, append([]string{"projections", "status"}, tools...)...)
		m := regexp.MustCompile(`(?m)^imports .*parked.*at (\d+) after \d+ tries: .*items`).FindStringSubmatch(out)
		if m == nil {
			t.Fatal(out)
		}
		return m[1]
	}

	// A read model that stands still makes the server unready, by name. What was wrong is put right, and it is told to try again.
	rename := func(from, to string) {
		t.Helper()
		if _, err := st.Pool.Exec(t.Context(), "alter table imports_v1."+from+" rename to "+to); err != nil {
			t.Fatal(err)
		}
	}
	rename("items", "mislaid")
	mustQbank(t, append([]string{"import", "gift", file(t, "a.gift", threeQuestions)}, tools...)...)
	parked()
	rename("mislaid", "items")
	mustQbank(t, append([]string{"projections", "retry", "imports"}, tools...)...)
	s.awaitReady()

	// Or the event is left out.
	rename("items", "mislaid")
	mustQbank(t, append([]string{"import", "gift", file(t, "b.gift", threeQuestions)}, tools...)...)
	at := parked()
	// A server that starts meanwhile is as unready, and serves students all the same.
	late := serve(t, "--listen", "127.0.0.1:0", "--data-dir", data, "--database-url", url)
	eventually(t, "students are served", func() bool {
		status, _ := late.get("/v1/config", late.devTokens()["student"])
		return status == http.StatusOK
	})
	if status, _ := late.ready(); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d", status)
	}
	late.stop(syscall.SIGINT)
	rename("mislaid", "items")
	skip := func(position string) result {
		return qbank(t, append([]string{"projections", "skip", "imports", position, "--reason", "told so by a test"}, tools...)...)
	}
	skip("1").refused(t, exitConflict, "checkpoint.parked_elsewhere")
	if r := skip(at); r.code != exitOK {
		t.Errorf("%+v", r)
	}
	s.awaitReady()
	qbank(t, append([]string{"projections", "retry", "imports"}, tools...)...).refused(t, exitConflict)
	qbank(t, append([]string{"projections", "retry", "no-such"}, tools...)...).refused(t, exitNotFound)

	// A rebuild takes over.
	if out := mustQbank(t, append([]string{"projections", "rebuild", "imports"}, tools...)...); !strings.Contains(out, "imports is rebuilt") {
		t.Error(out)
	}
	qbank(t, append([]string{"projections", "rebuild", "no-such"}, tools...)...).refused(t, exitNotFound)

	// A newer program has taken over: this one comes back when somebody says so.
	revert := func(name, version string) result {
		return qbank(t, append([]string{"projections", "revert", name, version}, tools...)...)
	}
	if _, err := st.Pool.Exec(t.Context(), "update checkpoints set version = 2 where name = 'imports' and not shadow; alter schema imports_v1 rename to imports_v2",
		pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	if r := revert("imports", "1"); r.code != exitOK || !strings.Contains(r.out, "imports is at version 1") {
		t.Errorf("%+v", r)
	}
	s.awaitReady()
	revert("imports", "1").refused(t, exitConflict, "projection.not_replaced")
	revert("no-such", "1").refused(t, exitNotFound)

	out := mustQbank(t, append([]string{"projections", "status"}, tools...)...)
	for _, name := range []string{"catalog", "delivery", "imports", "items", "undo_import"} {
		if !regexp.MustCompile(`(?m)^` + name + ` .*(live|running) `).MatchString(out) {
			t.Errorf("the status of %s is missing or bad:\n%s", name, out)
		}
	}

	// Every connection is cut.
	if _, err := st.Pool.Exec(t.Context(), "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"); err != nil {
		t.Fatal(err)
	}
	s.awaitReady() // lost connections alone are made anew
}

func TestReadinessWithoutADatabase(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	s := serve(t, "--listen", "127.0.0.1:0", "--data-dir", t.TempDir(), "--database-url", url)
	s.awaitReady()
	block(t, url)
	eventually(t, "the missing database shows", func() bool {
		status, report := s.ready()
		return status == http.StatusServiceUnavailable && len(report.Missing) == 1 && report.Missing[0].Name == "database"
	})
	if status, _ := s.get("/healthz", ""); status != http.StatusOK {
		t.Errorf("/healthz: %d: a restart would not bring the database back", status)
	}
	if code := s.stop(syscall.SIGTERM); code != exitOK {
		t.Errorf("it ends with %d\n%s", code, s.err)
	}
}

func TestBadDatabaseURLs(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]struct {
		code int
		says string
	}{
		"postgres://u:secret@127.0.0.1:1/none": {exitUnavailable, "database.unreachable"},
		"postgres://u:secret@[::1:5432/none":   {exitInvalid, "database.url"},
	} {
		r := qbank(t, "serve", "--listen", "127.0.0.1:0", "--data-dir", t.TempDir(), "--database-url", url)
		r.refused(t, want.code, want.says)
		if strings.Contains(r.out+r.err, "secret") {
			t.Errorf("the password is printed:\n%s", r.err)
		}
	}
}

const threeQuestions = `$CATEGORY: Maths/Sums

// [id:t-1] [tag:easy]
::One::What is 1+1?{=2 ~1 ~3}

// [id:t-2]
::Two::What is 2+2?{~2 =4 ~6#Too many.}

// [id:t-3]
::Three::What is 3+3?{~3 =6 ~9}
`
