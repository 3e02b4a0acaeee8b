package files

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/interchange"
	"qbank/interchange/xlsx"
	"qbank/internal/audit"
	"qbank/internal/correlation"
	"qbank/internal/importjob"
	"qbank/internal/jobs"
	"qbank/internal/library"
	"qbank/internal/ratelimit"
	"qbank/internal/signin"
	"qbank/projections/auditlog"
	"qbank/projections/lessons"
)

// Tokens says whom a bearer token speaks for.
type Tokens interface {
	Verify(raw string) (access.Actor, error)
}

// Lessons reads drafts of lessons.
type Lessons interface {
	Plans(ctx context.Context, org string, keys []lessons.Key) (map[lessons.Key]*lesson.Plan, error)
}

// Door moves files.
type Door struct {
	Tokens   Tokens
	Importer *importjob.Importer
	Commands *commands.Bus
	Lessons  Lessons
	Audit    *audit.Trail
	AuditLog *auditlog.Reader
	Limits   *ratelimit.Limits // nil: none
	Library  *library.Library
	Types    *commands.Types
	Logger   *slog.Logger
}

// route is one way in.
type route struct {
	pattern string
	needs   access.Permission
	handle  func(*Door, http.ResponseWriter, *http.Request, access.Actor) error
}

var routes = []route{
	{"POST /files/imports", access.WriteQuestions, (*Door).upload},
	{"GET /files/imports/{id}/marked", access.WriteQuestions, (*Door).marked},
	{"GET /files/template.xlsx", access.WriteQuestions, (*Door).template},
	{"POST /files/roster", access.WriteRoster, (*Door).roster},
	{"POST /files/subtitles", access.WriteLessons, (*Door).importSubtitles},
	{"GET /files/subtitles", access.ReadLessons, (*Door).exportSubtitles},
	{"GET /files/audit.csv", access.ReadAudit, exportsAudit(csvAudit)},
	{"GET /files/audit.jsonl", access.ReadAudit, exportsAudit(linesAudit)},
	{"PUT /files/blobs/{sha256}", access.WriteResources, (*Door).keep},
	{"POST /files/blobs", access.WriteResources, (*Door).keep},
	{"GET /files/blobs/{sha256}", access.ReadQuestions, (*Door).blob},
	{"GET /files/forms/{type}/{version}", access.ReadQuestions, (*Door).form},
}

// Routes lists the patterns of all routes.
func Routes() []string {
	var list []string
	for _, r := range routes {
		list = append(list, r.pattern)
	}
	return list
}

// Handler returns the routes, which all begin with /files/.
func (d *Door) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.HandleFunc(r.pattern, d.guarded(r.needs, func(w http.ResponseWriter, q *http.Request, actor access.Actor) error {
			return r.handle(d, w, q, actor)
		}))
	}
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.refuse(w, r, fault.Refuse(fault.Denied, "file.cross_origin", fault.Say("requests from other sites are refused", "拒绝来自其他站点的请求")))
	}))
	return correlation.Handler(cross.Handler(mux))
}

func (d *Door) guarded(needs access.Permission, handle func(http.ResponseWriter, *http.Request, access.Actor) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		actor, err := d.actor(r)
		if err == nil {
			err = actor.Require(needs)
		}
		if err == nil {
			err = d.Limits.Actor(ratelimit.Mutations, actor.ID)
		} else {
			err = signin.Refused(d.Limits, r, err)
		}
		if coding := r.Header.Get("Content-Encoding"); err == nil && coding != "" && coding != "identity" {
			err = fault.Refuse(fault.Invalid, "file.encoding", fault.Say("send the body as it is, not compressed (Content-Encoding %.40q)",
				"请直接发送请求内容，不要压缩（Content-Encoding %.40q）", coding))
		}
		if err == nil {
			err = handle(w, r, actor)
		}
		if err != nil {
			d.refuse(w, r, err)
		}
	}
}

// actor is who calls: by an API key or a session, of which the gate before this door has found out, or by a token.
func (d *Door) actor(r *http.Request) (access.Actor, error) {
	if caller, known, err := signin.Of(r.Context()); known {
		return caller.Actor, err
	}
	scheme, raw, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") || raw == "" {
		return access.Actor{}, nil // whom every permission is refused
	}
	return d.Tokens.Verify(raw)
}

// accepted are the media types of an upload; what a file really is, its reader finds out.
var accepted = map[string]bool{
	"": true, "application/octet-stream": true, "text/plain": true, "text/x-gift": true, "application/gift": true, "text/vtt": true,
	"application/x-subrip": true, sheetType: true,
}

// plainFile refuses a body that is not the file itself.
func plainFile(r *http.Request) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Header.Get("Content-Type") == "" {
		media, err = "", nil
	}
	if err != nil || !accepted[media] {
		return fault.Refuse(fault.Invalid, "file.media_type", fault.Say(
			"send the file itself as the body, as application/octet-stream; a form is not read", "请直接以文件内容作为请求体（application/octet-stream），不要使用表单"))
	}
	return nil
}

// dryRun reports whether a request only asks what a file would bring.
func dryRun(q url.Values) (bool, error) {
	dry, err := strconv.ParseBool(cmp.Or(q.Get("dry_run"), "false"))
	if err != nil {
		return false, fault.Refuse(fault.Invalid, "import.args", fault.Say("dry_run is true or false", "dry_run 应为 true 或 false"))
	}
	return dry, nil
}

func (d *Door) upload(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	if err := plainFile(r); err != nil {
		return err
	}
	q := r.URL.Query()
	dry, err := dryRun(q)
	if err != nil {
		return err
	}
	if r.ContentLength > importjob.MaxFile { // said beforehand: it is not waited for
		return fault.Refuse(fault.Limit, "file.too_large", fault.Say("the file may have %d bytes at most", "文件最多 %d 字节", importjob.MaxFile))
	}
	id, err := d.Importer.Add(r.Context(), actor, importjob.Args{
		Format: q.Get("format"), Name: q.Get("name"), DryRun: dry,
		Defaults: interchange.Defaults{Subject: q.Get("subject"), Stage: q.Get("stage"), Grade: q.Get("grade"), Origin: q.Get("source")},
	}, http.MaxBytesReader(w, r.Body, importjob.MaxFile+1))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	return json.NewEncoder(w).Encode(map[string]uuid.UUID{"job": id})
}

func (d *Door) marked(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return jobs.NotFound()
	}
	progress, err := d.Importer.Progress(r.Context(), actor, id)
	if err != nil {
		return err
	}
	file, err := d.Importer.Blobs.Open(progress.Marked)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	d.Audit.Note(r.Context(), audit.Entry{At: time.Now(), Actor: actor, Address: d.Limits.From(r).String(), Action: audit.FileRead, Objects: []string{id.String()}, Detail: "import"})
	sheet(w, "marked.xlsx")
	http.ServeContent(w, r, "", info.ModTime(), file)
	return nil
}

func (d *Door) template(w http.ResponseWriter, r *http.Request, _ access.Actor) error {
	locale := "zh-CN"
	if r.URL.Query().Get("locale") == "en" {
		locale = "en"
	}
	sheet(w, "questions.xlsx")
	return xlsx.Template(w, locale)
}

const sheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func sheet(w http.ResponseWriter, name string) {
	h := w.Header()
	h.Set("Content-Type", sheetType)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

var statuses = map[fault.Kind]int{
	fault.Invalid: http.StatusBadRequest, fault.Unauthenticated: http.StatusUnauthorized, fault.Denied: http.StatusForbidden,
	fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict, fault.Limit: http.StatusRequestEntityTooLarge,
	fault.Unavailable: http.StatusServiceUnavailable,
}

// refuse answers as GraphQL would: {"errors": [{message, extensions: {code, problems}}]}.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, code, message := http.StatusInternalServerError, "internal", "internal error"
	if f := fault.Of(err); f != nil && statuses[f.Kind] != 0 {
		status, code, message = statuses[f.Kind], f.Code, f.Message.In(r.Header.Get("Accept-Language"))
		switch code {
		case "file.encoding":
			status = http.StatusUnsupportedMediaType
		case "job.too_many":
			status = http.StatusTooManyRequests
		case "resource.quota":
			status = http.StatusInsufficientStorage
		case "blob.range":
			status = http.StatusRequestedRangeNotSatisfiable
		}
		if wait := ratelimit.Seconds(err); wait != "" {
			w.Header().Set("Retry-After", wait)
			status = http.StatusTooManyRequests
		}
	} else {
		level := slog.LevelError
		if errors.Is(r.Context().Err(), context.Canceled) { // the client hung up
			level = slog.LevelDebug
		}
		d.Logger.Log(r.Context(), level, "file request failed", "reference", event.CorrelationOf(r.Context()), "path", r.URL.Path, "error", err)
	}
	w.Header().Set("Content-Type", "application/json")
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(status)
	extensions := map[string]any{"code": code}
	if code == "internal" {
		extensions["reference"] = event.CorrelationOf(r.Context())
	}
	if f := fault.Of(err); f != nil && len(f.Problems) > 0 {
		problems := make([]map[string]string, len(f.Problems))
		for i, p := range f.Problems {
			problems[i] = map[string]string{"pointer": p.Pointer, "code": p.Code, "message": p.Message.In(r.Header.Get("Accept-Language"))}
		}
		extensions["problems"] = problems
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]any{"message": message, "extensions": extensions}}})
}
