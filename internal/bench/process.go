package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// server is a process that serves HTTP.
type server struct {
	base    string // "http://127.0.0.1:1234"
	ready   time.Duration
	command *exec.Cmd
	exited  chan struct{}
}

const (
	readyWithin = 2 * time.Minute
	stopWithin  = 20 * time.Second
	lookEvery   = 5 * time.Millisecond
)

// serve starts the program with arguments and a free address, and waits until it calls itself ready.
func (r *run) serve(ctx context.Context, log string, args ...string) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	out, err := os.OpenFile(r.file(log+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	command := exec.Command(r.Program, append(args, "--listen", address)...) //nolint:noctx // it ends by stop, in good order
	s := &server{base: "http://" + address, command: command, exited: make(chan struct{})}
	s.command.Stdout, s.command.Stderr = out, out
	s.command.Env = append(withoutSettings(os.Environ()), "QBANK_LIMIT=all=off") // one that measures asks more than anybody
	began := time.Now()
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", r.Program, err)
	}
	go func() {
		_ = s.command.Wait() // that it ended is all there is to know: it is ended by a signal
		close(s.exited)
	}()
	if err := s.awaitReady(ctx); err != nil {
		s.stop()
		said, _ := os.ReadFile(out.Name())
		return nil, fmt.Errorf("%s %s: %w\n%s", r.Program, args[0], err, lastLines(string(said)))
	}
	s.ready = time.Since(began)
	return s, nil
}

func (s *server) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	client := &http.Client{Timeout: time.Second}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/readyz", nil)
	if err != nil {
		return err
	}
	for {
		if response, err := client.Do(request); err == nil {
			_, _ = io.Copy(io.Discard, response.Body) // read to its end, the connection serves again
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it was not ready in time: %w", ctx.Err())
		case <-s.exited:
			return errors.New("it ended")
		case <-time.After(lookEvery):
		}
	}
}

// stop asks the process to end and waits for it.
func (s *server) stop() {
	s.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(stopWithin):
		s.command.Process.Kill()
		<-s.exited
	}
}

// spend runs the program to its end and returns how long it took and the most memory that it held, bytes.
func (r *run) spend(ctx context.Context, args ...string) (took time.Duration, peak int64, err error) {
	command := exec.CommandContext(ctx, r.Program, args...)
	command.Env = withoutSettings(os.Environ())
	began := time.Now()
	said, err := command.CombinedOutput()
	took = time.Since(began)
	if err != nil {
		return 0, 0, fmt.Errorf("%s %s: %w\n%s", r.Program, strings.Join(args, " "), err, lastLines(string(said)))
	}
	used, known := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !known {
		return 0, 0, errors.New("this system does not tell how much memory a process held")
	}
	return took, used.Maxrss << 10, nil // Linux counts in KiB
}

// withoutSettings leaves out what would change the settings of the program.
func withoutSettings(environment []string) []string {
	var rest []string
	for _, entry := range environment {
		if !strings.HasPrefix(entry, "QBANK_") {
			rest = append(rest, entry)
		}
	}
	return rest
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("look for a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// lastLines is the end of a text, enough to see what went wrong.
func lastLines(text string) string {
	const enough = 10
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-enough):], "\n")
}
