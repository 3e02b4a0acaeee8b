package graphql

import (
	"slices"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/discussion"
	"qbank/domain/fault"
	"qbank/graphql/engine"
	"qbank/projections/discussions"
)

func (s *schema) discussionMutations() []mutation {
	changed := payload("ThreadPayload", "What something said came to. The revision is that of all that is said about the subject.",
		load("thread", s.thread, "The thread as it is now.", func(c call, o *outcome) (any, error) { return one(c, c.threads, o.of, noThread()), nil }),
		load("comment", s.comment, "The comment that was written, edited or deleted; of a thread that was opened or decided on, the first.", func(c call, o *outcome) (any, error) {
			return c.comments.Then(c.ctx, o.of, func(said []discussions.Comment, _ bool) (any, error) {
				i := slices.IndexFunc(said, func(c discussions.Comment) bool { return c.ID == o.ID })
				if i < 0 {
					return nil, nil
				}
				return &said[i], nil
			}), nil
		}))
	part := inputObject("TextRangeInput", "A part of a text, in characters (code points).", inputs{
		"start": must(gql.Int, "The first character, from 0."), "end": must(gql.Int, "The one behind the last."),
	})
	says := inputs{"text": must(gql.String, "What to say, in Markdown; at most 4000 characters."),
		"mentions": in(listIn(gql.String), "Opaque ids of people, at most 20.")}
	theThread := inputs{"thread": must(gql.ID, "Global id or UUID of the thread.")}
	theComment := inputs{"comment": must(gql.ID, "Id of the comment.")}
	seen := inputs{"revision": must(gql.Int, "The revision you saw."), "pointer": in(gql.String, "JSON Pointer into its content or plan; the whole where it is not given.")}

	return []mutation{
		{name: "openThread", about: "Starts a thread on a place of a question or a lesson, as you saw it.", of: changed, needs: commands.OpenThread{}.Needs(),
			input: says.and(seen).and(inputs{"question": in(gql.ID, "Global id, UUID or code (题号); or:"), "lesson": in(gql.ID, "Global id or UUID."),
				"range": in(part, "The part of the text there that is meant, at most 500 characters.")}), do: openThread},
		{name: "suggestChange", about: "Starts a thread that suggests a change of a question: another value at a place, or another content.", of: changed,
			needs: commands.SuggestChange{}.Needs(), input: says.and(seen).and(inputs{"question": must(gql.ID, "Global id, UUID or code (题号)."),
				"value": in(engine.JSON, "What should stand at the pointer; or:"), "content": in(engine.JSON, "What the whole content should be.")}), do: suggestChange},
		inThread(changed, "reply", "Adds a comment to a thread.", theThread.and(says),
			func(t discussions.Thread, _ uuid.UUID, a args) commands.Reply {
				return commands.Reply{Subject: t.Subject, Thread: t.ID, Remark: remarkOf(a)}
			}),
		inThread(changed, "editComment", "Replaces what you wrote.", theComment.and(says),
			func(t discussions.Thread, comment uuid.UUID, a args) commands.EditComment {
				return commands.EditComment{Subject: t.Subject, Thread: t.ID, Comment: comment, Remark: remarkOf(a)}
			}),
		inThread(changed, "deleteComment", "Takes away what you wrote; its place stays. With the first comment of a thread goes what it suggests.", theComment,
			func(t discussions.Thread, comment uuid.UUID, _ args) commands.DeleteComment {
				return commands.DeleteComment{Subject: t.Subject, Thread: t.ID, Comment: comment}
			}),
		inThread(changed, "resolveThread", "Closes a thread.", theThread,
			func(t discussions.Thread, _ uuid.UUID, _ args) commands.ResolveThread {
				return commands.ResolveThread{Subject: t.Subject, Thread: t.ID}
			}),
		inThread(changed, "reopenThread", "Opens a closed thread.", theThread,
			func(t discussions.Thread, _ uuid.UUID, _ args) commands.ReopenThread {
				return commands.ReopenThread{Subject: t.Subject, Thread: t.ID}
			}),
		inThread(changed, "applySuggestion", "Makes a suggested change an edit of the question, merged with what others changed since. "+
			"Where they changed the same, the refusal question.merge_conflict shows both in its details.", theThread,
			func(t discussions.Thread, _ uuid.UUID, _ args) commands.ApplySuggestion {
				return commands.ApplySuggestion{Question: t.Subject.ID, Thread: t.ID}
			}),
		inThread(changed, "declineSuggestion", "Turns a suggestion down.", theThread.and(inputs{"reason": must(gql.String, "Why.")}),
			func(t discussions.Thread, _ uuid.UUID, a args) commands.DeclineSuggestion {
				return commands.DeclineSuggestion{Subject: t.Subject, Thread: t.ID, Reason: a.text("reason")}
			}),
	}
}

// inThread is something done to a thread, or to a comment of one.
func inThread[C commands.Command](of *gql.Object, name, about string, input inputs, command func(t discussions.Thread, comment uuid.UUID, a args) C) mutation {
	var kind C
	return mutation{name: name, about: about, of: of, needs: kind.Needs(), input: input, do: func(c call, a args) (*outcome, error) {
		t, comment, err := c.discussed(a)
		if err != nil {
			return nil, err
		}
		o, err := c.carry(command(t, comment, a))
		o.of = t.ID
		return o, err
	}}
}

func remarkOf(a args) commands.Remark {
	return commands.Remark{Text: a.text("text"), Mentions: a.texts("mentions")}
}

// discussed finds the thread, and the comment where one is named.
func (c call) discussed(a args) (t discussions.Thread, comment uuid.UUID, err error) {
	if !a.has("comment") {
		t, err = c.thread(a.text("thread"))
		return t, uuid.Nil, err
	}
	if comment, err = uuid.Parse(a.text("comment")); err != nil {
		return t, comment, badID()
	}
	t, err = c.threadWith(comment)
	return t, comment, err
}

// openedBy gives the command that opens a thread to the bus.
func (c call) openedBy(command commands.Command) (*outcome, error) {
	o, err := c.carry(command)
	o.of = o.ID
	return o, err
}

func openThread(c call, a args) (*outcome, error) {
	if a.has("question") == a.has("lesson") {
		return nil, fault.Refuse(fault.Invalid, "discussion.subject", fault.Say("a thread is about a question or a lesson: name one of them", "讨论串针对一道题目或一个讲次，请指定其一"))
	}
	open := commands.OpenThread{Subject: discussion.Subject{Kind: discussion.Lesson}, Pointer: a.text("pointer"), Remark: remarkOf(a)}
	var err error
	if a.has("question") {
		open.Subject.Kind = discussion.Question
		open.Subject.ID, err = c.question(a.text("question"))
	} else {
		open.Subject.ID, err = a.id("lesson", lessonName)
	}
	if err != nil {
		return nil, err
	}
	if open.Revision, err = a.revision(); err != nil {
		return nil, err
	}
	if a.has("range") {
		part := a.object("range")
		open.Range = &discussion.Range{Start: part.number("start"), End: part.number("end")}
	}
	return c.openedBy(open)
}

func suggestChange(c call, a args) (*outcome, error) {
	if a.has("value") == a.has("content") {
		return nil, fault.Refuse(fault.Invalid, "suggestion.value", fault.Say("give the value of a place or the whole content", "请给出某处的值或整个内容"))
	}
	suggest := commands.SuggestChange{Pointer: a.text("pointer"), Remark: remarkOf(a)}
	var err error
	if suggest.Question, err = c.question(a.text("question")); err != nil {
		return nil, err
	}
	if suggest.Revision, err = a.revision(); err != nil {
		return nil, err
	}
	if a.has("content") {
		suggest.Content, err = a.document("content")
	} else {
		suggest.Value, err = a.document("value")
	}
	if err != nil {
		return nil, err
	}
	return c.openedBy(suggest)
}
