package localpg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"qbank/domain/fault"
)

const (
	role     = "qbank"
	database = "qbank"
)

// Options of a server.
type Options struct {
	Dir      string            // everything of the server's; made if need be
	Logger   *slog.Logger      // none: silent
	Settings map[string]string // of PostgreSQL, over the usual ones
}

// Server is a running PostgreSQL of this process.
type Server struct {
	site    site
	lock    *os.File
	sockets string
	port    int
	log     *slog.Logger
	process *exec.Cmd
	exited  chan struct{}
	stop    sync.Once
	stopErr error
}

// Start starts the server and waits until it answers, which after a crash includes its recovery; bound that by ctx. Faults: data.in_use,
// data.unreachable, postgres.missing, postgres.version, postgres.no_user, postgres.orphan, postgres.failed.
func Start(ctx context.Context, opts Options) (*Server, error) {
	site, err := openSite(opts.Dir)
	if err != nil {
		return nil, err
	}
	lock, err := lockDir(site.dir)
	if err != nil {
		return nil, err
	}
	s, err := start(ctx, site, opts, false)
	if err != nil {
		lock.Close()
		return nil, err
	}
	s.lock = lock
	return s, nil
}

// start runs a server on a site that the caller has locked. A detached one is to outlive this process.
func start(ctx context.Context, site site, opts Options, detached bool) (s *Server, err error) {
	s = &Server{site: site, log: opts.Logger}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	orphan, err := findPostmaster(site.cluster())
	if err != nil {
		return nil, fmt.Errorf("look for an earlier server: %w", err)
	}
	if orphan != nil {
		s.log.Warn("an earlier PostgreSQL still runs on the data directory; stopping it", "pid", orphan.pid)
		if err := orphan.stop(ctx); err != nil {
			return nil, err
		}
		if !strings.HasPrefix(orphan.sockets, site.dir) {
			os.Remove(orphan.sockets) // empty by now; made by socketDir
		}
	}
	if s.site.programs, err = findPrograms(ctx, os.Getenv("PATH"), places, majorOf(site.cluster())); err != nil {
		return nil, err
	}
	if err := s.site.create(ctx); err != nil {
		return nil, err
	}
	if s.sockets, err = s.site.socketDir(); err != nil {
		return nil, err
	}
	if err := s.launch(ctx, opts.Settings, detached); err != nil {
		s.forgetSockets()
		return nil, err
	}
	if err := s.createDatabase(ctx); err != nil {
		_ = s.Stop(context.WithoutCancel(ctx)) // why it is stopped matters more
		return nil, err
	}
	s.log.Info("PostgreSQL runs", "version", s.site.programs.major, "dir", site.dir, "pid", s.process.Process.Pid)
	return s, nil
}

// launch tries for a while: the port may be taken between finding and using it, and the backends of a killed server need a moment to
// notice that it is gone.
func (s *Server) launch(ctx context.Context, extra map[string]string, detached bool) error {
	for try := 1; ; try++ {
		var err error
		if s.port, err = freePort(); err != nil {
			return err
		}
		if err := s.site.configure(s.sockets, s.port, extra); err != nil {
			return err
		}
		said, err := s.launchOnce(ctx, detached)
		if err == nil {
			return nil
		}
		passing := strings.Contains(said, "Address already in use") || strings.Contains(said, "shared memory block")
		if !passing || try == 20 {
			return err
		}
		time.Sleep(250 * time.Millisecond)
	}
}

// launchOnce starts the process and waits until it answers. Otherwise it returns what the server said.
func (s *Server) launchOnce(ctx context.Context, detached bool) (said string, err error) {
	if info, err := os.Stat(s.site.log()); err == nil && info.Size() > 0 {
		_ = os.Rename(s.site.log(), s.site.log()+".1") // the log of the run before is a courtesy
	}
	log, err := os.OpenFile(s.site.log(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return "", fmt.Errorf("open the server's log: %w", err)
	}
	defer log.Close()
	s.process = s.site.command(context.Background(), "postgres", "-D", s.site.cluster()) // it ends by Stop, not by ctx
	s.process.Stdout, s.process.Stderr = log, log
	if detached {
		s.process.SysProcAttr.Setpgid, s.process.SysProcAttr.Setsid = false, true
	}
	if err := s.process.Start(); err != nil {
		return "", fmt.Errorf("start PostgreSQL: %w", err)
	}
	s.exited = make(chan struct{})
	go func() {
		_ = s.process.Wait() // how it ended stands in its log
		close(s.exited)
	}()
	if err := s.awaitReady(ctx); err != nil {
		s.process.Process.Signal(syscall.SIGQUIT)
		<-s.exited
		text, _ := os.ReadFile(s.site.log())
		said := tail(string(text))
		return said, fault.Refuse(fault.Unavailable, "postgres.failed", fault.Say(
			"PostgreSQL does not start in %s; why stands in %s.", "PostgreSQL 无法在 %s 中启动;原因见 %s。", s.site.dir, s.site.log())).
			Because(fmt.Errorf("%w: %s", err, said))
	}
	return "", nil
}

// awaitReady waits for the first connection.
func (s *Server) awaitReady(ctx context.Context) error {
	said := time.Now()
	for {
		err := ping(ctx, s.url("postgres"))
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-s.exited:
			return errors.New("it ended")
		case <-time.After(20 * time.Millisecond):
		}
		if time.Since(said) > 5*time.Second {
			s.log.Info("waiting for PostgreSQL, which may be recovering", "error", err)
			said = time.Now()
		}
	}
}

func ping(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

func (s *Server) createDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return fmt.Errorf("connect to the new server: %w", err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "create database "+database)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42P04" { // it exists
		return nil
	}
	return err
}

// URL is where the server's database is: over the socket, without a password.
func (s *Server) URL() string { return s.url(database) }

func (s *Server) url(database string) string { return socketURL(s.sockets, s.port, database) }

func socketURL(sockets string, port int, database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database,
		RawQuery: url.Values{"host": {sockets}, "port": {strconv.Itoa(port)}}.Encode()}
	return u.String()
}

// PID is the process id of the server.
func (s *Server) PID() int { return s.process.Process.Pid }

// Done is closed when the server has ended, by Stop or by itself. It restarts crashed sessions on its own; when it ends unasked, something
// outside has ended it, and the program should end as well.
func (s *Server) Done() <-chan struct{} { return s.exited }

// Stop ends the server in good order: sessions are cut off, their transactions rolled back, everything is written. When ctx ends first, it
// is stopped at once, which costs a recovery at the next start and no data. It can be called again.
func (s *Server) Stop(ctx context.Context) error {
	s.stop.Do(func() {
		defer s.forgetSockets()
		if s.lock != nil {
			defer s.lock.Close()
		}
		s.process.Process.Signal(syscall.SIGINT)
		select {
		case <-s.exited:
			s.log.Info("PostgreSQL stopped")
			return
		case <-ctx.Done():
		}
		s.process.Process.Signal(syscall.SIGQUIT)
		select {
		case <-s.exited:
		case <-time.After(10 * time.Second):
			s.process.Process.Kill()
			<-s.exited
		}
		s.stopErr = fmt.Errorf("PostgreSQL did not stop in time and was cut off: %w", context.Cause(ctx))
	})
	return s.stopErr
}

// forgetSockets removes the directory of the socket.
func (s *Server) forgetSockets() {
	if base := filepath.Base(s.sockets); base == "run" || strings.HasPrefix(base, "qbank-pg-") {
		_ = os.RemoveAll(s.sockets) // socketDir clears what stays behind
	}
}
