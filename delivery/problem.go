package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/internal/ratelimit"
)

// Problem is a problem document (RFC 9457).
type Problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail"`
	Code      string         `json:"code"`
	Errors    []PlaceProblem `json:"errors,omitempty"`
	Facts     map[string]any `json:"facts,omitempty"`
	Reference string         `json:"reference,omitempty"` // the request's X-Request-Id, which stands in the log beside what really happened
}

// PlaceProblem is one wrong place of the request's body.
type PlaceProblem struct {
	Pointer string `json:"pointer"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

var kindStatus = map[fault.Kind]int{
	fault.Invalid: http.StatusUnprocessableEntity, fault.Unauthenticated: http.StatusUnauthorized, fault.Denied: http.StatusForbidden,
	fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict, fault.Limit: http.StatusUnprocessableEntity,
	fault.Unavailable: http.StatusServiceUnavailable,
}

// codeStatus holds the codes whose status is not their kind's.
var codeStatus = map[string]int{
	"answer.key_missing": http.StatusBadRequest, "answer.key_invalid": http.StatusBadRequest,
	"request.not_json": http.StatusUnsupportedMediaType, "request.shape": http.StatusBadRequest, "request.no_such_route": http.StatusNotFound,
	"request.method": http.StatusMethodNotAllowed, "blob.range": http.StatusRequestedRangeNotSatisfiable, "blob.taken_down": http.StatusGone, "request.id": http.StatusNotFound,
	"json.too_large": http.StatusRequestEntityTooLarge, "json.too_deep": http.StatusBadRequest, "json.too_many": http.StatusBadRequest,
	"json.utf8": http.StatusBadRequest, "json.character": http.StatusBadRequest, "json.syntax": http.StatusBadRequest,
	"json.number": http.StatusBadRequest, "json.duplicate_name": http.StatusBadRequest, "rate.limited": http.StatusTooManyRequests, "events.too_many": http.StatusTooManyRequests,
}

// problemOf maps any error to the document a client may see. What is not a fault is logged and stays behind a reference.
func problemOf(err error, r *http.Request, log *slog.Logger) Problem {
	f := fault.Of(err)
	if f == nil && errors.Is(err, context.DeadlineExceeded) {
		f = fault.Refuse(fault.Unavailable, "busy", fault.Say("the server is busy; try again", "服务器繁忙，请重试"))
	}
	if f == nil || f.Kind == fault.Internal {
		reference := event.CorrelationOf(r.Context())
		level := slog.LevelError
		if errors.Is(r.Context().Err(), context.Canceled) { // the client hung up
			level = slog.LevelDebug
		}
		log.Log(r.Context(), level, "request failed", "reference", reference, "method", r.Method, "path", r.URL.Path, "error", err)
		return Problem{Type: "about:blank", Title: http.StatusText(http.StatusInternalServerError), Status: http.StatusInternalServerError,
			Detail: "internal error", Code: "internal", Reference: reference}
	}
	status, special := codeStatus[f.Code]
	if !special {
		status = kindStatus[f.Kind]
	}
	language := r.Header.Get("Accept-Language")
	p := Problem{Type: "urn:qbank:problem:" + f.Code, Title: http.StatusText(status), Status: status, Detail: f.Message.In(language),
		Code: f.Code, Facts: f.Details}
	for _, place := range f.Problems {
		p.Errors = append(p.Errors, PlaceProblem{Pointer: place.Pointer, Code: place.Code, Detail: place.Message.In(language)})
	}
	return p
}

func (d *Door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	WriteProblem(w, r, d.Logger, err)
}

// WriteProblem answers a request with what an error comes to. The other doors for people who are no authors answer in the same way.
func WriteProblem(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	p := problemOf(err, r, log)
	body, marshalErr := json.Marshal(p)
	if marshalErr != nil { // details are plain values: this is a defect
		log.ErrorContext(r.Context(), "encode a problem", "code", p.Code, "error", marshalErr)
		body = []byte(`{"code":"internal"}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h["Cache-Control"] = noStore
	h.Del("Etag")
	if wait := ratelimit.Seconds(err); wait != "" {
		h.Set("Retry-After", wait)
	}
	if p.Status == http.StatusUnauthorized {
		challenge := `Bearer realm="qbank"`
		if p.Code != "access.no_token" {
			challenge += `, error="invalid_token"`
		}
		h.Set("WWW-Authenticate", challenge)
	}
	if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // a client that went away is told nothing
}
