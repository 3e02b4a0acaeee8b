package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/interchange"
	"qbank/internal/localpg"
	"qbank/internal/stack"
)

var update = flag.Bool("update", false, "write the golden files anew")

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "qbank-bin-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "qbank")
		if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// patience bounds every wait. It is long because a busy machine is no failure.
const patience = 2 * time.Minute

// transcript collects what a process prints; tests read it while the process writes.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// variables are what a process of a test sees: nothing of the developer's own settings.
func variables(extra ...string) []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}, extra...)
}

// result is how a finished process did.
type result struct {
	code     int
	out, err string
}

// qbank runs the program to its end.
func qbank(t *testing.T, args ...string) result {
	t.Helper()
	return qbankIn(t, nil, args...)
}

// qbankIn is qbank with more variables in its environment.
func qbankIn(t *testing.T, env []string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, binary, args...)
	c.Env = variables(env...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run %v: %v", args, err)
	}
	return result{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

// mustQbank is qbank where it has to do its work.
func mustQbank(t *testing.T, args ...string) string {
	t.Helper()
	r := qbank(t, args...)
	if r.code != exitOK {
		t.Fatalf("qbank %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// refused checks how a process that had to fail did.
func (r result) refused(t *testing.T, code int, says ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d\n%s%s", r.code, code, r.out, r.err)
	}
	for _, s := range says {
		if !strings.Contains(r.err, s) {
			t.Errorf("it does not say %q:\n%s", s, r.err)
		}
	}
}

// server is the program serving.
type server struct {
	t        *testing.T
	base     string // http://127.0.0.1:…
	process  *os.Process
	out, err *transcript
	ended    chan struct{} // closed at its end; code is set then
	code     int
}

var address = regexp.MustCompile(`(?m)^qbank is at (http://\S+)$`)

// serve starts the program and waits until it says where it is. A test that does not end it has it stopped.
func serve(t *testing.T, args ...string) *server {
	t.Helper()
	return serveIn(t, "", args...)
}

// serveIn is serve with a working directory.
func serveIn(t *testing.T, dir string, args ...string) *server {
	t.Helper()
	c := exec.Command(binary, append([]string{"serve"}, args...)...)
	s := &server{t: t, out: &transcript{}, err: &transcript{}, ended: make(chan struct{})}
	c.Env, c.Dir, c.Stdout, c.Stderr = variables(), dir, s.out, s.err
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	s.process = c.Process
	go func() {
		_ = c.Wait() // the exit code says how it ended
		s.code = c.ProcessState.ExitCode()
		close(s.ended)
	}()
	t.Cleanup(func() { s.stop(syscall.SIGTERM) })
	eventually(t, "the server says where it is", func() bool {
		select {
		case <-s.ended:
			t.Fatalf("the server ended with %d\n%s%s", s.code, s.out, s.err)
		default:
		}
		if m := address.FindStringSubmatch(s.out.String()); m != nil {
			s.base = m[1]
		}
		return s.base != ""
	})
	return s
}

// stop sends a signal and waits for the end.
func (s *server) stop(signal syscall.Signal) int {
	s.t.Helper()
	_ = s.process.Signal(signal) // it may have ended
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Errorf("the server does not end by %v\n%s", signal, s.err)
		_ = s.process.Kill()
		<-s.ended
	}
	return s.code
}

// get reads an address; a token may be empty.
func (s *server) get(path, token string) (status int, body string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.base+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// eventually waits for something.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// beside opens a stack on the database of a server that runs on the data directory.
func beside(t *testing.T, data string) *stack.Stack {
	t.Helper()
	url, running, err := localpg.Running(t.Context(), filepath.Join(data, "postgres"))
	if err != nil || !running {
		t.Fatalf("no server runs on %s: %v", data, err)
	}
	return openStack(t, url)
}

func openStack(t *testing.T, url string) *stack.Stack {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	st, err := stack.Open(t.Context(), pool, stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return st
}

// file writes a file of the test's.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// block takes a database away from everybody: nobody may connect, and whoever is there is cut off.
func block(t *testing.T, url string) {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	name := pgx.Identifier{config.Database}.Sanitize()
	config.Database = "postgres"
	admin, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	for _, sql := range []string{"alter database " + name + " with allow_connections false",
		"select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + strings.Trim(name, `"`) + "'"} {
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}

func openGIFT(t *testing.T, text string) interchange.Source {
	t.Helper()
	source, err := interchange.OpenGIFT(strings.NewReader(text), interchange.Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	return source
}
