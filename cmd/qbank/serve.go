package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"qbank/delivery"
	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/graphql"
	"qbank/graphql/files"
	"qbank/internal/health"
	"qbank/internal/stack"
	"qbank/internal/token"
)

// ServeCmd runs the server.
type ServeCmd struct {
	Listen   string            `help:"Address to serve on." default:"127.0.0.1:8080"`
	DevOrg   string            `help:"Organisation of the development tokens." default:"school"`
	DevEnv   string            `help:"Environment of the development tokens." default:"dev"`
	Shutdown time.Duration     `help:"How long requests under way may take to finish." default:"10s"`
	PGSet    map[string]string `name:"pg-set" help:"Settings of the private PostgreSQL, such as work_mem=8MB." placeholder:"NAME=VALUE"`
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
	signer, err := s.signer()
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
	st, err := stack.Open(ctx, db.Pool, stack.Options{Logger: log, Metrics: metrics, Files: filepath.Join(s.DataDir, "files")})
	if err != nil {
		return err
	}
	defer st.Close()
	handler, err := c.handler(st, signer, metrics, log)
	if err != nil {
		return err
	}
	log.Info("serving", "address", listener.Addr().String(), "start", time.Since(begin).Round(time.Millisecond).String())
	c.greet(streams.Out, listener.Addr(), signer)
	return c.serve(ctx, st, db.ended, listener, handler, log)
}

// gcPercent trades memory for time: answers leave much that is short-lived, beside some hundred megabytes of caches that stay.
const gcPercent = 300

// handler mounts the doors.
func (c *ServeCmd) handler(st *stack.Stack, signer token.Signer, metrics *prometheus.Registry, log *slog.Logger) (http.Handler, error) {
	verifier, err := token.NewVerifier(signer.Public(), nil)
	if err != nil {
		return nil, err
	}
	students := delivery.Door{Bus: st.Commands, Tokens: verifier, Views: st.Delivery, Seed: rand.Uint64, Now: time.Now, Logger: log, Observations: st.Recorder}
	studentDoor, err := students.Handler()
	if err != nil {
		return nil, err
	}
	authors := graphql.Door{Stack: st, Tokens: verifier}
	authorDoor, err := authors.Handler()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/graphql", authorDoor)
	mux.Handle("/v1/", studentDoor)
	mux.Handle("/ofrep/", studentDoor)
	mux.Handle("/files/", (&files.Door{Tokens: verifier, Importer: st.Importer, Commands: st.Commands, Logger: log}).Handler())
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	probes := health.Handler(st.Pool, st.Checks()...)
	mux.Handle("GET /healthz", probes)
	mux.Handle("GET /readyz", probes)
	return mux, nil
}

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
func (c *ServeCmd) greet(w io.Writer, address net.Addr, signer token.Signer) {
	fmt.Fprintf(w, "\nqbank is at http://%s\n\n", address)
	for _, line := range [][2]string{
		{"/graphql", "authors and analysts (GraphQL)"}, {"/v1/openapi.json", "students (REST), described"},
		{"/readyz", "is it ready?"}, {"/metrics", "figures for Prometheus"},
	} {
		fmt.Fprintf(w, "  http://%s%-18s %s\n", address, line[0], line[1])
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
