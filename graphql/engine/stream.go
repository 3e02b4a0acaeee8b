package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/fault"
)

// Source yields the values of one subscription. The function Subscribe of a field of the subscription type returns one; each
// value becomes the source of the field's own resolver.
type Source interface {
	// Next waits for the next value. io.EOF ends the stream in good order, any other error is told before the end. When ctx ends it
	// returns the context's error at once; it may be called again then, and nothing is lost.
	Next(ctx context.Context) (any, error)
	// Close is called once, after the last Next.
	Close()
}

// ErrNothing is what the resolver of a subscription's field returns, as its error, where a value is of no concern to the caller: no event is sent.
var ErrNothing = errors.New("there is nothing to tell")

const streamType = "text/event-stream"

// writeWithin is how long a client may take to make room for an event before it is taken for gone.
const writeWithin = 30 * time.Second

// stream is an answer in the distinct connections mode of GraphQL over Server-Sent Events
// (github.com/enisdenjo/graphql-sse, PROTOCOL.md).
type stream struct {
	engine *Engine
	w      http.ResponseWriter
	out    *http.ResponseController
	err    error // the client has gone
}

// serveStream answers with events: next with each result, then complete. What is wrong with the document is a result as well, as the
// protocol has it.
func (e *Engine) serveStream(w http.ResponseWriter, r *http.Request, asked context.Context, req Request) {
	p, err := e.prepare(asked, &req)
	if err == nil && p.op.def.Operation == "subscription" {
		e.subscribe(w, r, asked, p, req)
		return
	}
	s := e.open(w)
	if err != nil {
		s.next(e.refused(asked, req.Locale, err, nil).JSON)
	} else {
		s.next(e.run(asked, p, req, nil).JSON)
	}
	s.complete()
}

// subscribe runs a subscription until its source ends, or its client, or what allowed it. asked is the context of the request as
// Config.Context made it; r has no deadline.
func (e *Engine) subscribe(w http.ResponseWriter, r *http.Request, asked context.Context, p prepared, req Request) {
	ended := func() {}
	if e.config.Stream != nil {
		var err error
		if ended, err = e.config.Stream(asked); err != nil {
			e.answer(w, statusOf(fault.Of(err)), jsonType, e.refused(asked, req.Locale, err, nil).JSON)
			return
		}
	}
	defer ended()
	s := e.open(w)
	defer s.complete()
	source, err := e.source(asked, p)
	if err != nil {
		s.next(e.refused(asked, req.Locale, err, nil).JSON)
		return
	}
	defer source.Close()
	s.flush() // so that the client knows that it is being listened to
	for s.err == nil {
		waiting, cancel := context.WithTimeout(r.Context(), e.config.KeepAlive)
		value, err := source.Next(waiting)
		idle := waiting.Err() != nil && errors.Is(err, waiting.Err())
		cancel()
		if r.Context().Err() != nil || errors.Is(err, io.EOF) {
			return
		}
		if err != nil && !idle {
			s.next(e.refused(r.Context(), req.Locale, err, nil).JSON)
			return
		}
		result, goes := e.event(r, p, req, value, idle)
		switch {
		case result != nil:
			s.next(result)
		case idle:
			s.ping()
		}
		if !goes {
			return
		}
	}
}

// source asks the field for its values.
func (e *Engine) source(ctx context.Context, p prepared) (Source, error) {
	root := p.op.planFor(p.vars).root
	if len(root.fields) != 1 || root.fields[0].typename != "" {
		return nil, refuse(fault.Invalid, CodeValidation, fault.Say(
			"a subscription has exactly one field at its root", "订阅操作的根字段必须恰好有一个"))
	}
	f := root.fields[0]
	info := f.info
	info.VariableValues = p.vars
	r := &run{engine: e}
	opened, err := r.keep(func() (any, error) {
		return f.def.Subscribe(gql.ResolveParams{Context: ctx, Args: f.arguments(p.vars), Info: info})
	})
	if err != nil {
		return nil, refusals{{err: err, path: &gql.ResponsePath{Key: f.key}, label: info.ParentType.Name() + "." + info.FieldName}}
	}
	source, ok := opened.(Source)
	if !ok {
		return nil, errors.New("graphql: " + info.FieldName + " gives no source")
	}
	return source, nil
}

// event is the result for a value; nil where there is nothing to tell, or nothing came and the request would still be let in. Every event is
// a request of its own: it asks anew who is calling and what that costs. goes is false where the stream ends with it.
func (e *Engine) event(r *http.Request, p prepared, req Request, value any, idle bool) (result []byte, goes bool) {
	ctx, cancel := context.WithTimeout(r.Context(), e.config.Timeout)
	defer cancel()
	ctx, err := e.config.Renew(r.WithContext(ctx))
	if err == nil && idle {
		return nil, true
	}
	if err == nil {
		p.budget, err = e.charge(ctx, p.cost)
	}
	if err != nil {
		return e.refused(r.Context(), req.Locale, err, nil).JSON, false
	}
	req.Root = value
	answer := e.run(ctx, p, req, nil)
	if answer.nothing {
		return nil, true
	}
	return answer.JSON, true
}

// open begins the stream. The deadlines that bound requests are lifted: each write has its own.
func (e *Engine) open(w http.ResponseWriter) *stream {
	h := w.Header()
	h.Set("Content-Type", streamType+"; charset=utf-8")
	h.Set("Cache-Control", "no-cache, no-store")
	h.Set("X-Accel-Buffering", "no")
	h.Set("X-Content-Type-Options", "nosniff")
	s := &stream{engine: e, w: w, out: http.NewResponseController(w)}
	_ = s.out.SetReadDeadline(time.Time{}) // not every connection has deadlines
	w.WriteHeader(http.StatusOK)
	return s
}

func (s *stream) next(result []byte) {
	if bytes.ContainsAny(result, "\r\n") { // JSON of a resolver's own making may be laid out in lines
		var one bytes.Buffer
		if json.Compact(&one, result) == nil {
			result = one.Bytes()
		}
	}
	s.write("event: next\ndata: ", string(result), "\n\n")
}

func (s *stream) complete() { s.write("event: complete\ndata: \n\n") }

// ping keeps the connection from being taken for dead.
func (s *stream) ping() { s.write(":\n\n") }

func (s *stream) write(parts ...string) {
	_ = s.out.SetWriteDeadline(time.Now().Add(writeWithin))
	for _, part := range parts {
		if s.err == nil {
			_, s.err = io.WriteString(s.w, part) //nolint:gosec // an event stream, which no browser takes for a page
		}
	}
	s.flush()
}

func (s *stream) flush() {
	if s.err == nil {
		s.err = s.out.Flush()
	}
}
