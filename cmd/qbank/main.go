package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/alecthomas/kong"

	"qbank/domain/fault"
	"qbank/internal/stack"
)

// CLI is every command, flag, environment variable and help text there is; the reference page is made from it.
type CLI struct {
	Settings

	Serve       ServeCmd       `cmd:"" help:"Run the server."`
	Import      ImportCmd      `cmd:"" help:"Take questions in from files, or take an import back."`
	Roster      RosterCmd      `cmd:"" help:"Load the roster from a CSV file: classes and their students, or the whole tree."`
	Projections ProjectionsCmd `cmd:"" help:"Look after the read models."`
	Token       TokenCmd       `cmd:"" help:"Print a bearer token, signed with the key of the data directory."`
	Keys        KeysCmd        `cmd:"" help:"Look after the keys that sign tokens."`
	Admin       AdminCmd       `cmd:"" help:"Make the first admin."`
	Demo        DemoCmd        `cmd:"" help:"Import questions, let simulated students answer them, and show what the answers say."`
	Bench       BenchCmd       `cmd:"" help:"Measure against named baselines."`
	Reference   ReferenceCmd   `cmd:"" hidden:"" help:"Write the reference page of this program."`

	BenchBaseline BenchBaselineCmd `cmd:"" hidden:"" help:"Serve what the bench compares with."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Streams are where a command prints.
type Streams struct{ Out, Err io.Writer }

// run parses and runs a command line and returns the exit code.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	var cli CLI
	parser, err := newParser(&cli, out, errs)
	if err != nil {
		fmt.Fprintln(errs, "qbank:", err)
		return exitInternal
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(errs, "qbank: %v\nTry: qbank --help\n", err)
		return exitUsage
	}
	command.BindTo(ctx, (*context.Context)(nil))
	err = command.Run(&cli.Settings, Streams{out, errs})
	if err != nil {
		explain(errs, err)
	}
	return exitCode(err)
}

func newParser(cli *CLI, out, errs io.Writer) (*kong.Kong, error) {
	return kong.New(cli, kong.Name("qbank"), kong.Description("An event-sourced question bank."), kong.DefaultEnvars("QBANK"),
		kong.Vars{"least_connections": strconv.Itoa(stack.LeastConnections)}, kong.UsageOnError(), kong.Writers(out, errs), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
}

// Exit codes. Append-only: scripts compare them.
const (
	exitOK          = 0
	exitInternal    = 1
	exitUsage       = 2
	exitInvalid     = 3
	exitDenied      = 4
	exitNotFound    = 5
	exitConflict    = 6
	exitLimit       = 7
	exitUnavailable = 8
	exitInterrupted = 130
)

var exitCodes = map[fault.Kind]int{
	fault.Internal: exitInternal, fault.Invalid: exitInvalid, fault.Unauthenticated: exitDenied, fault.Denied: exitDenied,
	fault.NotFound: exitNotFound, fault.Conflict: exitConflict, fault.Limit: exitLimit, fault.Unavailable: exitUnavailable,
}

func exitCode(err error) int {
	switch f := fault.Of(err); {
	case err == nil:
		return exitOK
	case f != nil:
		return exitCodes[f.Kind]
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitInternal
}

// explain prints a refusal in the reader's language, with the places that are wrong and, for who runs the program, what lies behind it.
func explain(w io.Writer, err error) {
	f := fault.Of(err)
	if f == nil {
		fmt.Fprintln(w, "qbank:", err)
		return
	}
	fmt.Fprintf(w, "qbank: %s (%s)\n", f.Message.In(language()), f.Code)
	for _, p := range f.Problems {
		fmt.Fprintf(w, "  %s  %s (%s)\n", p.Pointer, p.Message.In(language()), p.Code)
	}
	if cause := f.Unwrap(); cause != nil {
		fmt.Fprintf(w, "  %v\n", cause)
	}
}

// language is the reader's, by the usual variables (POSIX.1, 8.2).
func language() string {
	return cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG"))
}
