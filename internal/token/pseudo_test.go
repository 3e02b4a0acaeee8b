package token_test

import (
	"crypto/ed25519"
	"reflect"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/internal/token"
)

// oneKey is a ring of the test's key.
type oneKey struct{}

func (oneKey) Find(string) (ed25519.PublicKey, time.Time, bool) {
	return ours.Public(), time.Time{}, true
}
func (oneKey) Generation() uint64 { return 0 }

func doorFor(t *testing.T, audiences ...string) *token.Verifier {
	t.Helper()
	v, err := token.NewRingVerifier(oneKey{}, func() time.Time { return noon }, audiences...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestBorrowedEyesNameBothAndOpenOneDoor(t *testing.T) {
	t.Parallel()
	ticket := uuid.New()
	borrowed := access.Actor{ID: "li", ActingFor: "wang", Roles: []access.Role{access.Student}, Scope: actor.Scope, Ticket: ticket, SignIn: "pseudo:" + ticket.String()}
	minted, err := ours.MintPseudo(borrowed, noon, noon.Add(15*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := doorFor(t, token.Students, token.Pseudo).Verify(minted); err != nil || !reflect.DeepEqual(got, borrowed) {
		t.Errorf("%+v, %v", got, err)
	}
	var claims jwt.MapClaims
	if _, _, err := jwt.NewParser().ParseUnverified(minted, &claims); err != nil {
		t.Fatal(err)
	}
	if act, _ := claims["act"].(map[string]any); claims["sub"] != "wang" || act["sub"] != "li" {
		t.Errorf("%v", claims)
	}
	for _, audiences := range [][]string{nil, {token.Authors}, {token.Students}, {token.Preview}} {
		if got, err := doorFor(t, audiences...).Verify(minted); !fault.Is(err, "token.invalid") {
			t.Errorf("at the door of %v: %+v, %v", audiences, got, err)
		}
	}
	nobody, noTicket := borrowed, borrowed
	nobody.ActingFor, noTicket.Ticket = "", uuid.Nil
	for _, c := range []struct {
		actor access.Actor
		life  time.Duration
	}{{borrowed, 16 * time.Minute}, {borrowed, 0}, {nobody, time.Minute}, {noTicket, time.Minute}} {
		if _, err := ours.MintPseudo(c.actor, noon, noon.Add(c.life)); err == nil {
			t.Errorf("minted %+v", c)
		}
	}
}

func TestClaimsOfBorrowedEyesGoTogether(t *testing.T) {
	t.Parallel()
	v := doorFor(t, token.Students, token.Pseudo)
	sign := func(change func(jwt.MapClaims)) string {
		claims := jwt.MapClaims{"iss": token.Issuer, "aud": []string{token.Pseudo}, "sub": "wang", "org": "school", "env": "dev", "roles": []string{"student"},
			"act": map[string]any{"sub": "li"}, "ticket": uuid.New(), "iat": noon.Unix(), "exp": noon.Add(15 * time.Minute).Unix()}
		change(claims)
		signed, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims).SignedString(ours.Key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	if _, err := v.Verify(sign(func(jwt.MapClaims) {})); err != nil {
		t.Fatalf("what the others are made from is refused: %v", err)
	}
	for name, change := range map[string]func(jwt.MapClaims){
		"nobody acts":              func(c jwt.MapClaims) { delete(c, "act") },
		"who acts is nobody":       func(c jwt.MapClaims) { c["act"] = map[string]any{"sub": ""} },
		"an actor acts for an act": func(c jwt.MapClaims) { c["act"] = map[string]any{"sub": "li", "act": map[string]any{"sub": "zhao"}} },
		"no ticket":                func(c jwt.MapClaims) { delete(c, "ticket") },
		"both doors":               func(c jwt.MapClaims) { c["aud"] = []string{token.Pseudo, token.Audience} },
		"the student door":         func(c jwt.MapClaims) { c["aud"] = []string{token.Students} },
		"all doors":                func(c jwt.MapClaims) { c["aud"] = []string{token.Audience} },
		"another role":             func(c jwt.MapClaims) { c["roles"] = []string{"student", "admin"} },
		"too long":                 func(c jwt.MapClaims) { c["exp"] = noon.Add(16 * time.Minute).Unix() },
		"no environment":           func(c jwt.MapClaims) { delete(c, "env") },
		"issued no one knows when": func(c jwt.MapClaims) { delete(c, "iat") },
		"a student with a ticket":  func(c jwt.MapClaims) { c["aud"] = []string{token.Students}; delete(c, "act") },
	} {
		if got, err := v.Verify(sign(change)); !fault.Is(err, "token.invalid") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
