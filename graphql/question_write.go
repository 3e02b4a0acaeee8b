package graphql

import (
	"maps"

	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/question"
	"qbank/eventstore"
	"qbank/graphql/engine"
)

// metadataTexts are the single-valued fields of metadata.
var metadataTexts = []struct {
	name, about string
	of          func(*question.Metadata) *string
}{
	{"title", "For authors.", func(m *question.Metadata) *string { return &m.Title }},
	{"subject", "学科", func(m *question.Metadata) *string { return &m.Subject }},
	{"stage", "学段", func(m *question.Metadata) *string { return &m.Stage }},
	{"grade", "年级", func(m *question.Metadata) *string { return &m.Grade }},
	{"chapter", "教材章节, parts divided by /.", func(m *question.Metadata) *string { return &m.Chapter }},
	{"source", "来源", func(m *question.Metadata) *string { return &m.Source }},
	{"category", "The source's own folder, parts divided by /.", func(m *question.Metadata) *string { return &m.Category }},
	{"difficulty", "The author's estimate.", func(m *question.Metadata) *string { return &m.Difficulty }},
}

// metadataLists are the others.
var metadataLists = []struct {
	name, about string
	of          func(*question.Metadata) *[]string
}{
	{"tags", "标签, all of them.", func(m *question.Metadata) *[]string { return &m.Tags }},
	{"points", "知识点, all of them: ids, or names where no tree has them yet.", func(m *question.Metadata) *[]string { return &m.Points }},
}

func metadataInputs() inputs {
	fields := inputs{}
	for _, f := range metadataTexts {
		fields[f.name] = in(gql.String, f.about)
	}
	for _, f := range metadataLists {
		fields[f.name] = in(listIn(gql.String), f.about)
	}
	return fields
}

// clearable names the fields of metadata that a patch may empty: null is not to be had in an input.
func clearable() *gql.Enum {
	var values []enumValue[string]
	for _, f := range metadataTexts {
		values = append(values, enumValue[string]{f.name, f.about})
	}
	for _, f := range metadataLists {
		values = append(values, enumValue[string]{f.name, f.about})
	}
	return enum("QuestionMetadataField", "A field of a question's metadata.", values...)
}

// patch changes the fields that are given, after emptying those that are named.
func patch(m question.Metadata, a args) question.Metadata {
	cleared := map[string]bool{}
	for _, name := range choices[string](a, "clear") {
		cleared[name] = true
	}
	for _, f := range metadataTexts {
		if cleared[f.name] {
			*f.of(&m) = ""
		}
		if a.has(f.name) {
			*f.of(&m) = a.text(f.name)
		}
	}
	for _, f := range metadataLists {
		if cleared[f.name] {
			*f.of(&m) = nil
		}
		if a.has(f.name) {
			*f.of(&m) = a.texts(f.name)
		}
	}
	return m
}

func (s *schema) questionMutations() []mutation {
	changed := payload("QuestionPayload", "What a change of a question came to.",
		load("question", s.question, "The question as it is now.", func(c call, o *outcome) (any, error) {
			return one(c, c.questions, o.ID, noQuestion()), nil
		}))
	metadata := inputObject("QuestionMetadataInput", "What a question is filed under.", metadataInputs())
	target := func(more inputs) inputs {
		all := inputs{"question": must(gql.ID, "Global id, UUID or code (题号)."), "revision": must(gql.Int, "The revision you saw.")}
		maps.Copy(all, more)
		return all
	}
	hash := must(gql.String, "Hash of the content you saw.")
	note := in(gql.String, "For those who read the history.")
	reason := must(gql.String, "Why.")
	patchFields := metadataInputs()
	patchFields["clear"] = in(listIn(clearable()), "Fields to empty.")

	// on is a step in the life cycle of a question, as its revision was seen.
	on := func(name, about string, more inputs, needs access.Permission, command func(c call, id question.ID, revision int, a args) (commands.Command, error)) mutation {
		return mutation{name: name, about: about, of: changed, needs: needs, input: target(more),
			do: func(c call, a args) (*outcome, error) {
				id, err := c.question(a.text("question"))
				if err != nil {
					return nil, err
				}
				revision, err := a.revision("revision")
				if err != nil {
					return nil, err
				}
				command, err := command(c, id, revision, a)
				if err != nil {
					return nil, err
				}
				return c.carry(command)
			}}
	}
	return []mutation{
		{name: "createQuestion", about: "Starts a question as a draft, which may be incomplete.", of: changed, needs: commands.CreateQuestion{}.Needs(),
			input: inputs{
				"type":     must(gql.String, "Type version, such as single-choice@1.0.0."),
				"content":  in(engine.JSON, "The content; the type's empty one where it is not given."),
				"metadata": in(metadata, "What it is filed under."),
			}, do: createQuestion},
		{name: "describeQuestion", about: "Changes what a question is filed under: the fields that are given.", of: changed,
			needs: commands.DescribeQuestion{}.Needs(), input: target(patchFields), do: describeQuestion},
		on("editQuestion", "Makes a whole document the draft, merged with what others changed since the revision you saw. "+
			"Where both changed the same, the refusal question.merge_conflict shows both in its details.",
			inputs{"content": must(engine.JSON, "The whole content."), "type": in(gql.String, "Another type version to move the draft to.")},
			commands.EditQuestion{}.Needs(), func(_ call, id question.ID, revision int, a args) (commands.Command, error) {
				edit := commands.EditQuestion{Question: id, Revision: revision}
				if a.has("type") {
					ref, err := a.typeRef("type")
					if err != nil {
						return nil, err
					}
					edit.Type = &ref
				}
				var err error
				edit.Content, err = a.document("content")
				return edit, err
			}),
		on("submitQuestion", "Asks for review of the draft as it stands, which must be valid. The workflow that applies at this moment is pinned.",
			inputs{"note": note, "kind": in(s.questionKind, "ERRATUM asks for the fast lane of small corrections, where the workflow has one.")},
			commands.SubmitQuestion{}.Needs(), func(_ call, id question.ID, revision int, a args) (commands.Command, error) {
				return commands.SubmitQuestion{Question: id, Revision: revision, Kind: choice(a, "kind", question.Kind("")), Note: a.text("note")}, nil
			}),
		on("approveQuestion", "Agrees to exactly the content you saw, at the step of its review that waits.", inputs{"hash": hash, "note": note},
			commands.ApproveQuestion{}.Needs(), func(_ call, id question.ID, revision int, a args) (commands.Command, error) {
				return commands.ApproveQuestion{Question: id, Revision: revision, Hash: content.Hash(a.text("hash")), Note: a.text("note")}, nil
			}),
		on("returnQuestion", "Sends a submission back to its author.", inputs{"hash": hash, "reason": reason},
			commands.ReturnQuestion{}.Needs(), func(_ call, id question.ID, revision int, a args) (commands.Command, error) {
				return commands.ReturnQuestion{Question: id, Revision: revision, Hash: content.Hash(a.text("hash")), Reason: a.text("reason")}, nil
			}),
		on("publishQuestion", "Makes the approved draft the next version.", inputs{"kind": must(s.questionKind, "How far it reaches; the first version is a revision.")},
			commands.PublishQuestion{}.Needs(), func(_ call, id question.ID, revision int, a args) (commands.Command, error) {
				return commands.PublishQuestion{Question: id, Revision: revision, Kind: choice(a, "kind", question.Kind(""))}, nil
			}),
		s.telling(on("retireQuestion", "Takes a question out of use. Lessons that are live with it keep it: the answer lists them.", inputs{"reason": reason},
			commands.RetireQuestion{}.Needs(), func(_ call, id question.ID, revision int, a args) (commands.Command, error) {
				return commands.RetireQuestion{Question: id, Revision: revision, Reason: a.text("reason")}, nil
			})),
		on("reinstateQuestion", "Brings a retired question back as a draft.", inputs{"reason": in(gql.String, "Why.")},
			commands.ReinstateQuestion{}.Needs(), func(_ call, id question.ID, revision int, a args) (commands.Command, error) {
				return commands.ReinstateQuestion{Question: id, Revision: revision, Reason: a.text("reason")}, nil
			}),
		on("restoreQuestion", "Makes the content of an earlier revision, version or moment the draft again, the whole or some of its fields.", inputs{
			"to":       must(s.when, "Which content to bring back."),
			"fields":   in(listIn(gql.String), "JSON Pointers into that content; the whole where none are given. One that only the draft has is taken away."),
			"metadata": in(gql.Boolean, "Bring back what it was filed under, too."),
		},
			commands.RestoreQuestion{}.Needs(), func(c call, id question.ID, revision int, a args) (commands.Command, error) {
				to, err := c.past(id, func(history []moment) (any, error) { return at(history, a.object("to")) })()
				if err != nil {
					return nil, err
				}
				metadata := a.flag("metadata")
				return commands.RestoreQuestion{Question: id, Revision: revision, To: to.(moment).after.Revision, Fields: a.texts("fields"),
					Metadata: metadata != nil && *metadata}, nil
			}),
		on("withdrawQuestion", "Gives up a question that was never published.", inputs{"reason": in(gql.String, "Why.")},
			commands.WithdrawQuestion{}.Needs(), func(_ call, id question.ID, revision int, a args) (commands.Command, error) {
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

// describeQuestion patches the metadata of the revision that was seen; the command refuses it where there is a newer one.
func describeQuestion(c call, a args) (*outcome, error) {
	id, err := c.question(a.text("question"))
	if err != nil {
		return nil, err
	}
	revision, err := a.revision("revision")
	if err != nil {
		return nil, err
	}
	recorded, err := c.Store.ReadStream(c.ctx, id, eventstore.Range{To: revision})
	if err != nil {
		return nil, err
	}
	var seen question.Question
	for _, r := range recorded {
		switch r.Type {
		case question.Created{}.Name(), question.Described{}.Name(): // what metadata is made of
			e, err := c.Commands.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
			if err != nil {
				return nil, err
			}
			seen = seen.Apply(e)
		}
	}
	if seen.Revision == 0 || c.actor.Within(seen.Org) != nil {
		return nil, noQuestion()
	}
	return c.carry(commands.DescribeQuestion{Question: id, Revision: revision, Metadata: patch(seen.Metadata, a)})
}
