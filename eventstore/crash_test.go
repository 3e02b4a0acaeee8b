package eventstore_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/eventstore"
	"qbank/internal/localpg"
	"qbank/internal/pgtest"
	"qbank/migrations"
)

// victimDir tells a test binary that it is the victim, and where.
const victimDir = "QBANK_TEST_VICTIM_DIR"

const perAppend = 3 // events of each append of the victim

// A program with its private PostgreSQL is killed under load, again and again: the program, the server, or both at once. What it had
// acknowledged is there, once, where it said; what it had not is there as a whole or not at all.
func TestNothingAcknowledgedIsLostInACrash(t *testing.T) {
	t.Parallel()
	dir := pgtest.Dir(t)
	acknowledged := map[uuid.UUID]int64{} // stream → position of its last event
	for round, crash := range []struct {
		name            string
		program, server bool
	}{{"program", true, false}, {"server", false, true}, {"both", true, true}, {"program", true, false}} {
		acks := runVictim(t, dir, 200, crash.program, crash.server)
		t.Logf("round %d: killed the %s after %d acknowledged appends", round, crash.name, len(acks))
		for stream, position := range acks {
			acknowledged[stream] = position
		}
	}

	server, err := localpg.Start(t.Context(), localpg.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop(context.Background())
	pool, err := newPool(t, server.URL())
	if err != nil {
		t.Fatal(err)
	}
	log := readLog(t, openOn(t, pool, eventstore.Options{}))
	checkLog(t, log)
	streams := map[uuid.UUID]int{}
	last := map[uuid.UUID]int64{}
	for _, r := range log {
		streams[r.Stream]++
		last[r.Stream] = r.Position
	}
	for stream, n := range streams {
		if n != perAppend {
			t.Errorf("stream %s has %d events of an append of %d", stream, n, perAppend)
		}
	}
	for stream, position := range acknowledged {
		if last[stream] != position {
			t.Errorf("stream %s was acknowledged at %d and ends at %d", stream, position, last[stream])
		}
	}
	t.Logf("%d appends acknowledged, %d in the log", len(acknowledged), len(streams))
	pool.Close()
}

// runVictim runs the victim until it has acknowledged enough appends, kills and returns what it has acknowledged.
func runVictim(t *testing.T, dir string, enough int, program, server bool) map[uuid.UUID]int64 {
	t.Helper()
	victim := exec.Command(os.Args[0], "-test.run=^TestVictim$", "-test.v", "-test.timeout=60s")
	victim.Env = append(os.Environ(), victimDir+"="+dir)
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	victim.Stderr = os.Stderr
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	acks := map[uuid.UUID]int64{}
	kill := func() {
		if server {
			killServer(t, dir)
		}
		if !program {
			time.Sleep(200 * time.Millisecond) // it goes on without its server
		}
		victim.Process.Kill()
	}
	var words []string // of its own
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var stream uuid.UUID
		var position int64
		if n, _ := fmt.Sscanf(lines.Text(), "ack %s %d", textOf{&stream}, &position); n != 2 {
			words = append(words, lines.Text()) // or a line cut short
			continue
		}
		if acks[stream] = position; len(acks) == enough {
			go kill() // under load: it goes on meanwhile, and so do its acknowledgements
		}
	}
	victim.Wait()
	if len(acks) < enough {
		t.Fatalf("the victim ended after %d acknowledgements: %q", len(acks), words)
	}
	return acks
}

// textOf scans a UUID.
type textOf struct{ *uuid.UUID }

func (u textOf) Scan(state fmt.ScanState, _ rune) error {
	word, err := state.Token(true, nil)
	if err != nil {
		return err
	}
	return u.UnmarshalText(word)
}

// killServer kills the postmaster and every process of it.
func killServer(t *testing.T, dir string) {
	text, err := os.ReadFile(filepath.Join(dir, "pgdata", "postmaster.pid"))
	if err != nil {
		t.Error(err)
		return
	}
	postmaster, _, _ := strings.Cut(string(text), "\n")
	pids := []string{postmaster}
	if children, err := os.ReadFile("/proc/" + postmaster + "/task/" + postmaster + "/children"); err == nil {
		pids = append(pids, strings.Fields(string(children))...)
	}
	for _, word := range pids {
		if pid, err := strconv.Atoi(word); err == nil && pid > 1 {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// TestVictim is the program that TestNothingAcknowledgedIsLostInACrash kills. By itself it does nothing.
func TestVictim(t *testing.T) {
	dir := os.Getenv(victimDir)
	if dir == "" {
		return
	}
	server, err := localpg.Start(t.Context(), localpg.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	pool, err := pgxpool.New(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	if err := migrations.Up(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	store, err := eventstore.Open(t.Context(), pool, eventstore.Options{MaxBatch: 50})
	if err != nil {
		t.Fatal(err)
	}
	var appending sync.WaitGroup
	for range 20 {
		appending.Go(func() {
			for {
				a := to(newID(), 0, perAppend)
				outcomes, err := store.Append(context.Background(), a)
				if err != nil {
					fmt.Fprintln(os.Stdout, "an append failed:", err)
					return
				}
				fmt.Fprintf(os.Stdout, "ack %s %d\n", a.Stream, outcomes[0].Position)
			}
		})
	}
	appending.Wait()
}
