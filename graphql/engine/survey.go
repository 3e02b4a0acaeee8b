package engine

import (
	"strconv"

	gql "github.com/graphql-go/graphql"
	"github.com/graphql-go/graphql/language/ast"

	"qbank/domain/fault"
)

// survey looks at a parsed document before the library validates it. Nothing in it may take the document's word: types
// may be unknown, fragments may be missing or contain themselves.
type survey struct {
	engine    *Engine
	limits    Limits
	text      string
	fragments map[string]*ast.FragmentDefinition
	spread    map[string]bool // fragments that an operation reaches
	fields    int             // selections seen, fragments expanded
	aliases   int
	overlaps  int
	unknown   int
}

func (e *Engine) survey(text string, doc *ast.Document) (*survey, error) {
	s := &survey{engine: e, limits: e.limits, text: text, fragments: map[string]*ast.FragmentDefinition{}, spread: map[string]bool{}}
	operations := 0
	for _, d := range doc.Definitions {
		switch d := d.(type) {
		case *ast.OperationDefinition:
			operations++
			for _, v := range d.VariableDefinitions {
				if err := s.knowType(v.Type, v); err != nil {
					return nil, err
				}
			}
		case *ast.FragmentDefinition:
			if s.fragments[d.Name.Value] != nil {
				return nil, s.refuse(CodeValidation, fault.Say(
					"there is more than one fragment %q", "片段 %q 重复定义", d.Name.Value), d)
			}
			s.fragments[d.Name.Value] = d
		default:
			return nil, s.refuse(CodeValidation, fault.Say(
				"a request may define operations and fragments, not types", "请求中只能定义操作与片段，不能定义类型"), d)
		}
	}
	if operations == 0 {
		return nil, refuse(fault.Invalid, CodeValidation, fault.Say("the document has no operation", "文档中没有操作"))
	}
	return s, s.cycles()
}

func (s *survey) refuse(code string, message fault.Text, at ast.Node) refusals {
	return refuse(fault.Invalid, code, message, s.place(at)...)
}

func (s *survey) place(at ast.Node) []Location {
	if at == nil || at.GetLoc() == nil {
		return nil
	}
	return []Location{lineOf(s.text, at.GetLoc().Start)}
}

// knowType counts a name of a type that the schema does not have. The library's parser lets a missing type pass as nil,
// over which its validation falls.
func (s *survey) knowType(t ast.Type, of ast.Node) error {
	for {
		switch w := t.(type) {
		case *ast.NonNull:
			t = w.Type
		case *ast.List:
			t = w.Type
		case *ast.Named:
			if s.engine.schema.Type(w.Name.Value) != nil {
				return nil
			}
			return s.strange(w)
		default:
			return s.refuse(CodeSyntax, fault.Say("syntax error: a type is missing", "语法错误：缺少类型"), of)
		}
	}
}

// strange counts a name that is not in the schema. The library looks for similar names for each.
func (s *survey) strange(at ast.Node) error {
	if s.unknown++; s.unknown > s.limits.Unknown {
		return s.refuse(CodeValidation, fault.Say(
			"the document has too many names that the schema does not know; is it written for another schema?",
			"文档中有太多 schema 中不存在的名称，是否是为另一个 schema 编写的？"), at)
	}
	return nil
}

// cycles refuses fragments that contain themselves, used or not.
func (s *survey) cycles() error {
	const entered, done = 1, 2
	state := map[string]int{}
	var enter func(f *ast.FragmentDefinition) error
	var within func(set *ast.SelectionSet) error
	within = func(set *ast.SelectionSet) error {
		if set == nil {
			return nil
		}
		for _, sel := range set.Selections {
			var err error
			switch sel := sel.(type) {
			case *ast.Field:
				err = within(sel.SelectionSet)
			case *ast.InlineFragment:
				err = within(sel.SelectionSet)
			case *ast.FragmentSpread:
				name := sel.Name.Value
				if state[name] == entered {
					return s.refuse(CodeCyclicFragment, fault.Say(
						"the fragment %q contains itself", "片段 %q 包含了自身", name), sel)
				}
				if f := s.fragments[name]; f != nil && state[name] != done {
					err = enter(f)
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	enter = func(f *ast.FragmentDefinition) error {
		state[f.Name.Value] = entered
		err := within(f.SelectionSet)
		state[f.Name.Value] = done
		return err
	}
	for _, f := range s.fragments {
		if state[f.Name.Value] == 0 {
			if err := enter(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// unspread refuses fragments that no operation reaches: what they contain has not been counted, and the library would
// look at it.
func (s *survey) unspread() error {
	for _, name := range sortedKeys(s.fragments) {
		if !s.spread[name] {
			return s.refuse(CodeValidation, fault.Say("the fragment %q is never used", "片段 %q 从未被使用", name), s.fragments[name])
		}
	}
	return nil
}

// selected is a selection set seen as belonging to a type, nil where it is unknown.
type selected struct {
	set    *ast.SelectionSet
	parent gql.Type
}

// group is the fields that would stand under one response key.
type group struct {
	fields  []*ast.Field
	parents []gql.Type
}

// operation walks over an operation with its fragments expanded and returns what it would cost.
func (s *survey) operation(op *ast.OperationDefinition) (price, error) {
	var root gql.Type
	if t := s.engine.rootType(op.Operation); t != nil { // a nil *gql.Object would be a gql.Type that is not nil
		root = t
	}
	children, err := s.merged([]selected{{op.SelectionSet, root}}, 1, false)
	return price{own: 0, times: 1, children: children}, err
}

func (s *survey) merged(sets []selected, depth int, paged bool) ([]price, error) {
	var order []string
	groups := map[string]*group{}
	for _, sel := range sets {
		if err := s.expand(sel, groups, &order); err != nil {
			return nil, err
		}
	}
	if len(order) > 0 && depth > s.limits.Depth {
		return nil, tooMuch(CodeTooDeep, "fields inside each other", "字段嵌套层数", int64(s.limits.Depth), s.place(groups[order[0]].fields[0])...)
	}
	prices := make([]price, 0, len(order))
	for _, key := range order {
		p, err := s.group(groups[key], depth, paged)
		if err != nil {
			return nil, err
		}
		prices = append(prices, p)
	}
	return prices, nil
}

// expand sorts the fields of a selection set, those of its fragments included, by response key.
func (s *survey) expand(in selected, groups map[string]*group, order *[]string) error {
	if in.set == nil {
		return nil
	}
	for _, sel := range in.set.Selections {
		if s.fields++; s.fields > s.limits.Fields {
			return tooMuch(CodeTooMany, "fields", "字段数（展开片段后）", int64(s.limits.Fields), s.place(sel.(ast.Node))...)
		}
		var err error
		switch sel := sel.(type) {
		case *ast.Field:
			key := responseKey(sel)
			if sel.Alias != nil && sel.Alias.Value != sel.Name.Value {
				if s.aliases++; s.aliases > s.limits.Aliases {
					return tooMuch(CodeTooMany, "aliases", "别名数", int64(s.limits.Aliases), s.place(sel)...)
				}
			}
			g := groups[key]
			if g == nil {
				g = &group{}
				groups[key] = g
				*order = append(*order, key)
			}
			if s.overlaps += len(g.fields); s.overlaps > s.limits.Overlaps {
				return tooMuch(CodeTooMany, "overlapping fields", "同名重复字段", int64(s.limits.Overlaps), s.place(sel)...)
			}
			g.fields = append(g.fields, sel)
			g.parents = append(g.parents, in.parent)
		case *ast.InlineFragment:
			parent := in.parent
			if sel.TypeCondition != nil {
				if err := s.knowType(sel.TypeCondition, sel); err != nil {
					return err
				}
				parent = s.engine.schema.Type(sel.TypeCondition.Name.Value)
			}
			err = s.expand(selected{sel.SelectionSet, parent}, groups, order)
		case *ast.FragmentSpread:
			if f := s.fragments[sel.Name.Value]; f != nil {
				s.spread[f.Name.Value] = true
				if err := s.knowType(f.TypeCondition, f); err != nil {
					return err
				}
				err = s.expand(selected{f.SelectionSet, s.engine.schema.Type(f.TypeCondition.Name.Value)}, groups, order)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// group prices the fields under one response key: as the dearest of them, with everything that any selects.
func (s *survey) group(g *group, depth int, paged bool) (price, error) {
	var p price
	childrenPaged := false
	sets := make([]selected, 0, len(g.fields))
	for i, f := range g.fields {
		def := s.engine.fieldOf(g.parents[i], f.Name.Value)
		if def == nil {
			if g.parents[i] != nil {
				if err := s.strange(f); err != nil {
					return p, err
				}
			}
			sets = append(sets, selected{f.SelectionSet, nil})
			p = p.dearer(price{own: 1, times: s.limits.List})
			continue
		}
		if err := s.arguments(f, def); err != nil {
			return p, err
		}
		one, opens := s.price(g.parents[i], def, f, paged)
		p = p.dearer(one)
		childrenPaged = childrenPaged || opens
		named, _ := gql.GetNamed(def.Type).(gql.Type)
		sets = append(sets, selected{f.SelectionSet, named})
	}
	children, err := s.merged(sets, depth+1, childrenPaged)
	p.children = children
	return p, err
}

// arguments counts unknown names and refuses what the library would let pass: an Int of more than 32 bits.
func (s *survey) arguments(f *ast.Field, def *gql.FieldDefinition) error {
	for _, a := range f.Arguments {
		known := false
		for _, d := range def.Args {
			if d.PrivateName != a.Name.Value {
				continue
			}
			known = true
			if at := beyondInt(d.Type, a.Value); at != nil {
				return s.refuse(CodeValidation, fault.Say(
					"the argument %q has an Int outside of 32 bits", "参数 %q 的 Int 超出 32 位范围", a.Name.Value), at)
			}
		}
		if !known {
			if err := s.strange(a); err != nil {
				return err
			}
		}
	}
	return nil
}

// beyondInt finds a literal for an Int that does not fit.
func beyondInt(t gql.Input, v ast.Value) ast.Node {
	switch t := t.(type) {
	case *gql.NonNull:
		inner, _ := t.OfType.(gql.Input)
		return beyondInt(inner, v)
	case *gql.List:
		inner, _ := t.OfType.(gql.Input)
		list, ok := v.(*ast.ListValue)
		if !ok {
			return beyondInt(inner, v)
		}
		for _, item := range list.Values {
			if at := beyondInt(inner, item); at != nil {
				return at
			}
		}
	case *gql.InputObject:
		object, ok := v.(*ast.ObjectValue)
		if !ok {
			return nil
		}
		fields := t.Fields()
		for _, f := range object.Fields {
			if def := fields[f.Name.Value]; def != nil {
				if at := beyondInt(def.Type, f.Value); at != nil {
					return at
				}
			}
		}
	case *gql.Scalar:
		if lit, ok := v.(*ast.IntValue); ok && t == gql.Int {
			if _, err := strconv.ParseInt(lit.Value, 10, 32); err != nil {
				return lit
			}
		}
	}
	return nil
}

func responseKey(f *ast.Field) string {
	if f.Alias != nil && f.Alias.Value != "" {
		return f.Alias.Value
	}
	return f.Name.Value
}
