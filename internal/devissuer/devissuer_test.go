package devissuer_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"qbank/domain/fault"
	"qbank/internal/devissuer"
)

const issuerURL = "http://127.0.0.1:8080/dev-issuer"

func open(t *testing.T, change ...func(*devissuer.Options)) *devissuer.Issuer {
	t.Helper()
	o := devissuer.Options{Issuer: issuerURL, Redirect: "http://127.0.0.1:8080/auth/callback",
		People: []devissuer.Person{{Subject: "dev-author", Name: "Author", Title: fault.Say("Author <b>", "作者")}}}
	for _, f := range change {
		f(&o)
	}
	i, err := devissuer.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func send(i http.Handler, method, path string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Host, r.RemoteAddr = "127.0.0.1:8080", "127.0.0.1:999"
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	i.ServeHTTP(w, r)
	return w
}

// challenge is the example of RFC 7636, appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func asking(change ...string) url.Values {
	q := url.Values{"client_id": {"qbank"}, "redirect_uri": {"http://127.0.0.1:8080/auth/callback"}, "response_type": {"code"}, "scope": {"openid profile"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"}, "state": {`s"><script>`}, "nonce": {"n"}, "subject": {"dev-author"}}
	for i := 0; i+1 < len(change); i += 2 {
		q.Set(change[i], change[i+1])
	}
	return q
}

func TestItServesThisMachineOnly(t *testing.T) {
	t.Parallel()
	for _, issuer := range []string{"http://192.0.2.1:8080/x", "https://qbank.example/x", "http://127.0.0.1.evil.example/x", "http://0.0.0.0:8080/x"} {
		if _, err := devissuer.New(devissuer.Options{Issuer: issuer}); !fault.Is(err, "devissuer.not_loopback") {
			t.Errorf("%s: %v", issuer, err)
		}
		if _, err := devissuer.New(devissuer.Options{Issuer: issuer, Anywhere: true}); err != nil {
			t.Errorf("%s, told so: %v", issuer, err)
		}
	}
	const path = "/dev-issuer/.well-known/openid-configuration"
	anywhere := open(t, func(o *devissuer.Options) { o.Anywhere = true })
	for name, f := range map[string]func(*http.Request){
		"another machine":  func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1" },
		"a proxy":          func(r *http.Request) { r.Header.Set("X-Forwarded-For", "127.0.0.1") },
		"a newer proxy":    func(r *http.Request) { r.Header.Set("Forwarded", "for=127.0.0.1") },
		"another name":     func(r *http.Request) { r.Host = "evil.example" },
		"no name":          func(r *http.Request) { r.Host = "" },
		"no peer's number": func(r *http.Request) { r.RemoteAddr = "@" },
	} {
		if w := send(open(t), http.MethodGet, path, nil, f); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", name, w.Code)
		}
		if w := send(anywhere, http.MethodGet, path, nil, f); w.Code != http.StatusOK {
			t.Errorf("%s, told so: %d", name, w.Code)
		}
	}
	for _, host := range []string{"localhost:8080", "127.0.0.1", "[::1]:8080"} {
		if w := send(open(t), http.MethodGet, path, nil, func(r *http.Request) { r.Host, r.RemoteAddr = host, "[::1]:9" }); w.Code != http.StatusOK {
			t.Errorf("%s: %d", host, w.Code)
		}
	}
}

func TestThePageIsInert(t *testing.T) {
	t.Parallel()
	w := send(open(t), http.MethodGet, "/dev-issuer/authorize?"+asking().Encode(), nil, func(r *http.Request) { r.Header.Set("Accept-Language", "zh-CN") })
	body := w.Body.String()
	if w.Code != http.StatusOK || !strings.Contains(body, "作者") || !strings.Contains(body, `lang="zh-CN"`) || strings.Contains(body, "<script>") || strings.Contains(body, "src=") {
		t.Errorf("%d %s", w.Code, body)
	}
	if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Error(policy)
	}
	if en := send(open(t), http.MethodGet, "/dev-issuer/authorize?"+asking().Encode(), nil).Body.String(); !strings.Contains(en, "Author &lt;b&gt;") {
		t.Error(en)
	}
}

func TestWhatAClientMustAskFor(t *testing.T) {
	t.Parallel()
	i := open(t)
	for _, change := range [][]string{
		{"client_id", "other"}, {"redirect_uri", "https://evil.example"}, {"redirect_uri", "http://127.0.0.1:8080/auth/callback/x"}, {"response_type", "token"},
		{"code_challenge", ""}, {"code_challenge_method", "plain"}, {"scope", "profile"}, {"state", strings.Repeat("x", 600)}, {"subject", "dev-king"},
	} {
		if w := send(i, http.MethodPost, "/dev-issuer/authorize", asking(change...)); w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
			t.Errorf("%v: %d", change, w.Code)
		}
	}
	if w := send(i, http.MethodPost, "/dev-issuer/authorize", asking(), func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); w.Code != http.StatusForbidden {
		t.Errorf("another site's form: %d", w.Code)
	}
	if w := send(i, http.MethodPost, "/dev-issuer/authorize", url.Values{"x": {strings.Repeat("x", 20<<10)}}); w.Code < 400 {
		t.Errorf("a form without end: %d", w.Code)
	}
}

func TestACodeServesOnceItsOwner(t *testing.T) {
	t.Parallel()
	now := time.Now()
	i := open(t, func(o *devissuer.Options) { o.Now = func() time.Time { return now } })
	fetch := func(change ...string) int {
		t.Helper()
		back, err := url.Parse(send(i, http.MethodPost, "/dev-issuer/authorize", asking()).Header().Get("Location"))
		if err != nil || back.Query().Get("state") != `s"><script>` || back.Query().Get("iss") != issuerURL {
			t.Fatalf("%v, %v", back, err)
		}
		form := url.Values{"grant_type": {"authorization_code"}, "client_id": {"qbank"}, "code": {back.Query().Get("code")}, "code_verifier": {verifier},
			"redirect_uri": {"http://127.0.0.1:8080/auth/callback"}}
		for k := 0; k+1 < len(change); k += 2 {
			if change[k] == "wait" {
				now = now.Add(2 * time.Minute)
			}
			form.Set(change[k], change[k+1])
		}
		status := send(i, http.MethodPost, "/dev-issuer/token", form).Code
		if again := send(i, http.MethodPost, "/dev-issuer/token", form).Code; again == http.StatusOK {
			t.Errorf("%v: a code serves twice", change)
		}
		return status
	}
	if got := fetch(); got != http.StatusOK {
		t.Errorf("its owner: %d", got)
	}
	for _, change := range [][]string{{"code_verifier", "x"}, {"code_verifier", ""}, {"code", "x"}, {"grant_type", "password"}, {"client_id", "x"}, {"redirect_uri", "x"}, {"wait", "x"}} {
		if got := fetch(change...); got == http.StatusOK {
			t.Errorf("%v is given an identity", change)
		}
	}
	for range 1100 {
		if w := send(i, http.MethodPost, "/dev-issuer/authorize", asking()); w.Code == http.StatusServiceUnavailable {
			return
		}
	}
	t.Error("codes wait without end")
}
