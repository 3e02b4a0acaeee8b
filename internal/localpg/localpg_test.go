package localpg_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"qbank/domain/fault"
	"qbank/internal/localpg"
	"qbank/internal/pgtest"
)

func TestAServerKeepsItsDataOverARestart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(pgtest.Dir(t), "data", "postgres")
	first := start(t, localpg.Options{Dir: dir, Settings: map[string]string{"commit_delay": "7", "qbank.note": `it's \ here`}})
	query(t, first.URL(), "create table kept (n int)")
	for name, want := range map[string]string{"commit_delay": "7", "qbank.note": `it's \ here`, "fsync": "on", "synchronous_commit": "on",
		"server_encoding": "UTF8", "lc_collate": "C", "TimeZone": "UTC"} {
		if got := query(t, first.URL(), "show "+name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(t.Context()); err != nil {
		t.Errorf("stopped again: %v", err)
	}
	<-first.Done()
	second := start(t, localpg.Options{Dir: dir})
	query(t, second.URL(), "select * from kept")
}

// What can be seen of one server, from its start to its violent end; in this order.
func TestALife(t *testing.T) {
	t.Parallel()
	dir := pgtest.Dir(t)
	server := start(t, localpg.Options{Dir: dir})
	t.Run("the directory has one master", func(t *testing.T) {
		_, err := localpg.Start(t.Context(), localpg.Options{Dir: dir})
		if !fault.Is(err, "data.in_use") || fault.Of(err).Details["pid"] != os.Getpid() || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("only the socket lets in", func(t *testing.T) {
		config, err := pgx.ParseConfig(server.URL())
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(config.Host)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("the socket's directory is %v (%v)", info.Mode(), err)
		}
		for _, password := range []string{"", "qbank", "postgres"} {
			config := config.Copy()
			config.Host, config.Password = "127.0.0.1", password
			if conn, err := pgx.ConnectConfig(t.Context(), config); err == nil {
				conn.Close(t.Context())
				t.Errorf("the port let in password %q", password)
			}
		}
	})
	t.Run("Ctrl-C does not reach it", func(t *testing.T) {
		group, err := syscall.Getpgid(server.PID())
		if err != nil || group == syscall.Getpgrp() {
			t.Errorf("the server is in this process's group %d (%v): the terminal would stop it first", group, err)
		}
	})
	t.Run("its end is noticed", func(t *testing.T) {
		syscall.Kill(server.PID(), syscall.SIGKILL)
		select {
		case <-server.Done():
		case <-time.After(10 * time.Second):
			t.Fatal("nobody noticed")
		}
		if err := server.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("it recovers", func(t *testing.T) {
		query(t, start(t, localpg.Options{Dir: dir}).URL(), "select 1")
	})
}

func TestALongPathHasItsSocketElsewhere(t *testing.T) {
	t.Parallel()
	server := start(t, localpg.Options{Dir: filepath.Join(pgtest.Dir(t), strings.Repeat("long", 30))})
	query(t, server.URL(), "select 1")
	config, _ := pgx.ParseConfig(server.URL())
	server.Stop(t.Context())
	if _, err := os.Stat(config.Host); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s stays behind: %v", config.Host, err)
	}
}

func TestAForeignProcessWithTheOldNumberDoesNoHarm(t *testing.T) {
	t.Parallel()
	dir := pgtest.Dir(t)
	server := start(t, localpg.Options{Dir: dir})
	pidFile := filepath.Join(dir, "pgdata", "postmaster.pid")
	text, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	server.Stop(t.Context())
	other := exec.Command("sleep", "60")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer other.Wait()
	defer other.Process.Kill()
	_, rest, _ := strings.Cut(string(text), "\n")
	if err := os.WriteFile(pidFile, []byte(strconv.Itoa(other.Process.Pid)+"\n"+rest), 0o644); err != nil {
		t.Fatal(err)
	}
	query(t, start(t, localpg.Options{Dir: dir}).URL(), "select 1")
	if err := other.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the other process was harmed: %v", err)
	}
}

func TestFromRootAClosedDirectoryAboveIsNamed(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root drops to another user")
	}
	closed := filepath.Join(pgtest.Dir(t), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := localpg.Start(t.Context(), localpg.Options{Dir: filepath.Join(closed, "data")})
	if !fault.Is(err, "data.unreachable") || !strings.Contains(err.Error(), closed) {
		t.Errorf("got %v", err)
	}
}

func TestABadSettingIsRefused(t *testing.T) {
	t.Parallel()
	dir := pgtest.Dir(t)
	for name, code := range map[string]string{"a = b": "postgres.bad_setting", "no_such_setting": "postgres.failed"} {
		_, err := localpg.Start(t.Context(), localpg.Options{Dir: dir, Settings: map[string]string{name: "1"}})
		if !fault.Is(err, code) {
			t.Errorf("%s: got %v, want %s", name, err, code)
		}
	}
}

func TestDataOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	dir := pgtest.Dir(t)
	if err := os.Mkdir(filepath.Join(dir, "pgdata"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pgdata", "PG_VERSION"), []byte("99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := localpg.Start(t.Context(), localpg.Options{Dir: dir}); !fault.Is(err, "postgres.version") {
		t.Errorf("got %v", err)
	}
}

// A shared server outlives the one who started it and is found by the next.
func TestShare(t *testing.T) {
	t.Parallel()
	dir := pgtest.Dir(t)
	first, err := localpg.Share(t.Context(), localpg.Options{Dir: dir}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	second, err := localpg.Share(t.Context(), localpg.Options{Dir: dir}, time.Minute)
	if err != nil || second != first {
		t.Errorf("got %s, then %s (%v)", first, second, err)
	}
	query(t, second, "select 1")
	// Start finds it as the server of a program that was killed, stops it and takes its place.
	query(t, start(t, localpg.Options{Dir: dir}).URL(), "select 1")
	if conn, err := pgx.Connect(t.Context(), first); err == nil {
		conn.Close(t.Context())
		t.Error("the earlier server still runs")
	}
}

func start(t *testing.T, opts localpg.Options) *localpg.Server {
	t.Helper()
	server, err := localpg.Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err, fault.Of(err).Unwrap())
	}
	t.Cleanup(func() { server.Stop(context.Background()) })
	return server
}

func query(t *testing.T, url, sql string) (answer string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	err = conn.QueryRow(t.Context(), sql).Scan(&answer)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		var n int
		if conn.QueryRow(t.Context(), sql).Scan(&n) != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	return answer
}
