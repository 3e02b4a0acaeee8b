package engine

import (
	"encoding/json"
	"math"
	"reflect"
	"sort"
	"strconv"
	"strings"

	gql "github.com/graphql-go/graphql"
	"github.com/graphql-go/graphql/language/ast"

	"qbank/domain/fault"
)

// variable is one that an operation declares.
type variable struct {
	name     string
	typ      gql.Input
	fallback ast.Value
}

const maxProblems = 20 // of one request's variables

// variables coerces what the client sent to the types the operation declares. It is stricter than graphql-go, which
// takes an object for a String ("map[a:1]"), 1.5 for an Int and "no" for a Boolean.
func (e *Engine) variables(op *operation, sent map[string]any) (map[string]any, error) {
	if len(op.variables) == 0 {
		return nil, nil
	}
	vars := make(map[string]any, len(op.variables))
	c := coercion{}
	for _, v := range op.variables {
		value := sent[v.name]
		if value == nil && v.fallback != nil {
			vars[v.name] = literal(v.fallback, v.typ, nil)
			continue
		}
		vars[v.name] = c.coerce(v.typ, value, "/"+v.name)
	}
	if len(c.problems) > 0 {
		return nil, refusals{{err: fault.Refuse(fault.Invalid, CodeBadVariable, fault.Say(
			"the variables do not fit the operation", "变量与操作不匹配"), c.problems...)}}
	}
	return vars, nil
}

// coercion collects the places in variables that are wrong, as JSON Pointers into variables.
type coercion struct{ problems []fault.Problem }

func (c *coercion) wrong(pointer, code string, message fault.Text) any {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, fault.Problem{Pointer: pointer, Code: code, Message: message})
	}
	return nil
}

func (c *coercion) coerce(t gql.Type, v any, at string) any {
	if n, ok := t.(*gql.NonNull); ok {
		if v == nil {
			return c.wrong(at, "required", fault.Say("a value of type %s is required", "必须提供 %s 类型的值", n.Name()))
		}
		t = n.OfType
	}
	if v == nil || len(c.problems) >= maxProblems {
		return nil
	}
	switch t := t.(type) {
	case *gql.List:
		items, ok := v.([]any)
		if !ok {
			items = []any{v}
			return []any{c.coerce(t.OfType, items[0], at)}
		}
		list := make([]any, len(items))
		for i, item := range items {
			list[i] = c.coerce(t.OfType, item, at+"/"+strconv.Itoa(i))
		}
		return list
	case *gql.InputObject:
		return c.object(t, v, at)
	case *gql.Enum:
		name, ok := v.(string)
		if ok {
			if value := t.ParseValue(name); value != nil {
				return value
			}
		}
		return c.wrong(at, "type", fault.Say("expected one of %s", "应为 %s 之一", enumNames(t)))
	case *gql.Scalar:
		if value := scalarInput(t, v); !isNull(value) {
			return value
		}
		return c.wrong(at, "type", fault.Say("expected a value of type %s", "应为 %s 类型的值", t.Name()))
	}
	return nil
}

func (c *coercion) object(t *gql.InputObject, v any, at string) any {
	sent, ok := v.(map[string]any)
	if !ok {
		return c.wrong(at, "type", fault.Say("expected an object of type %s", "应为 %s 类型的对象", t.Name()))
	}
	fields := t.Fields()
	for _, name := range sortedKeys(sent) {
		if fields[name] == nil {
			c.wrong(at+"/"+pointerToken(name), "unknown", fault.Say("%s has no field of this name", "%s 没有此名称的字段", t.Name()))
		}
	}
	object := make(map[string]any, len(fields))
	for _, name := range sortedKeys(fields) {
		f := fields[name]
		value := sent[name]
		if value == nil && f.DefaultValue != nil {
			object[name] = f.DefaultValue
			continue
		}
		if value := c.coerce(f.Type, value, at+"/"+name); value != nil {
			object[name] = value
		}
	}
	return object
}

// scalarInput is nil where the value does not fit.
func scalarInput(t *gql.Scalar, v any) any {
	switch t {
	case gql.Int:
		if n, ok := integer(v); ok && n >= math.MinInt32 && n <= math.MaxInt32 {
			return int(n)
		}
		return nil
	case gql.Float:
		switch v := v.(type) {
		case float64:
			return v
		case int64:
			return float64(v)
		case int:
			return float64(v)
		}
		return nil
	case gql.String:
		if s, ok := v.(string); ok {
			return s
		}
		return nil
	case gql.Boolean:
		if b, ok := v.(bool); ok {
			return b
		}
		return nil
	case gql.ID:
		if s, ok := v.(string); ok {
			return s
		}
		if n, ok := integer(v); ok {
			return strconv.FormatInt(n, 10)
		}
		return nil
	}
	return t.ParseValue(v)
}

// integer takes any JSON number without a fraction.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<63 {
			return int64(v), true
		}
	}
	return 0, false
}

// literal is the value of a constant or variable in a document of a type: graphql-go's valueFromAST.
func literal(v ast.Value, t gql.Type, vars map[string]any) any {
	if v == nil {
		return nil
	}
	if n, ok := t.(*gql.NonNull); ok {
		t = n.OfType
	}
	if name, ok := v.(*ast.Variable); ok {
		return vars[name.Name.Value]
	}
	switch t := t.(type) {
	case *gql.List:
		list, ok := v.(*ast.ListValue)
		if !ok {
			return []any{literal(v, t.OfType, vars)}
		}
		items := make([]any, len(list.Values))
		for i, item := range list.Values {
			items[i] = literal(item, t.OfType, vars)
		}
		return items
	case *gql.InputObject:
		given, ok := v.(*ast.ObjectValue)
		if !ok {
			return nil
		}
		byName := make(map[string]ast.Value, len(given.Fields))
		for _, f := range given.Fields {
			byName[f.Name.Value] = f.Value
		}
		object := make(map[string]any, len(byName))
		for name, f := range t.Fields() {
			value := f.DefaultValue
			if given, ok := byName[name]; ok {
				value = literal(given, f.Type, vars)
			}
			if !isNull(value) {
				object[name] = value
			}
		}
		return object
	case *gql.Scalar:
		return t.ParseLiteral(v)
	case *gql.Enum:
		return t.ParseLiteral(v)
	}
	return nil
}

// arguments of a field; nil where it takes none.
func (f *fieldPlan) arguments(vars map[string]any) map[string]any {
	if len(f.def.Args) == 0 {
		return nil
	}
	args := make(map[string]any, len(f.def.Args))
	for _, def := range f.def.Args {
		var value any
		for _, given := range f.nodes[0].Arguments {
			if given.Name.Value == def.PrivateName {
				value = literal(given.Value, def.Type, vars)
			}
		}
		if isNull(value) {
			value = def.DefaultValue
		}
		if !isNull(value) {
			args[def.PrivateName] = value
		}
	}
	return args
}

// isNull is true for nil, a nil pointer and the like, and for nothing else.
func isNull(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string, bool, int, int64, float64, []any, map[string]any, func() (any, error):
		return false
	default:
		r := reflect.ValueOf(v)
		return r.Kind() == reflect.Pointer && r.IsNil()
	}
}

func enumNames(t *gql.Enum) string {
	names := make([]string, 0, len(t.Values()))
	for _, v := range t.Values() {
		names = append(names, v.Name)
	}
	sort.Strings(names)
	if len(names) > maxProblems {
		names = append(names[:maxProblems], "…")
	}
	return strings.Join(names, ", ")
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func pointerToken(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// decodeVariables reads a JSON object. Numbers without fraction or exponent become int64 where they fit, so that a Long
// keeps its digits; the others float64. One that a float64 cannot hold is refused.
func decodeVariables(text []byte) (map[string]any, error) {
	var raw map[string]any
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&raw); err != nil {
		return nil, err
	}
	for k, v := range raw {
		n, err := plainNumbers(v)
		if err != nil {
			return nil, err
		}
		raw[k] = n
	}
	return raw, nil
}

func plainNumbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return n, nil
		}
		f, err := strconv.ParseFloat(string(v), 64)
		if err != nil {
			return nil, refuse(fault.Invalid, CodeBadVariable, fault.Say("a number is too large", "数字过大"))
		}
		return f, nil
	case []any:
		for i := range v {
			if v[i], err = plainNumbers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range v {
			if v[k], err = plainNumbers(v[k]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}
