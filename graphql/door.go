package graphql

import (
	"context"
	"net/http"
	"strings"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/graphql/engine"
	"qbank/internal/jobs"
	"qbank/internal/preview"
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
	Previews       *Previews // nil: none
	TrustedOrigins []string  // browsers' origins that may call besides our own

	jobs *jobs.Queue // to look at, not to work on
}

// Previews show what is not given to students yet.
type Previews struct {
	Stage   *preview.Stage
	Tickets preview.Tickets
}

// Handler returns the door, which serves GET and POST at whatever path it is mounted.
func (d *Door) Handler() (http.Handler, error) {
	d.jobs = &jobs.Queue{Pool: d.Pool}
	schema, err := Schema()
	if err != nil {
		return nil, err
	}
	return engine.New(engine.Config{Schema: schema, Context: d.enter, Logger: d.Logger, TrustedOrigins: d.TrustedOrigins})
}

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
