package engine

import (
	"strconv"

	gql "github.com/graphql-go/graphql"
	"github.com/graphql-go/graphql/language/ast"
)

// price is what a field and all below it would cost, with the numbers that only variables know left open.
type price struct {
	own      int64
	times    int64  // how often the children are counted
	variable string // the variable that says so instead, if it is set
	least    int64  // but not less than this
	children []price
}

const priceless = int64(1) << 50 // sums stop here, far from an overflow

// of computes the price with variables filled in.
func (p *price) of(vars map[string]any) int64 {
	var sum int64
	for i := range p.children {
		sum = min(sum+p.children[i].of(vars), priceless)
	}
	times := p.times
	if p.variable != "" {
		if n, ok := vars[p.variable].(int); ok {
			times = max(int64(n), p.least, 0)
		}
	}
	if sum > 0 && times > priceless/sum {
		return priceless
	}
	return min(p.own+times*sum, priceless)
}

// fixed tells whether no variable has a say.
func (p *price) fixed() bool {
	if p.variable != "" {
		return false
	}
	for i := range p.children {
		if !p.children[i].fixed() {
			return false
		}
	}
	return true
}

// dearer joins the prices of two fields under one key. Two that name different variables cannot be compared before a
// request, so the largest page stands for both.
func (p price) dearer(q price) price {
	j := price{own: max(p.own, q.own), times: max(p.times, q.times), variable: p.variable, least: max(p.least, q.least)}
	switch {
	case p.variable == q.variable:
	case p.variable == "":
		j.variable, j.least = q.variable, max(p.times, q.least)
	case q.variable == "":
		j.least = max(p.least, q.times)
	default:
		j.variable, j.times = "", max(j.times, MaxPage)
	}
	return j
}

// introspected are sizes of the lists inside introspection. The number of types is the schema's own.
var introspected = map[string]int64{
	"fields": 12, "args": 2, "inputFields": 4, "enumValues": 4, "interfaces": 2, "possibleTypes": 2, "directives": 4, "locations": 1,
}

// price of one field without its children. opens says that the field is a connection, whose edges are counted by it.
func (s *survey) price(parent gql.Type, def *gql.FieldDefinition, f *ast.Field, paged bool) (p price, opens bool) {
	p = price{own: 1, times: 1}
	if isIntrospection(parent) {
		switch gql.GetNamed(def.Type).(type) {
		case *gql.Scalar, *gql.Enum:
			p.own = 0
		}
		if parent == gql.SchemaType && def.Name == "types" {
			p.times = int64(len(s.engine.schema.TypeMap()))
		} else if n, ok := introspected[def.Name]; ok {
			p.times = n
		}
		return p, false
	}
	var takesPage bool
	for _, d := range def.Args {
		if d.PrivateName != "first" && d.PrivateName != "last" || gql.GetNullable(d.Type) != gql.Int {
			continue
		}
		if n, ok := d.DefaultValue.(int); ok && !takesPage {
			p.times = int64(n)
		} else if !takesPage {
			p.times = s.limits.Page
		}
		takesPage = true
	}
	if takesPage {
		s.page(&p, f)
		return p, !isList(def.Type)
	}
	if isList(def.Type) && !(paged && (def.Name == "edges" || def.Name == "nodes")) {
		switch gql.GetNamed(def.Type).(type) {
		case *gql.Scalar, *gql.Enum:
		default:
			p.times = s.limits.List
		}
	}
	return p, false
}

// page reads first and last.
func (s *survey) page(p *price, f *ast.Field) {
	given := int64(-1)
	for _, a := range f.Arguments {
		if a.Name.Value != "first" && a.Name.Value != "last" {
			continue
		}
		switch v := a.Value.(type) {
		case *ast.IntValue:
			n, err := strconv.ParseInt(v.Value, 10, 32)
			if err != nil {
				n = priceless
			}
			given = max(given, n, 0)
		case *ast.Variable:
			if p.variable != "" {
				given = max(given, MaxPage)
			}
			p.variable = v.Name.Value
		}
	}
	if given >= 0 {
		p.times, p.least = given, given
	}
}

func isIntrospection(t gql.Type) bool {
	return t == gql.SchemaType || t == gql.TypeType || t == gql.FieldType || t == gql.InputValueType ||
		t == gql.EnumValueType || t == gql.DirectiveType
}

func isList(t gql.Type) bool {
	if n, ok := t.(*gql.NonNull); ok {
		t = n.OfType
	}
	_, ok := t.(*gql.List)
	return ok
}

// tell says in the answer's extensions what it cost, and out of what.
func (e *Engine) tell(out []byte, p prepared) []byte {
	out = append(out, `,"extensions":{"cost":{"cost":`...)
	out = strconv.AppendInt(out, p.cost, 10)
	out = append(out, `,"limit":`...)
	out = strconv.AppendInt(out, e.limits.Cost, 10)
	if p.budget.Limit > 0 {
		out = append(out, `,"perMinute":`...)
		out = strconv.AppendInt(out, p.budget.Limit, 10)
		out = append(out, `,"left":`...)
		out = strconv.AppendInt(out, p.budget.Left, 10)
	}
	return append(out, "}}"...)
}
