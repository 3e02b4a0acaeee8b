package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/oauth2"

	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/staff"
	"qbank/internal/ratelimit"
)

// Names keeps what people are called: people.Book.
type Names interface {
	KeepNames(ctx context.Context, names map[uuid.UUID]string, orgs ...string) error
	Names(ctx context.Context, org string, ids []uuid.UUID) (map[uuid.UUID]string, error)
}

// Door is where people sign in and out. Fill the fields and mount Handler at /auth/.
type Door struct {
	Gate     *Gate
	Provider *Provider // nil: nobody can sign in
	Mappings []Mapping // of the provider's claims
	Secrets  Secrets
	Names    Names
	Base     *url.URL // where browsers find the program; its scheme decides about cookies
	Logger   *slog.Logger
	Now      func() time.Time
}

// Handler returns the routes:
//
//	GET  /auth/login?return_to=/…   to the identity provider
//	GET  /auth/callback             and back: a session begins
//	POST /auth/logout               it ends
//	GET  /auth/me                   who is signed in, as JSON
func (d *Door) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range routes {
		mux.HandleFunc(pattern, d.guarded(func(w http.ResponseWriter, r *http.Request) error { return handle(d, w, r) }))
	}
	return http.NewCrossOriginProtection().Handler(mux)
}

// routes are the ways in. Those before anybody is known are bounded by address.
var routes = map[string]func(*Door, http.ResponseWriter, *http.Request) error{
	"GET /auth/login":    stranger((*Door).login),
	"GET /auth/callback": stranger((*Door).callback),
	"POST /auth/logout":  (*Door).logout,
	"GET /auth/me":       (*Door).me,
}

// Routes lists the patterns of all routes.
func Routes() []string { return slices.Sorted(maps.Keys(routes)) }

type handler func(http.ResponseWriter, *http.Request) error

// stranger bounds by address what nobody is known for yet.
func stranger(handle func(*Door, http.ResponseWriter, *http.Request) error) func(*Door, http.ResponseWriter, *http.Request) error {
	return func(d *Door, w http.ResponseWriter, r *http.Request) error {
		if err := d.Gate.Limits.Address(ratelimit.SignIn, r); err != nil {
			return err
		}
		return handle(d, w, r)
	}
}

func (d *Door) guarded(handle handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer") // the way back has a code in its address
		if err := handle(w, r); err != nil {
			d.refuse(w, r, err)
		}
	}
}

// login sets out for the identity provider.
func (d *Door) login(w http.ResponseWriter, r *http.Request) error {
	if d.Provider == nil {
		return fault.Refuse(fault.Unavailable, "signin.off", fault.Say(
			"nobody can sign in here: no identity provider is configured (qbank serve --help: --issuer)", "未配置身份提供方，无法登录（见 qbank serve --help 中的 --issuer）"))
	}
	if other := (&url.URL{Host: r.Host}).Hostname(); other != d.Base.Hostname() && Loopback(other) && Loopback(d.Base.Hostname()) {
		// localhost or 127.0.0.1: a cookie set under one name is not sent to the other.
		http.Redirect(w, r, d.Base.JoinPath("/auth/login").String()+"?"+url.Values{"return_to": {local(r.FormValue("return_to"))}}.Encode(), http.StatusSeeOther)
		return nil
	}
	u := underWay{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Return: local(r.FormValue("return_to")), Until: d.now().Add(loginTime).Unix()}
	to, err := d.Provider.away(r.Context(), u)
	if err != nil {
		return err
	}
	sealed, err := u.seal(d.Secrets)
	if err != nil {
		return err
	}
	d.Gate.Cookie.set(w, loginCookie, sealed, loginTime)
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// callback is where the identity provider sends people back to.
func (d *Door) callback(w http.ResponseWriter, r *http.Request) error {
	u, ok := unseal(d.Secrets, d.Gate.Cookie.get(r, loginCookie), d.now())
	d.Gate.Cookie.set(w, loginCookie, "", 0) // it serves once
	q := r.URL.Query()
	switch {
	case d.Provider == nil || !ok || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(u.State)) != 1:
		return Refused(d.Gate.Limits, r, failed(nil))
	case q.Has("iss") && q.Get("iss") != d.Provider.Issuer: // RFC 9207: another provider's answer
		return Refused(d.Gate.Limits, r, failed(nil))
	case q.Get("code") == "" || len(q.Get("code")) > maxLogin:
		return Refused(d.Gate.Limits, r, failed(nil))
	}
	who, err := d.Provider.back(r.Context(), u, q.Get("code"))
	if err != nil {
		return Refused(d.Gate.Limits, r, err)
	}
	return d.enter(w, r, who, u.Return)
}

// enter begins the session of who has proved who they are. One that the browser had before ends: an id that somebody planted there is of no
// use to them.
func (d *Door) enter(w http.ResponseWriter, r *http.Request, who identity, to string) error {
	person, grants := staff.ID(d.Provider.Issuer, who.Subject), grantsOf(d.Mappings, who.Claims)
	granted, err := d.Gate.Roles.Roles(r.Context(), person)
	if err != nil {
		return err
	}
	if len(grants)+len(granted) == 0 {
		return fault.Refuse(fault.Denied, "signin.no_role", fault.Say(
			"you are known, and have no role here yet; ask an admin to grant you one, and tell them this id: %s", "您已通过身份验证，但尚无角色；请联系管理员授权，并告知此编号：%s", person))
	}
	if err := d.leave(r, person.String()); err != nil {
		return err
	}
	if who.Name != "" {
		if err := d.Names.KeepNames(r.Context(), map[uuid.UUID]string{person: who.Name}, slices.Concat(granted, grants).Orgs()...); err != nil {
			return err
		}
	}
	secret, started, err := d.Gate.Sessions.Start(r.Context(), person, d.Provider.Issuer, grants, r.UserAgent())
	if err != nil {
		return err
	}
	d.Logger.InfoContext(r.Context(), "signed in", "person", person, "session", started.ID)
	d.Gate.Cookie.set(w, sessionCookie, secret, d.Gate.Sessions.life())
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// leave ends the session that a request's cookie is of, if there is one.
func (d *Door) leave(r *http.Request, by string) error {
	s, err := d.Gate.Sessions.Find(r.Context(), d.Gate.Cookie.get(r, sessionCookie))
	if fault.Is(err, "session.ended") {
		return nil
	}
	if err != nil {
		return err
	}
	return d.Gate.Sessions.Revoke(r.Context(), s.ID, by)
}

// logout ends the session. Without one there is nothing to do.
func (d *Door) logout(w http.ResponseWriter, r *http.Request) error {
	if err := d.leave(r, "self"); err != nil {
		return err
	}
	d.Gate.Cookie.set(w, sessionCookie, "", 0)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// Me is who is signed in.
type Me struct {
	ID            string             `json:"id"`
	Name          string             `json:"name,omitempty"`
	Session       uuid.UUID          `json:"session"`
	Organisations []string           `json:"organisations"` // in which roles were granted
	Organisation  string             `json:"organisation"`  // the one that was asked for, or the first
	Roles         []string           `json:"roles"`         // there
	Environments  []environment.Name `json:"environments"`  // there
}

// me says who is signed in.
func (d *Door) me(w http.ResponseWriter, r *http.Request) error {
	secret := d.Gate.Cookie.get(r, sessionCookie)
	if secret == "" {
		return fault.Refuse(fault.Unauthenticated, "session.none", fault.Say("you are not signed in", "您尚未登录"))
	}
	caller, err := d.Gate.session(r, secret)
	if err != nil {
		return Refused(d.Gate.Limits, r, err)
	}
	if err := d.Gate.Limits.Actor(ratelimit.Queries, caller.Actor.ID); err != nil {
		return err
	}
	person, err := uuid.Parse(caller.Actor.ID)
	if err != nil {
		return err
	}
	org := caller.Actor.Scope.Org
	names, err := d.Names.Names(r.Context(), org, []uuid.UUID{person})
	if err != nil {
		return err
	}
	me := Me{ID: caller.Actor.ID, Name: names[person], Session: caller.Session, Organisations: caller.Grants.Orgs(), Organisation: org,
		Roles: []string{}, Environments: append([]environment.Name{}, caller.Grants.Environments(org)...)}
	for _, role := range caller.Actor.Roles {
		me.Roles = append(me.Roles, string(role))
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(me)
}

// home is where somebody lands who named no place to go to.
const home = "/auth/me"

// local is a path of ours to go to, or home: no way leads to another site.
func local(path string) string {
	if len(path) > maxReturn || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return home
	}
	if u, err := url.Parse(path); err != nil || u.Host != "" || u.Scheme != "" {
		return home
	}
	return path
}

func (d *Door) now() time.Time {
	if d.Now != nil {
		return d.Now()
	}
	return time.Now()
}

// Loopback reports whether a host's name or address is that of this very machine.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
