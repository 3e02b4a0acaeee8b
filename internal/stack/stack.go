package stack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"qbank/commands"
	"qbank/domain"
	"qbank/domain/cue"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/eventstore"
	"qbank/internal/audit"
	"qbank/internal/blob"
	"qbank/internal/bus"
	"qbank/internal/devices"
	"qbank/internal/health"
	"qbank/internal/importjob"
	"qbank/internal/jobs"
	"qbank/internal/library"
	"qbank/internal/notices"
	"qbank/internal/numbers"
	"qbank/internal/people"
	"qbank/internal/presence"
	"qbank/internal/regradejob"
	"qbank/internal/signin"
	"qbank/internal/traces"
	"qbank/internal/watch"
	"qbank/migrations"
	"qbank/observations"
	"qbank/observations/ledger"
	"qbank/processes"
	"qbank/processes/collect"
	"qbank/processes/errata"
	"qbank/processes/guard"
	regrading "qbank/processes/regrades"
	"qbank/processes/repin"
	"qbank/processes/schedule"
	"qbank/processes/undoimport"
	"qbank/processes/windows"
	"qbank/projections"
	"qbank/projections/auditlog"
	"qbank/projections/catalog"
	"qbank/projections/configs"
	"qbank/projections/delivery"
	"qbank/projections/discussions"
	"qbank/projections/gradebook"
	"qbank/projections/imports"
	"qbank/projections/items"
	"qbank/projections/knowledge"
	"qbank/projections/lessons"
	"qbank/projections/papers"
	"qbank/projections/pseudo"
	"qbank/projections/regrades"
	"qbank/projections/reissues"
	"qbank/projections/releases"
	"qbank/projections/resources"
	"qbank/projections/reviews"
	"qbank/projections/roster"
	"qbank/projections/staff"
	"qbank/projections/types"
	"qbank/projections/uses"
	"qbank/schemas"
)

// Options of a stack.
type Options struct {
	Logger      *slog.Logger          // nil: the default one
	Metrics     prometheus.Registerer // nil: none
	MaxWait     time.Duration         // how long who asks for what is not to be seen yet waits at most; 0: two seconds
	AuditMonths int                   // how long the audit trail is kept; 0: three years
	Files       string                // folder of uploaded files, whose imports Run then carries out; "": none
	Quota       library.Quota         // of resource files
	Collect     collect.Times         // when resource files that nothing names go
}

// LeastConnections is how many a pool must have. Four uploads or removals of files (see library.Alone) and each round hold one while they ask with
// another; where those who hold had all of them, each would wait for the others.
const LeastConnections = 10

// Stack is a working qbank. Run keeps its read models up to date and its processes going.
type Stack struct {
	Pool     *pgxpool.Pool
	Store    *eventstore.Store
	Commands *commands.Bus
	People   *people.Book
	Devices  *devices.Book
	Traces   *traces.Traces
	Logger   *slog.Logger

	Engine    *projections.Engine
	Catalog   *catalog.Reader
	Configs   *configs.Reader
	Delivery  *delivery.Reader
	Gradebook *gradebook.Reader
	Imports   *imports.Reader
	Items     *items.Reader
	Knowledge *knowledge.Reader
	Lessons   *lessons.Reader
	Reviews   *reviews.Reader
	Releases  *releases.Reader
	Resources *resources.Reader
	Papers    *papers.Reader
	Roster    *roster.Reader
	Staff     *staff.Reader
	Types     *types.Reader

	Changes     *watch.Hub // what happens, as it happens
	Presence    *presence.Board
	Discussions *discussions.Reader
	Pseudo      *pseudo.Reader
	AuditLog    *auditlog.Reader
	Audit       *audit.Trail
	Regrades    *regrades.Reader
	Uses        *uses.Reader

	Recorder     *observations.Recorder
	Observations *observations.Reader
	Reissues     *reissues.Reader

	Notices *notices.Hub // what students who are connected are told
	Ledger  *ledger.Book // of reissues

	Processes *processes.Router
	Guard     *guard.Guard
	Schedule  *schedule.Schedule
	Importer  *importjob.Importer // nil without Options.Files
	Assessor  *regradejob.Assessor
	Library   *library.Library   // nil without Options.Files
	Collector *collect.Collector // nil without Options.Files
	bells     *bus.Bus
	forget    func(environment string) // what overrules releases: the read model has more
}

// Open migrates the database, assembles the parts on it and registers the built-in question types.
func Open(ctx context.Context, pool *pgxpool.Pool, o Options) (*Stack, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if err := migrations.Up(ctx, pool); err != nil {
		return nil, fmt.Errorf("migrate the database: %w", err)
	}
	s := &Stack{Pool: pool, Logger: o.Logger, bells: bus.New(pool, bus.Options{Logger: o.Logger})}
	var err error
	s.Store, err = eventstore.Open(ctx, pool, eventstore.Options{Upcasters: upcasters(domain.Codec), Logger: o.Logger,
		OnCommit: s.bells.Ring, Registerer: o.Metrics})
	if err != nil {
		return nil, fmt.Errorf("open the event store: %w", err)
	}
	if s.People, err = people.New(pool); err != nil {
		return nil, err
	}
	if s.Devices, err = devices.New(pool, o.Logger); err != nil {
		return nil, err
	}
	if s.Recorder, err = observations.NewRecorder(pool, observations.Options{Logger: o.Logger, Registerer: o.Metrics,
		Now: func() time.Time { return s.Commands.Now() }}); err != nil {
		return nil, err
	}
	s.Observations = observations.NewReader(pool)
	known := commands.NewTypes(s.Store, domain.Codec)
	cues, err := schemas.Cues()
	if err != nil {
		return nil, fmt.Errorf("compile the cue plugins: %w", err)
	}
	s.readModels(known, cues, o)
	s.Changes = watch.New()
	noted := reissues.New().Events()
	s.Engine.Listen(func(r *eventstore.Recorded) {
		s.Changes.Heard(r)
		s.Processes.Wake(r.Position)
		if slices.Contains(noted, r.Type) { // answers are no news, and each news waits for read models
			s.Notices.Wake(r.Position)
		}
	})
	s.Presence = &presence.Board{Pool: pool, Hub: s.Changes}
	if err := s.writeSide(known, cues, o); err != nil {
		return nil, err
	}
	if s.Ledger, err = ledger.New(s.Pool, ledger.Options{Logger: o.Logger}); err != nil {
		return nil, err
	}
	if err := s.processes(o); err != nil {
		return nil, err
	}
	if o.Files != "" {
		s.Importer = importjob.New(s.Commands, blob.Folder{Dir: o.Files}, s.Pool, o.Logger)
		// Apart from what is imported: an import's file goes when the import is over, whoever keeps the same bytes.
		s.Library = library.New(s.Commands, s.Resources, s.Lessons, blob.Folder{Dir: filepath.Join(o.Files, "resources")}, s.Pool, o.Quota, s.caughtUp)
		s.Collector = &collect.Collector{Library: s.Library, Times: o.Collect, Logger: o.Logger}
	}
	return s, s.registerTypes(ctx)
}

// readModels is the list of all read models.
func (s *Stack) readModels(known *commands.Types, cues *cue.Registry, o Options) {
	s.Catalog, s.Delivery = catalog.NewReader(s.Pool), delivery.NewReader(s.Pool, known)
	s.Gradebook, s.Imports, s.Items = gradebook.NewReader(s.Pool), imports.NewReader(s.Pool), items.NewReader(s.Pool)
	s.Knowledge, s.Lessons = knowledge.NewReader(s.Pool), lessons.NewReader(s.Pool)
	s.Releases = releases.NewReader(s.Pool)
	s.Configs = configs.NewReader(s.Pool)
	s.Roster, s.Types, s.Reviews = roster.NewReader(s.Pool), types.NewReader(s.Pool), reviews.NewReader(s.Pool)
	s.Discussions = discussions.NewReader(s.Pool)
	s.Regrades, s.Uses = regrades.NewReader(s.Pool), uses.NewReader(s.Pool)
	s.Staff = staff.NewReader(s.Pool)
	s.Reissues = reissues.NewReader(s.Pool)
	s.Pseudo = pseudo.NewReader(s.Pool)
	s.AuditLog, s.Audit = auditlog.NewReader(s.Pool), &audit.Trail{Pool: s.Pool, Log: o.Logger, Months: o.AuditMonths}
	s.Resources = resources.NewReader(s.Pool)
	s.Papers = papers.NewReader(s.Pool)
	s.Engine = projections.New(s.Pool, s.Store, domain.Codec, projections.Options{Logger: o.Logger, Registerer: o.Metrics, MaxWait: o.MaxWait},
		catalog.New(known), delivery.New(known), gradebook.New(), imports.New(), items.New(), knowledge.New(), lessons.New(cues), releases.New(), resources.New(), roster.New(s.People), types.New(), reviews.New(),
		discussions.New(), regrades.New(), uses.New(), configs.New(), staff.New(), reissues.New(), pseudo.New(), auditlog.New(domain.Codec),
		papers.New())
}

// processes is the list of all processes.
func (s *Stack) processes(o Options) error {
	router, err := processes.New(s.Pool, s.Engine.Log(), domain.Codec, processes.Options{Logger: o.Logger, Registerer: o.Metrics})
	if err != nil {
		return err
	}
	router.Add(undoimport.Process{Commands: s.Commands, Logger: o.Logger}, processes.FromBeginning)
	s.Assessor = regradejob.New(regradejob.Assessor{Commands: s.Commands, Regrades: s.Regrades, Gradebook: s.Gradebook, Models: s.Engine}, s.Pool, o.Logger)
	router.Add(errata.Process{Commands: s.Commands, Live: s.Delivery, Book: s.Gradebook, Models: s.Engine, Logger: o.Logger}, processes.FromHead)
	router.Add(regrading.Process{Commands: s.Commands, Standing: s.Regrades, Book: s.Gradebook, Models: s.Engine, Log: s.Store, Assessor: s.Assessor,
		Logger: o.Logger, Grace: 2 * Trusted}, processes.FromHead)
	router.Add(guard.Settle{Commands: s.Commands}, processes.FromBeginning)
	router.Add(repin.Process{Commands: s.Commands, Reissues: s.Reissues, Gradebook: s.Gradebook, Wait: s.Engine.Wait, Forget: s.forget, Logger: o.Logger}, processes.FromBeginning)
	s.Processes = router
	s.Guard = &guard.Guard{Commands: s.Commands, Releases: s.Releases, Observations: s.Observations, Logger: o.Logger}
	s.Schedule = &schedule.Schedule{Commands: s.Commands, Releases: s.Releases, Logger: o.Logger}
	return nil
}

// rounds is the list of all that is looked at by the clock.
func (s *Stack) rounds() []processes.Round {
	return []processes.Round{
		{Name: windows.Name, Every: windows.Every, Do: (&windows.Windows{Commands: s.Commands, Reissues: s.Reissues, Logger: s.Logger}).Look},
		{Name: schedule.Name, Every: time.Second, Do: s.Schedule.Look},
		{Name: guard.Name, Every: 10 * time.Second, Do: s.Guard.Look},
		{Name: "expire_observations", Every: time.Hour, Do: func(ctx context.Context) error {
			now := s.Commands.Now()
			return errors.Join(observations.Expire(ctx, s.Pool, now), ledger.Expire(ctx, s.Pool, now.Add(-observations.KeepWho).UnixMicro(), s.Reissues.Over))
		}},
	}
}

func (s *Stack) writeSide(known *commands.Types, cues *cue.Registry, o Options) error {
	judges, err := newJudges(s.Delivery)
	if err != nil {
		return err
	}
	live, err := newLive(s.Delivery, s.Recorder, s.Observations)
	if err != nil {
		return err
	}
	overrides, err := newOverrides(s.Reissues, s.Delivery, live, func() int64 { return s.Commands.Now().UnixMicro() })
	if err != nil {
		return err
	}
	s.forget = overrides.Forget
	configured, err := newConfigs(s.Configs)
	if err != nil {
		return err
	}
	s.Notices = notices.New(s.Reissues, s.Roster, s.awaitNotices, notices.Options{Logger: o.Logger, Before: func(n reissues.Notice) {
		overrides.Forget(n.Environment)
		live.changed.now()
		configured.changed.now()
	}})
	candidates, err := newCandidates(s)
	if err != nil {
		return err
	}
	s.Commands = &commands.Bus{
		Log: s.Store, Codec: domain.Codec, Types: known, Numbers: numbers.Sequence{Pool: s.Pool}, Judges: judges, Live: live,
		Classes: s.Roster, Audiences: s.Roster, Sessions: newSessions(s.Roster), Configs: configured, Overrides: overrides, Regrades: newCorrections(s.Regrades), People: s.People, Observer: s.Recorder, Downloads: s.Observations, Cues: cues, Staff: s.Staff, SignIns: &signin.Sessions{Pool: s.Pool}, Devices: s.Devices, Homes: s.Roster, Logger: o.Logger, Metrics: o.Metrics,
		Resources: &keptFiles{store: s.Store, files: s.Resources, begun: func(ctx context.Context) error { return s.Engine.Wait(ctx, library.Model, 1) }}, Candidates: candidates, Uses: inUse{s},
	}
	s.Traces = &traces.Traces{Pool: s.Pool, People: s.People, Devices: s.Devices, Roster: s.Roster, Gradebook: s.Gradebook, Roles: s.Commands.Roles}
	s.Commands.Traces = s.Traces
	return s.Commands.Start()
}

// awaitNotices waits for what notices are read from, and for what those who are told ask next; where one of these stands still, they are told all the same.
func (s *Stack) awaitNotices(ctx context.Context, position int64) error {
	if err := s.Engine.Wait(ctx, "reissues", position); err != nil {
		return err
	}
	for _, next := range []string{"delivery", "configs"} {
		_ = s.Engine.Wait(ctx, next, position)
	}
	return nil
}

func (s *Stack) registerTypes(ctx context.Context) error {
	builtIn, err := schemas.BuiltIn()
	if err != nil {
		return fmt.Errorf("compile the built-in question types: %w", err)
	}
	return commands.RegisterBuiltIn(ctx, s.Commands, builtIn)
}

// pollEvery is how late what is not in the log is noticed at most, where it happened on another node.
const pollEvery = time.Second

// Run keeps the read models up to date and the processes going until ctx ends.
func (s *Stack) Run(ctx context.Context) error {
	if err := s.bells.OnBell(func(head int64) { s.Store.Wake(); s.Engine.Wake(head) }); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.bells.Run(ctx) })
	g.Go(func() error { return s.Engine.Run(ctx) })
	g.Go(func() error { return s.Processes.Run(ctx) })
	g.Go(func() error { return s.Devices.Run(ctx) })
	g.Go(func() error { return s.Audit.Run(ctx) })
	g.Go(func() error { return s.Assessor.Queue.Run(ctx) })
	g.Go(func() error { return s.Recorder.Run(ctx) })
	g.Go(func() error { return processes.RunRounds(ctx, s.Pool, s.Logger, s.rounds()...) })
	g.Go(func() error { return s.Notices.Run(ctx) })
	g.Go(func() error { return s.Ledger.Run(ctx) })
	for topic, states := range map[string]watch.States{jobs.Topic: (&jobs.Queue{Pool: s.Pool}).States, presence.Topic: s.Presence.States} {
		g.Go(func() error { s.Changes.Poll(ctx, topic, pollEvery, states, s.Logger); return nil })
	}
	context.AfterFunc(ctx, s.Changes.End)
	if s.Importer != nil {
		g.Go(func() error { return s.Importer.Queue.Run(ctx) })
		g.Go(func() error { return s.Collector.Run(ctx) })
	}
	return g.Wait()
}

// caughtUp returns once the read model of files has seen everything that is in the log by now.
func (s *Stack) caughtUp(ctx context.Context) error {
	head, err := s.Store.Head(ctx)
	if err != nil {
		return err
	}
	return s.Engine.Wait(ctx, library.Model, head)
}

// Checks are what must be so before the stack is ready.
func (s *Stack) Checks() []health.Check {
	return []health.Check{{Name: "projections", Run: s.Engine.Ready}}
}

// Serves refuses while read models are still to be filled for the first time. One that an event has stopped goes on serving what it has: that is no reason to
// keep students out of class.
func (s *Stack) Serves(ctx context.Context) error {
	err := s.Engine.Ready(ctx)
	refusal := fault.Of(err)
	if refusal == nil {
		return err
	}
	for _, why := range refusal.Details {
		if why != projections.Parked && why != "projection.parked" {
			return err
		}
	}
	return nil
}

// Close ends the store, after the appends that are under way.
func (s *Stack) Close() { s.Store.Close() }

func upcasters(codec *event.Codec) map[eventstore.UpcastKey]eventstore.Upcaster {
	steps := map[eventstore.UpcastKey]eventstore.Upcaster{}
	codec.Upcasts(func(name string, from int, up event.Upcast) {
		steps[eventstore.UpcastKey{Type: name, SchemaVersion: from}] = func(e eventstore.Event) (eventstore.Event, error) {
			data, err := up(e.Data)
			e.Data, e.SchemaVersion = data, from+1
			return e, err
		}
	})
	return steps
}

// AwaitProcess waits until a process has answered the event at a position.
func (s *Stack) AwaitProcess(ctx context.Context, name string, position int64) error {
	for {
		list, err := s.Processes.Status(ctx)
		if err != nil {
			return err
		}
		for _, p := range list {
			switch {
			case p.Name != name:
			case p.Failure != nil:
				return fmt.Errorf("the process %s is stuck at %d: %s", name, p.Failure.Position, p.Failure.Error)
			case p.Position >= position:
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
