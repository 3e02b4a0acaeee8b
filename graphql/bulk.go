package graphql

import (
	"strconv"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/graphql/engine"
)

// bulkAction is what is done to each of many questions.
type bulkAction string

const (
	bulkSubmit  bulkAction = "submit"
	bulkApprove bulkAction = "approve"
	bulkReturn  bulkAction = "return"
	bulkPublish bulkAction = "publish"
	bulkRetire  bulkAction = "retire"
	bulkTag     bulkAction = "tag"
	bulkAssign  bulkAction = "assign"
)

// bulkItem is one of the questions, as the caller saw it.
type bulkItem struct {
	id       question.ID
	revision int
	hash     content.Hash
}

// command is what is done to one question.
func (b bulkAction) command(i bulkItem, a args) commands.Command {
	switch b {
	case bulkSubmit:
		return commands.SubmitQuestion{Question: i.id, Revision: i.revision, Kind: choice(a, "kind", question.Kind("")), Note: a.text("note")}
	case bulkApprove:
		return commands.ApproveQuestion{Question: i.id, Revision: i.revision, Hash: i.hash, Note: a.text("note")}
	case bulkReturn:
		return commands.ReturnQuestion{Question: i.id, Revision: i.revision, Hash: i.hash, Reason: a.text("note")}
	case bulkPublish:
		return commands.PublishQuestion{Question: i.id, Revision: i.revision, Kind: choice(a, "kind", question.Kind(""))}
	case bulkRetire:
		return commands.RetireQuestion{Question: i.id, Revision: i.revision, Reason: a.text("note"), WhileLive: a.yes("whileLive")}
	case bulkTag:
		return commands.TagQuestion{Question: i.id, Revision: i.revision, Add: a.texts("addTags"), Remove: a.texts("removeTags"),
			AddPoints: a.texts("addPoints"), RemovePoints: a.texts("removePoints")}
	default:
		return commands.AssignReview{Reviewed: commands.Reviewed{Kind: workflow.Questions, ID: i.id, Revision: i.revision},
			Step: a.text("step"), Persons: a.texts("persons"), Due: a.instant("due")}
	}
}

// bulkPart is one command of many and what became of it.
type bulkPart struct {
	commands.Outcome
	kind workflow.Kind
}

func (s *schema) bulkMutations() []mutation {
	part := object("BulkOutcome", "What became of one of many.", func() []member[*bulkPart] {
		type p = *bulkPart
		refusal := func(of func(call, *fault.Fault) any) func(call, p) (any, error) {
			return func(c call, p p) (any, error) {
				if f := fault.Of(p.Err); f != nil {
					return of(c, f), nil
				}
				return nil, nil
			}
		}
		return []member[p]{
			show("itemId", required(gql.ID), "Global id of the question or lesson.", func(p p) any {
				if p.kind == workflow.Lessons {
					return engine.GlobalID(lessonName, p.Of.String())
				}
				return engine.GlobalID(questionName, p.Of.String())
			}),
			show("done", required(gql.Boolean), "It was done; otherwise code and message say why not.", func(p p) any { return p.Err == nil }),
			show("revision", gql.Int, "Revision afterwards.", func(p p) any { return positive(p.Done.Revision) }),
			show("position", engine.Long, "Position of its last event; null where nothing changed.", func(p p) any { return since(p.Done.Position) }),
			load("code", gql.String, "Of the refusal, stable.", refusal(func(_ call, f *fault.Fault) any { return f.Code })),
			load("message", gql.String, "Of the refusal, in the language of the request.", refusal(func(c call, f *fault.Fault) any { return f.Message.In(engine.Locale(c.ctx)) })),
			load("stillLive", many(s.liveUse), "Lessons that are live with the question in the token's environment. Asked without an environment, it is refused.",
				func(c call, p p) (any, error) { return c.liveUses(p.Of) }).needing(access.ReadReleases),
			load("problems", many(s.problem), "Where the content is wrong.", func(_ call, p p) (any, error) {
				list := []any{}
				if f := fault.Of(p.Err); f != nil {
					for _, problem := range f.Problems {
						list = append(list, problem)
					}
				}
				return list, nil
			}),
		}
	})
	came := object("BulkPayload", "What became of many, each by itself.", func() []member[*outcome] {
		type o = *outcome
		count := func(o o, done bool) (n int) {
			for _, p := range o.parts {
				if (p.Err == nil) == done {
					n++
				}
			}
			return n
		}
		return []member[o]{
			show("position", required(engine.Long), "Position of the last event in the log, for the argument at; 0 where nothing changed.", func(o o) any { return o.Position }),
			show("done", required(gql.Int), "How many were done.", func(o o) any { return count(o, true) }),
			show("refused", required(gql.Int), "How many were not.", func(o o) any { return count(o, false) }),
			show("outcomes", many(part), "What became of each, in the order they were given in.", func(o o) any {
				list := make([]any, len(o.parts))
				for i, p := range o.parts {
					kind := workflow.Questions
					if p.Of == o.of {
						kind = workflow.Lessons
					}
					list[i] = &bulkPart{p, kind}
				}
				return list
			}),
		}
	})
	id := in(gql.ID, "A UUID of your own making: sent again with the same one, nothing is done twice.")
	return []mutation{s.bulkQuestions(came, id), signOffLesson(came, id)}
}

func (s *schema) bulkQuestions(came *gql.Object, id *gql.InputObjectFieldConfig) mutation {
	type action = enumValue[bulkAction]
	actions := enum("BulkAction", "What is done to each of many questions.", action{bulkSubmit, "Ask for review."}, action{bulkApprove, "Agree to the content that was seen."},
		action{bulkReturn, "Send it back; the note says why."}, action{bulkPublish, "Make it the next version."}, action{bulkRetire, "Take it out of use; the note says why. What is live is refused unless whileLive is given."},
		action{bulkTag, "Add and remove tags and knowledge points."}, action{bulkAssign, "Say who is to review it."})
	item := inputObject("BulkItemInput", "One of the questions.", inputs{
		"question": must(gql.ID, "Global id, UUID or code (题号)."), "revision": must(gql.Int, "The revision you saw."),
		"hash": in(gql.String, "Hash of the content you saw, to approve it or send it back."),
	})
	list := in(listIn(gql.String), "For tagging.")
	return mutation{
		name: "bulkQuestions", about: "Does one thing to up to 500 questions, each by itself: what one is refused for keeps no other from being done. " +
			"Each needs the permission of its own mutation.",
		of: came, needs: access.ReadQuestions, input: inputs{
			"action": must(actions, "What to do."), "items": must(listIn(item), "To which questions."), "id": id,
			"whileLive": whileLive, "kind": in(s.questionKind, "Of the version to be published, or to submit for."), "note": in(gql.String, "A note, or the reason."),
			"addTags": list, "removeTags": list, "addPoints": list, "removePoints": list, "step": in(gql.String, "To assign: id of the step; the one that waits where it is not given."),
			"persons": in(listIn(gql.String), "To assign: opaque ids, at most 20."), "due": in(engine.Instant, "To assign: by when."),
		}, do: func(c call, a args) (*outcome, error) {
			items, key, err := c.bulkItems(a)
			if err != nil {
				return nil, err
			}
			action := choice(a, "action", bulkAction(""))
			if action == bulkRetire {
				if err := c.knowsLive(commands.RetireQuestion{WhileLive: a.yes("whileLive")}); err != nil {
					return nil, err
				}
			}
			parts := make([]commands.Part, len(items))
			for i, item := range items {
				parts[i] = commands.Part{Of: item.id, Command: action.command(item, a)}
			}
			return together(uuid.Nil)(c.Commands.Bulk(c.ctx, c.actor, key, parts))
		}}
}

func signOffLesson(came *gql.Object, id *gql.InputObjectFieldConfig) mutation {
	seen := inputObject("SeenQuestionInput", "A question as it was seen.", inputs{
		"question": must(gql.ID, "Global id, UUID or code (题号)."), "hash": must(gql.String, "Hash of the draft you saw."),
	})
	return mutation{
		name: "signOffLesson", about: "Approves a whole lesson as it was read: its plan, and those of its questions, drawn ones too, that wait for review and were seen. " +
			"What changed since is refused by name; each question needs questions.review.",
		of: came, needs: access.ReviewLessons, input: inputs{
			"lesson": must(gql.ID, "Global id or UUID of the lesson."), "revision": must(gql.Int, "The revision you saw."),
			"hash": must(gql.String, "Hash of the plan you saw: that of its review."), "questions": must(listIn(seen), "Its questions as you saw them."),
			"note": in(gql.String, "For those who read the history."), "id": id,
		}, do: func(c call, a args) (*outcome, error) {
			off := commands.SignOff{Hash: content.Hash(a.text("hash")), Note: a.text("note"), Questions: map[question.ID]content.Hash{}}
			var err error
			if off.Lesson, err = a.id("lesson", lessonName); err != nil {
				return nil, err
			}
			if off.Revision, err = a.revision(); err != nil {
				return nil, err
			}
			key, err := a.key("id")
			if err != nil {
				return nil, err
			}
			questions := a.objects("questions")
			if len(questions) > lesson.MaxItems {
				return nil, tooManyAtOnce()
			}
			for _, q := range questions {
				id, err := c.question(q.text("question"))
				if err != nil {
					return nil, err
				}
				off.Questions[id] = content.Hash(q.text("hash"))
			}
			return together(off.Lesson)(c.Commands.SignOffLesson(c.ctx, c.actor, key, off))
		}}
}

// together makes one outcome of many; of is the lesson among them.
func together(of uuid.UUID) func([]commands.Outcome, error) (*outcome, error) {
	return func(parts []commands.Outcome, err error) (*outcome, error) {
		o := &outcome{of: of, parts: parts}
		for _, p := range parts {
			o.Position = max(o.Position, p.Done.Position)
		}
		return o, err
	}
}

func (c call) bulkItems(a args) (items []bulkItem, key uuid.UUID, err error) {
	list := a.objects("items")
	if len(list) > commands.MaxBulk {
		return nil, key, tooManyAtOnce()
	}
	if key, err = a.key("id"); err != nil {
		return nil, key, err
	}
	for n, one := range list {
		item := bulkItem{hash: content.Hash(one.text("hash"))}
		if item.id, err = c.question(one.text("question")); err == nil {
			item.revision, err = one.revision()
		}
		if f := fault.Of(err); f != nil {
			return nil, key, f.With("item", strconv.Itoa(n))
		}
		if err != nil {
			return nil, key, err
		}
		items = append(items, item)
	}
	return items, key, nil
}

func tooManyAtOnce() error {
	return fault.Refuse(fault.Limit, "bulk.size", fault.Say("1 to %d things at once", "一次可操作 1 到 %d 项", commands.MaxBulk)).With("max", commands.MaxBulk)
}

// key reads the id that a client gave to a request of its own.
func (a args) key(name string) (uuid.UUID, error) {
	text := a.text(name)
	if text == "" {
		return uuid.Nil, nil
	}
	key, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return uuid.Nil, fault.Refuse(fault.Invalid, "input.uuid", fault.Say("this is no UUID", "应为 UUID"),
			fault.Problem{Pointer: "/" + name, Code: "uuid", Message: fault.Say("a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057", "形如 01890a5d-ac96-774b-bcce-b302099a8057 的 UUID")})
	}
	return key, nil
}
