package engine

import (
	"strconv"
	"sync"
	"sync/atomic"

	gql "github.com/graphql-go/graphql"
	"github.com/graphql-go/graphql/language/ast"

	"qbank/domain/fault"
)

// operation is one operation of a document, ready to be run.
type operation struct {
	engine    *Engine
	doc       *document
	def       *ast.OperationDefinition
	variables []variable
	price     price
	fixed     int64    // the price, where no variable has a say; otherwise -1
	switches  []string // variables that @skip and @include ask

	mu    sync.RWMutex
	plans map[string]*plan // by the values of switches
}

const maxPlans = 32 // of one operation; more switches than that are planned anew each time

func (op *operation) compile() error {
	for _, v := range op.def.VariableDefinitions {
		t, ok := op.engine.typeOf(v.Type).(gql.Input)
		if !ok || !gql.IsInputType(t) {
			return refuse(fault.Invalid, CodeValidation, fault.Say(
				"the variable $%s is not of an input type", "变量 $%s 的类型不能用于输入", v.Variable.Name.Value))
		}
		op.variables = append(op.variables, variable{name: v.Variable.Name.Value, typ: t, fallback: v.DefaultValue})
	}
	op.fixed = -1
	if op.price.fixed() {
		op.fixed = op.price.of(nil)
	}
	seen := map[string]bool{}
	op.collectSwitches(op.def.SelectionSet, seen)
	for _, f := range op.doc.fragments {
		op.collectSwitches(f.SelectionSet, seen)
	}
	for _, v := range op.variables { // in a fixed order
		if seen[v.name] {
			op.switches = append(op.switches, v.name)
		}
	}
	op.plans = map[string]*plan{}
	return nil
}

func (op *operation) cost(vars map[string]any) int64 {
	if op.fixed >= 0 {
		return op.fixed
	}
	return op.price.of(vars)
}

func (op *operation) collectSwitches(set *ast.SelectionSet, seen map[string]bool) {
	if set == nil {
		return
	}
	for _, sel := range set.Selections {
		var directives []*ast.Directive
		switch sel := sel.(type) {
		case *ast.Field:
			directives = sel.Directives
			op.collectSwitches(sel.SelectionSet, seen)
		case *ast.InlineFragment:
			directives = sel.Directives
			op.collectSwitches(sel.SelectionSet, seen)
		case *ast.FragmentSpread:
			directives = sel.Directives
		}
		for _, d := range directives {
			for _, a := range d.Arguments {
				if v, ok := a.Value.(*ast.Variable); ok {
					seen[v.Name.Value] = true
				}
			}
		}
	}
}

// typeOf finds the schema's type for one in a document, or nil.
func (e *Engine) typeOf(t ast.Type) gql.Type {
	switch t := t.(type) {
	case *ast.NonNull:
		if inner := e.typeOf(t.Type); inner != nil {
			return gql.NewNonNull(inner)
		}
	case *ast.List:
		if inner := e.typeOf(t.Type); inner != nil {
			return gql.NewList(inner)
		}
	case *ast.Named:
		if found := e.schema.Type(t.Name.Value); found != nil {
			return found
		}
	}
	return nil
}

// plan is an operation with its switches set: what to resolve, in which order, and how to complete it.
type plan struct {
	op    *operation
	on    map[string]any // the switches
	root  *objectPlan
	count atomic.Int32 // of fields; their numbers index what a run keeps by field
}

// objectPlan is the fields to resolve on objects of one type.
type objectPlan struct {
	object *gql.Object
	fields []*fieldPlan
}

type fieldPlan struct {
	number   int32
	key      string
	path     any    // key, boxed once
	json     string // `"key":`
	typename string // the type's name as JSON where the field is __typename
	resolve  gql.FieldResolveFn
	def      *gql.FieldDefinition
	nodes    []*ast.Field
	info     gql.ResolveInfo // all but Path and VariableValues
	done     *completion
}

// selection is the sub-selection of a field whose concrete type only its value knows; plans are made as types turn up.
type selection struct {
	plan  *plan
	nodes []*ast.Field
	mu    sync.RWMutex
	plans map[*gql.Object]*objectPlan
}

// planFor returns the plan for these variables.
func (op *operation) planFor(vars map[string]any) *plan {
	var key []byte
	for _, name := range op.switches {
		switch on, ok := vars[name].(bool); {
		case !ok:
			key = append(key, '-')
		case on:
			key = append(key, 't')
		default:
			key = append(key, 'f')
		}
	}
	op.mu.RLock()
	p := op.plans[string(key)]
	op.mu.RUnlock()
	if p != nil {
		return p
	}
	p = &plan{op: op, on: map[string]any{}}
	for _, name := range op.switches {
		p.on[name] = vars[name]
	}
	c := collector{plan: p, seen: map[string]bool{}, index: map[string]int{}}
	object := op.engine.rootType(op.def.Operation)
	c.collect(object, op.def.SelectionSet)
	p.root = p.object(object, c)
	op.mu.Lock()
	defer op.mu.Unlock()
	if known := op.plans[string(key)]; known != nil {
		return known
	}
	if len(op.plans) < maxPlans {
		op.plans[string(key)] = p
	}
	return p
}

// collector merges selection sets for one concrete type: fields by response key, in the order they are first met.
type collector struct {
	plan   *plan
	seen   map[string]bool // fragments
	index  map[string]int
	fields [][]*ast.Field
}

func (c *collector) collect(object *gql.Object, set *ast.SelectionSet) {
	if set == nil {
		return
	}
	for _, sel := range set.Selections {
		switch sel := sel.(type) {
		case *ast.Field:
			if !c.plan.includes(sel.Directives) {
				continue
			}
			key := responseKey(sel)
			i, ok := c.index[key]
			if !ok {
				i = len(c.fields)
				c.index[key] = i
				c.fields = append(c.fields, nil)
			}
			c.fields[i] = append(c.fields[i], sel)
		case *ast.InlineFragment:
			if c.plan.includes(sel.Directives) && c.plan.op.engine.applies(sel.TypeCondition, object) {
				c.collect(object, sel.SelectionSet)
			}
		case *ast.FragmentSpread:
			name := sel.Name.Value
			f := c.plan.op.doc.fragments[name]
			if f == nil || c.seen[name] || !c.plan.includes(sel.Directives) {
				continue
			}
			c.seen[name] = true
			if c.plan.op.engine.applies(f.TypeCondition, object) {
				c.collect(object, f.SelectionSet)
			}
		}
	}
}

// includes reads @skip and @include.
func (p *plan) includes(directives []*ast.Directive) bool {
	for _, d := range directives {
		if d.Name.Value != "skip" && d.Name.Value != "include" {
			continue
		}
		for _, a := range d.Arguments {
			var on any
			switch v := a.Value.(type) {
			case *ast.BooleanValue:
				on = v.Value
			case *ast.Variable:
				on = p.on[v.Name.Value]
			}
			if is, ok := on.(bool); ok && is == (d.Name.Value == "skip") {
				return false
			}
		}
	}
	return true
}

// applies tells whether a fragment on a type is for objects of another.
func (e *Engine) applies(on *ast.Named, object *gql.Object) bool {
	return on == nil || on.Name.Value == object.Name() || e.possible[on.Name.Value][object.Name()]
}

func (p *plan) object(object *gql.Object, c collector) *objectPlan {
	o := &objectPlan{object: object, fields: make([]*fieldPlan, 0, len(c.fields))}
	e := p.op.engine
	for _, nodes := range c.fields {
		def := e.fieldOf(object, nodes[0].Name.Value)
		if def == nil {
			continue // validation has seen to it
		}
		key := responseKey(nodes[0])
		f := &fieldPlan{
			number: p.count.Add(1) - 1, key: key, path: key, json: string(appendString(nil, key)) + ":",
			resolve: def.Resolve, def: def, nodes: nodes,
			info: gql.ResolveInfo{
				FieldName: def.Name, FieldASTs: nodes, ReturnType: def.Type, ParentType: object, Schema: e.schema,
				Fragments: p.op.doc.defs, Operation: p.op.def,
			},
		}
		if f.resolve == nil {
			f.resolve = gql.DefaultResolveFn // introspection only, see New
		}
		if def == gql.TypeNameMetaFieldDef {
			f.typename = strconv.Quote(object.Name())
		}
		f.done = p.completion(def.Type, nodes)
		o.fields = append(o.fields, f)
	}
	return o
}

// merged plans the sub-selections of fields for one concrete type.
func (p *plan) merged(object *gql.Object, nodes []*ast.Field) *objectPlan {
	c := collector{plan: p, seen: map[string]bool{}, index: map[string]int{}}
	for _, n := range nodes {
		c.collect(object, n.SelectionSet)
	}
	return p.object(object, c)
}

func (s *selection) of(object *gql.Object) *objectPlan {
	s.mu.RLock()
	o := s.plans[object]
	s.mu.RUnlock()
	if o != nil {
		return o
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.plans[object]; o != nil {
		return o
	}
	o = s.plan.merged(object, s.nodes)
	s.plans[object] = o
	return o
}

type kind uint8

const (
	leafKind kind = iota
	listKind
	objectKind
	abstractKind
)

// completion is what becomes of a resolved value, by the field's type.
type completion struct {
	kind     kind
	nonNull  bool
	leaf     leafWriter
	item     *completion
	object   *objectPlan
	abstract gql.Abstract
	resolve  gql.ResolveTypeFn
	concrete *selection
	name     string // of the type
}

func (p *plan) completion(t gql.Type, nodes []*ast.Field) *completion {
	c := &completion{name: t.Name()}
	if n, ok := t.(*gql.NonNull); ok {
		c.nonNull = true
		t = n.OfType
	}
	switch t := t.(type) {
	case *gql.List:
		c.kind = listKind
		c.item = p.completion(t.OfType, nodes)
	case *gql.Object:
		c.kind = objectKind
		c.object = p.merged(t, nodes)
	case *gql.Interface:
		c.kind, c.abstract, c.resolve = abstractKind, t, t.ResolveType
		c.concrete = &selection{plan: p, nodes: nodes, plans: map[*gql.Object]*objectPlan{}}
	case *gql.Union:
		c.kind, c.abstract, c.resolve = abstractKind, t, t.ResolveType
		c.concrete = &selection{plan: p, nodes: nodes, plans: map[*gql.Object]*objectPlan{}}
	case gql.Leaf:
		c.leaf = leafWriterOf(t)
	}
	return c
}
