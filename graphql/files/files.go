// Package files is the part of the authors' door that moves files, which GraphQL does not: uploads to import, and sheets to fill
// in or to put right.
//
//	POST /files/imports?format=gift|xlsx&name=…[&dry_run=true][&subject=…&stage=…&grade=…&source=…]   → {"job": id}
//	GET  /files/imports/{id}/marked      the sheet with its wrong cells marked
//	GET  /files/template.xlsx?locale=…   an empty sheet
//
// Progress and report are read by GraphQL.
package files

import (
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/interchange"
	"qbank/interchange/xlsx"
	"qbank/internal/importjob"
)

// Door moves files.
type Door struct {
	Actor    func(*http.Request) (access.Actor, error) // from the request's token
	Importer *importjob.Importer
	Logger   *slog.Logger
}

// Handler returns the routes, which all begin with /files/.
func (d *Door) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /files/imports", d.guarded(d.upload))
	mux.HandleFunc("GET /files/imports/{id}/marked", d.guarded(d.marked))
	mux.HandleFunc("GET /files/template.xlsx", d.guarded(d.template))
	return http.NewCrossOriginProtection().Handler(mux)
}

func (d *Door) guarded(handle func(http.ResponseWriter, *http.Request, access.Actor) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		actor, err := d.Actor(r)
		if err == nil {
			err = actor.Require(access.WriteQuestions)
		}
		if err == nil {
			err = handle(w, r, actor)
		}
		if err != nil {
			d.refuse(w, r, err)
		}
	}
}

func (d *Door) upload(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	q := r.URL.Query()
	if media := r.Header.Get("Content-Type"); media == "application/x-www-form-urlencoded" || media == "multipart/form-data" {
		return fault.Refuse(fault.Invalid, "file.form", fault.Say("send the file itself as the body, not a form", "请直接以文件内容作为请求体，不要使用表单"))
	}
	id, err := d.Importer.Add(r.Context(), actor, importjob.Args{
		Format: q.Get("format"), Name: q.Get("name"), DryRun: q.Get("dry_run") == "true",
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
		return fault.Refuse(fault.NotFound, "job.not_found", fault.Say("there is no such job", "没有这个任务"))
	}
	job, err := d.Importer.Queue.Get(r.Context(), actor, id)
	if err != nil {
		return err
	}
	var progress importjob.Progress
	if err := json.Unmarshal(job.Progress, &progress); err != nil {
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

func sheet(w http.ResponseWriter, name string) {
	h := w.Header()
	h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
}

var statuses = map[fault.Kind]int{
	fault.Invalid: http.StatusBadRequest, fault.Unauthenticated: http.StatusUnauthorized, fault.Denied: http.StatusForbidden,
	fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict, fault.Limit: http.StatusRequestEntityTooLarge,
	fault.Unavailable: http.StatusServiceUnavailable,
}

// refuse answers as GraphQL would: {"errors": [{message, extensions: {code}}]}.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, code, message := http.StatusInternalServerError, "internal", "internal error"
	if f := fault.Of(err); f != nil && statuses[f.Kind] != 0 {
		status, code, message = statuses[f.Kind], f.Code, f.Message.In(r.Header.Get("Accept-Language"))
	} else {
		d.Logger.ErrorContext(r.Context(), "file request failed", "path", r.URL.Path, "error", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]any{"message": message, "extensions": map[string]string{"code": code}}}})
}
