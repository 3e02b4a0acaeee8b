package qtype

import "qbank/domain/fault"

// Schema is a compiled JSON Schema (draft 2020-12) for data beside question types: what it refuses is explained by JSON Pointer, in the
// languages of the console. It is immutable and safe for concurrent use.
type Schema struct{ schema schema }

// CompileSchema compiles a decoded schema document. It may refer to itself only: nothing is fetched.
func CompileSchema(document any) (Schema, error) {
	compiled, err := newSchema(document)
	return Schema{compiled}, err
}

// Problems lists what is wrong with a decoded document, sorted by place; none means that it is valid.
func (s Schema) Problems(document any) []fault.Problem { return s.schema.problems(document) }
