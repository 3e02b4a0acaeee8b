package token_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/internal/token"
)

var (
	ours  = token.Signer{Key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))}
	noon  = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	actor = access.Actor{ID: "wang", Roles: []access.Role{access.Student}, Scope: access.Scope{Org: "school/math", Environment: "dev"}}
)

func verifier(t testing.TB, now func() time.Time) *token.Verifier {
	t.Helper()
	v, err := token.NewVerifier(ours.Public(), now)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func mint(t testing.TB, s token.Signer) string {
	t.Helper()
	minted, err := s.Mint(actor, noon, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return minted
}

func TestATokenSpeaksForItsActorUntilItExpires(t *testing.T) {
	t.Parallel()
	now := noon
	v := verifier(t, func() time.Time { return now })
	minted := mint(t, ours)
	for range 2 { // verified, then remembered
		if got, err := v.Verify(minted); err != nil || !reflect.DeepEqual(got, actor) {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	now = noon.Add(time.Hour) // to the second: whoever issues it and whoever checks it have one clock
	if _, err := v.Verify(minted); !fault.Is(err, "token.expired") {
		t.Errorf("a remembered token after its time: %v", err)
	}
	if _, err := verifier(t, func() time.Time { return now }).Verify(minted); !fault.Is(err, "token.expired") {
		t.Errorf("after its time: %v", err)
	}
	now = noon.Add(-time.Hour)
	if _, err := verifier(t, func() time.Time { return now }).Verify(minted); !fault.Is(err, "token.invalid") {
		t.Errorf("before its time: %v", err)
	}
}

func TestForgeriesAreRefused(t *testing.T) {
	t.Parallel()
	sign := func(method jwt.SigningMethod, key any, change ...func(jwt.MapClaims)) string {
		claims := jwt.MapClaims{"iss": token.Issuer, "aud": []string{token.Audience}, "sub": "wang", "org": "school", "roles": []string{"admin"},
			"iat": noon.Unix(), "exp": noon.Add(time.Hour).Unix()}
		for _, f := range change {
			f(claims)
		}
		signed, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	without := func(name string) func(jwt.MapClaims) { return func(c jwt.MapClaims) { delete(c, name) } }
	with := func(name string, value any) func(jwt.MapClaims) { return func(c jwt.MapClaims) { c[name] = value } }
	eddsa := jwt.SigningMethodEdDSA
	good := mint(t, ours)
	parts := strings.Split(good, ".")
	v := verifier(t, func() time.Time { return noon })
	if _, err := v.Verify(sign(eddsa, ours.Key)); err != nil {
		t.Fatalf("what the forgeries are made from is refused: %v", err)
	}
	for name, forged := range map[string]string{
		"nothing": "", "dots": "..", "alg none": sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"alg none with another's signature": base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "." + parts[2],
		"the public key as a secret":        sign(jwt.SigningMethodHS256, []byte(ours.Public())),
		"another key":                       mint(t, token.Signer{Key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32))}),
		"another audience":                  sign(eddsa, ours.Key, with("aud", "elsewhere")), "no audience": sign(eddsa, ours.Key, without("aud")),
		"another issuer": sign(eddsa, ours.Key, with("iss", "elsewhere")), "no issuer": sign(eddsa, ours.Key, without("iss")),
		"no expiry": sign(eddsa, ours.Key, without("exp")), "no subject": sign(eddsa, ours.Key, without("sub")), "no organisation": sign(eddsa, ours.Key, without("org")),
		"a subject of two lines": sign(eddsa, ours.Key, with("sub", "wang\nli")), "an organisation with NUL": sign(eddsa, ours.Key, with("org", "school\x00")),
		"an organisation that climbs": sign(eddsa, ours.Key, with("org", "school/../other")), "an organisation without an end": sign(eddsa, ours.Key, with("org", "school/")),
		"a subject without end": sign(eddsa, ours.Key, with("sub", strings.Repeat("x", 201))), "issued tomorrow": sign(eddsa, ours.Key, with("iat", noon.Add(24*time.Hour).Unix())),
		"not yet": sign(eddsa, ours.Key, with("nbf", noon.Add(time.Hour).Unix())), "no signature": parts[0] + "." + parts[1] + ".",
		"padding": good + "=", "white space": good + "\n", "too long": good + strings.Repeat("x", 9000),
	} {
		if got, err := v.Verify(forged); !fault.Is(err, "token.invalid") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestATokenLivesForAYearAtMost(t *testing.T) {
	t.Parallel()
	for _, life := range []time.Duration{0, -time.Hour, 367 * 24 * time.Hour} {
		if _, err := ours.Mint(actor, noon, life); !fault.Is(err, "token.lifetime") {
			t.Errorf("%v: %v", life, err)
		}
	}
}

// FuzzVerify: no bytes but those that were minted are accepted.
func FuzzVerify(f *testing.F) {
	good := mint(f, ours)
	v := verifier(f, func() time.Time { return noon })
	for _, seed := range []string{good, good[:len(good)-1], "..", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", strings.Repeat("A", 3000), strings.Replace(good, ".", "..", 1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := v.Verify(raw)
		if err == nil && raw != good {
			t.Fatalf("%q speaks for %+v", raw, got)
		}
		if err != nil && fault.Of(err) == nil {
			t.Fatalf("the refusal is not a fault: %v", err)
		}
	})
}

func TestAKeyFileIsMadeOnceAndRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "signing.key")
	var keys [16]ed25519.PrivateKey
	var all sync.WaitGroup
	for i := range keys { // of many who make it at once, one wins
		all.Go(func() {
			var err error
			if keys[i], err = token.LoadOrMake(path); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, key := range keys {
		if !key.Equal(keys[0]) {
			t.Fatal("two keys were made")
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*")); err != nil || len(left) > 0 {
		t.Errorf("drafts stay behind: %v, %v", left, err)
	}
}

func TestAKeyFileThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	var random [32]byte
	if _, err := rand.Read(random[:]); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"empty": nil, "not PEM": []byte("secret"), "not a key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: random[:]}),
	} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if key, err := token.LoadOrMake(path); err == nil || key != nil {
			t.Errorf("%s is read as a key", name)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, text) {
			t.Errorf("%s was overwritten", name)
		}
	}
	if _, err := token.LoadOrMake(filepath.Join(t.TempDir(), "missing", "key")); err == nil {
		t.Error("a key in a folder that is not there")
	}
}
