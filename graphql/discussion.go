package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/discussion"
	"qbank/domain/question"
	"qbank/graphql/engine"
	"qbank/projections/discussions"
	"qbank/projections/read"
)

// mayRead says what reading discussions needs: comments on questions quote contents, which hold keys.
var mayRead = map[discussion.Kind]access.Permission{discussion.Question: access.ReadQuestions, discussion.Lesson: access.ReadLessons}

// anchored is a thread's anchor and where its place is now.
type anchored struct {
	discussion.Anchor
	now *discussion.Standing // nil where the subject is not to be seen
	*document
}

func (s *schema) discussionTypes() {
	state := enum[discussion.State]("AnchorState", "How the place that a thread hangs on does.", enumValue[discussion.State]{discussion.Current, "As it was seen, perhaps elsewhere."},
		enumValue[discussion.State]{discussion.Outdated, "Still there, and changed since."}, enumValue[discussion.State]{discussion.Gone, "No longer there."})
	status := enum[discussion.Status]("SuggestionStatus", "What became of a suggestion.", enumValue[discussion.Status]{discussion.Pending, "Nobody has decided on it."},
		enumValue[discussion.Status]{discussion.Applied, "The question has the change."}, enumValue[discussion.Status]{discussion.Declined, "It was turned down."},
		enumValue[discussion.Status]{discussion.Withdrawn, "Who made it deleted it."})
	textRange := object("TextRange", "A part of a text, in characters (code points).", func() []member[*discussion.Range] {
		return []member[*discussion.Range]{
			show("start", required(gql.Int), "The first character, from 0.", func(r *discussion.Range) any { return r.Start }),
			show("end", required(gql.Int), "The one behind the last.", func(r *discussion.Range) any { return r.End }),
		}
	})
	part := func(r *discussion.Range) any {
		if r == nil {
			return nil
		}
		return r
	}
	anchor := object("Anchor", "The place that a thread hangs on, as it was seen and as it is now.", func() []member[*anchored] {
		type a = *anchored
		return []member[a]{
			show("revision", required(gql.Int), "Revision of the subject that was seen.", func(a a) any { return a.Revision }),
			show("pointer", required(gql.String), "JSON Pointer into the content or plan of that revision; empty is the whole.", func(a a) any { return a.Pointer }),
			show("path", many(gql.String), "Names of members, and ids of items as #id, as far as there are ids.", func(a a) any { return anys(a.Path) }),
			show("range", textRange, "The part of the text that is meant.", func(a a) any { return part(a.Range) }),
			show("quote", gql.String, "That part.", func(a a) any { return filled(a.Quote) }),
			show("hash", required(gql.String), "Hash of the content or plan that was seen.", func(a a) any { return string(a.Hash) }),
			show("state", state, "How the place does by now; null where the subject cannot be seen.", func(a a) any {
				if a.now == nil {
					return nil
				}
				return a.now.State
			}),
			show("currentPointer", gql.String, "JSON Pointer into the draft as it is now; null where the place is gone.", func(a a) any {
				if !a.stands() {
					return nil
				}
				return a.now.Pointer
			}),
			show("currentRange", textRange, "Where the quoted part stands now.", func(a a) any {
				if a.now == nil {
					return nil
				}
				return part(a.now.Range)
			}),
			load("label", gql.String, "What the form calls the place, in the language of the request; null where it is gone.", func(c call, a a) (any, error) {
				if !a.stands() {
					return nil, nil
				}
				label, _ := a.schema.Describe(a.content, a.now.Pointer)
				return filled(label.In(engine.Locale(c.ctx))), nil
			}),
		}
	})
	suggestion := object("Suggestion", "A proposed change of a question.", func() []member[*discussions.Thread] {
		type t = *discussions.Thread
		return []member[t]{
			show("status", required(status), "What became of it.", func(t t) any { return t.Status }),
			show("changes", many(s.change), "The changes to the content of the revision that was seen.", func(t t) any { return anys(t.Suggestion.Changes) }).revealing(threadQuestion),
			load("fields", many(s.fieldChange), "The same as people read them, texts by words.", suggestedFields).revealing(threadQuestion),
			show("appliedRevision", gql.Int, "Revision of the question from which on it has the change.", func(t t) any { return positive(t.Applied) }),
			show("reason", gql.String, "Why it was declined.", func(t t) any { return filled(t.Reason) }),
		}
	})
	s.comment = object("Comment", "Something said in a thread. The text is Markdown that staff wrote: escape it.", func() []member[*discussions.Comment] {
		type c = *discussions.Comment
		return []member[c]{
			show("id", required(gql.ID), "Id, for the mutations.", func(c c) any { return c.ID.String() }),
			show("number", required(gql.Int), "In the thread, from 1.", func(c c) any { return c.Number }),
			show("by", required(gql.String), "Opaque id of who said it.", func(c c) any { return c.By }),
			show("at", required(engine.Instant), "When.", func(c c) any { return c.At }),
			show("text", gql.String, "What was said; null where it is deleted.", func(c c) any { return filled(c.Text) }),
			show("mentions", many(gql.String), "Opaque ids of people it mentions.", func(c c) any { return anys(c.Mentions) }),
			show("editedAt", engine.Instant, "When it was edited last.", func(c c) any { return since(c.EditedAt) }),
			show("deleted", required(gql.Boolean), "Whether its author took it away.", func(c c) any { return c.Deleted }),
		}
	})
	s.thread = object(threadName, "A thread of comments on a place of a question or a lesson.", func() []member[*discussions.Thread] {
		type t = *discussions.Thread
		return []member[t]{
			show("id", required(gql.ID), "Global id.", func(t t) any { return engine.GlobalID(threadName, t.ID.String()) }),
			load("question", s.question, "The question it is about.", func(c call, t t) (any, error) {
				if t.Subject.Kind != discussion.Question {
					return nil, nil
				}
				return c.questions.Load(c.ctx, t.Subject.ID), nil
			}),
			load("lesson", s.lesson, "The lesson it is about.", func(c call, t t) (any, error) {
				if t.Subject.Kind != discussion.Lesson {
					return nil, nil
				}
				return c.lessons.Load(c.ctx, t.Subject.ID), nil
			}),
			load("anchor", required(anchor), "The place it hangs on.", anchorOf),
			show("suggestion", suggestion, "The change it suggests.", func(t t) any {
				if t.Suggestion == nil {
					return nil
				}
				return t
			}),
			load("comments", many(s.comment), "All that was said, from the beginning; at most 200.", func(c call, t t) (any, error) {
				return c.comments.Then(c.ctx, t.ID, func(said []discussions.Comment, _ bool) (any, error) {
					return pointers(said), nil
				}), nil
			}),
			show("open", required(gql.Boolean), "Whether it waits for somebody: it is not resolved, and a comment is left in it.", func(t t) any { return t.Open }),
			show("resolved", required(gql.Boolean), "Whether somebody closed it.", func(t t) any { return t.Resolved }),
			show("openedBy", required(gql.String), "Opaque id of who opened it.", func(t t) any { return t.OpenedBy }),
			show("openedAt", required(engine.Instant), "When.", func(t t) any { return t.OpenedAt }),
			show("decidedBy", gql.String, "Opaque id of who resolved or reopened it, applied or declined its suggestion last.", func(t t) any { return filled(t.DecidedBy) }),
			show("decidedAt", engine.Instant, "When.", func(t t) any { return since(t.DecidedAt) }),
		}
	}, s.node)
}

func (a *anchored) stands() bool { return a.now != nil && a.now.State != discussion.Gone }

func anchorOf(c call, t *discussions.Thread) (any, error) {
	return c.documents.Then(c.ctx, t.Subject, func(d *document, found bool) (any, error) {
		a := &anchored{Anchor: t.Anchor, document: d}
		if found {
			now := t.Anchor.Standing(d.content, d.hash)
			a.now = &now
		}
		return a, nil
	}), nil
}

func threadQuestion(t *discussions.Thread) uuid.UUID { return t.Subject.ID }

// suggestedFields compares the content that was seen with what is suggested.
func suggestedFields(c call, t *discussions.Thread) (any, error) {
	return c.past(t.Subject.ID, func(history []moment) (any, error) {
		seen, err := at(history, args{"revision": t.Anchor.Revision})
		if err != nil {
			return nil, err
		}
		suggested, err := content.ApplyChanges(seen.after.Draft.Content, t.Suggestion.Changes)
		if err != nil {
			return nil, err
		}
		return c.fields(seen.after.Draft, question.Draft{Type: seen.after.Draft.Type, Content: suggested})
	}), nil
}

func (*schema) threadFilter() gql.FieldConfigArgument {
	return gql.FieldConfigArgument{"open": arg(gql.Boolean, "Only the open ones, or only the others.")}
}

func (c call) threadsOf(subject discussion.Subject) (any, error) {
	open := c.args.flag("open")
	return list(c, discussionsModel, func(p read.Page) (read.Rows[discussions.Thread], error) {
		return c.Discussions.Threads(c.ctx, c.actor.Scope.Org, subject, open, p)
	}, same)
}

func (c call) openThreads(subject uuid.UUID) func() (any, error) {
	return c.unsettled.Then(c.ctx, subject, func(n int, _ bool) (any, error) { return n, nil })
}

func (s *schema) discussionRoots() []root {
	mention := object("Mention", "A comment that mentions the caller.", func() []member[*discussions.Mention] {
		return []member[*discussions.Mention]{
			show("comment", required(s.comment), "The comment.", func(m *discussions.Mention) any { return &m.Comment }),
			show("thread", required(s.thread), "The thread it stands in.", func(m *discussions.Mention) any { return &m.Thread }),
		}
	})
	return []root{
		{name: "myMentions", of: s.connection(mention), needs: access.ReadLessons, about: "Comments that mention the caller, the latest first; those on questions for those who may read questions.",
			args: pageArgs(nil), resolve: func(c call) (any, error) {
				kinds := []discussion.Kind{discussion.Lesson}
				if c.actor.Can(mayRead[discussion.Question]) {
					kinds = append(kinds, discussion.Question)
				}
				return countedList(c, discussionsModel, func(p read.Page) (read.Rows[discussions.Mention], error) {
					return c.Discussions.Mentions(c.ctx, c.actor.Scope.Org, c.actor.ID, kinds, p)
				}, func() (int, bool, error) {
					return c.Discussions.MentionCount(c.ctx, c.actor.Scope.Org, c.actor.ID, kinds)
				}, same)
			}},
	}
}
