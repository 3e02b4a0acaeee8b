package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sort"
	"strings"
	"sync"
	"time"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/fault"
)

// Config says what to serve and to whom.
type Config struct {
	Schema gql.Schema
	Limits Limits // zero fields take their defaults

	// Context prepares a request: it puts who is calling, loaders and the like into the request's context. It should not
	// fail where nobody is signed in ({__typename} works for anybody; resolvers ask who it is), but a token that is
	// present and wrong is worth an Unauthenticated fault, which becomes a 401. nil leaves the context as it is.
	Context func(*http.Request) (context.Context, error)

	// Renew does the same for each event of a stream: what has changed since (a token that ran out, a role that was taken
	// away) shows here, and a refusal ends the stream. nil is Context.
	Renew func(*http.Request) (context.Context, error)

	// Stream may refuse to open a stream; what it returns is called at its end. nil refuses none.
	Stream func(context.Context) (ended func(), err error)

	// Charge takes the cost of an operation, or of an event of a stream, out of the caller's budget, or refuses. nil is no budget.
	Charge func(ctx context.Context, cost int64) (Budget, error)

	// AdHoc may refuse a document that is not persisted. nil refuses none.
	AdHoc func(context.Context) error

	Logger         *slog.Logger  // nil is slog.Default()
	Persisted      Persisted     // nil knows no documents
	Cache          CacheSize     // zero fields take their defaults
	Timeout        time.Duration // of one request, or one event of a stream; 0 is 30 s
	KeepAlive      time.Duration // a stream is never silent for longer; 0 is 12 s
	TrustedOrigins []string      // browsers' origins that may call besides our own, as "https://host[:port]"
}

// Engine serves one schema. It is safe for concurrent use.
type Engine struct {
	config   Config
	schema   gql.Schema
	limits   Limits
	log      *slog.Logger
	cache    *documents
	possible map[string]map[string]bool // abstract type → names of its object types
	runs     sync.Pool
	door     http.Handler
}

// warming is held while lazily filled parts of types are filled. gql's introspection types belong to all schemas of a
// process.
var warming sync.Mutex

// New prepares a schema. It fails where a field of an object has no resolver, naming all that lack one.
func New(config Config) (*Engine, error) {
	if config.Schema.QueryType() == nil {
		return nil, errors.New("graphql: the schema has no query type")
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.Timeout <= 0 {
		config.Timeout = 30 * time.Second
	}
	if config.KeepAlive <= 0 {
		config.KeepAlive = 12 * time.Second
	}
	if config.Context == nil {
		config.Context = func(r *http.Request) (context.Context, error) { return r.Context(), nil }
	}
	if config.Renew == nil {
		config.Renew = config.Context
	}
	e := &Engine{
		config: config, schema: config.Schema, limits: config.Limits.withDefaults(), log: config.Logger,
		cache: newDocuments(config.Cache), possible: map[string]map[string]bool{},
	}
	e.runs.New = func() any { return &run{} }
	if err := e.guardOrigin(); err != nil {
		return nil, err
	}
	if err := e.warm(); err != nil {
		return nil, err
	}
	return e, nil
}

// warm fills what graphql-go fills on first use: with many requests at once that would be a race, and in the case of the
// map of possible types the end of the process.
func (e *Engine) warm() error {
	warming.Lock()
	defer warming.Unlock()
	var bare []string
	for name, t := range e.schema.TypeMap() {
		switch t := t.(type) {
		case *gql.Object:
			t.Interfaces()
			for field, def := range t.Fields() {
				if def.Resolve == nil && !strings.HasPrefix(name, "__") {
					bare = append(bare, name+"."+field)
				}
				if t == e.schema.SubscriptionType() && def.Subscribe == nil {
					return fmt.Errorf("graphql: %s.%s has no source", name, field)
				}
			}
		case *gql.Interface:
			t.Fields()
			e.knowPossible(t)
		case *gql.Union:
			t.Types()
			e.knowPossible(t)
		case *gql.Enum:
			t.Serialize("")
			t.ParseValue("")
		case *gql.InputObject:
			t.Fields()
		}
		if err := t.Error(); err != nil {
			return fmt.Errorf("graphql: type %s: %w", name, err)
		}
	}
	if len(bare) > 0 {
		sort.Strings(bare)
		return fmt.Errorf("graphql: every field needs a resolver of its own; without one: %s", strings.Join(bare, ", "))
	}
	return nil
}

func (e *Engine) knowPossible(t gql.Abstract) {
	names := map[string]bool{}
	for _, o := range e.schema.PossibleTypes(t) {
		names[o.Name()] = true
		e.schema.IsPossibleType(t, o) // fills the schema's own table
	}
	e.possible[t.Name()] = names
}

// rootType is where an operation begins, or nil.
func (e *Engine) rootType(operation string) *gql.Object {
	switch operation {
	case "query":
		return e.schema.QueryType()
	case "mutation":
		return e.schema.MutationType()
	case "subscription":
		return e.schema.SubscriptionType()
	}
	return nil
}

// fieldOf finds the definition of a field of a type, the meta fields included, or nil.
func (e *Engine) fieldOf(parent gql.Type, name string) *gql.FieldDefinition {
	switch {
	case parent == nil:
		return nil
	case name == gql.TypeNameMetaFieldDef.Name && gql.IsCompositeType(parent):
		return gql.TypeNameMetaFieldDef
	case name == gql.SchemaMetaFieldDef.Name && parent == gql.Type(e.schema.QueryType()):
		return gql.SchemaMetaFieldDef
	case name == gql.TypeMetaFieldDef.Name && parent == gql.Type(e.schema.QueryType()):
		return gql.TypeMetaFieldDef
	}
	switch t := parent.(type) {
	case *gql.Object:
		return t.Fields()[name]
	case *gql.Interface:
		return t.Fields()[name]
	}
	return nil
}

// Request is what a client asks.
type Request struct {
	Query         string
	Hash          string // SHA-256 of a persisted document in hexadecimal; with Query, they must agree
	OperationName string
	Variables     map[string]any // as JSON decodes them; integers may be int64
	ReadOnly      bool           // refuse a mutation, as GET must
	TellCost      bool           // say in the answer's extensions what it cost
	Locale        string         // of messages: "zh…" or English
	Root          any            // the source of root fields
}

// Result is the answer to a request.
type Result struct {
	JSON   []byte // {"data": …, "errors": […]}
	Errors int    // entries of errors
	Ran    bool   // execution began, so that data is present (it may be null)
	fault  *fault.Fault

	nothing bool // a subscription's field returned ErrNothing
}

// Execute runs a request. It does not fail: refusals and errors are in the answer.
func (e *Engine) Execute(ctx context.Context, req Request) Result {
	return e.execute(ctx, req, nil)
}

func (e *Engine) execute(ctx context.Context, req Request, out []byte) Result {
	p, err := e.prepare(ctx, &req)
	if err == nil && p.op.def.Operation == "subscription" {
		err = noStream()
	}
	if err != nil {
		return e.refused(ctx, req.Locale, err, out)
	}
	return e.run(ctx, p, req, out)
}

func noStream() error {
	return refuse(fault.Invalid, CodeUnsupported, fault.Say(
		"a subscription is answered with events; accept text/event-stream", "订阅操作以事件流返回，请在 Accept 中加入 text/event-stream"))
}

// prepared is what is to be run, found, checked and paid for.
type prepared struct {
	op     *operation
	vars   map[string]any
	cost   int64
	budget Budget
}

// Budget is what a caller may still spend.
type Budget struct {
	Limit int64 // a minute; 0: there is none
	Left  int64
}

// prepare finds, checks and prices what is to be run.
func (e *Engine) prepare(ctx context.Context, req *Request) (p prepared, err error) {
	doc, err := e.document(ctx, req)
	if err != nil {
		return p, err
	}
	if p.op, err = doc.operation(req.OperationName); err != nil {
		return p, err
	}
	switch kind := p.op.def.Operation; {
	case kind == "subscription" && e.schema.SubscriptionType() == nil:
		return p, refuse(fault.Invalid, CodeUnsupported, fault.Say("subscriptions are not served here", "此处不支持订阅操作"))
	case req.ReadOnly && kind == "mutation":
		return p, refuse(fault.Invalid, CodeMethod, fault.Say(
			"GET is for queries; send a mutation by POST", "GET 只能用于查询，修改操作请使用 POST"))
	}
	if p.vars, err = e.variables(p.op, req.Variables); err != nil {
		return p, err
	}
	if p.cost = p.op.cost(p.vars); p.cost > e.limits.Cost {
		f := fault.Refuse(fault.Limit, CodeTooCostly, fault.Say(
			"the operation would cost %d, more than the limit of %d; ask for smaller pages or fewer fields",
			"该操作的开销为 %d，超过上限 %d，请减小分页或减少字段", p.cost, e.limits.Cost)).With("cost", p.cost).With("limit", e.limits.Cost)
		return p, refusals{{err: f}}
	}
	p.budget, err = e.charge(ctx, p.cost)
	return p, err
}

func (e *Engine) charge(ctx context.Context, cost int64) (Budget, error) {
	if e.config.Charge == nil {
		return Budget{}, nil
	}
	return e.config.Charge(ctx, cost)
}

// refused writes an answer without data.
func (e *Engine) refused(ctx context.Context, locale string, err error, out []byte) Result {
	var list refusals
	if !errors.As(err, &list) {
		list = refusals{{err: err}}
	}
	r := reporter{ctx: ctx, log: e.log, locale: locale}
	out = append(out, `{"errors":`...)
	out = r.append(out, list, e.limits.Errors)
	out = append(out, '}')
	return Result{JSON: out, Errors: len(list), fault: fault.Of(list)}
}
