package devissuer

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"qbank/domain/fault"
	"qbank/internal/ratelimit"
	"qbank/internal/signin"
)

// ClientID is the only client.
const ClientID = "qbank"

const (
	keyID     = "development"
	codeTime  = time.Minute
	tokenTime = 5 * time.Minute
	maxCodes  = 1000 // waiting at a time
	maxForm   = 16 << 10
	maxParam  = 512 // bytes of state, nonce and challenge
)

// Person is one to sign in as.
type Person struct {
	Subject string // opaque
	Name    string
	Title   fault.Text     // what the button says
	Claims  map[string]any // further ones
}

// Options of an issuer.
type Options struct {
	Issuer   string // URL of the issuer, below which it is mounted
	Redirect string // the one URL to send people back to
	People   []Person
	Anywhere bool             // also outside this machine
	Now      func() time.Time // nil: the machine's clock
}

// Issuer is the provider, as an http.Handler. It is safe for concurrent use.
type Issuer struct {
	Options
	base   *url.URL
	key    ed25519.PrivateKey
	mu     sync.Mutex
	codes  map[string]code
	routes http.Handler
}

// code is a sign-in that is not fetched yet.
type code struct {
	person    Person
	challenge string
	nonce     string
	until     time.Time
}

// New makes an issuer. One that would be reachable from outside this machine is the refusal "devissuer.not_loopback".
func New(o Options) (*Issuer, error) {
	base, err := url.Parse(o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("the address of the development issuer: %w", err)
	}
	if !o.Anywhere && !signin.Loopback(base.Hostname()) {
		return nil, fault.Refuse(fault.Denied, "devissuer.not_loopback", fault.Say(
			"the development issuer lets in anybody, so it serves on loopback only: configure --issuer, or say --dev-issuer-anywhere",
			"开发用身份提供方允许任何人登录，因此只在本机回环地址上提供；请配置 --issuer，或使用 --dev-issuer-anywhere"))
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	i := &Issuer{Options: o, base: base, key: key, codes: map[string]code{}}
	mux := http.NewServeMux()
	path := strings.TrimSuffix(base.Path, "/")
	mux.HandleFunc("GET "+path+"/.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET "+path+"/keys", i.keys)
	mux.HandleFunc("GET "+path+"/authorize", i.choose)
	mux.HandleFunc("POST "+path+"/authorize", i.chosen)
	mux.HandleFunc("POST "+path+"/token", i.token)
	i.routes = http.NewCrossOriginProtection().Handler(mux)
	return i, nil
}

// URL is the issuer's own.
func (i *Issuer) URL() string { return i.Issuer }

// ServeHTTP serves requests of this machine.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if !i.Anywhere && !here(r) {
		http.Error(w, "the development issuer serves this machine only", http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	i.routes.ServeHTTP(w, r)
}

// here reports whether a request comes from this machine: its peer, without a proxy that brought it, and under a name of this machine, lest
// another site's name be made to point here.
func here(r *http.Request) bool {
	host := (&url.URL{Host: r.Host}).Hostname()
	for _, header := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if r.Header.Get(header) != "" {
			return false
		}
	}
	return ratelimit.Peer(r).IsLoopback() && signin.Loopback(host)
}

func (i *Issuer) at(path string) string { return strings.TrimSuffix(i.Issuer, "/") + path }

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": i.Issuer, "authorization_endpoint": i.at("/authorize"), "token_endpoint": i.at("/token"), "jwks_uri": i.at("/keys"),
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"EdDSA"},
		"code_challenge_methods_supported": []string{"S256"}, "token_endpoint_auth_methods_supported": []string{"none"},
		"grant_types_supported": []string{"authorization_code"}, "scopes_supported": []string{"openid", "profile"},
		"authorization_response_iss_parameter_supported": true,
	})
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	x := base64.RawURLEncoding.EncodeToString(i.key.Public().(ed25519.PublicKey))
	answer(w, http.StatusOK, map[string]any{"keys": []any{map[string]string{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": keyID, "x": x}}})
}

// asked checks what a client asks for. What is wrong is said on the spot: an address that may be wrong too is not followed.
func (i *Issuer) asked(q url.Values) string {
	switch {
	case q.Get("client_id") != ClientID:
		return "client_id is not " + ClientID
	case q.Get("redirect_uri") != i.Redirect:
		return "redirect_uri is not the registered one"
	case q.Get("response_type") != "code":
		return "response_type is not code"
	case q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43:
		return "PKCE with S256 is needed"
	case !strings.Contains(" "+q.Get("scope")+" ", " openid "):
		return "the scope openid is missing"
	case len(q.Get("state")) > maxParam || len(q.Get("nonce")) > maxParam:
		return "state or nonce is too long"
	}
	return ""
}

// chosen sends somebody back with a code.
func (i *Issuer) chosen(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	if wrong := i.asked(r.PostForm); wrong != "" {
		http.Error(w, wrong, http.StatusBadRequest)
		return
	}
	for _, person := range i.People {
		if person.Subject != r.PostForm.Get("subject") {
			continue
		}
		secret, ok := i.keep(code{person, r.PostForm.Get("code_challenge"), r.PostForm.Get("nonce"), i.Now().Add(codeTime)})
		if !ok {
			http.Error(w, "too many sign-ins at once", http.StatusServiceUnavailable)
			return
		}
		back := url.Values{"code": {secret}, "state": {r.PostForm.Get("state")}, "iss": {i.Issuer}}
		http.Redirect(w, r, i.Redirect+"?"+back.Encode(), http.StatusSeeOther)
		return
	}
	http.Error(w, "there is nobody of that name", http.StatusBadRequest)
}

// keep remembers a code until it is fetched.
func (i *Issuer) keep(c code) (secret string, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for known, waiting := range i.codes {
		if waiting.until.Before(i.Now()) {
			delete(i.codes, known)
		}
	}
	if len(i.codes) >= maxCodes {
		return "", false
	}
	secret = rand.Text()
	i.codes[secret] = c
	return secret, true
}

// take fetches a code, once.
func (i *Issuer) take(secret string) (code, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	c, ok := i.codes[secret]
	delete(i.codes, secret)
	return c, ok && !c.until.Before(i.Now())
}

// token gives an identity for a code, to whoever began the sign-in: they know what the challenge is the hash of (RFC 7636, 4.6).
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
		return
	}
	c, known := i.take(r.PostForm.Get("code"))
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	proof := base64.RawURLEncoding.EncodeToString(sum[:])
	switch {
	case r.PostForm.Get("grant_type") != "authorization_code":
		answer(w, http.StatusBadRequest, map[string]string{"error": "unsupported_grant_type"})
		return
	case r.PostForm.Get("client_id") != ClientID:
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	case !known || r.PostForm.Get("redirect_uri") != i.Redirect || subtle.ConstantTimeCompare([]byte(proof), []byte(c.challenge)) != 1:
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	now := i.Now()
	claims := jwt.MapClaims{}
	for name, value := range c.person.Claims {
		claims[name] = value
	}
	claims["iss"], claims["aud"], claims["sub"], claims["name"] = i.Issuer, ClientID, c.person.Subject, c.person.Name
	claims["iat"], claims["exp"], claims["nonce"] = now.Unix(), now.Add(tokenTime).Unix(), c.nonce
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	t.Header["kid"] = keyID
	signed, err := t.SignedString(i.key)
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]string{"error": "server_error"})
		return
	}
	answer(w, http.StatusOK, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": int(tokenTime.Seconds()), "id_token": signed})
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // a client that has gone will ask again
}
