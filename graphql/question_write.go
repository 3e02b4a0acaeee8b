package graphql

import (
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/question"
	"qbank/eventstore"
	"qbank/graphql/engine"
)

func (s *schema) questionMutations() []mutation {
	changed := payload("QuestionPayload", "What a change of a question came to.",
		load("question", s.question, "The question as it is now.", func(c call, o *outcome) (any, error) {
			return one(c, c.questions, o.ID, noQuestion()), nil
		}))
	metadata := inputObject("QuestionMetadataInput", "What a question is filed under.", metadataInputs())
	it := thing{name: "question", typ: questionName, about: "Global id, UUID or code (题号).", of: changed}
	hash := must(gql.String, "Hash of the content you saw.")
	note := in(gql.String, "For those who read the history.")
	reason := must(gql.String, "Why.")
	patchFields := metadataInputs()
	patchFields["clear"] = in(listIn(clearable()), "Fields to empty.")
	return []mutation{
		{name: "createQuestion", about: "Starts a question as a draft, which may be incomplete.", of: changed, needs: commands.CreateQuestion{}.Needs(),
			input: inputs{
				"type":     must(gql.String, "Type version, such as single-choice@1.0.0."),
				"content":  in(engine.JSON, "The content; the type's empty one where it is not given."),
				"metadata": in(metadata, "What it is filed under."),
			}, do: createQuestion},
		step(it, "describeQuestion", "Changes what a question is filed under: the fields that are given.", patchFields, (call).describeQuestion),
		step(it, "editQuestion", "Makes a whole document the draft, merged with what others changed since the revision you saw. "+
			"Where both changed the same, the refusal question.merge_conflict shows both in its details.",
			inputs{"content": must(engine.JSON, "The whole content."), "type": in(gql.String, "Another type version to move the draft to.")},
			(call).editQuestion),
		step(it, "submitQuestion", "Asks for review of the draft as it stands, which must be valid. The workflow that applies at this moment is pinned.",
			inputs{"note": note, "kind": in(s.questionKind, "ERRATUM asks for the fast lane of small corrections, where the workflow has one.")},
			func(_ call, id question.ID, revision int, a args) (commands.SubmitQuestion, error) {
				return commands.SubmitQuestion{Question: id, Revision: revision, Kind: choice(a, "kind", question.Kind("")), Note: a.text("note")}, nil
			}),
		step(it, "approveQuestion", "Agrees to exactly the content you saw, at the step of its review that waits.", inputs{"hash": hash, "note": note},
			func(_ call, id question.ID, revision int, a args) (commands.ApproveQuestion, error) {
				return commands.ApproveQuestion{Question: id, Revision: revision, Hash: content.Hash(a.text("hash")), Note: a.text("note")}, nil
			}),
		step(it, "returnQuestion", "Sends a submission back to its author.", inputs{"hash": hash, "reason": reason},
			func(_ call, id question.ID, revision int, a args) (commands.ReturnQuestion, error) {
				return commands.ReturnQuestion{Question: id, Revision: revision, Hash: content.Hash(a.text("hash")), Reason: a.text("reason")}, nil
			}),
		step(it, "publishQuestion", "Makes the approved draft the next version.", inputs{"kind": must(s.questionKind, "How far it reaches; the first version is a revision.")},
			func(_ call, id question.ID, revision int, a args) (commands.PublishQuestion, error) {
				return commands.PublishQuestion{Question: id, Revision: revision, Kind: choice(a, "kind", question.Kind(""))}, nil
			}),
		s.telling(step(it, "retireQuestion", "Takes a question out of use."+consented, inputs{"reason": reason, "whileLive": whileLive},
			func(c call, id question.ID, revision int, a args) (commands.RetireQuestion, error) {
				retire := commands.RetireQuestion{Question: id, Revision: revision, Reason: a.text("reason"), WhileLive: a.yes("whileLive")}
				return retire, c.knowsLive(retire)
			})),
		step(it, "reinstateQuestion", "Brings a retired question back as a draft.", inputs{"reason": in(gql.String, "Why.")},
			func(_ call, id question.ID, revision int, a args) (commands.ReinstateQuestion, error) {
				return commands.ReinstateQuestion{Question: id, Revision: revision, Reason: a.text("reason")}, nil
			}),
		step(it, "restoreQuestion", "Makes the content of an earlier revision, version or moment the draft again, the whole or some of its fields.", inputs{
			"to":       must(s.when, "Which content to bring back."),
			"fields":   in(listIn(gql.String), "JSON Pointers into that content; the whole where none are given. One that only the draft has is taken away."),
			"metadata": in(gql.Boolean, "Bring back what it was filed under, too."),
		}, (call).restoreQuestion),
		step(it, "withdrawQuestion", "Gives up a question that was never published.", inputs{"reason": in(gql.String, "Why.")},
			func(_ call, id question.ID, revision int, a args) (commands.WithdrawQuestion, error) {
				return commands.WithdrawQuestion{Question: id, Revision: revision, Reason: a.text("reason")}, nil
			}),
	}
}

// telling makes a retirement say where the question is live all the same.
func (s *schema) telling(retire mutation) mutation {
	retire.of = payload("RetireQuestionPayload", "What retiring a question came to.",
		load("question", s.question, "The question as it is now.", func(c call, o *outcome) (any, error) { return one(c, c.questions, o.ID, noQuestion()), nil }),
		load("stillLive", many(s.liveUse), "Lessons that are live with it in the token's environment: students go on getting it there until another version of the lesson "+
			"is released, the lesson is withdrawn, or the question is taken down. Asked without an environment, it is refused.",
			func(c call, o *outcome) (any, error) { return c.liveUses(o.ID) }).needing(access.ReadReleases))
	return retire
}

// What those who retire questions are asked.
const consented = " Where lessons are live with it in the token's environment it is refused with question.live, which names them, unless whileLive says " +
	"that they may go on with it."

var whileLive = in(gql.Boolean, "Also where lessons are live with it: students go on getting it there.")

// knowsLive waits, where that matters, until what was released a moment ago is known.
func (c call) knowsLive(retire commands.RetireQuestion) error {
	if retire.WhileLive || c.actor.Scope.Environment == "" {
		return nil
	}
	return c.caughtUp(deliveryModel)
}

func createQuestion(c call, a args) (*outcome, error) {
	ref, err := a.typeRef("type")
	if err != nil {
		return nil, err
	}
	command := commands.CreateQuestion{Type: ref, Metadata: patch(question.Metadata{}, a.object("metadata"))}
	if a.has("content") {
		if command.Content, err = a.document("content"); err != nil {
			return nil, err
		}
	}
	return c.carry(command)
}

func (call) editQuestion(id question.ID, revision int, a args) (commands.EditQuestion, error) {
	edit := commands.EditQuestion{Question: id, Revision: revision}
	if a.has("type") {
		ref, err := a.typeRef("type")
		if err != nil {
			return edit, err
		}
		edit.Type = &ref
	}
	var err error
	edit.Content, err = a.document("content")
	return edit, err
}

// restoreQuestion finds the revision that is to be brought back.
func (c call) restoreQuestion(id question.ID, revision int, a args) (commands.RestoreQuestion, error) {
	restore := commands.RestoreQuestion{Question: id, Revision: revision, Fields: a.texts("fields"), Metadata: a.yes("metadata")}
	_, err := c.past(id, func(history []moment) (any, error) {
		to, err := at(history, a.object("to"))
		restore.To = to.after.Revision
		return nil, err
	})()
	return restore, err
}

// describeQuestion patches the metadata of the revision that was seen; the command refuses it where there is a newer one.
func (c call) describeQuestion(id question.ID, revision int, a args) (commands.DescribeQuestion, error) {
	command := commands.DescribeQuestion{Question: id, Revision: revision}
	recorded, err := c.Store.ReadStream(c.ctx, id, eventstore.Range{To: revision})
	if err != nil {
		return command, err
	}
	var seen question.Question
	for _, r := range recorded {
		switch r.Type {
		case question.Created{}.Name(), question.Described{}.Name(): // what metadata is made of
			e, err := c.Commands.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
			if err != nil {
				return command, err
			}
			seen = seen.Apply(e)
		}
	}
	if seen.Revision == 0 || c.actor.Within(seen.Org) != nil {
		return command, noQuestion()
	}
	command.Metadata = patch(seen.Metadata, a)
	return command, nil
}
