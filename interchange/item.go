package interchange

import (
	"qbank/domain/batch"
	"qbank/domain/qtype"
	"qbank/domain/question"
)

// Item is an item of a file, mapped to a question type.
type Item struct {
	Index    int    // 0-based, in the file
	Source   string // the item's id in its source
	Title    string
	Type     qtype.Ref
	Content  any
	Metadata question.Metadata
	Notes    []batch.Note // what was changed on the way; or, where Refused, why
	Refused  bool
}

// Source is an open file of items. Next ends with io.EOF; any other error ends the file, not the program.
type Source interface {
	Next() (Item, error)
	Close() error
}

// Defaults file items whose source does not say where they belong.
type Defaults struct {
	Subject string `json:"subject,omitempty"`
	Stage   string `json:"stage,omitempty"`
	Grade   string `json:"grade,omitempty"`
	Origin  string `json:"origin,omitempty"` // an exam, a book
}

func (d Defaults) apply(m *question.Metadata) {
	for _, f := range []struct {
		value *string
		other string
	}{{&m.Subject, d.Subject}, {&m.Stage, d.Stage}, {&m.Grade, d.Grade}, {&m.Source, d.Origin}} {
		if *f.value == "" {
			*f.value = f.other
		}
	}
}

// The types that items become: the newest versions that come with qbank.
var (
	singleChoice   = qtype.Ref{ID: "single-choice", Version: "1.0.0"}
	multipleChoice = qtype.Ref{ID: "multiple-choice", Version: "1.0.1"}
	trueFalse      = qtype.Ref{ID: "true-false", Version: "1.0.0"}
	shortText      = qtype.Ref{ID: "short-text", Version: "1.0.0"}
	numeric        = qtype.Ref{ID: "numeric", Version: "1.0.0"}
	matching       = qtype.Ref{ID: "matching", Version: "1.0.0"}
	essay          = qtype.Ref{ID: "essay", Version: "1.0.0"}
	description    = qtype.Ref{ID: "description", Version: "1.0.0"}
)
