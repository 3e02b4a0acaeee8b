package preview

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"

	"qbank/delivery"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/internal/blob"
	"qbank/internal/preview"
	"qbank/internal/ratelimit"
	"qbank/projections/resources"
)

// Files are the resource files.
type Files interface {
	Facts(ctx context.Context, org string, hash content.Hash) (resources.File, error)
	Open(hash content.Hash) (*os.File, error)
}

// Door shows previews. Fill the fields and mount Handler.
type Door struct {
	Stage   *preview.Stage
	Tickets preview.Tickets
	Files   Files             // nil: none
	Limits  *ratelimit.Limits // nil: none
	Logger  *slog.Logger
}

// The bounds of a request.
const (
	maxBody    = 1 << 20 // bytes
	maxDepth   = 24
	maxNodes   = 20_000
	maxAnswers = lesson.MaxItems
)

var routes = map[string]func(*Door, http.ResponseWriter, *http.Request, preview.Pins) error{
	"GET /preview/{ticket}":                (*Door).show,
	"POST /preview/{ticket}/answers":       (*Door).score,
	"GET /preview/{ticket}/blobs/{sha256}": (*Door).file,
	"GET /preview/{ticket}/qr.svg":         (*Door).qrSVG,
	"GET /preview/{ticket}/qr.png":         (*Door).qrPNG,
}

// Routes lists the patterns of all routes.
func Routes() []string { return slices.Sorted(maps.Keys(routes)) }

// Handler returns the routes, which all begin with /preview/.
func (d *Door) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range routes {
		mux.HandleFunc(pattern, d.opened(func(w http.ResponseWriter, r *http.Request, pins preview.Pins) error { return handle(d, w, r, pins) }))
	}
	mux.HandleFunc("OPTIONS /preview/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type, Range, If-None-Match, Accept-Language")
		w.WriteHeader(http.StatusNoContent)
	})
	return guarded(mux)
}

// guarded keeps a ticket, which is all that it takes to look, from going on to others.
func guarded(routes http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*") // the ticket is in the address: a page of another origin has it or has not
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Robots-Tag", "noindex")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		routes.ServeHTTP(w, r)
	})
}

// opened opens the ticket before anything else is looked at. Whoever has it need not be known, so requests are counted by address.
func (d *Door) opened(handle func(http.ResponseWriter, *http.Request, preview.Pins) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := d.Limits.Address(ratelimit.Open, r)
		if err == nil {
			var pins preview.Pins
			if pins, err = d.Tickets.Open(r.Context(), r.PathValue("ticket")); err == nil {
				err = handle(w, r, pins)
			}
		}
		if err != nil {
			delivery.WriteProblem(w, r, d.Logger, err)
		}
	}
}

func (d *Door) show(w http.ResponseWriter, r *http.Request, pins preview.Pins) error {
	view, err := d.Stage.Show(r.Context(), pins, "/preview/"+r.PathValue("ticket"))
	if err != nil {
		return err
	}
	return respond(w, view)
}

func (d *Door) score(w http.ResponseWriter, r *http.Request, pins preview.Pins) error {
	answers, err := read(w, r)
	if err != nil {
		return err
	}
	result, err := d.Stage.Score(r.Context(), pins, answers)
	if err != nil {
		return err
	}
	return respond(w, result)
}

func (d *Door) file(w http.ResponseWriter, r *http.Request, pins preview.Pins) error {
	hash := content.Hash(r.PathValue("sha256"))
	named, err := d.Stage.Names(r.Context(), pins, hash)
	if err != nil {
		return err
	}
	if !named || d.Files == nil {
		return fault.Refuse(fault.NotFound, "blob.not_found", fault.Say("there is nothing under this hash", "没有该哈希对应的内容"))
	}
	facts, err := d.Files.Facts(r.Context(), pins.Org, hash)
	if err != nil {
		return err
	}
	return blob.ServeFile(w, r, d.Files.Open, hash, facts.Media)
}

// read reads {"answers": [{"slot", "response"}]}.
func read(w http.ResponseWriter, r *http.Request) ([]preview.Answer, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooMuch *http.MaxBytesError
	switch {
	case errors.As(err, &tooMuch):
		return nil, fault.Refuse(fault.Limit, "json.too_large", fault.Say("the body may have %d bytes at most", "请求内容最多 %d 字节", maxBody))
	case err != nil:
		return nil, shape("", fault.Say("the body could not be read", "无法读取请求内容"))
	}
	decoded, err := content.Decode(raw, content.Limits{Bytes: maxBody, Depth: maxDepth, Nodes: maxNodes})
	if err != nil {
		return nil, err
	}
	request, _ := decoded.(map[string]any)
	list, is := request["answers"].([]any)
	if !is || len(list) > maxAnswers {
		return nil, shape("/answers", fault.Say("a list of at most %d answers is expected", "应为最多 %d 个答案的列表", maxAnswers))
	}
	answers := make([]preview.Answer, len(list))
	for i, entry := range list {
		fields, _ := entry.(map[string]any)
		slot, is := fields["slot"].(string)
		if !is {
			return nil, shape("/answers/"+strconv.Itoa(i)+"/slot", fault.Say("the slot of a question is expected", "应为题目的位置（slot）"))
		}
		answers[i] = preview.Answer{Slot: lesson.Slot(slot), Response: fields["response"]}
	}
	return answers, nil
}

func shape(pointer string, message fault.Text) error {
	return fault.Refuse(fault.Invalid, "request.shape", fault.Say("the body has not the expected shape", "请求内容的结构不符合要求"),
		fault.Problem{Pointer: pointer, Code: "type", Message: message})
}

func respond(w http.ResponseWriter, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(encoded) // a client that went away will ask again
	return nil
}
