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
	"qbank/internal/apikeys"
	"qbank/internal/correlation"
	"qbank/internal/documents"
	"qbank/internal/jobs"
	"qbank/internal/preview"
	"qbank/internal/ratelimit"
	"qbank/internal/signin"
	"qbank/internal/stack"
	"qbank/internal/token"
)

// Tokens tells who a bearer token speaks for.
type Tokens interface {
	Verify(raw string) (access.Actor, error)
}

// Door is the authors' door. Fill the fields and mount Handler.
type Door struct {
	*stack.Stack
	Tokens         Tokens
	TrustedOrigins []string            // browsers' origins that may call besides our own
	Limits         *ratelimit.Limits   // nil: none
	Sessions       *signin.Sessions    // nil: those of the stack's database, as they are by default
	Signer         func() token.Signer // of the tokens of pseudo-logins; nil: there are none
	Keys           *apikeys.Keys       // the gate's before the door, so that what is revoked here ends at once; nil: others
	Previews       *Previews           // nil: none

	RootOrg       string               // runs the installation: its administrators alone see what belongs to no organisation; "": nobody does
	Documents     []documents.Document // that everybody may name by their hash
	PersistedOnly bool                 // answer other documents only to those who may register some
	CostPerMinute int64                // what a caller may spend, in the points that operations cost; 0: no bound
	Streams       int                  // how many a caller may have open on a node; 0: 20

	jobs   *jobs.Queue // to look at, not to work on
	shelf  *shelf
	engine *engine.Engine
}

// Previews show what is not given to students yet.
type Previews struct {
	Stage   *preview.Stage
	Tickets preview.Tickets
}

// Handler returns the door, which serves GET and POST at whatever path it is mounted.
func (d *Door) Handler() (http.Handler, error) {
	d.jobs = &jobs.Queue{Pool: d.Pool}
	if d.Sessions == nil {
		d.Sessions = &signin.Sessions{Pool: d.Pool}
	}
	if d.Keys == nil {
		var err error
		if d.Keys, err = apikeys.New(d.Commands, d.Pool, apikeys.Options{Logger: d.Logger}); err != nil {
			return nil, err
		}
	}
	schema, err := Schema()
	if err != nil {
		return nil, err
	}
	store, err := documents.New(d.Pool)
	if err != nil {
		return nil, err
	}
	d.shelf = &shelf{shipped: engine.PersistedDocuments{}, store: store}
	config := engine.Config{Schema: schema, Context: d.enter, Renew: d.renew, Logger: d.Logger, TrustedOrigins: d.TrustedOrigins, Persisted: d.shelf,
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
	return correlation.Handler(d.noting(d.engine)), d.ship(d.engine, d.shelf)
}

const defaultStreams = 20

type requestKey struct{}

// enter finds out who calls. Nobody is somebody too: fields that need a permission ask for the token then.
func (d *Door) enter(r *http.Request) (context.Context, error) {
	caller, err := d.caller(r)
	switch {
	case err != nil:
		return nil, signin.Refused(d.Limits, r, err)
	case caller.Actor.ID == "":
		err = d.Limits.Address(ratelimit.Open, r)
	default:
		err = d.Limits.Actor(ratelimit.Queries, caller.Actor.ID)
	}
	if err != nil {
		return nil, err
	}
	return context.WithValue(r.Context(), requestKey{}, d.begin(r, caller)), nil
}

// renew finds out anew who calls, for an event of a stream. That is not asking once more: it does not count.
func (d *Door) renew(r *http.Request) (context.Context, error) {
	caller, known, err := signin.Anew(r)
	if !known {
		caller, err = d.caller(r)
	}
	if err != nil {
		return nil, err
	}
	return context.WithValue(r.Context(), requestKey{}, d.begin(r, caller)), nil
}

// caller is who calls: by an API key or a session, of which the gate before this door has found out, or by a token.
func (d *Door) caller(r *http.Request) (signin.Caller, error) {
	if caller, known, err := signin.Of(r.Context()); known {
		return caller, err
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return signin.Caller{}, nil
	}
	raw, bearer := strings.CutPrefix(header, "Bearer ")
	if !bearer {
		return signin.Caller{}, fault.Refuse(fault.Unauthenticated, "access.no_token",
			fault.Say("a bearer token is needed", "需要访问令牌（Bearer token）"))
	}
	actor, err := d.Tokens.Verify(raw)
	return signin.Caller{Actor: actor, Kind: signin.ByToken}, err
}

// requestOf is the request that a resolver works for.
func requestOf(ctx context.Context) *request { return ctx.Value(requestKey{}).(*request) }
