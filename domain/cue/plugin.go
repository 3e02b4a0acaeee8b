package cue

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/qtype"
)

// Place is how a cue is bound to its stage.
type Place string

// The places.
const (
	Moment Place = "moment" // when the medium comes to an instant
	Period Place = "period" // while the medium is between two
	Page   Place = "page"   // on a page of a courseware
)

// Plugin is one version of a kind of task. It is immutable and safe for concurrent use.
type Plugin struct {
	ref         qtype.Ref
	document    map[string]any
	schema      qtype.Schema
	places      []Place
	interactive bool
	apart       []string // members of the data
	keptApart   bool
}

//go:embed cue.schema.json
var metaSchema []byte

var limits = content.Limits{Bytes: 64 << 10, Depth: 32, Nodes: 5_000}

// meta compiles the schema of plugins once; it is ours, so a failure is a defect.
var meta = sync.OnceValues(func() (qtype.Schema, error) {
	document, err := content.Decode(metaSchema, limits)
	if err != nil {
		return qtype.Schema{}, err
	}
	return qtype.CompileSchema(document)
})

// Compile reads a plugin's document. What is wrong with it is the fault "cue.plugin_invalid" with problems by pointer.
func Compile(document []byte) (*Plugin, error) {
	decoded, err := content.Decode(document, limits)
	if err != nil {
		return nil, err
	}
	rules, err := meta()
	if err != nil {
		return nil, fmt.Errorf("compile the schema of cue plugins: %w", err)
	}
	if problems := rules.Problems(decoded); len(problems) > 0 {
		return nil, invalidPlugin(problems...)
	}
	object := decoded.(map[string]any)
	p := &Plugin{document: object, interactive: object["interactive"].(bool)}
	p.ref = qtype.Ref{ID: object["name"].(string), Version: object["version"].(string)}
	for _, place := range object["places"].([]any) {
		p.places = append(p.places, Place(place.(string)))
	}
	members, keptApart := object["apart"].([]any)
	p.keptApart = keptApart
	for _, member := range members {
		p.apart = append(p.apart, member.(string))
	}
	if p.schema, err = qtype.CompileSchema(object["data"]); err != nil {
		return nil, invalidPlugin(fault.Problem{Pointer: "/data", Code: "schema.compile",
			Message: fault.Say("the schema does not compile: %.300v", "模式无法编译：%.300v", err)})
	}
	return p, nil
}

func invalidPlugin(problems ...fault.Problem) error {
	return fault.Refuse(fault.Invalid, "cue.plugin_invalid", fault.Say("the cue plugin cannot be used", "互动插件无法使用"), problems...)
}

// Ref names the plugin's version.
func (p *Plugin) Ref() qtype.Ref { return p.ref }

// Document is the whole document; read only.
func (p *Plugin) Document() map[string]any { return p.document }

// Interactive reports whether it asks something of the student.
func (p *Plugin) Interactive() bool { return p.interactive }

// Apart names those that a cue's period must not overlap: cues whose names here are equal. "": it may overlap any.
func (p *Plugin) Apart(data map[string]any) string {
	if !p.keptApart {
		return ""
	}
	name := []any{p.ref.ID}
	for _, member := range p.apart {
		name = append(name, data[member])
	}
	return string(content.Canonical(name))
}

// Allows reports whether such a cue may stand at a kind of place.
func (p *Plugin) Allows(place Place) bool { return slices.Contains(p.places, place) }

// Check lists what is wrong with a cue's data.
func (p *Plugin) Check(data map[string]any) []fault.Problem {
	if data == nil {
		data = map[string]any{}
	}
	return p.schema.Problems(data)
}

// Reference is something that a cue's data names.
type Reference struct {
	Pointer string // where, into the data
	Name    string
}

// Slots lists the places of the lesson that the data names, in the order in which they stand.
func (p *Plugin) Slots(data map[string]any) []Reference {
	return marked(p.document["data"], data, "x-slot", "")
}

// Assets lists the files, by SHA-256, that the data names.
func (p *Plugin) Assets(data map[string]any) []Reference {
	return marked(p.document["data"], data, "x-asset", "")
}

// marked walks schema and data side by side and collects the texts at places that carry a keyword.
func marked(schema, data any, keyword, at string) (found []Reference) {
	rules, _ := schema.(map[string]any)
	switch v := data.(type) {
	case string:
		if rules[keyword] != nil {
			found = append(found, Reference{at, v})
		}
	case map[string]any:
		declared, _ := rules["properties"].(map[string]any)
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			found = append(found, marked(declared[name], v[name], keyword, at+"/"+content.Escape(name))...)
		}
	case []any:
		for i, item := range v {
			found = append(found, marked(rules["items"], item, keyword, at+"/"+strconv.Itoa(i))...)
		}
	}
	return found
}
