package issuers_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/roster"
	"qbank/internal/issuers"
	"qbank/internal/token"
)

// company is somebody who signs tokens, and serves the public keys.
type company struct {
	t     *testing.T
	name  string
	mu    sync.Mutex
	set   jose.JSONWebKeySet
	down  bool
	asked atomic.Int64
	url   string
}

func incorporate(t *testing.T) *company {
	t.Helper()
	c := &company{t: t}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c.asked.Add(1)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(c.set)
	}))
	t.Cleanup(server.Close)
	c.name, c.url = "https://id.acme.example", server.URL
	return c
}

// publish puts a key among those that are served.
func (c *company) publish(id string, key any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set.Keys = append(c.set.Keys, jose.JSONWebKey{KeyID: id, Key: key})
}

func (c *company) withdraw() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set.Keys = nil
}

func (c *company) fail(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

// sign signs good claims with some of them replaced; nil takes one away.
func (c *company) sign(id string, method jwt.SigningMethod, key any, change map[string]any) string {
	c.t.Helper()
	all := jwt.MapClaims{"iss": c.name, "aud": token.Students, "sub": "1001", "exp": start.Add(12 * time.Hour).Unix()}
	maps.Copy(all, change)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	raw := jwt.NewWithClaims(method, all)
	raw.Header["kid"] = id
	signed, err := raw.SignedString(key)
	if err != nil {
		c.t.Fatal(err)
	}
	return signed
}

var start = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// clock is one that tests set.
type clock struct{ past atomic.Int64 }

func (c *clock) now() time.Time           { return start.Add(time.Duration(c.past.Load())) }
func (c *clock) wait(while time.Duration) { c.past.Add(int64(while)) }

// believing is a verifier of the student door that believes the company.
func believing(t *testing.T, c *company) (*token.Verifier, *clock, ed25519.PrivateKey) {
	t.Helper()
	clock := &clock{}
	_, own, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	v, err := token.NewVerifier(own.Public().(ed25519.PublicKey), clock.now)
	if err != nil {
		t.Fatal(err)
	}
	v.Trusting(issuers.New([]issuers.Issuer{{Name: c.name, Keys: c.url, Audience: token.Students, Org: "acme", Environments: []environment.Name{"prod"}}},
		issuers.Options{Now: clock.now}))
	return v, clock, own
}

func edKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestStudentsBringTokensOfTheirCompany(t *testing.T) {
	t.Parallel()
	c := incorporate(t)
	ed := edKey(t)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c.publish("ed", ed.Public())
	c.publish("ec", ec.Public())
	c.publish("rs", rs.Public())
	v, _, _ := believing(t, c)
	for id, by := range map[string]struct {
		method jwt.SigningMethod
		key    crypto.Signer
	}{"ed": {jwt.SigningMethodEdDSA, ed}, "ec": {jwt.SigningMethodES256, ec}, "rs": {jwt.SigningMethodRS256, rs}} {
		got, err := v.Verify(c.sign(id, by.method, by.key, map[string]any{"roles": []string{"admin"}, "org": "acme/math"}))
		want := access.Actor{ID: roster.PersonID("acme", "1001").String(), Roles: []access.Role{access.Student}, Scope: access.Scope{Org: "acme/math", Environment: "prod"}}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, %v", id, got, err)
		}
	}
	if got := c.asked.Load(); got != 1 {
		t.Errorf("the company was asked %d times", got)
	}
}

func TestWhatIsNotBelieved(t *testing.T) {
	t.Parallel()
	c := incorporate(t)
	ed, other := edKey(t), edKey(t)
	weak, err := rsa.GenerateKey(rand.Reader, 1024) //nolint:gosec // weak on purpose
	if err != nil {
		t.Fatal(err)
	}
	c.publish("ed", ed.Public())
	c.publish("weak", weak.Public())
	c.publish("private", other) // somebody's mistake: whoever can read it can sign
	c.publish("secret", []byte("a secret that two know, of thirty-two"))
	v, _, _ := believing(t, c)
	ours := func(change map[string]any) string { return c.sign("ed", jwt.SigningMethodEdDSA, ed, change) }
	if _, err := v.Verify(ours(nil)); err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{
		"another key under a known id":   c.sign("ed", jwt.SigningMethodEdDSA, other, nil),
		"an unknown key":                 c.sign("none", jwt.SigningMethodEdDSA, other, nil),
		"a private key that is served":   c.sign("private", jwt.SigningMethodEdDSA, other, nil),
		"a weak key":                     c.sign("weak", jwt.SigningMethodRS256, weak, nil),
		"a secret":                       c.sign("secret", jwt.SigningMethodHS256, []byte("a secret that two know, of thirty-two"), nil),
		"a public key passed for secret": c.sign("ed", jwt.SigningMethodHS256, []byte(ed.Public().(ed25519.PublicKey)), nil),
		"no signature":                   c.sign("ed", jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"another issuer":                 ours(map[string]any{"iss": "https://id.other.example"}),
		"our own name":                   ours(map[string]any{"iss": token.Issuer}),
		"another audience":               ours(map[string]any{"aud": token.Audience}),
		"no audience":                    ours(map[string]any{"aud": nil}),
		"no expiry":                      ours(map[string]any{"exp": nil}),
		"from the future":                ours(map[string]any{"iat": start.Add(time.Hour).Unix()}),
		"not yet":                        ours(map[string]any{"nbf": start.Add(time.Hour).Unix()}),
		"no subject":                     ours(map[string]any{"sub": nil}),
		"a long subject":                 ours(map[string]any{"sub": strings.Repeat("1", 201)}),
		"a subject with a NUL":           ours(map[string]any{"sub": "1001\x00"}),
		"another organisation":           ours(map[string]any{"org": "other"}),
		"one that begins the same":       ours(map[string]any{"org": "acme2"}),
		"a way out of it":                ours(map[string]any{"org": "acme/../other"}),
		"another environment":            ours(map[string]any{"env": "staging"}),
		"somebody acting for a student":  ours(map[string]any{"act": map[string]any{"sub": "staff"}}),
	} {
		if got, err := v.Verify(raw); !fault.Is(err, "token.invalid") {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := v.Verify(ours(map[string]any{"exp": start.Add(-time.Hour).Unix()})); !fault.Is(err, "token.expired") {
		t.Error(err)
	}
	critical := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{"iss": c.name, "aud": token.Students, "sub": "1001", "exp": start.Add(time.Hour).Unix()})
	critical.Header["kid"], critical.Header["crit"], critical.Header["b64"] = "ed", []string{"b64"}, false
	signed, err := critical.SignedString(ed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(signed); !fault.Is(err, "token.invalid") {
		t.Error(err)
	}
	if got := c.asked.Load(); got != 1 {
		t.Errorf("forgeries made %d requests", got)
	}
}

func TestKeysChange(t *testing.T) {
	t.Parallel()
	c := incorporate(t)
	first, second := edKey(t), edKey(t)
	c.publish("first", first.Public())
	v, clock, _ := believing(t, c)
	old, fresh := c.sign("first", jwt.SigningMethodEdDSA, first, nil), c.sign("second", jwt.SigningMethodEdDSA, second, nil)
	good := func(raw string, want bool) {
		t.Helper()
		if _, err := v.Verify(raw); (err == nil) != want {
			t.Errorf("%v", err)
		}
	}
	good(old, true)
	good(fresh, false)
	c.publish("second", second.Public())
	good(fresh, false) // the company was asked a moment ago
	clock.wait(11 * time.Second)
	good(fresh, true)
	c.withdraw()
	c.publish("second", second.Public())
	clock.wait(time.Hour)
	good(old, true) // nobody has looked yet
	good(c.sign("third", jwt.SigningMethodEdDSA, second, nil), false)
	good(old, false)
	good(fresh, true)
}

// A company that does not answer is believed for a day, and not for ever: also of tokens that were found good.
func TestAnIssuerThatIsDown(t *testing.T) {
	t.Parallel()
	c := incorporate(t)
	key := edKey(t)
	c.publish("key", key.Public())
	v, clock, _ := believing(t, c)
	raw := c.sign("key", jwt.SigningMethodEdDSA, key, map[string]any{"exp": start.Add(72 * time.Hour).Unix()})
	if _, err := v.Verify(raw); err != nil {
		t.Fatal(err)
	}
	c.fail(true)
	clock.wait(23 * time.Hour)
	if _, err := v.Verify(raw); err != nil {
		t.Error(err)
	}
	clock.wait(2 * time.Hour)
	if _, err := v.Verify(raw); err == nil {
		t.Error("believed after a day without a word")
	}
}

func TestOwnTokensGoOn(t *testing.T) {
	t.Parallel()
	c := incorporate(t)
	v, clock, own := believing(t, c)
	raw, err := token.Signer{Key: own}.Mint(access.Actor{ID: "a", Roles: []access.Role{access.Author}, Scope: access.Scope{Org: "school"}}, clock.now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Verify(raw); err != nil || got.ID != "a" || c.asked.Load() != 0 {
		t.Errorf("%v, %v, %d", got, err, c.asked.Load())
	}
}

func TestKeysFromAFile(t *testing.T) {
	t.Parallel()
	dir, key := t.TempDir(), edKey(t)
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{KeyID: "k", Key: key.Public()}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "keys.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := issuers.Parse([]byte(`[{"issuer":"https://id.acme.example","keys":"keys.json","audience":"app","org":"acme","environments":["prod","staging"]}]`), dir)
	if err != nil {
		t.Fatal(err)
	}
	trusted := issuers.New(list, issuers.Options{Now: func() time.Time { return start }})
	c := &company{t: t, name: "https://id.acme.example"}
	got, until, err := trusted.Verify(c.sign("k", jwt.SigningMethodEdDSA, key, map[string]any{"aud": "app", "env": "staging"}))
	if err != nil || got.Scope.Environment != "staging" || !until.Equal(start.Add(12*time.Hour)) {
		t.Errorf("%v, %v, %v", got, until, err)
	}
	if _, _, err := trusted.Verify(c.sign("k", jwt.SigningMethodEdDSA, key, map[string]any{"aud": "app"})); err == nil {
		t.Error("which of two environments was guessed")
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	const good = `{"issuer":"https://a.example","keys":"https://a.example/keys","org":"acme","environments":["prod"]}`
	for text, want := range map[string]bool{
		`[]`: true, `[` + good + `]`: true, `[` + good + `,` + strings.Replace(good, "a.example", "b.example", 1) + `]`: true,
		strings.Replace(`[`+good+`]`, "https://a.example/keys", "http://127.0.0.1:9/keys", 1): true,
		``: false, `{}`: false, `[` + good + `] []`: false, `[` + good + `,` + good + `]`: false,
		strings.Replace(`[`+good+`]`, "https://a.example/keys", "http://a.example/keys", 1):   false,
		strings.Replace(`[`+good+`]`, "https://a.example/keys", "file:///etc/keys", 1):        false,
		strings.Replace(`[`+good+`]`, "https://a.example/keys", "https://u:p@a.example/k", 1): false,
		strings.Replace(`[`+good+`]`, `"https://a.example"`, `"qbank"`, 1):                    false,
		strings.Replace(`[`+good+`]`, `"https://a.example"`, `""`, 1):                         false,
		strings.Replace(`[`+good+`]`, `"acme"`, `"/acme"`, 1):                                 false,
		strings.Replace(`[`+good+`]`, `["prod"]`, `[]`, 1):                                    false,
		strings.Replace(`[`+good+`]`, `["prod"]`, `["PROD"]`, 1):                              false,
		strings.Replace(`[`+good+`]`, `"org"`, `"organisation"`, 1):                           false,
	} {
		if _, err := issuers.Parse([]byte(text), "."); (err == nil) != want || err != nil && !fault.Is(err, "issuers.file") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`[{"issuer":"https://a.example","keys":"keys.json","org":"acme","environments":["prod"]}]`)
	f.Fuzz(func(t *testing.T, text string) {
		if list, err := issuers.Parse([]byte(text), "."); err != nil && (!fault.Is(err, "issuers.file") || list != nil) {
			t.Errorf("%v, %v", list, err)
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add("e30.e30.e30")
	f.Add(`eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJhIn0.AA`)
	trusted := issuers.New([]issuers.Issuer{{Name: "a", Keys: filepath.Join(f.TempDir(), "none"), Org: "acme"}}, issuers.Options{})
	f.Fuzz(func(t *testing.T, raw string) {
		if got, _, err := trusted.Verify(raw); err == nil {
			t.Errorf("%v", got)
		}
	})
}
