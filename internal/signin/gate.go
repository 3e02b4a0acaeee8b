package signin

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/apikey"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/staff"
	"qbank/internal/apikeys"
	"qbank/internal/ratelimit"
)

// Kind is how somebody has proved who they are.
type Kind string

// The kinds.
const (
	ByToken   Kind = "token"
	BySession Kind = "session"
	ByKey     Kind = "key"
)

// The headers that choose among what was granted.
const (
	OrgHeader         = "Qbank-Organisation"
	EnvironmentHeader = "Qbank-Environment"
)

// Caller is who calls, by an API key or a session.
type Caller struct {
	Actor   access.Actor
	Kind    Kind
	Session uuid.UUID    // of a session
	Grants  staff.Grants // of a session: all of them, also those elsewhere
}

// Roles says what somebody was granted here: commands.Bus.
type Roles interface {
	Roles(ctx context.Context, person uuid.UUID) (staff.Grants, error)
}

// Gate finds out who calls by API key or cookie.
type Gate struct {
	Sessions *Sessions // nil: nobody has a session
	Keys     *apikeys.Keys
	Roles    Roles
	Limits   *ratelimit.Limits
	Cookie   Cookie
}

type answerKey struct{}

// answer is what a gate found out.
type answer struct {
	caller Caller
	err    error
	find   func(*http.Request) (Caller, error) // to find it out once more
}

// Of returns who calls, where a gate found out, or why it refuses; the doors say so in their own words.
func Of(ctx context.Context) (caller Caller, known bool, err error) {
	a, known := ctx.Value(answerKey{}).(*answer)
	if !known {
		return Caller{}, false, nil
	}
	return a.caller, true, a.err
}

// Anew finds out once more who calls, where a gate did: a session may have ended since, a key or a role may have been taken away.
func Anew(r *http.Request) (caller Caller, known bool, err error) {
	a, known := r.Context().Value(answerKey{}).(*answer)
	if !known {
		return Caller{}, false, nil
	}
	caller, err = a.find(r)
	return caller, true, err
}

// Students lets API keys in, beside the tokens that the door itself knows.
func (g *Gate) Students(door http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if raw, given := keyOf(r); given {
			r = g.withKey(r, raw)
		}
		door.ServeHTTP(w, r)
	})
}

// Authors lets API keys and sessions in. A request that brings credentials of its own is not looked at for a cookie. The door itself refuses
// changes that a browser sends on behalf of another site.
func (g *Gate) Authors(door http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch raw, given := keyOf(r); {
		case given:
			r = g.withKey(r, raw)
		case r.Header.Get("Authorization") == "" && g.Sessions != nil:
			if secret := g.Cookie.get(r, sessionCookie); secret != "" {
				r = with(r, func(r *http.Request) (Caller, error) { return g.session(r, secret) })
			}
		}
		door.ServeHTTP(w, r)
	})
}

// keyOf is the API key that a request brings as its bearer token.
func keyOf(r *http.Request) (string, bool) {
	scheme, raw, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return raw, strings.HasPrefix(raw, apikey.Begin) && strings.EqualFold(scheme, "Bearer")
}

func (g *Gate) withKey(r *http.Request, raw string) *http.Request {
	return with(r, func(r *http.Request) (Caller, error) {
		actor, err := g.Keys.Verify(r.Context(), raw, g.Limits.From(r), environmentOf(r))
		return Caller{Actor: actor, Kind: ByKey}, err
	})
}

func (g *Gate) session(r *http.Request, secret string) (Caller, error) {
	s, err := g.Sessions.Find(r.Context(), secret)
	if err != nil {
		return Caller{}, err
	}
	granted, err := g.Roles.Roles(r.Context(), s.Person)
	if err != nil {
		return Caller{}, err
	}
	all := slices.Concat(granted, s.Grants)
	env := environmentOf(r)
	if env != "" {
		if err := env.Check(); err != nil {
			return Caller{}, err
		}
	}
	actor, err := all.Scope(s.Person.String(), r.Header.Get(OrgHeader), env)
	actor.SignIn = "session:" + s.ID.String()
	return Caller{Actor: actor, Kind: BySession, Session: s.ID, Grants: all}, err
}

func environmentOf(r *http.Request) environment.Name {
	return environment.Name(r.Header.Get(EnvironmentHeader))
}

func with(r *http.Request, find func(*http.Request) (Caller, error)) *http.Request {
	caller, err := find(r)
	return r.WithContext(context.WithValue(r.Context(), answerKey{}, &answer{caller, err, find}))
}

// Refused counts a request that did not say who calls, or lied, against the address it came from. It returns the refusal that the caller is to
// see: the given one, or that this has happened too often.
func Refused(limits *ratelimit.Limits, r *http.Request, err error) error {
	if f := fault.Of(err); f == nil || f.Kind != fault.Unauthenticated {
		return err
	}
	if limited := limits.Address(ratelimit.Failed, r); limited != nil {
		return limited
	}
	return err
}
