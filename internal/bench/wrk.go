package bench

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"
)

const (
	crowd   = 256 // connections of a load that does not say how many
	threads = 2
)

//go:embed report.lua
var reportLua string

//go:embed answers.lua
var answersLua string

// load is what wrk is to do.
type load struct {
	url         string
	connections int // 0: a crowd
	headers     []string
	script      string   // beside the report; "": plain GET
	args        []string // of the script
}

// report is what the script prints at the end.
type report struct {
	Requests int64 `json:"requests"`
	Micros   int64 `json:"micros"` // how long it took
	P50      int64 `json:"p50"`    // microseconds
	P99      int64 `json:"p99"`    // microseconds
	Refused  int64 `json:"refused"`
	Broken   int64 `json:"broken"` // connections that failed, reads, writes, timeouts
}

// wrk puts a load on a server, first to warm up and then for the time that counts.
func (r *run) wrk(ctx context.Context, l load) (report, error) {
	program, err := exec.LookPath("wrk")
	if err != nil {
		return report{}, fmt.Errorf("wrk is needed (Debian: apt-get install wrk): %w", err)
	}
	script := r.file("load.lua")
	if err := os.WriteFile(script, []byte(l.script+reportLua), 0o600); err != nil {
		return report{}, err
	}
	seconds := max(1, int(r.span/time.Second))
	clients := l.connections
	if clients == 0 {
		clients = crowd
	}
	args := []string{"-t", strconv.Itoa(threads), "-c", strconv.Itoa(clients), "-d", strconv.Itoa(seconds) + "s", "--timeout", "30s", "-s", script}
	for _, header := range l.headers {
		args = append(args, "-H", header)
	}
	args = append(append(args, l.url, "--"), l.args...)
	command := exec.CommandContext(ctx, program, args...)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		return report{}, fmt.Errorf("wrk: %w\n%s", err, lastLines(errs.String()+out.String()))
	}
	return readReport(out.Bytes(), errs.Bytes())
}

// readReport finds the line of the script in what wrk prints.
func readReport(out, errs []byte) (found report, err error) {
	for line := range bytes.Lines(out) {
		if bytes.HasPrefix(line, []byte(`{"requests"`)) {
			err = json.Unmarshal(line, &found)
		}
	}
	switch {
	case err != nil:
		return found, fmt.Errorf("read the report of wrk: %w", err)
	case found.Requests == 0 || found.Micros == 0:
		return found, fmt.Errorf("wrk has nothing to report\n%s", lastLines(string(errs)+string(out)))
	case found.Refused > 0:
		return found, fmt.Errorf("%d of %d requests were refused", found.Refused, found.Requests)
	case found.Broken > 0:
		return found, errors.New("connections broke or timed out under the load")
	}
	return found, nil
}

func (p report) sample() sample {
	return sample{rate: float64(p.Requests) / (float64(p.Micros) / 1e6), p50: time.Duration(p.P50) * time.Microsecond,
		p99: time.Duration(p.P99) * time.Microsecond}
}
