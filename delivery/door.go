package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/internal/audit"
	"qbank/internal/correlation"
	"qbank/internal/notices"
	"qbank/internal/ratelimit"
	"qbank/internal/signin"
	"qbank/internal/sized"
	"qbank/observations"
	"qbank/observations/ledger"
	"qbank/projections/pseudo"
)

// Tokens tells who a bearer token speaks for.
type Tokens interface {
	Verify(raw string) (access.Actor, error)
}

// Views reads public views by their hash. One that is not there, or that students of the scope were never given, is the fault "blob.not_found"; one that they
// were given stays theirs.
type Views interface {
	Public(ctx context.Context, scope access.Scope, hash content.Hash) ([]byte, error)
}

// Devices takes down what students' devices say of themselves.
type Devices interface {
	Note(actor access.Actor, now time.Time)
}

// Looks reads by which tickets a student's eyes were borrowed.
type Looks interface {
	Looks(ctx context.Context, environment string, person uuid.UUID) ([]pseudo.Ticket, error)
}

// Door is the student door. Fill the fields and mount Handler.
type Door struct {
	Bus       *commands.Bus
	Tokens    Tokens
	Views     Views
	Notices   *notices.Hub
	Ledger    *ledger.Book // nil: what becomes of reissues is not written down
	Devices   Devices      // nil: nobody wants to know
	Looks     Looks
	Audit     *audit.Trail      // nil: what staff sees through a student's eyes is not written down
	TellLooks bool              // students are told who looked through their eyes
	Limits    *ratelimit.Limits // nil: none
	Files     Files             // nil: none
	Seed      func() uint64     // draws what decides the order of options
	Now       func() time.Time
	Logger    *slog.Logger
	Ready     func(context.Context) error // whether the read models serve; nil: they do
	manifests *sized.Cache[content.Hash, *manifest]
	blobs     *blobCache

	Observations *observations.Recorder // nil: nothing is observed
	Flags        []Flags                // beside those of releases
	configs      *configCache
	readiness    *readiness
}

// The bounds of a request.
const (
	maxBody      = 1 << 20 // bytes
	maxAnswers   = 200     // in one request
	maxBodyDepth = 24
	maxBodyNodes = 20_000
)

// Handler returns the door's routes, which begin with /v1/ and /ofrep/v1/.
func (d *Door) Handler() (http.Handler, error) {
	var err error
	d.manifests = newManifests()
	if d.blobs, err = newBlobCache(); err != nil {
		return nil, err
	}
	if d.configs, err = newConfigCache(); err != nil {
		return nil, err
	}
	d.readiness = &readiness{ask: d.Ready}
	mux := http.NewServeMux()
	for _, route := range d.routes() {
		mux.HandleFunc(route.path, d.only(route.method, route.handle))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		d.refuse(w, r, fault.Refuse(fault.NotFound, "request.no_such_route", fault.Say("there is nothing at this path", "此路径不存在")))
	})
	return correlation.Handler(open(mux)), nil
}

type route struct {
	method, path string
	handle       http.HandlerFunc
}

// routes lists every route. openapi.json describes the same ones.
func (d *Door) routes() []route {
	return []route{
		{"GET", "/v1/lessons/{id}/manifest", d.authenticated(d.manifest)},
		{"GET", "/v1/blobs/{sha256}", d.authenticated(d.blob)},
		{"POST", "/v1/attempts", d.authenticated(d.startAttempt)},
		{"GET", "/v1/attempts/{id}", d.authenticated(d.readAttempt)},
		{"POST", "/v1/attempts/{id}/answers", d.authenticated(d.answer)},
		{"POST", "/v1/attempts/{id}/finish", d.authenticated(d.finishAttempt)},
		{"GET", "/v1/attempts/{id}/result", d.authenticated(d.result)},
		{"GET", "/v1/me/pseudo-logins", d.authenticated(d.looks)},
		{"POST", "/v1/telemetry", d.authenticated(d.telemetry)},
		{"POST", "/ofrep/v1/evaluate/flags/{key}", d.authenticated(d.evaluateFlag)},
		{"POST", "/ofrep/v1/evaluate/flags", d.authenticated(d.evaluateFlags)},
		{"GET", "/v1/tombstones", d.authenticated(d.tombstones)},
		{"GET", "/v1/me/events", d.authenticated(d.events)},
		{"POST", "/v1/me/receipts", d.authenticated(d.receipts)},
		{"GET", "/v1/config", d.authenticated(d.config)},
		{"GET", "/v1/time", d.anybody(d.time)},
		{"GET", "/v1/openapi.json", d.anybody(openAPI)},
	}
}

// only refuses the other methods; HEAD goes with GET. (The mux would refuse them in plain text.)
func (d *Door) only(method string, handle http.HandlerFunc) http.HandlerFunc {
	allow := []string{method}
	if method == http.MethodGet {
		allow = append(allow, http.MethodHead)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains(allow, r.Method) {
			handle(w, r)
			return
		}
		w.Header().Set("Allow", strings.Join(allow, ", "))
		d.refuse(w, r, fault.Refuse(fault.Invalid, "request.method",
			fault.Say("this path does not know the method %.20s", "此路径不支持 %.20s 方法", r.Method)))
	}
}

// authenticated finds out who calls before anything else is looked at. Those who do not say so are counted by their address, the others by who
// they are: a whole class has one address.
func (d *Door) authenticated(handle func(http.ResponseWriter, *http.Request, access.Actor) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := d.readiness.check(r.Context()); err != nil {
			d.refuse(w, r, err)
			return
		}
		actor, err := d.actor(r)
		if err != nil {
			d.refuse(w, r, signin.Refused(d.Limits, r, err))
			return
		}
		d.look(r, actor)
		if err = d.Limits.Actor(ratelimit.Answers, actor.ID); err == nil {
			err = handle(w, r, actor)
		}
		if err != nil {
			d.refuse(w, r, err)
		}
	}
}

// anybody serves without knowing who calls.
func (d *Door) anybody(handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := d.Limits.Address(ratelimit.Open, r)
		if err == nil {
			err = handle(w, r)
		}
		if err != nil {
			d.refuse(w, r, err)
		}
	}
}

func (d *Door) actor(r *http.Request) (access.Actor, error) {
	actor, err := d.caller(r)
	if err != nil {
		return access.Actor{}, err
	}
	if err := actor.Somewhere(); err != nil {
		return access.Actor{}, err
	}
	if actor.ActingFor != "" {
		return d.Bus.Borrow(r.Context(), actor)
	}
	actor.Device = device(r.Header)
	if err := actor.Require(access.Answer); err != nil {
		return access.Actor{}, err
	}
	if d.Devices != nil {
		d.Devices.Note(actor, d.Now())
	}
	return actor, nil
}

// device is what the client's shell says of itself. What is not short and plain is as if it were not said: an odd shell must not keep
// its student from class.
func device(h http.Header) access.Device {
	return access.Device{
		Platform: said(h, "Qbank-Platform"), AppVersion: said(h, "Qbank-App-Version"), Channel: said(h, "Qbank-Channel"), Region: said(h, "Qbank-Region"),
		Locale: said(h, "Accept-Language"),
	}
}

// maxSaid bounds what a device says, bytes.
const maxSaid = 64

// said reads the first of the things a header lists. name is in canonical form.
func said(h http.Header, name string) string {
	values := h[name]
	if len(values) == 0 {
		return ""
	}
	first := values[0]
	if end := strings.IndexAny(first, ",;"); end >= 0 {
		first = first[:end]
	}
	return word(first)
}

// word is what a device says, where it is short and plain; else nothing.
func word(said string) string {
	if len(said) > maxSaid {
		return ""
	}
	for i := range len(said) {
		if said[i] <= ' ' || said[i] > '~' {
			return ""
		}
	}
	return said
}

// caller is who calls: by an API key, of which the gate before this door has found out, or by a token.
func (d *Door) caller(r *http.Request) (access.Actor, error) {
	if caller, known, err := signin.Of(r.Context()); known {
		return caller.Actor, err
	}
	scheme, raw, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if raw == "" || !strings.EqualFold(scheme, "Bearer") {
		return access.Actor{}, fault.Refuse(fault.Unauthenticated, "access.no_token",
			fault.Say("a bearer token is needed", "需要访问令牌（Bearer token）"))
	}
	return d.Tokens.Verify(raw)
}

// open answers pages from anywhere, files on a device included ("Origin: null"): tokens are sent by hand, never by a browser on
// its own, so another site's page can do nothing that its visitor's token does not let it.
func open(routes http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.Header.Get("Origin") != "" {
			h.Set("Access-Control-Allow-Origin", "*")
			h.Set("Access-Control-Expose-Headers", "ETag, Location, Retry-After, Content-Range, X-Request-Id")
			if r.Method == http.MethodOptions {
				h.Set("Access-Control-Allow-Methods", "GET, POST")
				h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-None-Match, Last-Event-ID, Range, Accept-Language, Traceparent, X-Request-Id, "+
					"Qbank-Platform, Qbank-App-Version, Qbank-Channel, Qbank-Region, Qbank-Environment")
				h.Set("Access-Control-Max-Age", "86400")
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		h["X-Content-Type-Options"] = noSniff
		routes.ServeHTTP(w, r)
	})
}

// body reads a JSON object.
func body(w http.ResponseWriter, r *http.Request) (map[string]any, error) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, fault.Refuse(fault.Invalid, "request.not_json", fault.Say("send the body as it is, not compressed (Content-Encoding %.40q)",
			"请直接发送请求内容，不要压缩（Content-Encoding %.40q）", coding))
	}
	if kind := r.Header.Get("Content-Type"); kind != "application/json" { // the usual spelling needs no parsing
		media, parameters, err := mime.ParseMediaType(kind)
		charset := strings.ToLower(parameters["charset"])
		if err != nil || media != "application/json" || (charset != "" && charset != "utf-8") {
			return nil, fault.Refuse(fault.Invalid, "request.not_json", fault.Say("send application/json in UTF-8", "请发送 UTF-8 编码的 application/json"))
		}
	}
	if r.ContentLength > maxBody {
		return nil, tooLarge()
	}
	raw, err := readAll(w, r)
	if err != nil {
		return nil, err
	}
	decoded, err := content.Decode(raw, content.Limits{Bytes: maxBody, Depth: maxBodyDepth, Nodes: maxBodyNodes})
	if err != nil {
		return nil, err
	}
	object, ok := decoded.(map[string]any)
	if !ok {
		return nil, shape("", fault.Say("a JSON object is expected", "应为 JSON 对象"))
	}
	return object, nil
}

func readAll(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		return nil, tooLarge() // without waiting for it
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooMuch *http.MaxBytesError
	switch {
	case errors.As(err, &tooMuch):
		return nil, tooLarge()
	case err != nil:
		return nil, fault.Refuse(fault.Invalid, "request.shape", fault.Say("the body could not be read", "无法读取请求内容")).Because(err)
	}
	return raw, nil
}

func tooLarge() error {
	return fault.Refuse(fault.Limit, "json.too_large", fault.Say("the body may have %d bytes at most", "请求内容最多 %d 字节", maxBody))
}

func shape(pointer string, message fault.Text) error {
	return fault.Refuse(fault.Invalid, "request.shape", fault.Say("the body has not the expected shape", "请求内容的结构不符合要求"),
		fault.Problem{Pointer: pointer, Code: "type", Message: message})
}

// id reads an id from the path; what is no id names nothing.
func id(r *http.Request) (uuid.UUID, error) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return id, fault.Refuse(fault.NotFound, "request.id", fault.Say("there is no such thing", "没有这个对象"))
	}
	return id, nil
}

func respond(w http.ResponseWriter, status int, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	respondBytes(w, status, encoded)
	return nil
}

func respondBytes(w http.ResponseWriter, status int, encoded []byte) {
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Cache-Control"] = noStore
	w.WriteHeader(status)
	_, _ = w.Write(encoded) // a client that went away will ask again
}

var (
	jsonType = []string{"application/json"}
	noStore  = []string{"no-store"}
	noSniff  = []string{"nosniff"}
)

// time serves the server's clock, for clients to set theirs by.
func (d *Door) time(w http.ResponseWriter, _ *http.Request) error {
	return respond(w, http.StatusOK, map[string]int64{"now": d.Now().UnixMicro()})
}
