package token

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"qbank/domain/access"
	"qbank/domain/fault"
)

// Issuer is who issues every token.
const Issuer = "qbank"

// The audiences: what a token is good for. A verifier is made for some of them, so that a link to a preview, say, opens no other door.
const (
	Audience = "qbank"          // both doors: what qbank token mints
	Students = "qbank/students" // the student door
	Authors  = "qbank/authors"  // the authors' door
	Preview  = "qbank/preview"  // a shared preview
	Pseudo   = "qbank/pseudo"   // the student door, through the eyes of support staff
)

// MaxLifetime is how long a token lives at most.
const MaxLifetime = 366 * 24 * time.Hour

// MaxPseudoLifetime is how long a token lives at most by which staff looks through a student's eyes.
const MaxPseudoLifetime = 15 * time.Minute

// The bounds of what is accepted.
const (
	maxBytes   = 8 << 10
	remembered = 50_000 // verified tokens
)

// Leeway is how far apart two clocks may be. It does not lengthen what is issued here: that ends when it says.
const Leeway = 30 * time.Second

// MaxSubject is how many bytes a subject has at most.
const MaxSubject = 200

// claims are the registered ones and ours.
type claims struct {
	jwt.RegisteredClaims
	Roles       []access.Role `json:"roles"`
	Org         string        `json:"org"`
	Environment string        `json:"env,omitempty"`
	Actor       *acting       `json:"act,omitempty"`
	Ticket      uuid.UUID     `json:"ticket,omitzero"` // of a pseudo-login
}

// acting is who acts for the subject (RFC 8693, 4.1). Nobody acts for somebody who acts for another.
type acting struct {
	Subject string          `json:"sub"`
	Actor   json.RawMessage `json:"act,omitempty"`
}

// Signer mints tokens.
type Signer struct {
	Key ed25519.PrivateKey
	ID  string // of the key, in its ring; "": a key that is alone
}

// Mint signs a token for an actor, and for the given audiences instead of both doors.
func (s Signer) Mint(actor access.Actor, now time.Time, life time.Duration, audiences ...string) (string, error) {
	if life <= 0 || life > MaxLifetime {
		return "", fault.Refuse(fault.Invalid, "token.lifetime", fault.Say("a token lives for up to a year", "令牌有效期最长一年"))
	}
	if len(audiences) == 0 {
		audiences = []string{Audience}
	}
	return s.sign(claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: Issuer, Audience: audiences, Subject: actor.ID, ID: rand.Text(),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(life)),
		},
		Roles: actor.Roles, Org: actor.Scope.Org, Environment: actor.Scope.Environment,
	})
}

// MintPseudo signs a token by which staff looks through a student's eyes: it is about the student, names the staff and the ticket, and is good for
// the student door alone.
func (s Signer) MintPseudo(borrowed access.Actor, now, expires time.Time) (string, error) {
	if life := expires.Sub(now); life <= 0 || life > MaxPseudoLifetime || borrowed.ActingFor == "" || borrowed.Ticket == uuid.Nil {
		return "", fmt.Errorf("a pseudo-login of %s for %s", life, borrowed.ActingFor)
	}
	return s.sign(claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: Issuer, Audience: []string{Pseudo}, Subject: borrowed.ActingFor, ID: rand.Text(),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
		Roles: []access.Role{access.Student}, Org: borrowed.Scope.Org, Environment: borrowed.Scope.Environment,
		Actor: &acting{Subject: borrowed.ID}, Ticket: borrowed.Ticket,
	})
}

func (s Signer) sign(c claims) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, c)
	if s.ID != "" {
		t.Header["kid"] = s.ID
	}
	signed, err := t.SignedString(s.Key)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return signed, nil
}

// Public is the key that verifies what the signer mints.
func (s Signer) Public() ed25519.PublicKey { return s.Key.Public().(ed25519.PublicKey) }

// Keys are those that tokens are verified with.
type Keys interface {
	// Find returns the key that a token names ("" where it names none) and when it stops being believed; zero is never.
	Find(id string) (key ed25519.PublicKey, until time.Time, known bool)
	// Generation changes whenever an answer of Find may.
	Generation() uint64
}

// alone is a key without a ring.
type alone ed25519.PublicKey

func (k alone) Find(string) (ed25519.PublicKey, time.Time, bool) {
	return ed25519.PublicKey(k), time.Time{}, true
}
func (alone) Generation() uint64 { return 0 }

// Others verifies what other issuers sign.
type Others interface {
	// Verify returns who a token speaks for, and when that ends.
	Verify(raw string) (access.Actor, time.Time, error)
	// Generation changes whenever an answer of Verify may.
	Generation() uint64
}

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	parser *jwt.Parser
	keys   Keys
	others Others // nil: nobody else is believed
	now    func() time.Time
	known  *lru.Cache[[sha256.Size]byte, verified]
}

// verified is a token that was found good, under the keys that there were.
type verified struct {
	actor      access.Actor
	expiry     time.Time
	generation [2]uint64 // of our keys and of the others'
}

// NewVerifier accepts tokens for both doors that are signed with the private half of key. now is the clock; nil is the machine's.
func NewVerifier(key ed25519.PublicKey, now func() time.Time) (*Verifier, error) {
	return NewRingVerifier(alone(key), now)
}

// NewRingVerifier accepts tokens that a key of the ring has signed, for both doors or for one of the audiences.
func NewRingVerifier(keys Keys, now func() time.Time, audiences ...string) (*Verifier, error) {
	if now == nil {
		now = time.Now
	}
	known, err := lru.New[[sha256.Size]byte, verified](remembered)
	if err != nil {
		return nil, fmt.Errorf("make the token cache: %w", err)
	}
	return &Verifier{keys: keys, now: now, known: known, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(Issuer), jwt.WithAudience(append(audiences, Audience)...),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(Leeway), jwt.WithTimeFunc(now), jwt.WithStrictDecoding(),
	)}, nil
}

// Trusting makes the verifier believe other issuers too. Call it before the first Verify.
func (v *Verifier) Trusting(others Others) { v.others = others }

// Verify returns who a token speaks for. The refusals are "token.expired" and "token.invalid", which does not say more: what is
// wrong with a forgery is its maker's business.
func (v *Verifier) Verify(raw string) (access.Actor, error) {
	if len(raw) > maxBytes || strings.ContainsAny(raw, "\r\n") { // base64 decoders skip line ends
		return access.Actor{}, invalid(nil)
	}
	id, generation := sha256.Sum256([]byte(raw)), v.generation()
	if known, ok := v.known.Get(id); ok && known.generation == generation {
		if !v.now().Before(known.expiry) {
			return access.Actor{}, expired()
		}
		return known.actor, nil
	}
	actor, expiry, err := v.own(raw)
	if err != nil && v.others != nil && !errors.Is(err, jwt.ErrTokenExpired) {
		actor, expiry, err = v.others.Verify(raw)
		expiry = expiry.Add(Leeway)
	}
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return access.Actor{}, expired()
	case err != nil:
		return access.Actor{}, invalid(err)
	}
	v.known.Add(id, verified{actor, expiry, generation})
	return actor, nil
}

func (v *Verifier) generation() [2]uint64 {
	if v.others == nil {
		return [2]uint64{v.keys.Generation(), 0}
	}
	return [2]uint64{v.keys.Generation(), v.others.Generation()}
}

// own verifies a token that was issued here.
func (v *Verifier) own(raw string) (actor access.Actor, expiry time.Time, err error) {
	var c claims
	var until time.Time
	_, err = v.parser.ParseWithClaims(raw, &c, func(t *jwt.Token) (any, error) {
		name, _ := t.Header["kid"].(string)
		key, believed, known := v.keys.Find(name)
		if !known {
			return nil, jwt.ErrTokenUnverifiable
		}
		until = believed
		return key, nil
	})
	if err != nil {
		return access.Actor{}, time.Time{}, err
	}
	actor, sound := c.speaker()
	if !sound || !Plain(c.Subject, MaxSubject) || !Plain(c.Org, access.MaxOrg) || c.Environment != "" && !Plain(c.Environment, 32) {
		return access.Actor{}, time.Time{}, jwt.ErrTokenInvalidClaims
	}
	if expiry = c.ExpiresAt.Time; !until.IsZero() && until.Before(expiry) {
		expiry = until
	}
	if !v.now().Before(expiry) {
		return access.Actor{}, time.Time{}, jwt.ErrTokenExpired
	}
	return actor, expiry, nil
}

// speaker is who speaks, and whether the claims go together: a pseudo-login's are in its tokens, all of them, and in no others.
func (c claims) speaker() (access.Actor, bool) {
	actor := access.Actor{ID: c.Subject, Roles: c.Roles, Scope: access.Scope{Org: c.Org, Environment: c.Environment}}
	borrowed := slices.Contains(c.Audience, Pseudo)
	if !borrowed {
		return actor, c.Actor == nil && c.Ticket == uuid.Nil
	}
	if c.Actor == nil || len(c.Actor.Actor) > 0 || !Plain(c.Actor.Subject, MaxSubject) || c.Ticket == uuid.Nil || len(c.Audience) != 1 || c.Environment == "" ||
		c.IssuedAt == nil || c.ExpiresAt.Sub(c.IssuedAt.Time) > MaxPseudoLifetime || !slices.Equal(c.Roles, []access.Role{access.Student}) {
		return access.Actor{}, false
	}
	actor.ID, actor.ActingFor, actor.Ticket, actor.SignIn = c.Actor.Subject, c.Subject, c.Ticket, "pseudo:"+c.Ticket.String()
	return actor, true
}

// Plain reports whether a claim is text that can stand anywhere: bounded, valid, without control characters or a path's tricks.
func Plain(claim string, most int) bool {
	return claim != "" && len(claim) <= most && utf8.ValidString(claim) && !strings.ContainsFunc(claim, unicode.IsControl) &&
		!strings.ContainsRune(claim, utf8.RuneError) && path.Clean("/"+claim) == "/"+claim
}

func invalid(err error) error {
	return fault.Refuse(fault.Unauthenticated, "token.invalid", fault.Say("the token is not valid", "令牌无效")).Because(err)
}

func expired() error {
	return fault.Refuse(fault.Unauthenticated, "token.expired", fault.Say("the token has expired; get a new one", "令牌已过期，请重新获取"))
}
