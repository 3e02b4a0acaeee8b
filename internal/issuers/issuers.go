package issuers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"qbank/domain/access"
	"qbank/domain/roster"
	"qbank/internal/token"
)

// algorithms that tokens may be signed with. None of them takes a secret: a public key cannot be passed off as one.
var algorithms = []string{jwt.SigningMethodEdDSA.Alg(), jwt.SigningMethodES256.Alg(), jwt.SigningMethodRS256.Alg(), jwt.SigningMethodPS256.Alg()}

// Options adjust Trusted.
type Options struct {
	Logger *slog.Logger
	Client *http.Client     // nil: one that follows no redirects
	Now    func() time.Time // nil: the machine's clock
}

// Trusted are issuers and their keys. It is safe for concurrent use, and what token.Verifier.Trusting takes.
type Trusted struct {
	known      map[string]*trust
	generation atomic.Uint64
	log        *slog.Logger
}

// trust is one of them.
type trust struct {
	Issuer
	keys   *keySet
	parser *jwt.Parser
}

// claims are the registered ones and where the student is.
type claims struct {
	jwt.RegisteredClaims
	Org         string          `json:"org"`
	Environment string          `json:"env"`
	Actor       json.RawMessage `json:"act"` // RFC 8693: somebody acts for the student; looking through a student's eyes is granted here alone
}

// New makes it. Keys are asked for when they are needed first, or by Watch.
func New(list []Issuer, o Options) *Trusted {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Client == nil {
		o.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	t := &Trusted{known: make(map[string]*trust, len(list)), log: cmp.Or(o.Logger, slog.Default())}
	for _, i := range list {
		one := &trust{Issuer: i, parser: jwt.NewParser(jwt.WithValidMethods(algorithms), jwt.WithIssuer(i.Name), jwt.WithAudience(i.Audience),
			jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(token.Leeway), jwt.WithTimeFunc(o.Now), jwt.WithStrictDecoding())}
		one.keys = &keySet{from: &one.Issuer, client: o.Client, now: o.Now, changed: func() { t.generation.Add(1) }}
		t.known[i.Name] = one
	}
	return t
}

// Watch keeps the keys fresh until ctx ends.
func (t *Trusted) Watch(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		for name, one := range t.known {
			if err := one.keys.refresh(); err != nil {
				t.log.WarnContext(ctx, "the keys of an issuer of students' tokens cannot be had; those from before go on for a day", "issuer", name, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// Generation changes whenever an answer of Verify may.
func (t *Trusted) Generation() uint64 { return t.generation.Load() }

var errUntrusted = errors.New("none of the issuers that are trusted")

// Verify returns for which student a token speaks, and when that ends. Errors are the JWT library's.
func (t *Trusted) Verify(raw string) (access.Actor, time.Time, error) {
	var c claims
	if _, _, err := jwt.NewParser().ParseUnverified(raw, &c); err != nil {
		return access.Actor{}, time.Time{}, err
	}
	from := t.known[c.Issuer]
	if from == nil {
		return access.Actor{}, time.Time{}, errUntrusted
	}
	c = claims{}
	var until time.Time
	_, err := from.parser.ParseWithClaims(raw, &c, func(t *jwt.Token) (any, error) {
		if _, critical := t.Header["crit"]; critical { // RFC 7515, 4.1.11: none of what it may name is understood here
			return nil, jwt.ErrTokenUnverifiable
		}
		id, _ := t.Header["kid"].(string)
		found, believed := from.keys.find(id)
		if len(found) == 0 {
			return nil, jwt.ErrTokenUnverifiable
		}
		set := jwt.VerificationKeySet{}
		for _, key := range found {
			set.Keys = append(set.Keys, key)
		}
		until = believed
		return set, nil
	})
	if err != nil {
		return access.Actor{}, time.Time{}, err
	}
	scope, may := from.scope(c)
	if !may || len(c.Actor) > 0 || !token.Plain(c.Subject, token.MaxSubject) {
		return access.Actor{}, time.Time{}, jwt.ErrTokenInvalidClaims
	}
	if c.ExpiresAt.Before(until) {
		until = c.ExpiresAt.Time
	}
	return access.Actor{ID: roster.PersonID(from.Org, c.Subject).String(), Roles: []access.Role{access.Student}, Scope: scope}, until, nil
}
