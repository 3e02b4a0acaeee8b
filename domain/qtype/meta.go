package qtype

import (
	"bytes"
	_ "embed"
	"errors"
	"io"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"qbank/domain/content"
	"qbank/domain/fault"
)

//go:embed type.schema.json
var metaSchema []byte

// MetaSchema returns the JSON Schema that type documents obey.
func MetaSchema() []byte { return append([]byte(nil), metaSchema...) }

// typeLimits bound a type document.
var typeLimits = content.Limits{Bytes: 1 << 20, Depth: 64, Nodes: 50_000}

// meta compiles the meta-schema once; it is ours, so a failure is a defect.
var meta = sync.OnceValues(func() (schema, error) {
	document, err := content.Decode(metaSchema, typeLimits)
	if err != nil {
		return schema{}, err
	}
	return newSchema(document)
})

// schema is a compiled JSON Schema beside its document, which explains its failures.
type schema struct {
	document any
	compiled *jsonschema.Schema
}

const schemaURL = "mem:///schema.json"

// newSchema compiles a schema that refers to nothing outside itself.
func newSchema(document any) (schema, error) {
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft2020
	compiler.AssertFormat = true
	compiler.LoadURL = func(string) (io.ReadCloser, error) { return nil, errors.New("schemas are not fetched") }
	if object, ok := document.(map[string]any); ok && object["$id"] != nil {
		without := make(map[string]any, len(object))
		for name, value := range object {
			if name != "$id" { // the document is known by one address only
				without[name] = value
			}
		}
		document = without
	}
	if err := compiler.AddResource(schemaURL, bytes.NewReader(content.Canonical(document))); err != nil {
		return schema{}, err
	}
	compiled, err := compiler.Compile(schemaURL)
	if err != nil {
		return schema{}, err
	}
	return schema{document, compiled}, nil
}

// problems lists what is wrong with a document, sorted, at most maxProblems.
func (s schema) problems(document any) []fault.Problem {
	err := s.compiled.Validate(document)
	if err == nil {
		return nil
	}
	var failed *jsonschema.ValidationError
	if !errors.As(err, &failed) {
		return []fault.Problem{{Code: "schema.loop", Message: fault.Say("the schema never ends here", "模式在此处无限循环")}}
	}
	e := explainer{schema: s.document, document: document}
	e.explain(failed)
	return sorted(e.problems)
}
