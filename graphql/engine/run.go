package engine

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"

	gql "github.com/graphql-go/graphql"
)

// run is one execution. Leaves are written as JSON the moment they are resolved; what stands between them is a tree of
// slots, so that a thunk may fill its place later, and is written last, in the order of the query.
type run struct {
	engine  *Engine
	ctx     context.Context
	plan    *plan
	vars    map[string]any
	leaves  []byte     // JSON of leaves, one after another
	slots   []slot     // values; the fields of an object and the items of a list stand side by side
	tasks   []task     // objects whose fields are to be resolved
	next    int        // the first of tasks not yet begun
	waiting []promise  // thunks that have not been run
	fields  []fieldRun // by fieldPlan.number
	errs    []located  // bounded by Limits.Errors
	paths   []gql.ResponsePath
	ended   error // why the run was stopped
	nothing bool  // the field of a subscription has nothing to tell
}

type slotKind uint8

const (
	nullSlot   slotKind = iota
	leafSlot            // leaves[from:to]
	listSlot            // slots[from:to]
	objectSlot          // slots[from:to], one for each field of plan
)

type slot struct {
	kind     slotKind
	from, to uint32
	plan     *objectPlan
}

// task is an object whose fields are to be resolved into slots from at on.
type task struct {
	plan   *objectPlan
	source any
	at     int
	path   *gql.ResponsePath
}

type promise struct {
	at    int
	field *fieldPlan
	done  *completion
	path  *gql.ResponsePath
	fn    func() (any, error)
}

// fieldRun is what all calls of one field in a run have in common.
type fieldRun struct {
	ready  bool
	params gql.ResolveParams
}

func (e *Engine) run(ctx context.Context, p prepared, req Request, out []byte) Result {
	r := e.runs.Get().(*run)
	defer r.release()
	r.engine, r.ctx, r.vars, r.plan = e, ctx, p.vars, p.op.planFor(p.vars)
	root := req.Root
	if root == nil {
		root = map[string]any{} // graphql-go's default resolver cannot do with nil
	}
	out = append(out, `{"data":`...)
	if p.op.def.Operation == "mutation" {
		out = r.oneByOne(out, root)
	} else {
		out = r.together(out, root)
	}
	if r.ended != nil {
		r.errs = append(r.errs, located{err: r.ended})
	}
	if len(r.errs) > 0 {
		rep := reporter{ctx: ctx, log: e.log, locale: req.Locale}
		out = append(out, `,"errors":`...)
		out = rep.append(out, r.errs, e.limits.Errors)
	}
	if req.TellCost {
		out = e.tell(out, p)
	}
	return Result{JSON: append(out, '}'), Errors: len(r.errs), Ran: true, nothing: r.nothing}
}

// release gives the run back without what it refers to.
func (r *run) release() {
	e := r.engine
	if cap(r.leaves) > 1<<20 || cap(r.slots) > 1<<16 || cap(r.tasks) > 1<<14 {
		return // a giant's memory is not kept
	}
	clear(r.slots)
	clear(r.tasks[:cap(r.tasks)])
	clear(r.waiting[:cap(r.waiting)])
	clear(r.fields)
	clear(r.errs)
	*r = run{
		leaves: r.leaves[:0], slots: r.slots[:0], tasks: r.tasks[:0], waiting: r.waiting[:0], fields: r.fields[:0], errs: r.errs[:0],
	}
	e.runs.Put(r)
}

// together resolves the fields of a query.
func (r *run) together(out []byte, root any) []byte {
	begin := len(out)
	at := r.reserve(len(r.plan.root.fields))
	r.tasks = append(r.tasks, task{plan: r.plan.root, source: root, at: at})
	r.settle()
	out = append(out, '{')
	for i, f := range r.plan.root.fields {
		if i > 0 {
			out = append(out, ',')
		}
		var ok bool
		out = append(out, f.json...)
		if out, ok = r.emit(out, at+i, f.done); !ok || r.ended != nil {
			return append(out[:begin], "null"...)
		}
	}
	return append(out, '}')
}

// oneByOne resolves the fields of a mutation: each with all that is below it before the next, and no further one
// after a failure that leaves no data.
func (r *run) oneByOne(out []byte, root any) []byte {
	begin := len(out)
	out = append(out, '{')
	for i, f := range r.plan.root.fields {
		at := r.reserve(1)
		r.field(f, root, at, nil)
		r.settle()
		if i > 0 {
			out = append(out, ',')
		}
		var ok bool
		out = append(out, f.json...)
		if out, ok = r.emit(out, at, f.done); !ok || r.ended != nil {
			return append(out[:begin], "null"...)
		}
	}
	return append(out, '}')
}

// settle works until nothing is left: first all that needs no thunk, however deep, then all thunks that have gathered, and
// again. So a loader sees as many keys as there can be before it fetches.
func (r *run) settle() {
	for {
		for ; r.next < len(r.tasks); r.next++ {
			if r.stop() {
				return
			}
			t := r.tasks[r.next]
			for i, f := range t.plan.fields {
				r.field(f, t.source, t.at+i, t.path)
			}
		}
		r.tasks, r.next = r.tasks[:0], 0
		if len(r.waiting) == 0 || r.stop() {
			return
		}
		round := r.waiting
		r.waiting = nil
		for i := range round {
			p := &round[i]
			v, err := r.keep(p.fn)
			if err != nil {
				r.fail(p.field, p.path, err)
				continue
			}
			r.complete(p.at, p.field, p.done, p.path, v)
		}
		clear(round)
		if r.waiting == nil {
			r.waiting = round[:0]
		}
	}
}

func (r *run) stop() bool {
	if r.ended == nil {
		r.ended = r.ctx.Err()
	}
	return r.ended != nil
}

func (r *run) reserve(n int) int {
	at := len(r.slots)
	if n <= cap(r.slots)-at {
		r.slots = r.slots[:at+n]
		return at
	}
	r.slots = append(r.slots, make([]slot, n)...)
	return at
}

// step is a path one key longer. Paths are cut from a strip, since resolvers may keep them but seldom do.
func (r *run) step(prev *gql.ResponsePath, key any) *gql.ResponsePath {
	if len(r.paths) == cap(r.paths) {
		r.paths = make([]gql.ResponsePath, 0, 64)
	}
	r.paths = append(r.paths, gql.ResponsePath{Prev: prev, Key: key})
	return &r.paths[len(r.paths)-1]
}

func (r *run) field(f *fieldPlan, source any, at int, parent *gql.ResponsePath) {
	if f.typename != "" {
		r.leaf(at, append(r.leaves, f.typename...))
		return
	}
	path := r.step(parent, f.path)
	v, err := r.resolve(f, source, path)
	if err != nil {
		r.fail(f, path, err)
		return
	}
	r.complete(at, f, f.done, path, v)
}

// resolve calls a resolver; a panic in it is an error.
func (r *run) resolve(f *fieldPlan, source any, path *gql.ResponsePath) (v any, err error) {
	for int(f.number) >= len(r.fields) {
		r.fields = append(r.fields, fieldRun{})
	}
	shared := &r.fields[f.number]
	defer func() {
		if p := recover(); p != nil {
			v, err = nil, &panicked{p, debug.Stack()}
		}
	}()
	if !shared.ready {
		shared.params.Info = f.info
		shared.params.Info.VariableValues = r.vars
		shared.params.Args = f.arguments(r.vars)
		shared.params.Context = r.ctx
		shared.ready = true
	}
	shared.params.Source = source
	shared.params.Info.Path = path
	return f.resolve(shared.params)
}

func (r *run) keep(fn func() (any, error)) (v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			v, err = nil, &panicked{p, debug.Stack()}
		}
	}()
	return fn()
}

// fail records an error; the slot stays null.
func (r *run) fail(f *fieldPlan, path *gql.ResponsePath, err error) {
	if r.ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		r.stop()
		return
	}
	if err == ErrNothing { //nolint:errorlint // the very value, at the root of a subscription
		r.nothing = true
		return
	}
	if len(r.errs) > r.engine.limits.Errors {
		return
	}
	e := located{err: err, path: path, label: f.info.ParentType.Name() + "." + f.info.FieldName}
	for _, n := range f.nodes[:min(len(f.nodes), 10)] {
		e.locs = append(e.locs, lineOf(r.plan.op.doc.text, n.Loc.Start))
	}
	r.errs = append(r.errs, e)
}

func (r *run) leaf(at int, leaves []byte) {
	r.slots[at] = slot{kind: leafSlot, from: uint32(len(r.leaves)), to: uint32(len(leaves))}
	r.leaves = leaves
}

// complete turns a resolved value into a slot. A panic in a type's functions is an error of the place.
func (r *run) complete(at int, f *fieldPlan, c *completion, path *gql.ResponsePath, v any) {
	defer func() {
		if p := recover(); p != nil {
			r.slots[at] = slot{}
			r.fail(f, path, &panicked{p, debug.Stack()})
		}
	}()
	if fn, ok := v.(func() (any, error)); ok {
		r.waiting = append(r.waiting, promise{at, f, c, path, fn})
		return
	}
	if isNull(v) {
		r.null(f, c, path)
		return
	}
	switch c.kind {
	case leafKind:
		leaves, null, err := c.leaf(r.leaves, v)
		switch {
		case err != nil:
			r.fail(f, path, err)
		case null:
			r.null(f, c, path)
		default:
			r.leaf(at, leaves)
		}
	case listKind:
		r.list(at, f, c, path, v)
	case objectKind:
		r.object(at, f, c.object, path, v)
	case abstractKind:
		r.abstract(at, f, c, path, v)
	}
}

func (r *run) null(f *fieldPlan, c *completion, path *gql.ResponsePath) {
	if c.nonNull {
		r.fail(f, path, fmt.Errorf("null for the non-null type %s", c.name))
	}
}

func (r *run) list(at int, f *fieldPlan, c *completion, path *gql.ResponsePath, v any) {
	if items, ok := v.([]any); ok {
		from := r.begin(at, len(items))
		for i, item := range items {
			r.item(from+i, i, f, c, path, item)
		}
		return
	}
	items := reflect.ValueOf(v)
	if items.Kind() == reflect.Pointer {
		items = items.Elem()
	}
	if items.Kind() != reflect.Slice && items.Kind() != reflect.Array {
		r.fail(f, path, fmt.Errorf("%T for the list type %s", v, c.name))
		return
	}
	from := r.begin(at, items.Len())
	for i := range items.Len() {
		r.item(from+i, i, f, c, path, items.Index(i).Interface())
	}
}

func (r *run) begin(at, n int) int {
	from := r.reserve(n)
	r.slots[at] = slot{kind: listSlot, from: uint32(from), to: uint32(from + n)}
	return from
}

func (r *run) item(at, i int, f *fieldPlan, c *completion, path *gql.ResponsePath, v any) {
	r.complete(at, f, c.item, r.step(path, i), v)
}

func (r *run) object(at int, f *fieldPlan, o *objectPlan, path *gql.ResponsePath, v any) {
	if o.object.IsTypeOf != nil && !o.object.IsTypeOf(gql.IsTypeOfParams{Value: v, Info: r.info(f, path), Context: r.ctx}) {
		r.fail(f, path, fmt.Errorf("%T for the type %s", v, o.object.Name()))
		return
	}
	from := r.reserve(len(o.fields))
	r.slots[at] = slot{kind: objectSlot, from: uint32(from), to: uint32(from + len(o.fields)), plan: o}
	r.tasks = append(r.tasks, task{plan: o, source: v, at: from, path: path})
}

func (r *run) abstract(at int, f *fieldPlan, c *completion, path *gql.ResponsePath, v any) {
	object := r.concrete(f, c, path, v)
	if object == nil || !r.engine.possible[c.abstract.Name()][object.Name()] {
		r.fail(f, path, fmt.Errorf("%T is of no type that %s may be", v, c.abstract.Name()))
		return
	}
	r.object(at, f, c.concrete.of(object), path, v)
}

func (r *run) concrete(f *fieldPlan, c *completion, path *gql.ResponsePath, v any) *gql.Object {
	info := r.info(f, path)
	if c.resolve != nil {
		return c.resolve(gql.ResolveTypeParams{Value: v, Info: info, Context: r.ctx})
	}
	for _, o := range r.engine.schema.PossibleTypes(c.abstract) {
		if o.IsTypeOf != nil && o.IsTypeOf(gql.IsTypeOfParams{Value: v, Info: info, Context: r.ctx}) {
			return o
		}
	}
	return nil
}

func (r *run) info(f *fieldPlan, path *gql.ResponsePath) gql.ResolveInfo {
	info := f.info
	info.Path = path
	info.VariableValues = r.vars
	return info
}

// emit writes a slot. ok is false where it is null and must not be: then nothing of it is written, and what it stands in
// becomes null in turn. The error has been recorded where it arose.
func (r *run) emit(out []byte, at int, c *completion) (_ []byte, ok bool) {
	begin := len(out)
	s := r.slots[at]
	switch s.kind {
	case leafSlot:
		return append(out, r.leaves[s.from:s.to]...), true
	case listSlot:
		out, ok = append(out, '['), true
		for i := s.from; i < s.to && ok; i++ {
			if i > s.from {
				out = append(out, ',')
			}
			out, ok = r.emit(out, int(i), c.item)
		}
		out = append(out, ']')
	case objectSlot:
		out, ok = append(out, '{'), true
		for i, f := range s.plan.fields {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, f.json...)
			if out, ok = r.emit(out, int(s.from)+i, f.done); !ok {
				break
			}
		}
		out = append(out, '}')
	}
	if ok {
		return out, true
	}
	out = out[:begin]
	if c.nonNull {
		return out, false
	}
	return append(out, "null"...), true
}
