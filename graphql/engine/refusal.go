package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"

	gql "github.com/graphql-go/graphql"

	facts "qbank/domain/event"
	"qbank/domain/fault"
)

// Codes of the engine's own refusals. Append-only: clients hold on to them.
const (
	CodeBadRequest     = "graphql.bad_request"     // the body or the query string is not a GraphQL request
	CodeBadText        = "graphql.bad_text"        // not UTF-8, or NUL or a lone surrogate in a string
	CodeBatch          = "graphql.batch_refused"   // a list of requests
	CodeMediaType      = "graphql.media_type"      // the body is not application/json in UTF-8
	CodeNotAcceptable  = "graphql.not_acceptable"  // no media type that we speak would be accepted
	CodeMethod         = "graphql.method"          // neither GET nor POST, or not a query by GET
	CodeCrossOrigin    = "graphql.cross_origin"    // a browser sends it on behalf of another site
	CodeTooLarge       = "graphql.too_large"       // bytes, tokens, the length of a name
	CodeTooDeep        = "graphql.too_deep"        // brackets or fields inside each other
	CodeTooMany        = "graphql.too_many"        // fields, aliases, overlapping fields
	CodeTooCostly      = "graphql.too_costly"      // the cost of the operation
	CodeCyclicFragment = "graphql.cyclic_fragment" // a fragment that contains itself
	CodeSyntax         = "graphql.syntax"          // not a GraphQL document
	CodeValidation     = "graphql.validation"      // not a document for this schema
	CodeOperation      = "graphql.operation"       // no such operation, or it is not said which
	CodeBadVariable    = "graphql.bad_variable"    // a variable is missing or of the wrong type
	CodeUnsupported    = "graphql.unsupported"     // subscriptions over plain HTTP
	CodeNotPersisted   = "graphql.not_persisted"   // no document under this hash
	CodeHashMismatch   = "graphql.hash_mismatch"   // the document's hash is another
	CodeBadCursor      = "graphql.bad_cursor"      // a cursor that this connection did not give
	CodeBadPage        = "graphql.bad_page"        // first, last, after and before do not go together
	CodeBadID          = "graphql.bad_id"          // not a global id, or one of another type
	CodeCancelled      = "graphql.cancelled"       // the request ended or ran out of time
	CodeInternal       = "internal"                // a defect of ours
	CodeMoreErrors     = "graphql.more_errors"     // further errors are left out
)

// Location is a place in a document, both from 1; Column counts bytes.
type Location struct{ Line, Column int }

// located is one entry of a response's errors.
type located struct {
	err   error
	path  *gql.ResponsePath
	locs  []Location
	label string // for the log: Type.field
}

// refusals are the reasons why a request does not run at all.
type refusals []located

func (r refusals) Error() string {
	if len(r) == 0 {
		return "refused"
	}
	return r[0].err.Error()
}

func (r refusals) Unwrap() error {
	if len(r) == 0 {
		return nil
	}
	return r[0].err
}

func refuse(kind fault.Kind, code string, message fault.Text, locs ...Location) refusals {
	return refusals{{err: fault.Refuse(kind, code, message), locs: locs}}
}

func tooMuch(code, what, zh string, limit int64, locs ...Location) refusals {
	message := fault.Say("the request has more %[1]s than the limit of %[3]d; ask for less at once",
		"请求的%[2]s超过上限 %[3]d，请减少单次请求的内容", what, zh, limit)
	return refusals{{err: fault.Refuse(fault.Limit, code, message).With("limit", limit), locs: locs}}
}

// panicked is what a resolver that panicked returns in effect.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

var (
	internalText  = fault.Say("internal error", "内部错误")
	cancelledText = fault.Say("the request was ended before it was done; try again", "请求未完成即被中止，请重试")
	moreText      = fault.Say("further errors are left out", "其余错误已省略")
)

// reporter writes errors as the client may see them, and logs what it may not.
type reporter struct {
	ctx    context.Context
	log    *slog.Logger
	locale string
	lines  []logLine // one reference for one error, however many fields it failed
}

// append writes the list of errors as JSON. max bounds the list.
func (r *reporter) append(out []byte, errs []located, max int) []byte {
	out = append(out, '[')
	for i, e := range errs {
		if i > 0 {
			out = append(out, ',')
		}
		if i == max {
			return append(r.one(out, located{err: fault.Refuse(fault.Limit, CodeMoreErrors, moreText)}), ']')
		}
		out = r.one(out, e)
	}
	return append(out, ']')
}

func (r *reporter) one(out []byte, e located) []byte {
	f, reference := r.public(e)
	out = append(out, `{"message":`...)
	out = appendString(out, f.Message.In(r.locale))
	if len(e.locs) > 0 {
		out = append(out, `,"locations":[`...)
		for i, l := range e.locs {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, `{"line":`...)
			out = strconv.AppendInt(out, int64(l.Line), 10)
			out = append(out, `,"column":`...)
			out = strconv.AppendInt(out, int64(l.Column), 10)
			out = append(out, '}')
		}
		out = append(out, ']')
	}
	if e.path != nil {
		out = append(out, `,"path":`...)
		out = appendPath(out, e.path)
	}
	out = append(out, `,"extensions":{"code":`...)
	out = appendString(out, f.Code)
	out = append(out, `,"kind":`...)
	out = appendString(out, f.Kind.String())
	if reference != "" {
		out = append(out, `,"reference":`...)
		out = appendString(out, reference)
	}
	if len(f.Problems) > 0 {
		out = append(out, `,"problems":[`...)
		for i, p := range f.Problems {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, `{"pointer":`...)
			out = appendString(out, p.Pointer)
			out = append(out, `,"code":`...)
			out = appendString(out, p.Code)
			out = append(out, `,"message":`...)
			out = appendString(out, p.Message.In(r.locale))
			out = append(out, '}')
		}
		out = append(out, ']')
	}
	out = r.details(out, f.Details)
	return append(out, `}}`...)
}

func (r *reporter) details(out []byte, details map[string]any) []byte {
	if len(details) == 0 {
		return out
	}
	out = append(out, `,"details":{`...)
	for i, k := range sortedKeys(details) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, k), ':')
		encoded, err := json.Marshal(details[k])
		if err != nil {
			r.log.ErrorContext(r.ctx, "a fault's detail is not JSON", "detail", k, "error", err)
			encoded = []byte("null")
		}
		out = append(out, encoded...)
	}
	return append(out, '}')
}

// public gives the fault that the client sees, and a reference where the log has more.
func (r *reporter) public(e located) (*fault.Fault, string) {
	if f := fault.Of(e.err); f != nil {
		if f.Kind != fault.Internal {
			return f, ""
		}
		return f, r.logged(e)
	}
	if r.ctx.Err() != nil && (errors.Is(e.err, context.Canceled) || errors.Is(e.err, context.DeadlineExceeded)) {
		return fault.Refuse(fault.Unavailable, CodeCancelled, cancelledText), ""
	}
	return fault.Refuse(fault.Internal, CodeInternal, internalText), r.logged(e)
}

const maxLogged = 10 // defects of one request that are worth a log line each

// logged writes the log line of a defect once and returns its reference. Beyond maxLogged different ones, the rest
// share the last reference.
func (r *reporter) logged(e located) string {
	known := reflect.ValueOf(e.err).Comparable()
	for _, l := range r.lines {
		if known && l.err == e.err { //nolint:errorlint // the very same one, not one of its kind
			return l.reference
		}
	}
	if len(r.lines) >= maxLogged {
		return r.lines[len(r.lines)-1].reference
	}
	line := logLine{reference: r.reference()}
	if known {
		line.err = e.err
	}
	r.lines = append(r.lines, line)
	attrs := []any{"reference", line.reference, "field", e.label, "error", e.err}
	if e.path != nil {
		attrs = append(attrs, "path", string(appendPath(nil, e.path)))
	}
	var p *panicked
	if errors.As(e.err, &p) {
		attrs = append(attrs, "stack", string(p.stack))
	}
	level := slog.LevelError
	if errors.Is(r.ctx.Err(), context.Canceled) { // the client hung up
		level = slog.LevelDebug
	}
	r.log.Log(r.ctx, level, "graphql field failed", attrs...)
	return line.reference
}

type logLine struct {
	err       error // nil where it cannot be compared
	reference string
}

// reference is a name for the next defect: the request's own, where it has one.
func (r *reporter) reference() string {
	if id := facts.CorrelationOf(r.ctx); id != "" {
		if n := len(r.lines); n > 0 {
			id += "/" + strconv.Itoa(n+1)
		}
		return id
	}
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
