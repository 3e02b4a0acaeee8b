package commands

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"qbank/domain/access"
	"qbank/domain/cue"
	"qbank/domain/event"
	"qbank/domain/fault"
)

// Command is one thing that somebody asks to be done.
type Command interface {
	// Needs is the permission without which the command is refused.
	Needs() access.Permission
	// Do does it.
	Do(ctx context.Context, w *Work) error
}

// Bus carries out commands. Fill the exported fields, then call Start; it is safe for concurrent use from then on.
type Bus struct {
	Log        Log
	Codec      *event.Codec
	Types      *Types
	Numbers    Numbers
	Judges     Judges
	Live       Live
	Overrides  Overrides // nil: nothing overrules releases
	Sessions   Sessions  // nil: no class session pins anything
	Configs    Configs   // nil: nothing is configured
	Classes    Classes
	Regrades   Corrections // nil: no mark was ever revised
	Audiences  Audiences   // nil: nobody estimates whom a release reaches
	People     People
	Observer   Observer // nil: nobody looks
	Staff      Staff
	SignIns    SignIns // nil: nobody has roles but those that were granted here
	Candidates Candidates
	Uses       Uses
	Cues       *cue.Registry // what cues of lessons may do; nil: nothing
	Resources  Resources     // nil: files are not asked about
	Downloads  Downloads     // nil: nobody counts
	Devices    Devices
	Homes      Homes
	Traces     Traces
	Logger     *slog.Logger
	Metrics    prometheus.Registerer // nil: none
	Now        func() time.Time      // nil: the machine's clock
	attempts   *attemptCache
	batches    *batchCache
	rosters    *rosterCache
	registries *registryCache
	seconds    *prometheus.HistogramVec
}

// Start makes the bus ready.
func (b *Bus) Start() error {
	if b.Now == nil {
		b.Now = time.Now
	}
	if b.Logger == nil {
		b.Logger = slog.Default()
	}
	b.seconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "qbank_command_seconds", Help: "Time to carry out a command, by command and outcome.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
	}, []string{"command", "outcome"})
	if b.Metrics != nil {
		if err := b.Metrics.Register(b.seconds); err != nil {
			return fmt.Errorf("register command metrics: %w", err)
		}
	}
	var err error
	if b.attempts, err = newAttemptCache(); err != nil {
		return err
	}
	if b.rosters, err = newRosterCache(); err != nil {
		return err
	}
	if b.registries, err = newRegistryCache(); err != nil {
		return err
	}
	b.batches, err = newBatchCache()
	return err
}

// Option changes how one command is carried out.
type Option func(*Work)

// As gives the command an id. What it makes gets ids derived from it, so carrying it out again finds what it did, also where it would
// be refused by now, and does nothing twice.
func As(id uuid.UUID) Option { return func(w *Work) { w.command = id } }

// Because names the event that a process answers.
func Because(causation uuid.UUID, correlation string) Option {
	return func(w *Work) { w.meta.Causation, w.meta.Correlation = causation.String(), correlation }
}

// Do carries out a command for an actor.
func (b *Bus) Do(ctx context.Context, actor access.Actor, c Command, options ...Option) (Done, error) {
	begin := b.Now()
	w := &Work{Bus: b, Actor: actor, meta: event.Meta{
		Actor: actor.ID, ActingFor: actor.ActingFor, SignIn: actor.SignIn, Org: actor.Scope.Org, Correlation: event.CorrelationOf(ctx), At: begin.UnixMicro(),
	}}
	for _, option := range options {
		option(w)
	}
	err := actor.Require(c.Needs())
	if err == nil {
		err = c.Do(ctx, w)
	}
	b.observe(ctx, c, b.Now().Sub(begin), err)
	if err != nil {
		return Done{}, err
	}
	return w.Done, nil
}

func (b *Bus) observe(ctx context.Context, c Command, took time.Duration, err error) {
	name, outcome := nameOf(c), "done"
	if f := fault.Of(err); f != nil {
		outcome = f.Kind.String()
	} else if err != nil {
		outcome = "failed"
		b.Logger.ErrorContext(ctx, "command failed", "command", name, "error", err)
	}
	b.seconds.WithLabelValues(name, outcome).Observe(took.Seconds())
}

// nameOf is the type's own name: "PublishQuestion".
func nameOf(c Command) string {
	name := fmt.Sprintf("%T", c)
	return name[strings.LastIndexByte(name, '.')+1:]
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
