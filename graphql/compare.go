package graphql

import (
	gql "github.com/graphql-go/graphql"

	"qbank/domain/content/compare"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/graphql/engine"
	"qbank/projections/catalog"
	"qbank/projections/lessons"
)

// compareTypes are how differences are shown to people.
func (s *schema) compareTypes() {
	s.lessonWhen = pointInTime("Lesson", "The plan published under this number.")
	kind := enum[compare.Kind]("FieldChangeKind", "What became of a field.", enumValue[compare.Kind]{compare.Added, "It appeared."},
		enumValue[compare.Kind]{compare.Removed, "It went."}, enumValue[compare.Kind]{compare.Changed, "Its value became another."},
		enumValue[compare.Kind]{compare.Moved, "An item stands elsewhere; before and after are the ids of the item in front of it."})
	op := enum[compare.Op]("TextSpanOp", "What became of a piece of text.", enumValue[compare.Op]{compare.Equal, "It stayed."},
		enumValue[compare.Op]{compare.Deleted, "It went."}, enumValue[compare.Op]{compare.Inserted, "It came."})
	span := object("TextSpan", "A piece of text that stayed, went or came. Those that did not come, joined, are the earlier text; those that did not go, the later.",
		func() []member[compare.Span] {
			return []member[compare.Span]{
				show("op", required(op), "What became of it.", func(s compare.Span) any { return s.Op }),
				show("text", required(gql.String), "The piece.", func(s compare.Span) any { return s.Text }),
			}
		})
	s.fieldChange = object("FieldChange", "One field that differs between two documents. Items of lists are followed by their ids.", func() []member[*compare.Field] {
		type f = *compare.Field
		return []member[f]{
			show("kind", required(kind), "What became of it.", func(f f) any { return f.Kind }),
			load("label", required(gql.String), "What the form calls it, in the language of the request, those above it first.",
				func(c call, f f) (any, error) { return f.Label.In(engine.Locale(c.ctx)), nil }),
			show("en", required(gql.String), "The label in English.", func(f f) any { return f.Label.EN }),
			show("zh", required(gql.String), "The label in Chinese.", func(f f) any { return f.Label.ZH }),
			show("path", many(gql.String), "Names of members, and ids of items as #id.", func(f f) any { return anys(f.Path) }),
			show("from", gql.String, "JSON Pointer into the earlier document; null for what appeared.", func(f f) any {
				if f.Kind == compare.Added {
					return nil
				}
				return f.From
			}),
			show("to", gql.String, "JSON Pointer into the later document; null for what went.", func(f f) any {
				if f.Kind == compare.Removed {
					return nil
				}
				return f.To
			}),
			show("before", engine.JSON, "The earlier value.", func(f f) any { return f.Before }),
			show("after", engine.JSON, "The later value.", func(f f) any { return f.After }),
			show("words", many(span), "Of a text: word by word.", func(f f) any { return anys(f.Words) }),
		}
	})
	s.blameLine = object("BlameLine", "Who changed a field of the content last: a value, or an item of a list with anything in it.", func() []member[*question.Line] {
		type l = *question.Line
		return []member[l]{
			show("pointer", required(gql.String), "JSON Pointer into the content.", func(l l) any { return l.Pointer }),
			show("path", many(gql.String), "Names of members, and ids of items as #id.", func(l l) any { return anys(l.Path) }),
			show("revision", required(gql.Int), "The revision that changed it.", func(l l) any { return l.Revision }),
			show("by", required(gql.String), "Opaque id of who did.", func(l l) any { return l.By }),
			show("at", required(engine.Instant), "When.", func(l l) any { return l.At }),
		}
	})
}

// fields compares two drafts, each named by its own type.
func (c call) fields(before, after question.Draft) (any, error) {
	from, err := c.compiled(before.Type)
	if err != nil {
		return nil, err
	}
	to, err := c.compiled(after.Type)
	if err != nil {
		return nil, err
	}
	return pointers(compare.Fields(compare.Side{Content: before.Content, Schema: from}, compare.Side{Content: after.Content, Schema: to})), nil
}

func blameOf(c call, q *catalog.Question) (any, error) {
	return c.past(q.ID, func(history []moment) (any, error) {
		point := args{"draft": true}
		if c.args.has("point") {
			point = c.args.object("point")
		}
		until, err := at(history, point)
		if err != nil {
			return nil, err
		}
		facts := make([]question.Fact, until.recorded.Version)
		for i, m := range history[:until.recorded.Version] {
			facts[i] = question.Fact{Event: m.payload, By: m.meta.Actor, At: m.recorded.RecordedAt.UnixMicro()}
		}
		lines, err := question.Blame(facts, c.args.text("under"))
		return pointers(lines), err
	}), nil
}

// lessonMoment is one event of a lesson.
type lessonMoment = momentOf[lesson.Lesson]

// lessonDifference is what lies between two plans.
type lessonDifference struct {
	from, to              lessonMoment
	planBefore, planAfter lesson.Plan
}

func lessonDiffOf(c call, l *lessons.Lesson) (any, error) {
	return pastStates(c, l.ID, func(history []lessonMoment) (any, error) {
		from, to, err := between(history, c.args)
		if err != nil {
			return nil, err
		}
		return &lessonDifference{from, to, planOf(from, c.args.object("from")), planOf(to, c.args.object("to"))}, nil
	}), nil
}

// planOf is the plan that a point names: a version has exact versions of its questions.
func planOf(m lessonMoment, point args) lesson.Plan {
	if published, is := m.payload.(lesson.Published); is && point.has("version") {
		return published.Plan
	}
	return m.after.Plan
}

func (s *schema) lessonDiffType() *gql.Object {
	return object("LessonDiff", "What changed between two points of a lesson's history.", func() []member[*lessonDifference] {
		type d = *lessonDifference
		return []member[d]{
			show("fromRevision", required(gql.Int), "The earlier revision.", func(d d) any { return d.from.recorded.Version }),
			show("toRevision", required(gql.Int), "The later revision.", func(d d) any { return d.to.recorded.Version }),
			show("fields", many(s.fieldChange), "What changed, questions by their place.", func(d d) any {
				return pointers(compare.Fields(compare.Side{Content: d.planBefore.Document(), Schema: lesson.Names},
					compare.Side{Content: d.planAfter.Document(), Schema: lesson.Names}))
			}),
		}
	})
}
