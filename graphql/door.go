package graphql

import (
	"context"
	"net/http"
	"strings"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/graphql/engine"
	"qbank/internal/apikeys"
	"qbank/internal/correlation"
	"qbank/internal/jobs"
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

	jobs *jobs.Queue // to look at, not to work on
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
	e, err := engine.New(engine.Config{Schema: schema, Context: d.enter, Logger: d.Logger, TrustedOrigins: d.TrustedOrigins})
	if err != nil {
		return nil, err
	}
	return correlation.Handler(d.noting(e)), nil
}

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
	request := newRequest(d, caller)
	request.address = d.Limits.From(r).String()
	if noted, is := r.Context().Value(notedKey{}).(*noted); is {
		noted.request = request
	}
	return context.WithValue(r.Context(), requestKey{}, request), nil
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
