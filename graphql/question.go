package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/discussion"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/graphql/engine"
	"qbank/projections/catalog"
	"qbank/projections/items"
	"qbank/projections/lessons"
	"qbank/projections/read"
	"qbank/projections/reviews"
)

// permissionOf says what each action of the life cycle needs: what its command needs.
var permissionOf = map[workflow.Action]access.Permission{
	workflow.Edit:      commands.EditQuestion{}.Needs(),
	workflow.Submit:    commands.SubmitQuestion{}.Needs(),
	workflow.Approve:   commands.ApproveQuestion{}.Needs(),
	workflow.Return:    commands.ReturnQuestion{}.Needs(),
	workflow.Publish:   commands.PublishQuestion{}.Needs(),
	workflow.Retire:    commands.RetireQuestion{}.Needs(),
	workflow.Reinstate: commands.ReinstateQuestion{}.Needs(),
	workflow.Withdraw:  commands.WithdrawQuestion{}.Needs(),
}

func (s *schema) enums() {
	s.when = pointInTime("Question", "The content published under this number.")
	s.action = enum[workflow.Action]("QuestionAction", "A step of the life cycle.",
		enumValue[workflow.Action]{workflow.Edit, "Change the draft."}, enumValue[workflow.Action]{workflow.Submit, "Ask for review."},
		enumValue[workflow.Action]{workflow.Approve, "Agree to the content."}, enumValue[workflow.Action]{workflow.Return, "Send it back to its author."},
		enumValue[workflow.Action]{workflow.Publish, "Make it the next version."}, enumValue[workflow.Action]{workflow.Retire, "Take it out of use."},
		enumValue[workflow.Action]{workflow.Reinstate, "Bring it back into use."}, enumValue[workflow.Action]{workflow.Withdraw, "Give up what was never published."})
	type state = enumValue[workflow.State]
	s.questionState = enum("QuestionState", "Where a question stands in its life cycle.",
		state{workflow.Draft, "Being written; also after publishing, when it is edited again."}, state{workflow.InReview, "Waiting for approval."},
		state{workflow.Approved, "Approved, waiting to be published."}, state{workflow.Published, "The draft is what was published last."},
		state{workflow.Retired, "Out of use."}, state{workflow.Withdrawn, "Given up before it was ever published."})
	type kind = enumValue[question.Kind]
	s.questionKind = enum("VersionKind", "How far a new version reaches.",
		kind{question.Erratum, "Puts a mistake right: reaches every use."}, kind{question.Revision, "Another question in effect: each use accepts it."})
	type policy = enumValue[items.Policy]
	s.policy = enum("AttemptPolicy", "Which finished attempt of each student counts.",
		policy{items.First, "The first."}, policy{items.Last, "The last."}, policy{items.Best, "The best."}, policy{items.All, "Every one."})
	type order = enumValue[catalog.Sort]
	s.order = enum("QuestionOrder", "An order of questions.", order{catalog.Updated, "The latest change first."},
		order{catalog.Created, "The newest question first."}, order{catalog.ByCode, "The lowest code first."})
	type facet = enumValue[catalog.Field]
	s.facetName = enum("QuestionFacetName", "Something that questions are counted by.",
		facet{catalog.Type, "The question type, whatever its version."}, facet{catalog.State, "State of the life cycle."},
		facet{catalog.Subject, "学科"}, facet{catalog.Stage, "学段"}, facet{catalog.Grade, "年级"}, facet{catalog.Chapter, "教材章节"},
		facet{catalog.Source, "来源"}, facet{catalog.Category, "The source's own folder."}, facet{catalog.Difficulty, "The author's estimate."},
		facet{catalog.Tags, "标签"}, facet{catalog.Points, "知识点"})
}

func (s *schema) questionTypes() {
	s.problem = object("Problem", "A wrong place in a content.", func() []member[fault.Problem] {
		type p = fault.Problem
		return []member[p]{
			show("pointer", required(gql.String), "JSON Pointer into the content; empty is the whole.", func(p p) any { return p.Pointer }),
			show("code", required(gql.String), "Stable, such as required.", func(p p) any { return p.Code }),
			load("message", required(gql.String), "What is wrong and what to do, in the language of the request.",
				func(c call, p p) (any, error) { return p.Message.In(engine.Locale(c.ctx)), nil }),
			show("en", required(gql.String), "The message in English.", func(p p) any { return p.Message.EN }),
			show("zh", required(gql.String), "The message in Chinese.", func(p p) any { return p.Message.ZH }),
		}
	})
	op := enum[string]("ChangeOp", "What a change does.", enumValue[string]{"set", "A value became another."},
		enumValue[string]{"add", "A member or an item appeared."}, enumValue[string]{"remove", "A member or an item went."},
		enumValue[string]{"move", "An item stands elsewhere; before and after are the ids of the item in front of it."})
	s.change = object("Change", "One difference between two documents. Items of lists are followed by their ids.", func() []member[content.Change] {
		type ch = content.Change
		return []member[ch]{
			show("pointer", required(gql.String), "JSON Pointer into the later document, or into the earlier for what went.", func(c ch) any { return c.Pointer }),
			show("path", many(gql.String), "Names of members, and ids of items as #id.", func(c ch) any { return c.Path }),
			show("op", required(op), "What the change does.", func(c ch) any { return c.Op }),
			show("before", engine.JSON, "The earlier value.", func(c ch) any { return c.Before }),
			show("after", engine.JSON, "The later value.", func(c ch) any { return c.After }),
		}
	})
	s.metadata = object("QuestionMetadata", "What a question is filed under. Students never see it; changing it needs no review.",
		s.metadataMembers)
	use := s.useType()
	origin := object("QuestionOrigin", "The newest import that changed a question.", func() []member[*question.Origin] {
		return []member[*question.Origin]{
			show("batch", required(gql.ID), "Global id of the import.", func(o *question.Origin) any { return engine.GlobalID(importName, o.Batch) }),
			show("source", required(gql.String), "The item's id in its source.", func(o *question.Origin) any { return o.Source }),
		}
	})
	history := s.historyType()
	version := s.versionType()
	moment := s.momentType()
	difference := s.differenceType()
	s.question = object(questionName, "A question: a draft, its versions, and what it is filed under.", func() []member[*catalog.Question] {
		type q = *catalog.Question
		// A hash of a content with its key is as good as the key where there are few answers to try: it needs what reading the key does.
		return append(s.questionUses(), []member[q]{
			show("id", required(gql.ID), "Global id.", func(q q) any { return engine.GlobalID(questionName, q.ID.String()) }),
			show("code", required(gql.String), "题号: Q, digits and a check digit. Every search and argument takes it.", func(q q) any { return string(q.Code) }),
			show("org", required(gql.String), "The organisation it belongs to.", func(q q) any { return q.Org }),
			show("state", required(s.questionState), "Where it stands in its life cycle.", func(q q) any { return q.State }),
			show("revision", required(gql.Int), "Number of its events: what a mutation wants to know you saw.", func(q q) any { return q.Revision }),
			show("summary", required(gql.String), "The draft's stem in one plain line.", func(q q) any { return q.Summary }),
			show("typeRef", required(gql.String), "The draft's type version, such as single-choice@1.0.0.", func(q q) any { return q.Type.String() }),
			load("type", required(s.questionType), "The draft's type version.", func(c call, q q) (any, error) { return c.compiled(q.Type) }),
			show("hash", required(gql.String), "Hash of the draft's content: what an approval is bound to.", func(q q) any { return string(q.Draft) }).needing(access.ReadQuestions),
			show("latestVersion", gql.Int, "Number of the newest version; null before the first.", func(q q) any { return positive(q.Latest) }),
			show("publishedHash", gql.String, "Hash of the newest version's content.", func(q q) any { return filled(q.Published) }).needing(access.ReadQuestions),
			show("metadata", required(s.metadata), "What it is filed under.", func(q q) any { return &q.Metadata }),
			show("title", gql.String, "Its title, for authors.", func(q q) any { return filled(q.Metadata.Title) }),
			show("problemCount", required(gql.Int), "How many problems keep the draft from being published.", func(q q) any { return q.Problems }),
			show("origin", origin, "The newest import that changed it.", func(q q) any { return q.Origin }),
			show("createdBy", required(gql.String), "Opaque id of who created it.", func(q q) any { return q.CreatedBy }),
			show("createdAt", required(engine.Instant), "When it was created.", func(q q) any { return q.CreatedAt }),
			show("updatedBy", required(gql.String), "Opaque id of who changed it last.", func(q q) any { return q.UpdatedBy }),
			show("updatedAt", required(engine.Instant), "When it was changed last.", func(q q) any { return q.UpdatedAt }),
			load("allowedActions", many(s.action), "What the caller may do with it now.", func(c call, q q) (any, error) { return c.actions(q), nil }),
			load("draft", engine.JSON, "The content as it is being worked on, answer keys included.", draftContent).revealing(questionID).needing(access.ReadQuestions),
			load("content", engine.JSON, "The content of the newest version, answer keys included; null before the first.", publishedContent).revealing(questionID).needing(access.ReadQuestions),
			load("preview", engine.JSON, "The draft as students would see it.", draftPreview).needing(access.ReadQuestions),
			load("problems", many(s.problem), "What keeps the draft from being published.", draftProblems).needing(access.ReadQuestions),
			load("history", s.connection(history), "What happened to it, the latest first.", historyOf).with(engine.PageArgs(nil)).needing(access.ReadQuestions),
			load("versions", s.connection(version), "Its published versions, the newest first.", versionsOf).with(engine.PageArgs(nil)).needing(access.ReadQuestions),
			load("past", moment, "The question as it stood at a revision, version or moment.", pastOf).
				with(gql.FieldConfigArgument{"point": arg(gql.NewNonNull(s.when), "When.")}).needing(access.ReadQuestions),
			load("diff", required(difference), "What changed between two points of its history.", diffOf).with(gql.FieldConfigArgument{
				"from": arg(gql.NewNonNull(s.when), "The earlier point."), "to": arg(s.when, "The later point; now where it is not given."),
			}).needing(access.ReadQuestions),
			load("review", s.review, "Where its review stands; null where it was never submitted since it was published last.", func(c call, q q) (any, error) {
				return c.review(q.ID), nil
			}).needing(access.ReadQuestions),
			load("blame", many(s.blameLine), "Who changed each field of the content last, at a point of its history. A refusal blame.too_long wants it narrowed.", blameOf).
				with(gql.FieldConfigArgument{"point": arg(s.when, "When; now where it is not given."),
					"under": arg(gql.String, "JSON Pointer: only this place and what is below.")}).needing(access.ReadQuestions),
			load("threads", s.connection(s.thread), "What is said about it, the latest thread first.", func(c call, q q) (any, error) {
				return c.threadsOf(discussion.Subject{Kind: discussion.Question, ID: q.ID})
			}).with(pageArgs(s.threadFilter())).needing(access.ReadQuestions),
			load("openThreads", required(gql.Int), "How many threads about it are open.", func(c call, q q) (any, error) { return c.openThreads(q.ID), nil }).
				needing(access.ReadQuestions),
			load("uses", s.connection(use), "Where it stands in lessons, drafts before versions.", func(c call, q q) (any, error) {
				return list(c, lessonsModel, func(p read.Page) (read.Rows[lessons.Use], error) {
					return c.Lessons.Uses(c.ctx, c.actor.Scope.Org, q.ID, p)
				}, same)
			}).with(pageArgs(nil)).needing(access.ReadLessons),
			load("statistics", many(s.questionFigures), "What finished attempts say about each of its versions, the newest first.", questionFiguresOf).
				with(gql.FieldConfigArgument{"policy": s.policyArg()}).needing(access.ReadStatistics),
		}...)
	}, s.node)
}

func questionID(q *catalog.Question) uuid.UUID { return q.ID }

// actions are those that the life cycle, the review under way and the caller's roles allow.
func (c call) actions(q *catalog.Question) any {
	if q.State != workflow.InReview && q.State != workflow.Approved {
		return c.actionsUnder(q, workflow.Standing{})
	}
	return c.reviews.Then(c.ctx, q.ID, func(r *reviews.Item, found bool) (any, error) {
		if !found {
			return c.actionsUnder(q, workflow.Standing{}), nil
		}
		return c.actionsUnder(q, r.Standing), nil
	})
}

func (c call) actionsUnder(q *catalog.Question, s workflow.Standing) []any {
	allowed := []any{}
	for _, action := range s.Review.Bans.Allowed(q.State) {
		switch {
		case !c.actor.Can(permissionOf[action]):
		case action == workflow.Withdraw && q.Latest > 0:
		case action == workflow.Approve && s.MayApprove(c.actor) != nil:
		default:
			allowed = append(allowed, action)
		}
	}
	return allowed
}

// present waits for lookups and leaves out what is not there.
func present(waiting []any) func() (any, error) {
	return func() (any, error) {
		found := make([]any, 0, len(waiting))
		for _, w := range waiting {
			v, err := w.(func() (any, error))()
			if err != nil {
				return nil, err
			}
			if v != nil {
				found = append(found, v)
			}
		}
		return found, nil
	}
}

func (s *schema) useType() *gql.Object {
	return object("QuestionUse", "A place where a question stands in a lesson.", func() []member[*lessons.Use] {
		type u = *lessons.Use
		return []member[u]{
			load("lesson", s.lesson, "The lesson.", func(c call, u u) (any, error) { return c.lessons.Load(c.ctx, u.Lesson), nil }),
			show("version", gql.Int, "Version of the lesson; null is its draft.", func(u u) any { return positive(u.Version) }),
			show("slot", required(gql.String), "The place; of a draw, its id.", func(u u) any { return string(u.Slot) }),
			show("drawn", required(gql.Boolean), "It stands in the pool of a draw.", func(u u) any { return u.Drawn }),
			show("stage", gql.String, "Id of the stage; null where the lesson has none.", func(u u) any { return filled(u.Stage) }),
			show("cue", gql.String, "Id of the cue; null where it stands in the stage's own list.", func(u u) any { return filled(u.Cue) }),
			show("questionVersion", gql.Int, "Version of the question; null, in a draft, is the newest.", func(u u) any { return positive(u.QuestionVersion) }),
		}
	})
}

func noQuestion() *fault.Fault {
	return fault.Refuse(fault.NotFound, "question.not_found", fault.Say("there is no such question", "没有这道题目"))
}

func draftContent(c call, q *catalog.Question) (any, error) {
	return c.drafts.Then(c.ctx, q.ID, func(d catalog.Draft, found bool) (any, error) {
		if !found {
			return nil, nil
		}
		return d.Content, nil
	}), nil
}

func publishedContent(c call, q *catalog.Question) (any, error) {
	if q.Latest == 0 {
		return nil, nil
	}
	return c.past(q.ID, func(history []moment) (any, error) {
		m, err := at(history, args{"version": q.Latest})
		if err != nil {
			return nil, err
		}
		return m.payload.(question.Published).Content, nil
	}), nil
}

func draftPreview(c call, q *catalog.Question) (any, error) {
	return c.drafts.Then(c.ctx, q.ID, func(d catalog.Draft, found bool) (any, error) {
		if !found {
			return nil, nil
		}
		return c.public(d.Type, d.Content)
	}), nil
}

func draftProblems(c call, q *catalog.Question) (any, error) {
	return c.drafts.Then(c.ctx, q.ID, func(d catalog.Draft, found bool) (any, error) {
		if !found {
			return []any{}, nil
		}
		return c.check(d.Type, d.Content)
	}), nil
}

// check lists the problems of a content.
func (c call) check(ref qtype.Ref, raw []byte) (any, error) {
	rules, doc, err := c.opened(ref, raw)
	if err != nil {
		return nil, err
	}
	return anys(rules.Check(doc)), nil
}

// public is what students see of a content.
func (c call) public(ref qtype.Ref, raw []byte) (any, error) {
	rules, doc, err := c.opened(ref, raw)
	if err != nil {
		return nil, err
	}
	view, _ := rules.Split(doc)
	return canonical(view), nil
}

// opened is a stored content with its type.
func (c call) opened(ref qtype.Ref, raw []byte) (*qtype.Type, any, error) {
	rules, err := c.compiled(ref)
	if err != nil {
		return nil, nil, err
	}
	doc, err := content.Decode(raw, content.Limits{Bytes: len(raw), Depth: maxStoredDepth, Nodes: len(raw)})
	return rules, doc, err
}

// maxStoredDepth is that of contents that once were let in, with room to spare.
const maxStoredDepth = 512
