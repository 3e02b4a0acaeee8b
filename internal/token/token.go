package token

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
	lru "github.com/hashicorp/golang-lru/v2"

	"qbank/domain/access"
	"qbank/domain/fault"
)

// The fixed claims of every token.
const (
	Issuer   = "qbank"
	Audience = "qbank"
)

// The bounds of what is accepted.
const (
	maxBytes    = 8 << 10
	maxLifetime = 366 * 24 * time.Hour
	remembered  = 50_000 // verified tokens
	leeway      = 30 * time.Second
)

// claims are the registered ones and ours.
type claims struct {
	jwt.RegisteredClaims
	Roles       []access.Role `json:"roles"`
	Org         string        `json:"org"`
	Environment string        `json:"env,omitempty"`
}

// Signer mints tokens.
type Signer struct{ Key ed25519.PrivateKey }

// Mint signs a token for an actor.
func (s Signer) Mint(actor access.Actor, now time.Time, life time.Duration) (string, error) {
	if life <= 0 || life > maxLifetime {
		return "", fault.Refuse(fault.Invalid, "token.lifetime", fault.Say("a token lives for up to a year", "令牌有效期最长一年"))
	}
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: Issuer, Audience: jwt.ClaimStrings{Audience}, Subject: actor.ID,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(life)),
		},
		Roles: actor.Roles, Org: actor.Scope.Org, Environment: actor.Scope.Environment,
	})
	signed, err := t.SignedString(s.Key)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return signed, nil
}

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	parser *jwt.Parser
	key    ed25519.PublicKey
	now    func() time.Time
	known  *lru.Cache[[sha256.Size]byte, verified]
}

type verified struct {
	actor  access.Actor
	expiry time.Time
}

// NewVerifier accepts tokens signed with the private half of key. now is the clock; nil is the machine's.
func NewVerifier(key ed25519.PublicKey, now func() time.Time) (*Verifier, error) {
	if now == nil {
		now = time.Now
	}
	known, err := lru.New[[sha256.Size]byte, verified](remembered)
	if err != nil {
		return nil, fmt.Errorf("make the token cache: %w", err)
	}
	return &Verifier{key: key, now: now, known: known, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(Issuer), jwt.WithAudience(Audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(now), jwt.WithStrictDecoding(),
	)}, nil
}

// Verify returns who a token speaks for. The refusals are "token.expired" and "token.invalid", which does not say more: what is
// wrong with a forgery is its maker's business.
func (v *Verifier) Verify(raw string) (access.Actor, error) {
	if len(raw) > maxBytes || strings.ContainsAny(raw, "\r\n") { // base64 decoders skip line ends
		return access.Actor{}, invalid(nil)
	}
	id := sha256.Sum256([]byte(raw))
	if known, ok := v.known.Get(id); ok {
		if v.now().After(known.expiry) {
			return access.Actor{}, expired()
		}
		return known.actor, nil
	}
	var c claims
	_, err := v.parser.ParseWithClaims(raw, &c, func(*jwt.Token) (any, error) { return v.key, nil })
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return access.Actor{}, expired()
	case err != nil:
		return access.Actor{}, invalid(err)
	case !plain(c.Subject, 200) || !plain(c.Org, 500) || c.Environment != "" && !plain(c.Environment, 32):
		return access.Actor{}, invalid(nil)
	}
	actor := access.Actor{ID: c.Subject, Roles: c.Roles, Scope: access.Scope{Org: c.Org, Environment: c.Environment}}
	v.known.Add(id, verified{actor, c.ExpiresAt.Add(leeway)})
	return actor, nil
}

// plain reports whether a claim is text that can stand anywhere: bounded, valid, without control characters or a path's tricks.
func plain(claim string, most int) bool {
	return claim != "" && len(claim) <= most && utf8.ValidString(claim) && !strings.ContainsFunc(claim, unicode.IsControl) &&
		!strings.ContainsRune(claim, utf8.RuneError) && path.Clean("/"+claim) == "/"+claim
}

func invalid(err error) error {
	return fault.Refuse(fault.Unauthenticated, "token.invalid", fault.Say("the token is not valid", "令牌无效")).Because(err)
}

func expired() error {
	return fault.Refuse(fault.Unauthenticated, "token.expired", fault.Say("the token has expired; get a new one", "令牌已过期，请重新获取"))
}

// Public is the key that verifies what the signer mints.
func (s Signer) Public() ed25519.PublicKey { return s.Key.Public().(ed25519.PublicKey) }
