package localpg

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"qbank/domain/fault"
)

// site is a directory with a cluster in it, and who it runs as.
type site struct {
	dir      string
	programs programs
	owner    *owner
}

func (s site) cluster() string { return filepath.Join(s.dir, "pgdata") }
func (s site) log() string     { return filepath.Join(s.dir, "postgres.log") }

// openSite makes dir if need be. dir becomes absolute and free of links, because the server's own idea of it is.
func openSite(dir string) (s site, err error) {
	if s.dir, err = filepath.Abs(dir); err != nil {
		return s, err
	}
	if err := os.MkdirAll(s.dir, 0o711); err != nil {
		return s, fmt.Errorf("make the data directory: %w", err)
	}
	if s.dir, err = filepath.EvalSymlinks(s.dir); err != nil {
		return s, err
	}
	if s.owner, err = unprivileged(s.cluster()); err != nil {
		return s, err
	}
	return s, s.owner.mayPass(s.dir)
}

// command prepares one of the server's programs: as the server's user, in its own process group, without PG* variables.
func (s site) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, s.programs.path(name), args...)
	c.Dir = s.dir
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.owner.credential()}
	return c
}

// create makes the cluster where there is none. It appears whole or not at all: initdb works beside it.
func (s site) create(ctx context.Context) error {
	if majorOf(s.cluster()) != 0 {
		return nil
	}
	unfinished := s.cluster() + ".new"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	if err := s.owner.own(unfinished); err != nil {
		return fmt.Errorf("make a directory for PostgreSQL: %w", err)
	}
	out, err := s.command(ctx, "initdb", "--pgdata", unfinished, "--username", role, "--encoding", "UTF8", "--locale", "C",
		"--auth-local", "trust", "--auth-host", "scram-sha-256").CombinedOutput()
	if err != nil {
		return fault.Refuse(fault.Unavailable, "postgres.failed", fault.Say(
			"initdb could not make a database cluster in %s; its output is in the log.", "initdb 无法在 %s 中创建数据库;输出见日志。", s.dir)).
			Because(fmt.Errorf("%w: %s", err, tail(string(out))))
	}
	f, err := os.OpenFile(filepath.Join(unfinished, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString("\ninclude = 'qbank.conf' # written anew at every start\n")
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err != nil {
		return err
	}
	return os.Rename(unfinished, s.cluster())
}

// access lets in who can reach the socket, and on the loopback port who has a password.
const access = `# written anew at every start
local all all              trust
host  all all 127.0.0.1/32 scram-sha-256
host  all all ::1/128      scram-sha-256
`

// settings of every server. An acknowledged commit is on disk: that is not for sale.
var settings = map[string]string{ //nolint:gosec // password_encryption is the name of a setting
	"fsync":                        "on",
	"synchronous_commit":           "on",
	"full_page_writes":             "on",
	"wal_compression":              "on",
	"max_wal_size":                 "2GB",
	"min_wal_size":                 "256MB",
	"checkpoint_completion_target": "0.9",
	"shared_buffers":               "256MB",
	"max_connections":              "100",
	"random_page_cost":             "1.1", // solid-state disks
	"jit":                          "off", // its compiler takes longer than our queries
	"password_encryption":          "scram-sha-256",
	"timezone":                     "UTC",
	"log_timezone":                 "UTC",
	"log_line_prefix":              "%m [%p] ",
}

var settingName = regexp.MustCompile(`^[a-z][a-z0-9_.]*$`)

// configure writes how the next start is to be.
func (s site) configure(sockets string, port int, extra map[string]string) error {
	all := maps.Clone(settings)
	maps.Copy(all, extra)
	all["listen_addresses"] = "127.0.0.1"
	all["port"] = strconv.Itoa(port)
	all["unix_socket_directories"] = sockets
	all["unix_socket_permissions"] = "0700"
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value := all[name]
		if !settingName.MatchString(name) || strings.ContainsAny(value, "\n\r\x00") {
			return fault.Refuse(fault.Invalid, "postgres.bad_setting", fault.Say("%q is not a PostgreSQL setting.", "%q 不是有效的 PostgreSQL 设置。", name))
		}
		fmt.Fprintf(&b, "%s = '%s'\n", name, strings.NewReplacer("'", "''", `\`, `\\`).Replace(value))
	}
	for name, text := range map[string]string{"qbank.conf": b.String(), "pg_hba.conf": access} {
		if err := s.write(filepath.Join(s.cluster(), name), text); err != nil {
			return err
		}
	}
	return nil
}

// write makes a file that the server's user can read.
func (s site) write(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	if s.owner == nil {
		return nil
	}
	return os.Chown(path, int(s.owner.uid), int(s.owner.gid))
}

// maxSocketDir leaves room for "/.s.PGSQL.65535" in the shortest address of a socket in use (103 bytes on macOS, 107 on Linux).
const maxSocketDir = 88

// socketDir makes an empty directory for the socket, away from dir where its path is too long.
func (s site) socketDir() (dir string, err error) {
	dir = filepath.Join(s.dir, "run")
	if len(dir) > maxSocketDir {
		if dir, err = os.MkdirTemp("/tmp", "qbank-pg-"); err != nil {
			return "", fmt.Errorf("make a directory for the socket: %w", err)
		}
	} else if err := os.RemoveAll(dir); err != nil {
		return "", err // what a killed server left there
	}
	return dir, s.owner.own(dir)
}

// freePort returns a loopback port that nobody listens on at the moment.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("look for a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// tail is the end of a text, enough to see what went wrong.
func tail(text string) string {
	const enough = 2000
	if len(text) > enough {
		text = "…" + text[len(text)-enough:]
	}
	return strings.TrimSpace(text)
}
