package files

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/interchange/roster"
	"qbank/internal/rosterfeed"
)

// rosterReaders are how a feed is read, by its media type.
var rosterReaders = map[string]func([]byte) ([]roster.Entry, error){
	"application/json":                   roster.ReadJSON,
	"application/x-ndjson":               roster.ReadLines,
	"application/jsonl":                  roster.ReadLines,
	"application/cloudevents+json":       roster.ReadEvents,
	"application/cloudevents-batch+json": roster.ReadEvents,
	"text/csv":                           roster.ReadSheet,
}

// fed answers a feed: how many records came to what, and each in its order.
type fed struct {
	Totals   map[rosterfeed.Result]int `json:"totals"`
	Position int64                     `json:"position"` // of the last event; 0 where nothing changed
	Records  []fedRecord               `json:"records"`
}

type fedRecord struct {
	At       string            `json:"at"` // JSON Pointer into the document, or the number of the line
	Kind     roster.Kind       `json:"kind,omitempty"`
	Result   rosterfeed.Result `json:"result"`
	ID       string            `json:"id,omitempty"`
	Code     string            `json:"code,omitempty"` // of the refusal
	Message  string            `json:"message,omitempty"`
	Problems []fedProblem      `json:"problems,omitempty"`
}

type fedProblem struct {
	Pointer string `json:"pointer"` // into the record
	Code    string `json:"code"`
	Message string `json:"message"`
}

// roster takes what a company system says of the roster. Each record stands for itself: those that are refused do not keep the others out.
func (d *Door) roster(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	read, known := rosterReaders[media]
	if err != nil || !known {
		return fault.Refuse(fault.Invalid, "file.media_type", fault.Say(
			"send records as application/json, application/x-ndjson or text/csv, or events as application/cloudevents+json or application/cloudevents-batch+json",
			"请以 application/json、application/x-ndjson 或 text/csv 发送记录，或以 application/cloudevents+json、application/cloudevents-batch+json 发送事件"))
	}
	body, err := bounded(w, r, roster.MaxBytes)
	if err != nil {
		return err
	}
	entries, err := read(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(d.report(r, rosterfeed.Feed{Commands: d.Commands}.Take(r.Context(), actor, entries)))
}

// bounded reads a body. One that is said to be too large is not waited for.
func bounded(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	var tooMuch *http.MaxBytesError
	if r.ContentLength <= limit {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
		switch {
		case err == nil:
			return body, nil
		case !errors.As(err, &tooMuch):
			return nil, fault.Refuse(fault.Invalid, "file.unreadable", fault.Say("the body could not be read", "无法读取请求内容")).Because(err)
		}
	}
	return nil, fault.Refuse(fault.Limit, "json.too_large", fault.Say("the body may have %d bytes at most", "请求内容最多 %d 字节", limit))
}

func (d *Door) report(r *http.Request, outcomes []rosterfeed.Outcome) fed {
	answer := fed{Totals: map[rosterfeed.Result]int{}, Records: make([]fedRecord, len(outcomes))}
	locale := r.Header.Get("Accept-Language")
	for i, o := range outcomes {
		answer.Totals[o.Result]++
		answer.Position = max(answer.Position, o.Position)
		record := fedRecord{At: o.Place, Kind: o.Kind, Result: o.Result}
		f := fault.Of(o.Err)
		switch {
		case o.Err == nil:
			record.ID = o.ID.String()
		case f == nil:
			d.Logger.ErrorContext(r.Context(), "a roster record failed", "at", o.Place, "error", o.Err)
			record.Code, record.Message = "internal", "internal error"
		default:
			record.Code, record.Message = f.Code, f.Message.In(locale)
			for _, p := range f.Problems {
				record.Problems = append(record.Problems, fedProblem{p.Pointer, p.Code, p.Message.In(locale)})
			}
		}
		answer.Records[i] = record
	}
	return answer
}
