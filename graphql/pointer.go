package graphql

import (
	"maps"
	"slices"
	"strings"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/fault"
)

// written is what a client writes at one level of an input, by their names.
type written map[string]gql.Input

// writtenIn are the arguments of a root field; what is in their objects may be named without the argument, as a filter's places are.
func writtenIn(arguments gql.FieldConfigArgument) written {
	all := written{}
	for _, a := range arguments {
		if object, is := gql.GetNullable(a.Type).(*gql.InputObject); is {
			maps.Copy(all, fieldsOf(object))
		}
	}
	for name, a := range arguments {
		all[name] = a.Type
	}
	return all
}

func fieldsOf(t *gql.InputObject) written {
	fields := written{}
	for name, field := range t.Fields() {
		fields[name] = field.Type
	}
	return fields
}

// asWritten makes the pointers of a refusal those of what the client wrote: whoever refused knows places by the names in what is stored
// ("/guard/load_failures"), the client by those of the schema ("/guard/loadFailures"). Every refusal of a mutation or root field passes here, so nobody else
// needs to know both.
func (w written) asWritten(err error) error {
	if f := fault.Of(err); f != nil && slices.ContainsFunc(f.Problems, func(at fault.Problem) bool { return strings.Contains(at.Pointer, "_") }) {
		f.Problems = slices.Clone(f.Problems)
		for i := range f.Problems {
			f.Problems[i].Pointer = w.spell(f.Problems[i].Pointer)
		}
	}
	return err
}

// spell writes a pointer by the names of the schema. What lies in a document (a content), or is not of the input, stays as it is.
func (w written) spell(pointer string) string {
	return w.rename(pointer, func(level written, part string) (field, as string) {
		if _, same := level[part]; same {
			return part, part
		}
		field = camelCase(part)
		return field, field
	})
}

// stored is the inverse of spell: a pointer by the names of what is stored. What is not of the schema stays as it is.
func (w written) stored(pointer string) string {
	return w.rename(pointer, func(_ written, part string) (field, as string) { return part, snakeCase(part) })
}

// rename goes along a pointer as far as the schema reaches, and writes each part anew: name says which field of its level it is, and how it is written.
func (w written) rename(pointer string, name func(level written, part string) (field, as string)) string {
	parts := strings.Split(pointer, "/")
	for level, rest := w, parts[1:]; len(rest) > 0; {
		field, as := name(level, rest[0])
		t, known := level[field]
		if !known {
			break
		}
		rest[0] = as
		rest = rest[1:]
		for list, is := gql.GetNullable(t).(*gql.List); is && len(rest) > 0; list, is = gql.GetNullable(t).(*gql.List) {
			t, rest = list.OfType.(gql.Input), rest[1:] // behind the index
		}
		object, is := gql.GetNullable(t).(*gql.InputObject)
		if !is {
			break
		}
		level = fieldsOf(object)
	}
	return strings.Join(parts, "/")
}

// camelCase is "load_failures" as "loadFailures".
func camelCase(name string) string {
	words := strings.Split(name, "_")
	for i, word := range words[1:] {
		if word != "" {
			words[i+1] = upper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, "")
}

// snakeCase is "loadFailures" as "load_failures".
func snakeCase(name string) string {
	var out strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			out.WriteByte('_')
			r += 'a' - 'A'
		}
		out.WriteRune(r)
	}
	return out.String()
}
