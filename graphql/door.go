package graphql

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/graphql/engine"
	"qbank/internal/documents"
	"qbank/internal/jobs"
	"qbank/internal/stack"
)

// Tokens tells who a bearer token speaks for.
type Tokens interface {
	Verify(raw string) (access.Actor, error)
}

// Door is the authors' door. Fill the fields and mount Handler.
type Door struct {
	*stack.Stack
	Tokens         Tokens
	TrustedOrigins []string // browsers' origins that may call besides our own

	Documents     []documents.Document // that everybody may name by their hash
	PersistedOnly bool                 // answer other documents only to those who may register some
	CostPerMinute int64                // what a caller may spend, in the points that operations cost; 0: no bound
	Streams       int                  // how many a caller may have open on a node; 0: 20

	jobs   *jobs.Queue // to look at, not to work on
	shelf  *shelf
	engine *engine.Engine
}

// Handler returns the door, which serves GET and POST at whatever path it is mounted.
func (d *Door) Handler() (http.Handler, error) {
	d.jobs = &jobs.Queue{Pool: d.Pool}
	schema, err := Schema()
	if err != nil {
		return nil, err
	}
	store, err := documents.New(d.Pool)
	if err != nil {
		return nil, err
	}
	d.shelf = &shelf{shipped: engine.PersistedDocuments{}, store: store}
	config := engine.Config{Schema: schema, Context: d.enter, Logger: d.Logger, TrustedOrigins: d.TrustedOrigins, Persisted: d.shelf,
		Stream: (&streams{most: cmp.Or(d.Streams, defaultStreams), open: map[string]int{}}).enter}
	if d.PersistedOnly {
		config.AdHoc = adHoc
	}
	if d.CostPerMinute > 0 {
		spent, err := newBudgets(d.CostPerMinute, time.Now)
		if err != nil {
			return nil, err
		}
		config.Charge = spent.charge
	}
	if d.engine, err = engine.New(config); err != nil {
		return nil, err
	}
	return d.engine, d.ship(d.engine, d.shelf)
}

const defaultStreams = 20

type requestKey struct{}

// enter finds out who calls. Nobody is somebody too: fields that need a permission ask for the token then.
func (d *Door) enter(r *http.Request) (context.Context, error) {
	var actor access.Actor
	if header := r.Header.Get("Authorization"); header != "" {
		raw, bearer := strings.CutPrefix(header, "Bearer ")
		if !bearer {
			return nil, fault.Refuse(fault.Unauthenticated, "access.no_token",
				fault.Say("a bearer token is needed", "需要访问令牌（Bearer token）"))
		}
		var err error
		if actor, err = d.Tokens.Verify(raw); err != nil {
			return nil, err
		}
	}
	return context.WithValue(r.Context(), requestKey{}, newRequest(d, actor)), nil
}

// requestOf is the request that a resolver works for.
func requestOf(ctx context.Context) *request { return ctx.Value(requestKey{}).(*request) }
