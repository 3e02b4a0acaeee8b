package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/internal/library"
	"qbank/internal/stack"
	"qbank/internal/token"
	"qbank/processes/collect"
)

// ServeCmd runs the server.
type ServeCmd struct {
	Listen           string            `help:"Address to serve on." default:"127.0.0.1:8080"`
	DevOrg           string            `help:"Organisation of the development tokens." default:"school"`
	DevEnv           string            `help:"Environment of the development tokens." default:"dev"`
	RootOrg          string            `help:"Organisation that runs the installation: its administrators alone see what belongs to no organisation, such as how the read models do. Default: that of the development tokens." placeholder:"ORG"`
	Shutdown         time.Duration     `help:"How long requests under way may take to finish." default:"10s"`
	MaxWait          time.Duration     `help:"How long a request waits at most until what was just written is to be seen." default:"2s"`
	ResourceGrace    time.Duration     `help:"How long a resource file stays that nothing names." default:"168h"`
	ResourceFiles    int               `help:"Resource files that one organisation may keep." default:"100000"`
	ResourceBytes    int64             `help:"Bytes of resource files that one organisation may keep." default:"107374182400"`
	StreamsPerCaller int               `help:"How many subscriptions somebody may have open at once." default:"20"`
	QueryBudget      int64             `help:"Points of query cost that somebody may spend in a minute; 0: no bound." default:"10000000"`
	Documents        string            `help:"Folder of GraphQL documents (*.graphql) that clients may name by their SHA-256." type:"existingdir" placeholder:"FOLDER"`
	PersistedOnly    bool              `help:"Answer only registered GraphQL documents, but to administrators."`
	PGSet            map[string]string `name:"pg-set" help:"Settings of the private PostgreSQL, such as work_mem=8MB." placeholder:"NAME=VALUE"`

	AuditMonths int  `help:"How many months the audit trail is kept." default:"36"`
	TellLooks   bool `name:"tell-looks" help:"Students may read which support staff looked through their eyes, when and why."`

	SignInFlags
	Limit        map[string]string `help:"How often may be asked, a second and at once, such as answers=50/500 or queries=off. Classes: sign-in, failed and open by address; queries, mutations and answers by who asks; all." placeholder:"CLASS=RATE/BURST"`
	TrustedProxy []string          `help:"Networks of proxies in front, such as 10.0.0.0/8, whose X-Forwarded-For is believed." placeholder:"CIDR"`
}

// Run serves until ctx ends.
func (c *ServeCmd) Run(ctx context.Context, s *Settings, streams Streams) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	begin := time.Now()
	log := s.logger(streams.Err)
	listener, err := net.Listen("tcp", c.Listen) // before anything is started: a taken port is said at once
	if err != nil {
		return fault.Refuse(fault.Conflict, "listen.failed", fault.Say("cannot listen on %s; another program may be there: choose another address with --listen",
			"无法监听 %s，可能已被其他程序占用；请用 --listen 指定其他地址", c.Listen)).Because(err)
	}
	defer listener.Close()
	at, err := c.place(listener.Addr(), log)
	if err != nil {
		return err
	}
	ring, err := s.ring()
	if err != nil {
		return err
	}
	db, err := s.database(ctx, log, true, c.PGSet)
	if err != nil {
		return err
	}
	defer db.Close()
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	st, err := stack.Open(ctx, db.Pool, stack.Options{Logger: log, Metrics: metrics, MaxWait: c.MaxWait, Files: filepath.Join(s.DataDir, "files"), AuditMonths: c.AuditMonths,
		Quota: library.Quota{Files: c.ResourceFiles, Bytes: c.ResourceBytes}, Collect: collect.Times{Grace: c.ResourceGrace}})
	if err != nil {
		return err
	}
	defer st.Close()
	doors, err := c.doors(st, ring, at, metrics, log)
	if err != nil {
		return err
	}
	log.Info("serving", "address", listener.Addr().String(), "start", time.Since(begin).Round(time.Millisecond).String())
	c.greet(streams.Out, listener.Addr(), ring.Signer(), doors.signIn)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go ring.Watch(watching, log) //nolint:errcheck // it ends with the server
	if at.students != nil {
		go at.students.Watch(watching) //nolint:errcheck // it ends with the server
	}
	return c.serve(ctx, st, db.ended, listener, doors, log)
}

// gcPercent trades memory for time: answers leave much that is short-lived, beside some hundred megabytes of caches that stay.
const gcPercent = 300

// The bounds of a connection.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 60 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
)

// serve answers requests until ctx ends, or until the private PostgreSQL does: without it nothing can be acknowledged, so the program ends,
// visibly, and whoever supervises it starts both anew.
func (c *ServeCmd) serve(ctx context.Context, st *stack.Stack, databaseEnded <-chan struct{}, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	server.RegisterOnShutdown(st.Changes.End) // or streams would hold it up
	// Requests end before the read models do: an answer that is under way is still recorded and acknowledged.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var g errgroup.Group
	g.Go(func() error { return ignoreCanceled(st.Run(background)) })
	g.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			stop()
			return err
		}
		return nil
	})
	var lost error
	select {
	case <-ctx.Done():
	case <-background.Done():
	case <-databaseEnded:
		lost = fault.Refuse(fault.Unavailable, "postgres.ended", fault.Say(
			"PostgreSQL has ended, although nobody here asked it to; everything that was acknowledged is on disk: start again",
			"PostgreSQL 意外终止；已确认的数据均已落盘，请重新启动"))
		st.Close() // or requests would wait for it to come back
	}
	log.Info("stopping")
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Shutdown)
	defer cancel()
	server.RegisterOnShutdown(st.Notices.End) // whoever listens for events would stay for ever
	err := server.Shutdown(deadline)
	stop()
	return errors.Join(lost, err, g.Wait())
}

func ignoreCanceled(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// greet says where to go. Development tokens are printed on loopback only.
func (c *ServeCmd) greet(w io.Writer, address net.Addr, signer token.Signer, signIn string) {
	fmt.Fprintf(w, "\nqbank is at http://%s\n\n", address)
	at := "http://" + address.String()
	places := [][2]string{
		{at + "/graphql", "authors and analysts (GraphQL)"}, {at + "/v1/openapi.json", "students (REST), described"},
		{at + "/readyz", "is it ready?"}, {at + "/metrics", "figures for Prometheus"},
	}
	if signIn != "" { // it may be at the public address
		places = append(places, [2]string{signIn, "sign in with a browser"})
	}
	width := 0
	for _, place := range places {
		width = max(width, len(place[0]))
	}
	for _, place := range places {
		fmt.Fprintf(w, "  %-*s  %s\n", width, place[0], place[1])
	}
	if tcp, ok := address.(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return
	}
	fmt.Fprintf(w, "\nDevelopment tokens (organisation %q, environment %q, 12 hours; more: qbank token --help)\n\n", c.DevOrg, c.DevEnv)
	for _, role := range access.Roles {
		actor := access.Actor{ID: "dev-" + string(role), Roles: []access.Role{role}, Scope: access.Scope{Org: c.DevOrg, Environment: c.DevEnv}}
		minted, err := signer.Mint(actor, time.Now(), 12*time.Hour)
		if err != nil {
			continue // the key was read a moment ago; a token that cannot be printed can be asked for
		}
		fmt.Fprintf(w, "  %-9s %s\n", role, minted)
	}
	fmt.Fprintln(w)
}
