package localpg

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"qbank/domain/fault"
)

// Share returns the URL of a server in opts.Dir that belongs to nobody and outlives its callers: it is started if it does not run, used
// if it does. It stops by itself when nobody has called Share on it for the time idle (looked at every half minute).
// Tests share one, so that each package need not start its own.
func Share(ctx context.Context, opts Options, idle time.Duration) (string, error) {
	site, err := openSite(opts.Dir)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(site.dir); err != nil {
		return "", err
	} else if info.Sys().(*syscall.Stat_t).Uid != uint32(os.Geteuid()) {
		return "", fault.Refuse(fault.Denied, "data.foreign", fault.Say("%s belongs to another user.", "%s 属于其他用户。", site.dir))
	}
	lock, err := waitForDir(ctx, site.dir)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := touch(site.used()); err != nil {
		return "", err
	}
	if p, err := findPostmaster(site.cluster()); err == nil && p != nil {
		url := socketURL(p.sockets, p.port, database)
		if ping(ctx, url) == nil {
			return url, nil
		}
	}
	s, err := start(ctx, site, opts, true)
	if err != nil {
		return "", err
	}
	if err := s.site.watch(s.PID(), idle); err != nil {
		_ = s.Stop(ctx) // why it is stopped matters more
		return "", fmt.Errorf("watch over the shared server: %w", err)
	}
	return s.URL(), nil
}

// used is the file whose time says when Share was last called.
func (s site) used() string { return filepath.Join(s.dir, "used") }

func touch(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	f.Close()
	now := time.Now()
	return os.Chtimes(file, now, now)
}

// watcher stops the server ($1) once the file ($2) has not been touched for $3 minutes.
const watcher = `while kill -0 "$1" 2>/dev/null; do
	sleep 30
	if [ -n "$(find "$2" -mmin +"$3" 2>/dev/null)" ] || [ ! -e "$2" ]; then kill -INT "$1" 2>/dev/null; fi
done`

// watch leaves a shell behind that ends with the server.
func (s site) watch(pid int, idle time.Duration) error {
	minutes := strconv.Itoa(max(1, int(idle.Minutes())))
	c := exec.Command("/bin/sh", "-c", watcher, "qbank-watch", strconv.Itoa(pid), s.used(), minutes) //nolint:noctx // it outlives its starter
	c.Dir = "/"
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: s.owner.credential()}
	if err := c.Start(); err != nil {
		return err
	}
	return c.Process.Release()
}
