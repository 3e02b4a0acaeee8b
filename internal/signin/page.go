package signin

import (
	"encoding/json"
	"html/template"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"qbank/domain/fault"
	"qbank/internal/ratelimit"
)

var statuses = map[fault.Kind]int{
	fault.Invalid: http.StatusBadRequest, fault.Unauthenticated: http.StatusUnauthorized, fault.Denied: http.StatusForbidden,
	fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict, fault.Limit: http.StatusTooManyRequests,
	fault.Unavailable: http.StatusServiceUnavailable,
}

// refuse says what is wrong: to a person with a page, to a program with JSON as GraphQL would.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, code, reference, message := http.StatusInternalServerError, "internal", "", fault.Say("internal error", "内部错误")
	switch f := fault.Of(err); {
	case f != nil && statuses[f.Kind] != 0:
		status, code, message = statuses[f.Kind], f.Code, f.Message
		if cause := f.Unwrap(); cause != nil {
			d.Logger.WarnContext(r.Context(), "a sign-in was refused", "code", code, "error", cause)
		}
	default:
		reference = uuid.NewString()
		d.Logger.ErrorContext(r.Context(), "a sign-in failed", "reference", reference, "error", err)
	}
	if wait := ratelimit.Seconds(err); wait != "" {
		w.Header().Set("Retry-After", wait)
	}
	extensions := map[string]string{"code": code}
	if reference != "" {
		extensions["reference"] = reference
	}
	text := message.In(r.Header.Get("Accept-Language"))
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]any{"message": text, "extensions": extensions}}})
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	again := fault.Say("Begin again", "重新登录")
	_ = page.Execute(w, map[string]string{"Text": text, "Code": code, "Reference": reference, "Again": again.In(r.Header.Get("Accept-Language"))}) // a visitor who has gone reads nothing
}

var page = template.Must(template.New("").Parse(`<!doctype html>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>qbank</title>
<h1>qbank</h1>
<p>{{.Text}}</p>
<p><a href="/auth/login">{{.Again}}</a></p>
<p><small>{{.Code}} {{.Reference}}</small></p>
`))
