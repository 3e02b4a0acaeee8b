package files

import (
	"net/http"
	"strings"

	"qbank/domain/access"
	"qbank/domain/qtype"
)

// form serves the form of a question type, which never changes under its hash.
func (d *Door) form(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	ref, err := qtype.ParseRef(r.PathValue("type") + "@" + r.PathValue("version"))
	if err != nil {
		return err
	}
	typ, err := d.Types.For(r.Context(), actor, ref)
	if err != nil {
		return err
	}
	locale := r.URL.Query().Get("locale")
	if locale == "" {
		locale, _, _ = strings.Cut(r.Header.Get("Accept-Language"), ",")
		locale, _, _ = strings.Cut(strings.TrimSpace(locale), ";")
	}
	form := typ.Form(locale)
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache") // keep it, but ask whether it still holds: another program may say more
	h.Set("ETag", `"`+string(form.Hash)+`"`)
	h.Set("Content-Language", form.Locale)
	h.Set("Vary", "Accept-Language")
	for tag := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == h.Get("ETag") {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	h.Set("Content-Type", "application/json")
	_, _ = w.Write(form.Document) // a client that went away will ask again
	return nil
}
