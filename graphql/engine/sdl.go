package engine

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	gql "github.com/graphql-go/graphql"
)

// SDL prints a schema in the schema definition language. Everything is sorted by name (graphql-go keeps no order), so equal
// schemas print equally; it is meant for a golden file and for generators of clients.
func SDL(schema gql.Schema) string {
	p := &printer{}
	p.roots(schema)
	types := schema.TypeMap()
	for _, name := range sortedKeys(types) {
		if strings.HasPrefix(name, "__") || builtIn(types[name]) {
			continue
		}
		p.definition(types[name])
	}
	return p.String()
}

type printer struct{ strings.Builder }

func builtIn(t gql.Type) bool {
	return slices.Contains([]gql.Type{gql.Int, gql.Float, gql.String, gql.Boolean, gql.ID}, t)
}

func (p *printer) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *printer) roots(s gql.Schema) {
	p.line("schema {")
	p.line("  query: %s", s.QueryType().Name())
	if t := s.MutationType(); t != nil {
		p.line("  mutation: %s", t.Name())
	}
	if t := s.SubscriptionType(); t != nil {
		p.line("  subscription: %s", t.Name())
	}
	p.line("}")
}

func (p *printer) definition(t gql.Type) {
	p.line("")
	p.description("", t.Description())
	switch t := t.(type) {
	case *gql.Scalar:
		p.line("scalar %s", t.Name())
	case *gql.Object:
		p.line("type %s%s {", t.Name(), implements(t))
		p.fields(t.Fields())
		p.line("}")
	case *gql.Interface:
		p.line("interface %s {", t.Name())
		p.fields(t.Fields())
		p.line("}")
	case *gql.Union:
		p.line("union %s = %s", t.Name(), strings.Join(objectNames(t.Types()), " | "))
	case *gql.Enum:
		p.line("enum %s {", t.Name())
		p.values(t)
		p.line("}")
	case *gql.InputObject:
		p.line("input %s {", t.Name())
		fields := t.Fields()
		for _, name := range sortedKeys(fields) {
			f := fields[name]
			p.description("  ", f.Description())
			p.line("  %s: %s%s", name, f.Type, defaultOf(f.Type, f.DefaultValue))
		}
		p.line("}")
	}
}

func implements(t *gql.Object) string {
	var names []string
	for _, i := range t.Interfaces() {
		names = append(names, i.Name())
	}
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	return " implements " + strings.Join(names, " & ")
}

func objectNames(types []*gql.Object) []string {
	var names []string
	for _, t := range types {
		names = append(names, t.Name())
	}
	slices.Sort(names)
	return names
}

func (p *printer) fields(fields gql.FieldDefinitionMap) {
	for _, name := range sortedKeys(fields) {
		f := fields[name]
		p.description("  ", f.Description)
		p.line("  %s%s: %s%s", name, p.arguments(f.Args), f.Type, deprecated(f.DeprecationReason))
	}
}

// arguments stand on one line, or each on its own where one is described.
func (p *printer) arguments(args []*gql.Argument) string {
	if len(args) == 0 {
		return ""
	}
	args = slices.Clone(args)
	slices.SortFunc(args, func(a, b *gql.Argument) int { return strings.Compare(a.PrivateName, b.PrivateName) })
	described := slices.ContainsFunc(args, func(a *gql.Argument) bool { return a.PrivateDescription != "" })
	inner := &printer{}
	for i, a := range args {
		text := fmt.Sprintf("%s: %s%s", a.PrivateName, a.Type, defaultOf(a.Type, a.DefaultValue))
		switch {
		case described:
			inner.description("    ", a.PrivateDescription)
			inner.line("    %s", text)
		case i > 0:
			inner.WriteString(", " + text)
		default:
			inner.WriteString(text)
		}
	}
	if described {
		return "(\n" + inner.String() + "  )"
	}
	return "(" + inner.String() + ")"
}

func (p *printer) values(t *gql.Enum) {
	values := slices.Clone(t.Values())
	slices.SortFunc(values, func(a, b *gql.EnumValueDefinition) int { return strings.Compare(a.Name, b.Name) })
	for _, v := range values {
		p.description("  ", v.Description)
		p.line("  %s%s", v.Name, deprecated(v.DeprecationReason))
	}
}

func (p *printer) description(indent, text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	text = strings.ReplaceAll(text, `"""`, `\"""`)
	if !strings.Contains(text, "\n") && !strings.HasSuffix(text, `"`) && !strings.HasSuffix(text, `\`) {
		p.line(`%s"""%s"""`, indent, text)
		return
	}
	p.line(`%s"""`, indent)
	for l := range strings.SplitSeq(text, "\n") {
		p.line("%s", strings.TrimRight(indent+l, " \t\r"))
	}
	p.line(`%s"""`, indent)
}

func deprecated(reason string) string {
	if reason == "" {
		return ""
	}
	return " @deprecated(reason: " + quote(reason) + ")"
}

func quote(s string) string { return string(appendString(nil, s)) }

func defaultOf(t gql.Type, v any) string {
	if isNull(v) {
		return ""
	}
	return " = " + constant(t, v)
}

// constant prints a Go value as a literal of a type.
func constant(t gql.Type, v any) string {
	if n, ok := t.(*gql.NonNull); ok {
		t = n.OfType
	}
	switch t := t.(type) {
	case *gql.List:
		r := reflect.ValueOf(v)
		if r.Kind() != reflect.Slice {
			return constant(t.OfType, v)
		}
		items := make([]string, r.Len())
		for i := range items {
			items[i] = constant(t.OfType, r.Index(i).Interface())
		}
		return "[" + strings.Join(items, ", ") + "]"
	case *gql.InputObject:
		object, _ := v.(map[string]any)
		var parts []string
		for _, name := range sortedKeys(object) {
			if f := t.Fields()[name]; f != nil {
				parts = append(parts, name+": "+constant(f.Type, object[name]))
			}
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case *gql.Enum:
		if name, ok := t.Serialize(v).(string); ok {
			return name
		}
	case *gql.Scalar:
		switch s := t.Serialize(v).(type) {
		case string:
			return quote(s)
		case bool:
			return strconv.FormatBool(s)
		default:
			if text, err := json.Marshal(s); err == nil {
				return string(text)
			}
		}
	}
	return fmt.Sprint(v)
}
