package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"qbank/domain/fault"
	"qbank/internal/ratelimit"
)

const (
	responseType = "application/graphql-response+json"
	jsonType     = "application/json"
)

// CostHeader asks, with any value, for what an operation cost: {"extensions": {"cost": …}}.
const CostHeader = "GraphQL-Cost"

// ServeHTTP speaks GraphQL over HTTP. The answer is application/graphql-response+json, with a 4xx where nothing ran, for
// clients that accept it before application/json, where a document that did not run is a 200. A request that is not
// even a GraphQL request is a 4xx for everybody. Where text/event-stream is accepted, a subscription is answered with events, and so
// is anything else where that is accepted before the others.
func (e *Engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.door.ServeHTTP(w, r)
}

// guardOrigin puts the check against cross-site requests of browsers in front.
func (e *Engine) guardOrigin() error {
	cross := http.NewCrossOriginProtection()
	for _, origin := range e.config.TrustedOrigins {
		if err := cross.AddTrustedOrigin(origin); err != nil {
			return fmt.Errorf("graphql: trusted origin %q: %w", origin, err)
		}
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		locale := localeOf(r.Header.Get("Accept-Language"))
		e.answer(w, http.StatusForbidden, jsonType, e.refused(r.Context(), locale, refuse(fault.Denied, CodeCrossOrigin, fault.Say(
			"requests from other sites are refused", "拒绝来自其他站点的请求")), nil).JSON)
	}))
	e.door = cross.Handler(http.HandlerFunc(e.serve))
	return nil
}

type localeKey struct{}

// Locale is the language that the client of a request reads: "zh-CN" or "en".
func Locale(ctx context.Context) string {
	if l, ok := ctx.Value(localeKey{}).(string); ok {
		return l
	}
	return "en"
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 16<<10); return &b }}

func (e *Engine) serve(w http.ResponseWriter, r *http.Request) {
	locale := localeOf(r.Header.Get("Accept-Language"))
	whole := r.WithContext(context.WithValue(r.Context(), localeKey{}, locale)) // as long as the client stays
	ctx, cancel := context.WithTimeout(whole.Context(), e.config.Timeout)
	defer cancel()
	r = whole.WithContext(ctx)

	accepted, ok := accepts(r.Header.Values("Accept"))
	if !ok {
		e.answer(w, http.StatusNotAcceptable, jsonType, e.refused(ctx, locale, refuse(fault.Invalid, CodeNotAcceptable, fault.Say(
			"answers are application/graphql-response+json, application/json or text/event-stream",
			"响应格式只有 application/graphql-response+json、application/json 与 text/event-stream")), nil).JSON)
		return
	}
	req, status, err := e.read(w, r)
	if err != nil {
		e.answer(w, status, accepted.plain(), e.refused(ctx, locale, err, nil).JSON)
		return
	}
	req.Locale, req.TellCost = locale, r.Header.Get(CostHeader) != ""
	if ctx, err = e.config.Context(r); err != nil {
		res := e.refused(r.Context(), locale, err, nil)
		if wait := ratelimit.Seconds(err); wait != "" {
			w.Header().Set("Retry-After", wait)
		}
		e.answer(w, statusOf(fault.Of(err)), accepted.plain(), res.JSON)
		return
	}
	if accepted.media == streamType {
		e.serveStream(w, whole, ctx, req)
		return
	}
	e.serveOne(w, whole, ctx, accepted, req)
}

// serveOne answers with one result; or with events where it is a subscription, and the client takes those as well.
func (e *Engine) serveOne(w http.ResponseWriter, whole *http.Request, ctx context.Context, accepted acceptable, req Request) {
	p, err := e.prepare(ctx, &req)
	if err == nil && p.op.def.Operation == "subscription" {
		if accepted.stream {
			e.subscribe(w, whole, ctx, p, req)
			return
		}
		err = noStream()
	}
	if err != nil {
		res := e.refused(ctx, req.Locale, err, nil)
		e.answer(w, e.status(w, accepted.media, res), accepted.media, res.JSON)
		return
	}
	buf := buffers.Get().(*[]byte)
	res := e.run(ctx, p, req, (*buf)[:0])
	e.answer(w, e.status(w, accepted.media, res), accepted.media, res.JSON)
	if cap(res.JSON) <= 1<<20 {
		*buf = res.JSON
		buffers.Put(buf)
	}
}

// status of an answer to a well-formed request.
func (e *Engine) status(w http.ResponseWriter, media string, res Result) int {
	switch {
	case res.Ran:
		return http.StatusOK
	case res.fault == nil:
		return http.StatusInternalServerError
	case res.fault.Code == CodeMethod:
		w.Header().Set("Allow", "POST")
		return http.StatusMethodNotAllowed
	case res.fault.Code == CodeHashMismatch || res.fault.Code == CodeBadRequest:
		return http.StatusBadRequest
	case media == jsonType:
		return http.StatusOK
	}
	return http.StatusBadRequest
}

func (e *Engine) answer(w http.ResponseWriter, status int, media string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", media+"; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body) // a client that has gone is not worth a line
}

// statusOf a fault that came from Config.Context.
func statusOf(f *fault.Fault) int {
	if f == nil {
		return http.StatusInternalServerError
	}
	switch f.Kind {
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Denied:
		return http.StatusForbidden
	case fault.Limit:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// read takes the request apart, or says with which status to refuse it.
func (e *Engine) read(w http.ResponseWriter, r *http.Request) (Request, int, error) {
	switch r.Method {
	case http.MethodGet:
		req, err := e.fromQuery(r.URL.RawQuery)
		return req, http.StatusBadRequest, err
	case http.MethodPost:
		return e.fromBody(w, r)
	}
	w.Header().Set("Allow", "GET, POST")
	return Request{}, http.StatusMethodNotAllowed, refuse(fault.Invalid, CodeMethod, fault.Say(
		"use GET for queries or POST", "请使用 GET（仅查询）或 POST"))
}

// parameters are what a request may say, in a body or a query string.
type parameters struct {
	Query         *string         `json:"query"`
	OperationName *string         `json:"operationName"`
	DocumentID    *string         `json:"documentId"`
	Variables     json.RawMessage `json:"variables"`
	Extensions    json.RawMessage `json:"extensions"`
}

func (e *Engine) fromBody(w http.ResponseWriter, r *http.Request) (Request, int, error) {
	if err := jsonBody(r.Header.Get("Content-Type")); err != nil {
		return Request{}, http.StatusUnsupportedMediaType, err
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return Request{}, http.StatusUnsupportedMediaType, refuse(fault.Invalid, CodeMediaType, fault.Say(
			"send the body as it is, not compressed (Content-Encoding %.40q)", "请直接发送请求体，不要压缩（Content-Encoding %.40q）", coding))
	}
	if r.ContentLength > e.limits.Body { // without waiting for it
		return Request{}, http.StatusRequestEntityTooLarge, tooMuch(CodeTooLarge, "bytes", "字节数", e.limits.Body)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, e.limits.Body))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return Request{}, http.StatusRequestEntityTooLarge, tooMuch(CodeTooLarge, "bytes", "字节数", e.limits.Body)
		}
		return Request{}, http.StatusBadRequest, refuse(fault.Invalid, CodeBadRequest, fault.Say(
			"the body could not be read", "无法读取请求体"))
	}
	if err := checkJSON(body, e.limits.JSONDepth); err != nil {
		return Request{}, http.StatusBadRequest, err
	}
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' {
		return Request{}, http.StatusBadRequest, refuse(fault.Invalid, CodeBatch, fault.Say(
			"one request at a time; several fields fit into one document", "不支持批量请求，可将多个字段写入同一文档"))
	}
	var p parameters
	if err := json.Unmarshal(body, &p); err != nil {
		return Request{}, http.StatusBadRequest, badRequest(err)
	}
	req, err := e.request(p)
	return req, http.StatusBadRequest, err
}

func badRequest(err error) error {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) && typ.Field != "" {
		return refuse(fault.Invalid, CodeBadRequest, fault.Say(
			"the parameter %s is of the wrong type", "参数 %s 的类型不对", typ.Field))
	}
	return refuse(fault.Invalid, CodeBadRequest, fault.Say(
		"the body is not a JSON object with a query", "请求体不是含有 query 的 JSON 对象"))
}

// jsonBody wants application/json in UTF-8. Anything else a browser might send without asking first.
func jsonBody(contentType string) error {
	media, params, err := mime.ParseMediaType(contentType)
	if err == nil && media == jsonType && (params["charset"] == "" || strings.EqualFold(params["charset"], "utf-8")) {
		return nil
	}
	return refuse(fault.Invalid, CodeMediaType, fault.Say(
		"send the request as application/json in UTF-8", "请以 UTF-8 编码的 application/json 发送请求"))
}

func (e *Engine) fromQuery(raw string) (Request, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return Request{}, refuse(fault.Invalid, CodeBadRequest, fault.Say(
			"the query string is not properly encoded", "URL 查询字符串编码有误"))
	}
	var p parameters
	text := func(name string) *string {
		if v := values.Get(name); v != "" {
			return &v
		}
		return nil
	}
	p.Query, p.OperationName, p.DocumentID = text("query"), text("operationName"), text("documentId")
	for name, to := range map[string]*json.RawMessage{"variables": &p.Variables, "extensions": &p.Extensions} {
		v := []byte(values.Get(name))
		if len(v) == 0 {
			continue
		}
		if err := checkJSON(v, e.limits.JSONDepth); err != nil {
			return Request{}, err
		}
		if !json.Valid(v) {
			return Request{}, badParameter(name)
		}
		*to = v
	}
	req, err := e.request(p)
	req.ReadOnly = true
	return req, err
}

func badParameter(name string) error {
	return refuse(fault.Invalid, CodeBadRequest, fault.Say(
		"the parameter %s is not a JSON object", "参数 %s 不是 JSON 对象", name))
}

// request checks what is in common.
func (e *Engine) request(p parameters) (Request, error) {
	var req Request
	if p.Query != nil {
		req.Query = *p.Query
	}
	if p.OperationName != nil {
		req.OperationName = *p.OperationName
	}
	var err error
	if isObject(p.Variables) {
		if req.Variables, err = decodeVariables(p.Variables); err != nil {
			return req, err
		}
	} else if !isAbsent(p.Variables) {
		return req, badParameter("variables")
	}
	var extensions struct {
		PersistedQuery *struct {
			Hash string `json:"sha256Hash"`
		} `json:"persistedQuery"`
	}
	if isObject(p.Extensions) {
		if err := json.Unmarshal(p.Extensions, &extensions); err != nil {
			return req, badParameter("extensions")
		}
	} else if !isAbsent(p.Extensions) {
		return req, badParameter("extensions")
	}
	if extensions.PersistedQuery != nil {
		req.Hash = extensions.PersistedQuery.Hash
	}
	if p.DocumentID != nil {
		req.Hash = strings.TrimPrefix(*p.DocumentID, "sha256:")
	}
	if req.Query == "" && req.Hash == "" {
		return req, refuse(fault.Invalid, CodeBadRequest, fault.Say("the request has no query", "请求中没有 query"))
	}
	return req, nil
}

func isObject(raw json.RawMessage) bool {
	return len(raw) > 0 && bytes.TrimLeft(raw, " \t\r\n")[0] == '{'
}

func isAbsent(raw json.RawMessage) bool {
	return len(raw) == 0 || string(bytes.TrimSpace(raw)) == "null"
}

// acceptable is what the client takes.
type acceptable struct {
	media  string // what it likes best
	stream bool   // events too
}

// plain is the type of an answer that is not a stream even where one was asked for: a refusal with a status of its own.
func (a acceptable) plain() string {
	if a.media == streamType {
		return jsonType
	}
	return a.media
}

// accepts chooses the media type of the answer. Events have to be named: */* does not mean them.
func accepts(headers []string) (a acceptable, ok bool) {
	if len(headers) == 0 {
		return acceptable{media: jsonType}, true
	}
	best := 0.0
	for _, r := range ranges(strings.Join(headers, ",")) {
		var m string
		switch r.name {
		case responseType, streamType:
			m = r.name
		case jsonType, "application/*", "*/*":
			m = jsonType
		}
		if m != "" && r.q > best {
			a.media, best = m, r.q
		}
		a.stream = a.stream || m == streamType && r.q > 0
	}
	return a, a.media != ""
}

// localeOf chooses between Chinese and English.
func localeOf(header string) string {
	locale, best := "en", 0.0
	for _, r := range ranges(header) {
		lang, _, _ := strings.Cut(r.name, "-")
		if (lang == "zh" || lang == "en") && r.q > best {
			best = r.q
			if locale = "en"; lang == "zh" {
				locale = "zh-CN"
			}
		}
	}
	return locale
}

// weighted is an element of an Accept header.
type weighted struct {
	name string
	q    float64
}

const maxRanges = 20

func ranges(header string) []weighted {
	var list []weighted
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		r := weighted{strings.ToLower(strings.TrimSpace(name)), 1}
		for param := range strings.SplitSeq(params, ";") {
			if v, ok := strings.CutPrefix(strings.TrimSpace(param), "q="); ok {
				q, err := strconv.ParseFloat(v, 64)
				if err != nil || q < 0 || q > 1 {
					q = 0
				}
				r.q = q
			}
		}
		if list = append(list, r); len(list) == maxRanges {
			break
		}
	}
	return list
}
