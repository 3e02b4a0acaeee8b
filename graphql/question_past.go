package graphql

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/content"
	"qbank/domain/content/compare"
	"qbank/domain/event"
	"qbank/domain/question"
	"qbank/graphql/engine"
	"qbank/projections/catalog"
)

// moment is one event of a question with the states before and after it.
type moment = momentOf[question.Question]

// past reads a question's whole history, together with those of others.
func (c call) past(id uuid.UUID, use func([]moment) (any, error)) func() (any, error) {
	return pastStates(c, id, use)
}

func pastOf(c call, q *catalog.Question) (any, error) {
	return c.past(q.ID, func(history []moment) (any, error) {
		m, err := at(history, c.args.object("point"))
		return &m, err
	}), nil
}

func (s *schema) momentType() *gql.Object {
	return object("PastQuestion", "A question as it stood once.", func() []member[*moment] {
		type m = *moment
		return []member[m]{
			show("revision", required(gql.Int), "Number of events by then.", func(m m) any { return m.after.Revision }),
			show("at", required(engine.Instant), "When the last of them was recorded.", func(m m) any { return m.recorded.RecordedAt }),
			show("state", required(s.questionState), "Where it stood in its life cycle.", func(m m) any { return m.after.State }),
			show("typeRef", required(gql.String), "The type version of the draft.", func(m m) any { return m.after.Draft.Type.String() }),
			show("content", engine.JSON, "The draft, answer keys included.", func(m m) any { return json.RawMessage(content.Canonical(m.after.Draft.Content)) }).
				revealing(momentQuestion),
			show("hash", required(gql.String), "Hash of the content.", func(m m) any { return string(m.after.Draft.Hash) }),
			show("latestVersion", gql.Int, "Number of the newest version by then.", func(m m) any { return positive(m.after.Latest) }),
			show("metadata", required(s.metadata), "What it was filed under.", func(m m) any { return &m.after.Metadata }),
		}
	})
}

func momentQuestion(m *moment) uuid.UUID { return m.recorded.Stream }

// difference is what lies between two moments.
type difference struct{ from, to moment }

func diffQuestion(d *difference) uuid.UUID { return d.to.recorded.Stream }

func diffOf(c call, q *catalog.Question) (any, error) {
	return c.past(q.ID, func(history []moment) (any, error) {
		from, to, err := between(history, c.args)
		return &difference{from, to}, err
	}), nil
}

func (s *schema) differenceType() *gql.Object {
	return object("QuestionDiff", "What changed between two points of a question's history.", func() []member[*difference] {
		type d = *difference
		return []member[d]{
			show("fromRevision", required(gql.Int), "The earlier revision.", func(d d) any { return d.from.after.Revision }),
			show("toRevision", required(gql.Int), "The later revision.", func(d d) any { return d.to.after.Revision }),
			show("fromType", required(gql.String), "The earlier type version.", func(d d) any { return d.from.after.Draft.Type.String() }),
			show("toType", required(gql.String), "The later type version.", func(d d) any { return d.to.after.Draft.Type.String() }),
			show("content", many(s.change), "Changes of the content.", func(d d) any {
				return anys(content.Diff(d.from.after.Draft.Content, d.to.after.Draft.Content))
			}).revealing(diffQuestion),
			show("metadata", many(s.change), "Changes of what it is filed under.", func(d d) any {
				return anys(describe(d.from.after, d.to.after))
			}),
			load("fields", many(s.fieldChange), "Changes of the content as people read them, texts by words.", func(c call, d d) (any, error) {
				return c.fields(d.from.after.Draft, d.to.after.Draft)
			}).revealing(diffQuestion),
			show("metadataFields", many(s.fieldChange), "Changes of what it is filed under as people read them.", func(d d) any {
				side := func(m moment) compare.Side {
					return compare.Side{Content: metadataDocument(m.after.Metadata), Schema: question.MetadataNames}
				}
				return pointers(compare.Fields(side(d.from), side(d.to)))
			}),
		}
	})
}

// describe compares the metadata of two states.
func describe(a, b question.Question) []content.Change {
	if a.Metadata.Hash() == b.Metadata.Hash() {
		return nil
	}
	return content.Diff(metadataDocument(a.Metadata), metadataDocument(b.Metadata))
}

// metadataDocument is metadata as a document.
func metadataDocument(m question.Metadata) any {
	raw, _ := json.Marshal(m) // strings and lists of strings
	var doc any
	_ = json.Unmarshal(raw, &doc)
	return doc
}

func historyOf(c call, q *catalog.Question) (any, error) {
	page, err := engine.ParsePage(c.args)
	if err != nil {
		return nil, err
	}
	return c.past(q.ID, func(history []moment) (any, error) {
		return stretch(page, "history", history, func(m *moment) int { return m.after.Revision })
	}), nil
}

// stretch makes a page of a list that is at hand in ascending order of its numbers; the connection shows the highest first.
func stretch[T any](page engine.Page, order string, all []T, number func(*T) int) (*engine.Connection, error) {
	low, high := 0, 0 // exclusive; 0: open
	for _, bound := range []struct {
		cursor string
		into   *int
	}{{page.After, &high}, {page.Before, &low}} {
		if bound.cursor != "" {
			if err := engine.DecodeCursor(order, bound.cursor, bound.into); err != nil {
				return nil, err
			}
		}
	}
	var rows []*T
	for i := range all {
		if n := number(&all[i]); n > low && (high == 0 || n < high) {
			rows = append(rows, &all[i])
		}
	}
	if !page.Backward {
		slices.Reverse(rows)
	}
	rows = rows[:min(len(rows), page.Limit+1)]
	connection, err := engine.Paginate(page, order, rows, func(v *T) []any { return []any{number(v)} }, func(v *T) any { return v })
	if err == nil {
		connection.Total = func() (any, error) { return len(all), nil }
	}
	return connection, err
}

func (s *schema) historyType() *gql.Object {
	return object("QuestionEvent", "Something that happened to a question.", func() []member[*moment] {
		type m = *moment
		return []member[m]{
			show("revision", required(gql.Int), "Revision of the question afterwards.", func(m m) any { return m.after.Revision }),
			show("kind", required(gql.String), "What happened, such as question.edited.", func(m m) any { return m.recorded.Type }),
			show("at", required(engine.Instant), "When it was recorded.", func(m m) any { return m.recorded.RecordedAt }),
			show("by", required(gql.String), "Opaque id of who decided it, or system: and a process.", func(m m) any { return m.meta.Actor }),
			show("position", required(engine.Long), "Position in the log.", func(m m) any { return m.recorded.Position }),
			show("state", required(s.questionState), "State afterwards.", func(m m) any { return m.after.State }),
			show("hash", required(gql.String), "Hash of the draft afterwards.", func(m m) any { return string(m.after.Draft.Hash) }),
			show("changes", many(s.change), "Changes of the content.", func(m m) any {
				if e, ok := m.payload.(question.Edited); ok {
					return anys(e.Changes)
				}
				return []any{}
			}).revealing(momentQuestion),
			show("metadataChanges", many(s.change), "Changes of what it is filed under.", func(m m) any {
				if _, ok := m.payload.(question.Described); !ok {
					return []any{}
				}
				return anys(describe(m.before, m.after))
			}),
			show("typeRef", required(gql.String), "Type version of the draft afterwards.", func(m m) any { return m.after.Draft.Type.String() }),
			show("version", gql.Int, "The version that was published.", func(m m) any {
				e, _ := m.payload.(question.Published)
				return positive(e.Version)
			}),
			show("versionKind", s.questionKind, "How far that version reaches.", func(m m) any {
				if e, ok := m.payload.(question.Published); ok {
					return e.Kind
				}
				return nil
			}),
			show("restoredFrom", gql.Int, "The revision whose content was brought back.", func(m m) any {
				e, _ := m.payload.(question.Edited)
				return positive(e.RestoredFrom)
			}),
			show("note", gql.String, "What was said with it: a note or a reason.", func(m m) any { return filled(said(m.payload)) }),
			show("batch", gql.ID, "Global id of the import that did it.", func(m m) any { return batchOf(m.payload) }),
		}
	})
}

// said is the note or the reason of an event.
func said(e event.Event) string {
	switch e := e.(type) {
	case question.Submitted:
		return e.Note
	case question.Approved:
		return e.Note
	case question.Returned:
		return e.Reason
	case question.Retired:
		return e.Reason
	case question.Reinstated:
		return e.Reason
	case question.Withdrawn:
		return e.Reason
	}
	return ""
}

func batchOf(e event.Event) any {
	var origin *question.Origin
	switch e := e.(type) {
	case question.Created:
		origin = e.Origin
	case question.Edited:
		origin = e.Origin
	case question.Described:
		origin = e.Origin
	case question.Withdrawn:
		if e.Batch != "" {
			origin = &question.Origin{Batch: e.Batch}
		}
	}
	if origin == nil {
		return nil
	}
	return engine.GlobalID(importName, origin.Batch)
}

// version is a published version of a question.
type version struct {
	question.Published
	moment moment
}

func versionsOf(c call, q *catalog.Question) (any, error) {
	page, err := engine.ParsePage(c.args)
	if err != nil {
		return nil, err
	}
	return c.past(q.ID, func(history []moment) (any, error) {
		var versions []version
		for _, m := range history {
			if e, ok := m.payload.(question.Published); ok {
				versions = append(versions, version{e, m})
			}
		}
		return stretch(page, "versions", versions, func(v *version) int { return v.Version })
	}), nil
}

func (s *schema) versionType() *gql.Object {
	return object("QuestionVersion", "An immutable, published content of a question.", func() []member[*version] {
		type v = *version
		return []member[v]{
			show("version", required(gql.Int), "1, 2, 3 …", func(v v) any { return v.Version }),
			show("kind", required(s.questionKind), "How far it reaches.", func(v v) any { return v.Kind }),
			show("typeRef", required(gql.String), "Its type version, such as "+strconv.Quote("single-choice@1.0.0")+".", func(v v) any { return v.Type.String() }),
			show("content", engine.JSON, "The content, answer keys included.", func(v v) any { return v.Content }).
				revealing(func(v v) uuid.UUID { return v.moment.recorded.Stream }),
			load("view", required(engine.JSON), "What students see of it.", func(c call, v v) (any, error) { return c.public(v.Type, v.Content) }),
			show("hash", required(gql.String), "Hash of the content.", func(v v) any { return string(v.Hash) }),
			show("revision", required(gql.Int), "Revision of the question at which it was published.", func(v v) any { return v.moment.after.Revision }),
			show("publishedBy", required(gql.String), "Opaque id of who published it.", func(v v) any { return v.moment.meta.Actor }),
			show("publishedAt", required(engine.Instant), "When it was published.", func(v v) any { return v.moment.recorded.RecordedAt }),
		}
	})
}
