package signin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/staff"
	"qbank/internal/apikeys"
	"qbank/internal/devissuer"
	"qbank/internal/keyring"
	"qbank/internal/pgtest"
	"qbank/internal/ratelimit"
	"qbank/internal/signin"
	"qbank/internal/stack"
)

// house is a qbank whose doors say who calls.
type house struct {
	*stack.Stack
	t        *testing.T
	base     string
	door     *signin.Door
	provider *signin.Provider
	keys     *apikeys.Keys
	log      *transcript
	clock    *clock
}

type clock struct {
	mu  sync.Mutex
	off time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.off)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += d
}

type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(b)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, log: &transcript{}, clock: &clock{}}
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if h.Stack, err = stack.Open(t.Context(), pgtest.New(t), stack.Options{Logger: log}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Stack.Close)
	ring, err := keyring.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	limits, err := ratelimit.New(ratelimit.Options{Now: h.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	if h.keys, err = apikeys.New(h.Commands, h.Pool, apikeys.Options{Now: h.clock.now, Logger: log}); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	h.base = server.URL
	base, _ := url.Parse(server.URL)
	var people []devissuer.Person
	for _, name := range []string{"author", "admin", "nobody"} {
		people = append(people, devissuer.Person{Subject: "dev-" + name, Name: "Ms " + name, Title: fault.Text{EN: name, ZH: name}, Claims: map[string]any{"groups": []string{name}}})
	}
	issuer, err := devissuer.New(devissuer.Options{Issuer: server.URL + "/dev-issuer", Redirect: server.URL + "/auth/callback", People: people, Now: h.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	h.provider = &signin.Provider{Issuer: issuer.URL(), ClientID: devissuer.ClientID, Redirect: server.URL + "/auth/callback", Client: issuer.Client(), Now: h.clock.now}
	gate := &signin.Gate{Sessions: &signin.Sessions{Pool: h.Pool, Idle: time.Hour, Life: 5 * time.Hour, Now: h.clock.now}, Keys: h.keys, Roles: h.Commands,
		Limits: limits, Cookie: signin.CookieFor(base)}
	h.door = &signin.Door{Gate: gate, Provider: h.provider, Secrets: ring, Names: h.People, Base: base, Logger: log, Now: h.clock.now, Mappings: []signin.Mapping{
		{Claim: "groups", Value: "author", Org: "school", Roles: []access.Role{access.Author}, Environments: []environment.Name{"dev"}},
		{Claim: "groups", Value: "admin", Org: "school", Roles: []access.Role{access.Admin}, Environments: []environment.Name{"dev", "prod"}},
	}}
	who := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, known, err := signin.Of(r.Context())
		if err != nil {
			fmt.Fprint(w, fault.Of(signin.Refused(limits, r, err)).Code)
			return
		}
		fmt.Fprintf(w, "%v %s %s %v %+v", known, caller.Kind, caller.Actor.ID, caller.Actor.Roles, caller.Actor.Scope)
	})
	mux.Handle("/auth/", h.door.Handler())
	mux.Handle("/dev-issuer/", issuer)
	mux.Handle("/authors", gate.Authors(who))
	mux.Handle("/students", gate.Students(who))
	return h
}

// browser is somebody's browser: it keeps cookies and shows where it is sent.
type browser struct {
	*house
	jar    http.CookieJar
	client *http.Client
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{h, jar, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type reply struct {
	status int
	body   string
	header http.Header
}

func (b *browser) send(method, path string, form url.Values, headers ...string) reply {
	b.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = b.base + path
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("User-Agent", "test\x80 browser")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return reply{response.StatusCode, string(body), response.Header}
}

func (b *browser) get(path string, headers ...string) reply {
	b.t.Helper()
	return b.send(http.MethodGet, path, nil, headers...)
}

var hidden = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)

// chosen goes as far as the address that the issuer sends back to.
func (b *browser) chosen(who string) string {
	b.t.Helper()
	away := b.get("/auth/login?return_to=/console")
	if away.status != http.StatusSeeOther {
		b.t.Fatalf("%+v", away)
	}
	page := b.get(away.header.Get("Location"))
	form := url.Values{"subject": {"dev-" + who}}
	for _, m := range hidden.FindAllStringSubmatch(page.body, -1) {
		form.Set(m[1], strings.NewReplacer("&#43;", "+", "&amp;", "&").Replace(m[2]))
	}
	back := b.send(http.MethodPost, "/dev-issuer/authorize", form)
	if back.status != http.StatusSeeOther {
		b.t.Fatalf("%+v", back)
	}
	return back.header.Get("Location")
}

func (b *browser) signIn(who string) reply {
	b.t.Helper()
	return b.get(b.chosen(who))
}

func (b *browser) cookie(name string) string {
	u, _ := url.Parse(b.base)
	for _, c := range b.jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) says(path, want string, headers ...string) {
	b.t.Helper()
	if got := b.get(path, headers...); !strings.Contains(got.body, want) {
		b.t.Errorf("%s says %q, want %q", path, got.body, want)
	}
}

func TestSigningInAndOut(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	b.says("/authors", "false")
	back := b.signIn("author")
	if back.status != http.StatusSeeOther || back.header.Get("Location") != "/console" {
		t.Fatalf("%+v", back)
	}
	cookies := back.header.Values("Set-Cookie")
	if len(cookies) != 2 || !regexp.MustCompile(`^qbank=[\w-]{43}; Path=/; Max-Age=18000; HttpOnly; SameSite=Lax$`).MatchString(cookies[1]) || !strings.Contains(cookies[0], "qbank-login=; Path=/; Max-Age=0") {
		t.Errorf("cookies %q", cookies)
	}
	id := staff.ID(h.provider.Issuer, "dev-author")
	b.says("/authors", fmt.Sprintf("true session %s [author] {Org:school Environment:}", id))
	b.says("/authors", "Environment:dev", signin.EnvironmentHeader, "dev")
	b.says("/authors", "access.environment", signin.EnvironmentHeader, "prod")
	b.says("/authors", "environment.name", signin.EnvironmentHeader, "DEV")
	b.says("/authors", "Org:school/math", signin.OrgHeader, "school/math")
	b.says("/authors", "access.no_role", signin.OrgHeader, "other")
	b.says("/students", "false") // cookies are nothing there
	b.says("/authors", "false", "Authorization", "Bearer x.y.z")

	var me signin.Me
	if err := json.Unmarshal([]byte(b.get("/auth/me").body), &me); err != nil || me.Name != "Ms author" || me.ID != id.String() || fmt.Sprint(me.Roles, me.Environments, me.Organisations) != "[author] [dev] [school]" {
		t.Errorf("%+v, %v", me, err)
	}
	for org, want := range map[string]string{"school": "Ms author", "school/math": "Ms author", "other": ""} {
		if names, err := h.People.Names(t.Context(), org, []uuid.UUID{id}); err != nil || names[id] != want {
			t.Errorf("in %s: %v, %v", org, names, err)
		}
	}
	secret := b.cookie("qbank")
	if out := b.send(http.MethodPost, "/auth/logout", nil); out.status != http.StatusNoContent || b.cookie("qbank") != "" {
		t.Errorf("%+v", out)
	}
	b.says("/auth/me", "session.none")
	b.says("/authors", "session.ended", "Cookie", "qbank="+secret)
	if out := b.send(http.MethodPost, "/auth/logout", nil); out.status != http.StatusNoContent {
		t.Errorf("without a session: %+v", out)
	}
}

func TestAWayBackThatNobodySetOutFor(t *testing.T) {
	t.Parallel()
	h := open(t)
	refused := func(name string, got reply) {
		t.Helper()
		if got.status != http.StatusUnauthorized || !strings.Contains(got.body, "signin.failed") || strings.Contains(strings.Join(got.header.Values("Set-Cookie"), " "), "qbank=") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	change := func(back, parameter, value string) string {
		u, _ := url.Parse(back)
		q := u.Query()
		q.Set(parameter, value)
		u.RawQuery = q.Encode()
		return u.String()
	}
	b := h.browser()
	refused("another state", b.get(change(b.chosen("author"), "state", "x")))
	refused("no state", b.get(change(b.chosen("author"), "state", "")))
	refused("another code", b.get(change(b.chosen("author"), "code", "x")))
	refused("no code", b.get(change(b.chosen("author"), "code", "")))
	refused("another issuer", b.get(change(b.chosen("author"), "iss", "https://evil.example")))
	refused("in another browser", h.browser().get(b.chosen("author")))

	back := b.chosen("author")
	if got := b.get(back); got.status != http.StatusSeeOther {
		t.Fatalf("%+v", got)
	}
	refused("once more", b.get(back))

	// A code of another sign-in, whose verifier is another: PKCE refuses it.
	other := h.browser()
	stolen, _ := url.Parse(other.chosen("admin"))
	refused("a stolen code", b.get(change(b.chosen("author"), "code", stolen.Query().Get("code"))))

	late := b.chosen("author")
	h.clock.pass(11 * time.Minute)
	refused("too late", b.get(late))

	tampered := b.chosen("author")
	u, _ := url.Parse(h.base)
	sealed := b.cookie("qbank-login")
	b.jar.SetCookies(u, []*http.Cookie{{Name: "qbank-login", Value: sealed[:len(sealed)-3] + "AAA"}})
	refused("a cookie that was tampered with", b.get(tampered))
	if strings.Contains(h.log.String(), "level=ERROR") {
		t.Error(h.log.String())
	}
}

func TestAPlantedSessionIsOfNoUse(t *testing.T) {
	t.Parallel()
	h := open(t)
	attacker, victim := h.browser(), h.browser()
	attacker.signIn("author")
	planted := attacker.cookie("qbank")
	u, _ := url.Parse(h.base)
	victim.jar.SetCookies(u, []*http.Cookie{{Name: "qbank", Value: planted}})
	victim.signIn("admin")
	if victim.cookie("qbank") == planted {
		t.Error("the planted id goes on")
	}
	attacker.says("/authors", "session.ended")
	victim.says("/authors", "[admin]")
	// Signing in again is another session, and the one before ends.
	before := victim.cookie("qbank")
	victim.signIn("admin")
	victim.says("/authors", "false", "Cookie", "qbank="+before) // of two cookies of the name, neither counts
	h.browser().says("/authors", "session.ended", "Cookie", "qbank="+before)
	h.browser().says("/authors", "false", "Cookie", "qbank=a; qbank=b")
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	h := open(t)
	b, sessions := h.browser(), h.door.Gate.Sessions
	b.signIn("author")
	for range 4 {
		h.clock.pass(50 * time.Minute)
		b.says("/authors", "[author]")
	}
	h.clock.pass(61 * time.Minute)
	b.says("/authors", "session.ended") // unused for an hour
	b.signIn("author")
	for range 5 {
		h.clock.pass(59 * time.Minute)
		b.says("/authors", "[author]")
	}
	h.clock.pass(6 * time.Minute)
	b.says("/authors", "session.ended") // five hours are over

	b.signIn("author")
	person := staff.ID(h.provider.Issuer, "dev-author")
	list, err := sessions.List(t.Context(), person)
	if err != nil || len(list) != 1 || list[0].Device != "test browser" {
		t.Fatalf("%+v, %v", list, err)
	}
	first := list[0].ID
	if err := sessions.Revoke(t.Context(), first, "boss"); err != nil {
		t.Fatal(err)
	}
	b.says("/authors", "session.ended")
	if list, err := sessions.List(t.Context(), person); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if claimed, err := sessions.Claimed(t.Context(), person); err != nil || len(claimed) != 1 || claimed[0].Role != access.Author {
		t.Errorf("the roles of somebody who is out are %v, %v", claimed, err)
	}
	if claimed, err := sessions.Claimed(t.Context(), uuid.New()); err != nil || len(claimed) != 0 {
		t.Errorf("the roles of somebody who never came are %v, %v", claimed, err)
	}
	h.clock.pass(40 * 24 * time.Hour)
	b.signIn("admin")
	var rows int
	if err := h.Pool.QueryRow(t.Context(), "select count(*) from sign_ins").Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d sessions are kept, %v", rows, err)
	}
	if err := sessions.Erase(t.Context(), staff.ID(h.provider.Issuer, "dev-admin")); err != nil {
		t.Fatal(err)
	}
	b.says("/authors", "session.ended")
	if _, err := sessions.Get(t.Context(), first); !fault.Is(err, "session.not_found") {
		t.Error(err)
	}
}

// What is granted here counts at once, in sessions that run.
func TestGrantedRoles(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	person := staff.ID(h.provider.Issuer, "dev-nobody")
	if got := b.signIn("nobody"); got.status != http.StatusForbidden || !strings.Contains(got.body, "signin.no_role") || !strings.Contains(got.body, person.String()) {
		t.Fatalf("%+v", got)
	}
	if page := b.get(b.chosen("nobody"), "Accept", "text/html", "Accept-Language", "zh-CN"); !strings.Contains(page.body, "联系管理员") || !strings.Contains(page.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%+v", page)
	}
	boss := access.Actor{ID: "boss", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: "school", Environment: "test"}}
	do := func(c commands.Command) {
		t.Helper()
		if _, err := h.Commands.Do(t.Context(), boss, c); err != nil {
			t.Fatal(err)
		}
	}
	do(commands.GrantRole{Person: person, Role: access.Tutor, Environments: []environment.Name{"test"}})
	b.signIn("nobody")
	b.says("/authors", "[tutor] {Org:school Environment:test}", signin.EnvironmentHeader, "test")
	do(commands.GrantRole{Person: person, Org: "school/math", Role: access.Author})
	b.says("/authors", "[tutor author]", signin.OrgHeader, "school/math")
	do(commands.RevokeRole{Person: person, Role: access.Tutor, Reason: "left"})
	b.says("/authors", "access.environment", signin.EnvironmentHeader, "test", signin.OrgHeader, "school/math")
	do(commands.RevokeRole{Person: person, Org: "school/math", Role: access.Author, Reason: "left"})
	b.says("/authors", "access.no_role")
}

func TestOtherSitesCannotSignOut(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	b.signIn("author")
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "same-site"}} {
		if got := b.send(http.MethodPost, "/auth/logout", nil, headers...); got.status != http.StatusForbidden {
			t.Errorf("%v: %+v", headers, got)
		}
	}
	if got := b.get("/auth/logout"); got.status != http.StatusMethodNotAllowed {
		t.Errorf("%+v", got)
	}
	b.says("/authors", "[author]")
}

func TestNoWayLeadsToAnotherSite(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, to := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", "evil", "", "/" + strings.Repeat("x", 2000)} {
		b := h.browser()
		away := b.get("/auth/login?return_to=" + url.QueryEscape(to))
		page := b.get(away.header.Get("Location"))
		form := url.Values{"subject": {"dev-author"}}
		for _, m := range hidden.FindAllStringSubmatch(page.body, -1) {
			form.Set(m[1], m[2])
		}
		back := b.get(b.send(http.MethodPost, "/dev-issuer/authorize", form).header.Get("Location"))
		if got := back.header.Get("Location"); got != "/auth/me" {
			t.Errorf("%q leads to %q", to, got)
		}
	}
}

func TestTooManyTries(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	b.signIn("author")
	guess := strings.Repeat("A", 43)
	limited := false
	for range ratelimit.Defaults[ratelimit.Failed].Burst + 1 {
		limited = h.browser().get("/authors", "Cookie", "qbank="+guess).body == "rate.limited"
	}
	if !limited {
		t.Error("one may guess for ever")
	}
	b.says("/authors", "[author]") // whoever is known is not bounded by what others do from the same address
	for range ratelimit.Defaults[ratelimit.SignIn].Burst + 1 {
		if got := h.browser().get("/auth/login"); got.status == http.StatusTooManyRequests && got.header.Get("Retry-After") != "" {
			return
		}
	}
	t.Error("one may begin to sign in for ever")
}

func TestWithoutAProvider(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.door.Provider = nil
	h.browser().says("/auth/login", "signin.off")
	h.browser().says("/auth/callback?code=x&state=y", "signin.failed")
	h.door.Provider = &signin.Provider{Issuer: "http://127.0.0.1:1/nowhere", ClientID: "x"}
	if got := h.browser().get("/auth/login"); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "signin.provider") {
		t.Errorf("%+v", got)
	}
}

func TestLocalhostAnd127AreOnePlace(t *testing.T) {
	t.Parallel()
	h := open(t)
	other := strings.Replace(h.base, "127.0.0.1", "localhost", 1)
	got := h.browser().get(other + "/auth/login?return_to=/x")
	if got.status != http.StatusSeeOther || got.header.Get("Location") != h.base+"/auth/login?return_to=%2Fx" {
		t.Errorf("%+v", got)
	}
}

// No secret is anywhere but where it belongs: not in the log, the events, the tables, or what the program says.
func TestSecretsStayWhereTheyBelong(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	back := b.chosen("admin")
	sealed := b.cookie("qbank-login")
	b.get(back)
	code, _ := url.Parse(back)
	boss := access.Actor{ID: "boss", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: "school"}}
	var key string
	if _, err := h.Commands.Do(t.Context(), boss, commands.CreateAPIKey{Title: "CRM", Roles: []access.Role{access.Support}, Expires: time.Now().Add(time.Hour), Show: func(k string) { key = k }}); err != nil {
		t.Fatal(err)
	}
	b.says("/authors", "[support]", "Authorization", "Bearer "+key)
	b.says("/authors", "api_key.refused", "Authorization", "Bearer "+key[:len(key)-1]+"x")
	secrets := map[string]string{"the session": b.cookie("qbank"), "the sign-in under way": sealed, "the code": code.Query().Get("code"), "the API key": key[13:]}
	var everything strings.Builder
	everything.WriteString(h.log.String())
	var tables []string
	if err := h.Pool.QueryRow(t.Context(), `select array_agg(quote_ident(table_schema) || '.' || quote_ident(table_name)) from information_schema.tables
		where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`).Scan(&tables); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		var text string
		if err := h.Pool.QueryRow(t.Context(), "select coalesce(string_agg(t::text, ' '), '') from "+table+" t").Scan(&text); err != nil {
			t.Fatal(err)
		}
		everything.WriteString(text)
	}
	for name, secret := range secrets {
		if secret == "" || strings.Contains(everything.String(), secret) {
			t.Errorf("%s (%q) is in the log or the database", name, secret)
		}
	}
	if !strings.Contains(everything.String(), "signed in") || !strings.Contains(everything.String(), key[4:12]) {
		t.Error("the log or the tables were not looked at")
	}
}
