package files

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/internal/audit"
	"qbank/projections/auditlog"
	"qbank/projections/read"
)

// maxExported bounds an export, rows. A longer one is asked for in pieces, by time.
const maxExported = 1_000_000

// auditWriter writes entries in one of the formats.
type auditWriter struct {
	media string
	begin func() error
	write func(auditlog.Entry) error
	flush func() error
}

var auditColumns = []string{"kind", "id", "at", "actor", "acting_for", "sign_in", "address", "correlation", "org", "environment", "action", "objects", "count", "person", "detail"}

func csvAudit(w http.ResponseWriter) auditWriter {
	out := csv.NewWriter(w)
	return auditWriter{media: "text/csv; charset=utf-8", begin: func() error { return out.Write(auditColumns) },
		write: func(e auditlog.Entry) error {
			row := []string{string(e.Kind), e.ID.String(), instant(e.At), e.Actor, e.ActingFor, e.SignIn, e.Address, e.Correlation, e.Org, e.Environment, e.Action,
				strings.Join(e.Objects, " "), strconv.Itoa(e.Count), e.Person, e.Detail}
			for i, cell := range row {
				row[i] = inert(cell)
			}
			return out.Write(row)
		},
		flush: func() error { out.Flush(); return out.Error() }}
}

// inert keeps a spreadsheet from taking a cell for a formula.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

func linesAudit(w http.ResponseWriter) auditWriter {
	out := json.NewEncoder(w)
	return auditWriter{media: "application/x-ndjson", begin: func() error { return nil }, flush: func() error { return nil },
		write: func(e auditlog.Entry) error {
			return out.Encode(map[string]any{"kind": e.Kind, "id": e.ID, "at": instant(e.At), "actor": e.Actor, "acting_for": e.ActingFor, "sign_in": e.SignIn, "address": e.Address,
				"correlation": e.Correlation, "org": e.Org, "environment": e.Environment, "action": e.Action, "objects": e.Objects, "count": e.Count, "person": e.Person, "detail": e.Detail})
		}}
}

func instant(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.000000Z")
}

// exportsAudit streams the audit log, the latest first, page by page. That it was taken is written into it before the first line goes out.
func exportsAudit(format func(http.ResponseWriter) auditWriter) func(*Door, http.ResponseWriter, *http.Request, access.Actor) error {
	return func(d *Door, w http.ResponseWriter, r *http.Request, actor access.Actor) error {
		filter, err := auditFilter(r)
		if err != nil {
			return err
		}
		page, err := d.AuditLog.List(r.Context(), actor.Scope.Org, filter, read.Page{First: read.MaxPage})
		if err != nil {
			return err
		}
		d.Audit.Note(r.Context(), audit.Entry{At: time.Now(), Actor: actor, Address: d.Limits.From(r).String(), Action: audit.AuditExported, Detail: r.URL.RawQuery})
		out := format(w)
		w.Header().Set("Content-Type", out.media)
		w.Header().Set("Content-Disposition", `attachment; filename="`+strings.TrimPrefix(r.URL.Path, "/files/")+`"`)
		if err := out.begin(); err != nil {
			return nil //nolint:nilerr // the client went away
		}
		for written := 0; ; written += len(page.Rows) {
			for _, e := range page.Rows {
				if err := out.write(e); err != nil {
					return nil //nolint:nilerr // the client went away
				}
			}
			if err := out.flush(); err != nil {
				return nil //nolint:nilerr // the client went away
			}
			if !page.More {
				return nil
			}
			if written >= maxExported {
				err = errors.New("it is too long; ask for it in pieces, by time")
			} else {
				page, err = d.AuditLog.List(r.Context(), actor.Scope.Org, filter, read.Page{First: read.MaxPage, After: page.Cursors[len(page.Cursors)-1]})
			}
			if err != nil {
				d.Logger.ErrorContext(r.Context(), "an export of the audit log broke off", "error", err)
				panic(http.ErrAbortHandler) // half a file must not look like a whole one
			}
		}
	}
}

var auditFilters = []string{"acting", "actingFor", "action", "actor", "environment", "from", "kind", "object", "person", "until"}

// auditFilter reads the filter, which is named as in the field auditLog.
func auditFilter(r *http.Request) (auditlog.Filter, error) {
	q := r.URL.Query()
	for name := range q {
		if !slices.Contains(auditFilters, name) { // a typo would export everything
			return auditlog.Filter{}, fault.Refuse(fault.Invalid, "audit.filter", fault.Say("there is no filter %.40q; there are %s", "没有筛选条件 %.40q，可用：%s",
				name, strings.Join(auditFilters, ", ")))
		}
	}
	f := auditlog.Filter{Kind: auditlog.Kind(strings.ToLower(q.Get("kind"))), Actor: q.Get("actor"), ActingFor: q.Get("actingFor"), Acting: q.Get("acting") == "true", Action: q.Get("action"),
		Object: q.Get("object"), Person: q.Get("person"), Environment: q.Get("environment")}
	if f.Kind != "" && f.Kind != auditlog.Done && f.Kind != auditlog.Read {
		return f, fault.Refuse(fault.Invalid, "audit.kind", fault.Say("kind is done or read", "kind 应为 done 或 read"))
	}
	for name, into := range map[string]*int64{"from": &f.From, "until": &f.Until} {
		if text := q.Get(name); text != "" {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				return f, fault.Refuse(fault.Invalid, "audit.instant", fault.Say("%s is an instant such as 2026-09-01T00:00:00Z", "%s 应为时间，例如 2026-09-01T00:00:00Z", name))
			}
			*into = at.UnixMicro()
		}
	}
	return f, nil
}
