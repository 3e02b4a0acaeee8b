package graphql

import (
	"context"
	"fmt"
	"maps"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/graphql/engine"
)

// call is one field being resolved: for which request, with which arguments.
type call struct {
	*request
	ctx  context.Context
	args args
}

func callOf(p gql.ResolveParams) call { return call{requestOf(p.Context), p.Context, p.Args} }

// member is one field of a type whose Go value is a T.
type member[T any] struct {
	name, about string
	of          gql.Output
	args        gql.FieldConfigArgument
	needs       access.Permission // "": whoever reached the object may see it
	resolve     gql.FieldResolveFn
}

// show is a field that the value has at hand.
func show[T any](name string, of gql.Output, about string, value func(T) any) member[T] {
	return member[T]{name: name, of: of, about: about, resolve: func(p gql.ResolveParams) (any, error) { return value(p.Source.(T)), nil }}
}

// load is a field that has to be looked up, or computed from arguments.
func load[T any](name string, of gql.Output, about string, value func(call, T) (any, error)) member[T] {
	return member[T]{name: name, of: of, about: about, resolve: func(p gql.ResolveParams) (any, error) {
		return value(callOf(p), p.Source.(T))
	}}
}

// with adds arguments.
func (m member[T]) with(args gql.FieldConfigArgument) member[T] {
	m.args = args
	return m
}

// needing lets only those see the field who have a permission.
func (m member[T]) needing(p access.Permission) member[T] {
	m.needs = p
	m.about = demanding(m.about, p)
	return m
}

// revealing says that the field shows a content with its answer keys, and of which question: who asks for it is written down.
func (m member[T]) revealing(question func(T) uuid.UUID) member[T] {
	inner := m.resolve
	m.resolve = func(p gql.ResolveParams) (any, error) {
		requestOf(p.Context).seen.add(question(p.Source.(T)))
		return inner(p)
	}
	return m
}

func (m member[T]) field() *gql.Field {
	of, resolve := m.of, m.resolve
	if m.needs != "" {
		of = gql.GetNullable(of).(gql.Output) // a refusal leaves the rest of the object standing
		needs, inner := m.needs, m.resolve
		resolve = func(p gql.ResolveParams) (any, error) {
			if err := requestOf(p.Context).actor.Require(needs); err != nil {
				return nil, err
			}
			return inner(p)
		}
	}
	return &gql.Field{Type: of, Description: m.about, Args: m.args, Resolve: resolve}
}

// demanding is a description with what the field needs.
func demanding(about string, needs access.Permission) string {
	if needs == "" {
		return about
	}
	return fmt.Sprintf("%s Needs the permission %s.", about, needs)
}

// object makes a type. Its members are asked for late, so that types may refer to each other.
func object[T any](name, about string, members func() []member[T], interfaces ...*gql.Interface) *gql.Object {
	return gql.NewObject(gql.ObjectConfig{Name: name, Description: about, Interfaces: interfaces,
		Fields: gql.FieldsThunk(func() gql.Fields {
			fields := gql.Fields{}
			for _, m := range members() {
				fields[m.name] = m.field()
			}
			return fields
		})})
}

// part makes members of an embedded or otherwise reachable part members of the whole.
func part[T, P any](of func(T) P, members []member[P]) []member[T] {
	out := make([]member[T], len(members))
	for i, m := range members {
		inner := m.resolve
		out[i] = member[T]{name: m.name, about: m.about, of: m.of, args: m.args, needs: m.needs, resolve: func(p gql.ResolveParams) (any, error) {
			p.Source = of(p.Source.(T))
			return inner(p)
		}}
	}
	return out
}

// root is a field of Query.
type root struct {
	name, about string
	of          gql.Output
	args        gql.FieldConfigArgument
	needs       access.Permission // "": says itself who may ask what
	resolve     func(call) (any, error)
}

// scoped is the field for those whose token names an environment.
func (r root) scoped() root {
	inner := r.resolve
	r.resolve = func(c call) (any, error) {
		if _, err := c.scope(); err != nil {
			return nil, err
		}
		return inner(c)
	}
	return r
}

func (r root) field() *gql.Field {
	args := gql.FieldConfigArgument{"at": {Type: engine.Long,
		Description: "Wait, for a bounded time, until this position of the log is to be seen: the one that a mutation returned."}}
	maps.Copy(args, r.args)
	names := writtenIn(r.args)
	of := gql.GetNullable(r.of).(gql.Output) // a refusal leaves the other fields standing
	return &gql.Field{Type: of, Description: demanding(r.about, r.needs), Args: args, Resolve: func(p gql.ResolveParams) (any, error) {
		c := callOf(p)
		if r.needs != "" {
			if err := c.actor.Require(r.needs); err != nil {
				return nil, err
			}
		}
		if at, given := p.Args["at"].(int64); given {
			if at < 0 {
				return nil, fault.Refuse(fault.Invalid, "position.invalid", fault.Say("a position is 0 or more", "位置应不小于 0"))
			}
			c.at = max(c.at, at)
		}
		found, err := r.resolve(c)
		return found, names.asWritten(err)
	}}
}

// enum makes an enumeration of a string type. Its names are the values in upper case.
func enum[T ~string](name, about string, values ...enumValue[T]) *gql.Enum {
	config := gql.EnumConfig{Name: name, Description: about, Values: gql.EnumValueConfigMap{}}
	for _, v := range values {
		config.Values[upper(string(v.value))] = &gql.EnumValueConfig{Value: v.value, Description: v.about}
	}
	return gql.NewEnum(config)
}

type enumValue[T ~string] struct {
	value T
	about string
}

func upper(s string) string {
	out := []byte(s)
	for i, b := range out {
		switch {
		case b >= 'a' && b <= 'z':
			out[i] = b - 'a' + 'A'
		case b == '-' || b == '.':
			out[i] = '_'
		}
	}
	return string(out)
}

func required(t gql.Type) gql.Output { return gql.NewNonNull(t) }

// many is a list that is always there, of values that are.
func many(t gql.Type) gql.Output { return gql.NewNonNull(gql.NewList(gql.NewNonNull(t))) }
