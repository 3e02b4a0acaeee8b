package localpg

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"qbank/domain/fault"
)

// postmaster is a running server, as it describes itself in postmaster.pid (PostgreSQL: miscadmin.h, LOCK_FILE_LINE_*).
type postmaster struct {
	cluster string
	pid     int
	port    int
	sockets string
}

// findPostmaster returns the server that runs on a cluster, nil where none does. A pid file that an ended server left behind counts for nothing,
// even where its number is another process's by now; PostgreSQL itself would refuse to start then, so it is removed.
func findPostmaster(cluster string) (*postmaster, error) {
	file := filepath.Join(cluster, "postmaster.pid")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(text), "\n")
	p := &postmaster{cluster: cluster}
	p.pid, _ = strconv.Atoi(strings.TrimSpace(lines[0]))
	if len(lines) >= 5 {
		p.port, _ = strconv.Atoi(strings.TrimSpace(lines[3]))
		p.sockets = strings.TrimSpace(lines[4])
	}
	if p.pid <= 0 || errors.Is(syscall.Kill(p.pid, 0), syscall.ESRCH) {
		return nil, nil // PostgreSQL sees that, too, and looks for remaining backends besides
	}
	if !p.alive() {
		return nil, os.Remove(file)
	}
	return p, nil
}

// alive tells whether the process is a server that works in this cluster, and not another with the same number.
func (p *postmaster) alive() bool {
	if _, err := os.Stat("/proc/self/cwd"); err == nil {
		cwd, err := os.Readlink("/proc/" + strconv.Itoa(p.pid) + "/cwd")
		return err == nil && cwd == p.cluster
	}
	command, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(p.pid)).Output() //nolint:noctx // it answers at once
	return err == nil && strings.Contains(string(command), p.cluster)
}

// stop ends a server that nobody owns any more: in good order, or, where it does not listen, at once, which costs a recovery.
func (p *postmaster) stop(ctx context.Context) error {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, 60 * time.Second}, {syscall.SIGQUIT, 10 * time.Second}} {
		if err := syscall.Kill(p.pid, step.signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			break
		}
		deadline := time.Now().Add(step.wait)
		for time.Now().Before(deadline) {
			if !p.alive() {
				return nil
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return fault.Refuse(fault.Unavailable, "postgres.orphan", fault.Say(
		"An earlier PostgreSQL (process %d) still runs on %s and does not stop; end it and start again.",
		"先前的 PostgreSQL(进程 %d)仍在 %s 上运行且无法停止;请结束该进程后重新启动。", p.pid, p.cluster)).With("pid", p.pid)
}
