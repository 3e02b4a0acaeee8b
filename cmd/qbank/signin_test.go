package main

import (
	"crypto/ed25519"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"qbank/internal/pgtest"
)

// browser is somebody's browser at a server.
type browser struct {
	*server
	client *http.Client
}

func (s *server) browser() browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return browser{s, &http.Client{Jar: jar}}
}

// send makes a request and follows where it leads; headers come in pairs.
func (b browser) send(method, path, body string, headers ...string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func (b browser) ask(query string, headers ...string) (int, string) {
	b.t.Helper()
	body, _ := json.Marshal(map[string]string{"query": query})
	return b.send(http.MethodPost, "/graphql", string(body), append(headers, "Content-Type", "application/json")...)
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)

// signIn chooses who to be at the development issuer.
func (b browser) signIn(subject string) (int, string) {
	b.t.Helper()
	_, page := b.send(http.MethodGet, "/auth/login?return_to=/auth/me", "")
	form := url.Values{"subject": {subject}}
	for _, m := range hiddenField.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	return b.send(http.MethodPost, "/dev-issuer/authorize", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

func TestSigningInWithABrowser(t *testing.T) {
	t.Parallel()
	data, url := t.TempDir(), pgtest.URL(t)
	s := serve(t, "--listen", "127.0.0.1:0", "--data-dir", data, "--database-url", url, "--dev-org", "acme")
	s.awaitReady()
	b := s.browser()
	if status, body := b.signIn("dev-author"); status != http.StatusOK || !strings.Contains(body, `"roles":["author"]`) || !strings.Contains(body, `"organisation":"acme"`) {
		t.Fatalf("%d %s", status, body)
	}
	const who = `{ viewer { name signIn roles org environment } }`
	if status, body := b.ask(who, "Qbank-Environment", "staging"); status != http.StatusOK || !strings.Contains(body, `"name":"Author","signIn":"SESSION","roles":["author"],"org":"acme","environment":"staging"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := b.send(http.MethodGet, "/files/template.xlsx", ""); status != http.StatusOK {
		t.Errorf("the door for files: %d", status)
	}
	if status, body := b.send(http.MethodGet, "/v1/attempts/00000000-0000-7000-8000-000000000000", ""); status != http.StatusUnauthorized || !strings.Contains(body, "access.no_token") {
		t.Errorf("the student door takes cookies: %d %s", status, body)
	}
	if status, _ := b.send(http.MethodPost, "/auth/logout", "", "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("another site signs people out: %d", status)
	}
	if status, _ := b.send(http.MethodPost, "/auth/logout", ""); status != http.StatusNoContent {
		t.Errorf("%d", status)
	}
	if _, body := b.ask(who); !strings.Contains(body, `"viewer":null`) {
		t.Error(body)
	}
	if status, body := b.signIn("dev-king"); status != http.StatusBadRequest {
		t.Errorf("%d %s", status, body)
	}

	// Whoever has no role is told an id, and whoever installs grants them one.
	tools := []string{"--data-dir", data, "--database-url", url}
	issuer := s.base + "/dev-issuer"
	mustQbank(t, append([]string{"admin", "grant", "--issuer", issuer, "--subject", "dev-tutor", "--org", "other/school", "--name", "Ms Tutor"}, tools...)...)
	if _, body := b.signIn("dev-tutor"); !strings.Contains(body, `"organisations":["acme","other/school"]`) || !strings.Contains(body, `"roles":["tutor"]`) {
		t.Error(body)
	}
	if _, body := b.ask(who, "Qbank-Organisation", "other/school", "Qbank-Environment", "prod"); !strings.Contains(body, `"roles":["admin"],"org":"other/school"`) {
		t.Error(body)
	}
	qbank(t, append([]string{"admin", "grant", "--person", "wang"}, tools...)...).refused(t, exitInvalid, "staff.person")
	qbank(t, append([]string{"admin", "grant", "--issuer", issuer, "--subject", "x", "--role", "king"}, tools...)...).refused(t, exitInvalid, "access.role")
}

func TestKeysRotateUnderARunningServer(t *testing.T) {
	t.Parallel()
	data, url := t.TempDir(), pgtest.URL(t)
	tools := []string{"--data-dir", data}
	old := strings.TrimSpace(mustQbank(t, append([]string{"token", "student", "--env", "dev"}, tools...)...))
	s := serve(t, "--listen", "127.0.0.1:0", "--data-dir", data, "--database-url", url)
	s.awaitReady()
	const path = "/v1/attempts/00000000-0000-7000-8000-000000000000"
	status := func(token string) int { got, _ := s.get(path, token); return got }
	if got := status(old); got != http.StatusNotFound {
		t.Fatalf("%d", got)
	}
	first := regexp.MustCompile(`(?m)^(\S+) +current `).FindStringSubmatch(mustQbank(t, append([]string{"keys", "list"}, tools...)...))
	if first == nil {
		t.Fatal("no key is current")
	}
	mustQbank(t, append([]string{"keys", "rotate", "--grace", "1h"}, tools...)...)
	fresh := strings.TrimSpace(mustQbank(t, append([]string{"token", "student", "--env", "dev"}, tools...)...))
	if status(fresh) != http.StatusNotFound || status(old) != http.StatusNotFound {
		t.Error("a rotation was noticed by those with tokens")
	}
	eventually(t, "the keys that are published change", func() bool {
		_, body := s.get("/.well-known/jwks.json", "")
		return strings.Count(body, `"kid"`) == 3 && !strings.Contains(body, `"d"`)
	})
	mustQbank(t, append([]string{"keys", "retire", first[1]}, tools...)...)
	eventually(t, "what the retired key signed is refused", func() bool { return status(old) == http.StatusUnauthorized })
	if got := status(fresh); got != http.StatusNotFound {
		t.Errorf("%d", got)
	}
	qbank(t, append([]string{"keys", "retire", "nonsense"}, tools...)...).refused(t, exitNotFound, "keys.unknown")
	qbank(t, append([]string{"keys", "rotate", "--grace=-1h"}, tools...)...).refused(t, exitInvalid, "keys.grace")
}

// A company's own tokens open the student door, in its organisation and environment, and no other.
func TestStudentsBringTokensOfTheirCompany(t *testing.T) {
	t.Parallel()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{KeyID: "k1", Key: public}}})
	if err != nil {
		t.Fatal(err)
	}
	listed := file(t, "keys.json", string(keys))
	trusted := file(t, "issuers.json", `[{"issuer":"https://id.acme.example","keys":"`+listed+`","org":"acme","environments":["prod"]}]`)
	raw := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{"iss": "https://id.acme.example", "aud": "qbank/students", "sub": "1001", "exp": time.Now().Add(time.Hour).Unix()})
	raw.Header["kid"] = "k1"
	theirs, err := raw.SignedString(private)
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, "--listen", "127.0.0.1:0", "--data-dir", t.TempDir(), "--database-url", pgtest.URL(t), "--student-issuers", trusted)
	s.awaitReady()
	for path, want := range map[string]int{
		"/v1/attempts/00000000-0000-7000-8000-000000000000": http.StatusNotFound,
		"/files/audit.csv": http.StatusUnauthorized,
	} {
		if got, body := s.get(path, theirs); got != want {
			t.Errorf("%s: %d %s", path, got, body)
		}
	}
}

func TestHowPeopleSignInIsCheckedAtTheStart(t *testing.T) {
	t.Parallel()
	data, url := t.TempDir(), pgtest.URL(t)
	common := []string{"serve", "--listen", "127.0.0.1:0", "--data-dir", data, "--database-url", url}
	refused := func(code int, says string, args ...string) {
		t.Helper()
		r := qbank(t, append(common, args...)...)
		r.refused(t, code, says)
		if strings.Contains(r.out+r.err, "hush") {
			t.Errorf("a secret is printed:\n%s%s", r.out, r.err)
		}
	}
	refused(exitInvalid, "signin.https", "--issuer", "https://id.example", "--client-secret", "hush", "--public-url", "http://qbank.example")
	refused(exitInvalid, "signin.public_url", "--public-url", "qbank.example")
	refused(exitInvalid, "signin.public_url", "--public-url", "https://qbank.example/below")
	refused(exitInvalid, "signin.mapping", "--claims", file(t, "claims.json", `[{"claim":"groups"}]`))
	refused(exitInvalid, "issuers.file", "--student-issuers", file(t, "issuers.json", `[{"issuer":"https://id.example"}]`))
	refused(exitNotFound, "file.missing", "--issuer", "https://id.example", "--client-secret-file", data+"/none")
	refused(exitInvalid, "rate.setting", "--limit", "cows=1/1")
	refused(exitInvalid, "proxies.setting", "--trusted-proxy", "everybody")

	// Beyond loopback nobody signs in as who they like, and a real provider takes the place of the development one.
	for name, args := range map[string][]string{
		"a public address": {"--public-url", "https://qbank.example"},
		"a real provider":  {"--issuer", "https://id.invalid", "--client-secret-file", file(t, "secret", "hush\n")},
	} {
		s := serve(t, append(common[1:], args...)...)
		s.awaitReady()
		if status, _ := s.get("/dev-issuer/.well-known/openid-configuration", ""); status != http.StatusNotFound {
			t.Errorf("%s: the development issuer is there: %d", name, status)
		}
		if status, body := s.get("/auth/login", ""); status != http.StatusServiceUnavailable {
			t.Errorf("%s: %d %s", name, status, body)
		}
		if strings.Contains(s.out.String()+s.err.String(), "hush") {
			t.Error("a secret is printed")
		}
	}
}
