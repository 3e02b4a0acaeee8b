package signin

import (
	"net/http"
	"net/url"
	"time"
)

// Cookie says how cookies are set. Over https a cookie's name begins with __Host-: browsers take it from this very host over https only, so
// that neither a sister domain nor a page without TLS can plant one. Browsers do not let plain http set such cookies (not even on loopback,
// all of them), so for development there the name is bare and Secure is missing.
type Cookie struct{ Secure bool }

// CookieFor says how cookies are set for a base URL.
func CookieFor(base *url.URL) Cookie { return Cookie{Secure: base.Scheme == "https"} }

const (
	sessionCookie = "qbank"
	loginCookie   = "qbank-login"
)

func (c Cookie) name(bare string) string {
	if c.Secure {
		return "__Host-" + bare
	}
	return bare
}

// set sets a cookie, or deletes it where the value is "". Lax: another site's page cannot send it along with anything but a visit.
func (c Cookie) set(w http.ResponseWriter, bare, value string, life time.Duration) {
	age := int(life.Seconds())
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure is missing on plain http alone, see Cookie
		Name: c.name(bare), Value: value, Path: "/", MaxAge: age, Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// get reads a cookie; "" where there is none, or more than one, of which somebody has planted the other.
func (c Cookie) get(r *http.Request, bare string) string {
	found := r.CookiesNamed(c.name(bare))
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}
