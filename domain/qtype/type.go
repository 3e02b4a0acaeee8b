package qtype

import (
	"sync"

	"qbank/domain/content"
	"qbank/domain/scoring"
)

// Type is one version of a question type, compiled. It is immutable and safe for concurrent use.
type Type struct {
	ref      Ref
	document map[string]any
	hash     content.Hash
	content  part
	response *part // nil where nothing is answered
	accepts  test  // says yes only to valid responses; nil where the schema is beyond it
	rule     scoring.Rule
	checks   []check
	moves    []migration
	personal bool
	forms    sync.Map // locale → Form: what is worked out once
}

// part is a document that the type declares: the content or a response.
type part struct {
	schema schema // references written out
	places *place
}

// Scorer scores responses to one question.
type Scorer = scoring.Scorer

// Ref names the type and its version.
func (t *Type) Ref() Ref { return t.ref }

// Hash is the hash of the canonical type document.
func (t *Type) Hash() content.Hash { return t.hash }

// Document is the type document. Nobody changes it.
func (t *Type) Document() any { return t.document }

// Title is the type's name in a locale, in English where there is none.
func (t *Type) Title(locale string) string { return in(t.document["title"], locale) }

// Category groups types in the console, such as "choice".
func (t *Type) Category() string {
	category, _ := t.document["category"].(string)
	return category
}

// Scored reports whether answers earn marks: false for surveys and for what is only read.
func (t *Type) Scored() bool { return t.HasResponse() && t.rule.Scored() }

// HasResponse reports whether there is anything to answer.
func (t *Type) HasResponse() bool { return t.response != nil }

// Personal reports whether responses hold text of the student's own (x-text in the response schema), which is stored enciphered.
func (t *Type) Personal() bool { return t.personal }

// ContentSchema is the JSON Schema of the content with its references written out.
func (t *Type) ContentSchema() any { return t.content.schema.document }

// ResponseSchema is the JSON Schema of a response with its references written out, or nil.
func (t *Type) ResponseSchema() any {
	if t.response == nil {
		return nil
	}
	return t.response.schema.document
}

// Scorer prepares scoring for one content that holds its key (see Join). Prepare once, score often.
func (t *Type) Scorer(doc any) (Scorer, error) { return t.rule.Prepare(doc) }
