package main

import (
	"cmp"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"qbank/delivery"
	previewdoor "qbank/delivery/preview"
	"qbank/graphql"
	"qbank/graphql/files"
	"qbank/internal/apikeys"
	"qbank/internal/documents"
	"qbank/internal/health"
	"qbank/internal/keyring"
	"qbank/internal/preview"
	"qbank/internal/ratelimit"
	"qbank/internal/signin"
	"qbank/internal/stack"
	"qbank/internal/token"
)

// doors are all that answers requests.
type doors struct {
	*board
	signIn string // where people sign in; "": they cannot
}

// board is a mux that knows what is mounted on it.
type board struct {
	*http.ServeMux
	patterns []string
}

// Handle mounts.
func (b *board) Handle(pattern string, handler http.Handler) {
	b.patterns = append(b.patterns, pattern)
	b.ServeMux.Handle(pattern, handler)
}

// doors mounts what there is.
func (c *ServeCmd) doors(st *stack.Stack, ring *keyring.Ring, at *place, metrics *prometheus.Registry, log *slog.Logger) (*doors, error) {
	limits, err := c.limits(metrics)
	if err != nil {
		return nil, err
	}
	keys, err := apikeys.New(st.Commands, st.Pool, apikeys.Options{Logger: log})
	if err != nil {
		return nil, err
	}
	gate := &signin.Gate{Sessions: &signin.Sessions{Pool: st.Pool, Idle: c.SessionIdle, Life: c.SessionLife}, Keys: keys, Roles: st.Commands, Limits: limits,
		Cookie: signin.CookieFor(at.base)}
	studentTokens, err := token.NewRingVerifier(ring, nil, token.Students, token.Pseudo)
	if err != nil {
		return nil, err
	}
	if at.students != nil {
		studentTokens.Trusting(at.students)
	}
	authorTokens, err := token.NewRingVerifier(ring, nil, token.Authors)
	if err != nil {
		return nil, err
	}
	students := delivery.Door{Bus: st.Commands, Tokens: studentTokens, Views: st.Delivery, Notices: st.Notices, Ledger: st.Ledger, Devices: st.Devices, Looks: st.Pseudo, TellLooks: c.TellLooks, Audit: st.Audit, Files: st.Library, Limits: limits, Seed: rand.Uint64, Now: time.Now, Logger: log, Ready: st.Serves, Observations: st.Recorder}
	studentDoor, err := students.Handler()
	if err != nil {
		return nil, err
	}
	stage, err := preview.NewStage(st.Commands, st.Store.Head)
	if err != nil {
		return nil, err
	}
	tickets := preview.Tickets{Keys: ring, Pool: st.Pool}
	authors := graphql.Door{Stack: st, Tokens: authorTokens, Previews: &graphql.Previews{Stage: stage, Tickets: tickets}, Limits: limits, Sessions: gate.Sessions, Keys: keys, Signer: ring.Signer,
		RootOrg: cmp.Or(c.RootOrg, c.DevOrg), Streams: c.StreamsPerCaller, CostPerMinute: c.QueryBudget, PersistedOnly: c.PersistedOnly}
	if c.Documents != "" {
		if authors.Documents, err = documents.Folder(c.Documents); err != nil {
			return nil, err
		}
	}
	authorDoor, err := authors.Handler()
	if err != nil {
		return nil, err
	}
	fileDoor := &files.Door{Tokens: authorTokens, Importer: st.Importer, Commands: st.Commands, Lessons: st.Lessons, Audit: st.Audit, AuditLog: st.AuditLog, Library: st.Library,
		Types: st.Commands.Types, Limits: limits, Logger: log}
	mux := &board{ServeMux: http.NewServeMux()}
	mux.Handle("/graphql", gate.Authors(authorDoor))
	mux.Handle("/v1/", gate.Students(studentDoor))
	mux.Handle("/ofrep/", gate.Students(studentDoor))
	mux.Handle("/files/", gate.Authors(fileDoor.Handler()))
	mux.Handle("/preview/", (&previewdoor.Door{Stage: stage, Tickets: tickets, Files: st.Library, Limits: limits, Logger: log}).Handler())
	mux.Handle("GET /.well-known/jwks.json", ring)
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	probes := health.Handler(st.Pool, st.Checks()...)
	mux.Handle("GET /healthz", probes)
	mux.Handle("GET /readyz", probes)
	entrance := &signin.Door{Gate: gate, Provider: at.provider, Mappings: at.mappings, Secrets: ring, Names: st.People, Base: at.base, Logger: log}
	mux.Handle("/auth/", entrance.Handler())
	d := &doors{board: mux}
	if at.issuer != nil {
		mux.Handle(issuerPath+"/", at.issuer)
	}
	if at.provider != nil {
		d.signIn = at.base.JoinPath("/auth/login").String()
	}
	return d, nil
}

func (c *ServeCmd) limits(metrics prometheus.Registerer) (*ratelimit.Limits, error) {
	set, err := ratelimit.Parse(c.Limit)
	if err != nil {
		return nil, err
	}
	proxies, err := ratelimit.ParseProxies(c.TrustedProxy)
	if err != nil {
		return nil, err
	}
	return ratelimit.New(ratelimit.Options{Limits: set, Proxies: proxies, Metrics: metrics})
}
