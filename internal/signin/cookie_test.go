package signin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"qbank/domain/fault"
	"qbank/internal/devissuer"
	"qbank/internal/signin"
)

// Over https, cookies are bound to this very host.
func TestCookiesOverHTTPS(t *testing.T) {
	t.Parallel()
	h := open(t)
	const base = "https://qbank.example"
	at, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := devissuer.New(devissuer.Options{Issuer: base + "/dev-issuer", Redirect: base + "/auth/callback", Anywhere: true,
		People: []devissuer.Person{{Subject: "wang", Title: fault.Say("Wang", "王"), Claims: map[string]any{"groups": "author"}}}})
	if err != nil {
		t.Fatal(err)
	}
	h.door.Base, h.door.Gate.Cookie = at, signin.CookieFor(at)
	h.door.Provider = &signin.Provider{Issuer: issuer.URL(), ClientID: devissuer.ClientID, Redirect: base + "/auth/callback", Client: issuer.Client()}
	auth := h.door.Handler()
	get := func(handler http.Handler, address, cookies string) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, address, nil)
		r.Header.Set("Cookie", cookies)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	away := get(auth, base+"/auth/login", "")
	login := away.Header().Get("Set-Cookie")
	if !regexp.MustCompile(`^__Host-qbank-login=[\w-]+; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$`).MatchString(login) {
		t.Errorf("%q", login)
	}
	asked, err := url.Parse(away.Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	form := asked.Query()
	form.Set("subject", "wang")
	r := httptest.NewRequest(http.MethodPost, base+"/dev-issuer/authorize", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	issuer.ServeHTTP(w, r)
	pair, _, _ := strings.Cut(login, ";")
	back := get(auth, w.Header().Get("Location"), pair)
	session := back.Header().Values("Set-Cookie")
	if len(session) != 2 || !regexp.MustCompile(`^__Host-qbank=[\w-]{43}; Path=/; Max-Age=18000; HttpOnly; Secure; SameSite=Lax$`).MatchString(session[1]) {
		t.Fatalf("%d %q", back.Code, session)
	}
	pair, _, _ = strings.Cut(session[1], ";")
	if got := get(auth, base+"/auth/me", pair); got.Code != http.StatusOK {
		t.Errorf("%d", got.Code)
	}
	if got := get(auth, base+"/auth/me", strings.TrimPrefix(pair, "__Host-")); got.Code != http.StatusUnauthorized {
		t.Errorf("a cookie that anybody may have planted: %d", got.Code)
	}
}

func TestMappings(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		`[]`: true, `[{"claim":"groups","value":"a","org":"school","roles":["author","tutor"],"environments":["dev"]}]`: true,
		``: false, `{}`: false, `[] []`: false, `[{"claim":"groups","value":"a","org":"school","roles":[]}]`: false,
		`[{"claim":"groups","value":"a","org":"school/","roles":["author"]}]`: false, `[{"claim":"groups","value":"a","org":"school","roles":["king"]}]`: false,
		`[{"claim":"","value":"a","org":"school","roles":["author"]}]`: false, `[{"claim":"g","value":"","org":"school","roles":["author"]}]`: false,
		`[{"claim":"g","value":"a","org":"school","roles":["author"],"environments":["D"]}]`: false, `[{"claim":"g","value":"a","org":"school","roles":["author"],"env":["d"]}]`: false,
		"[" + strings.Repeat(`{"claim":"g","value":"a","org":"school","roles":["author"]},`, 1001) + "]": false,
	} {
		if _, err := signin.ParseMappings([]byte(text)); (err == nil) != good || err != nil && !fault.Is(err, "signin.mapping") {
			t.Errorf("%.80s: %v", text, err)
		}
	}
}

func FuzzMappings(f *testing.F) {
	f.Add(`[{"claim":"groups","value":"a","org":"school","roles":["author"],"environments":["dev"]}]`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := signin.ParseMappings([]byte(text))
		if err != nil && (fault.Of(err) == nil || list != nil) {
			t.Errorf("%v, %v", list, err)
		}
	})
}
