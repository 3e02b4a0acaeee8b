package graphql

import (
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/paper"
	"qbank/domain/scoring"
	"qbank/graphql/engine"
	"qbank/projections/papers"
	"qbank/projections/read"
)

// constraintUnits is how much of a constraint's own unit one in the API is: marks are marks, a mean is a share.
func constraintUnits(kind paper.Kind) float64 {
	switch kind {
	case paper.Mean:
		return 1000
	case paper.Marks:
		return float64(scoring.OneMark)
	}
	return 1
}

// inUnits gives null for a bound that is not there.
func inUnits(kind paper.Kind, bound *int64) any {
	if bound == nil {
		return nil
	}
	return float64(*bound) / constraintUnits(kind)
}

// sheet is what a paper says: its title at hand, and the whole too, or by key.
type sheet struct {
	title string
	whole *papers.Plan // nil: by key
	key   papers.Key
}

// plan looks the whole up together with others, where it is not at hand.
func (s *sheet) plan(c call, use func(*papers.Plan) any) (any, error) {
	if s.whole != nil {
		return use(s.whole), nil
	}
	return c.sheets.Then(c.ctx, s.key, func(plan *papers.Plan, found bool) (any, error) {
		if !found {
			return nil, noPaper()
		}
		return use(plan), nil
	}), nil
}

// paperPlanMembers makes the types that a plan is made of, and returns what drafts and versions have in common.
func (s *schema) paperPlanMembers() []member[*sheet] {
	s.constraintKind = enum("PaperConstraintKind", "What a constraint on a paper's questions is about.",
		enumValue[paper.Kind]{paper.ByType, "Counts questions of these types (ids)."},
		enumValue[paper.Kind]{paper.ByPoint, "Counts questions under these knowledge points, or points below them."},
		enumValue[paper.Kind]{paper.ByTag, "Counts questions with one of these tags."},
		enumValue[paper.Kind]{paper.ByBand, "Counts questions of a difficulty: easy (facility from 0.7), medium, hard (below 0.4)."},
		enumValue[paper.Kind]{paper.BySubject, "Counts questions of these subjects."}, enumValue[paper.Kind]{paper.ByStage, "Counts questions of these stages."},
		enumValue[paper.Kind]{paper.ByGrade, "Counts questions of these grades."}, enumValue[paper.Kind]{paper.BySource, "Counts questions of these sources."},
		enumValue[paper.Kind]{paper.Named, "Counts these very questions (UUIDs)."},
		enumValue[paper.Kind]{paper.Recent, "Counts questions used in a lesson, a paper or a release within days; without bounds, none may be."},
		enumValue[paper.Kind]{paper.Seen, "Counts questions that those the paper is for were given before; without bounds, none may be."},
		enumValue[paper.Kind]{paper.Mean, "The mean facility, 0 to 1, of the questions whose difficulty is known; where it must be met, of all."},
		enumValue[paper.Kind]{paper.Marks, "The marks of all questions together."},
		enumValue[paper.Kind]{paper.Apart, "At most max of a group: of one source (value source), chapter (chapter), or tag with a prefix (tag:enemy-)."})
	s.paperReport = s.paperReportType()
	constraint := object("PaperConstraint", "Something that the questions must be, or had better be.", func() []member[*paper.Constraint] {
		type c = *paper.Constraint
		return []member[c]{
			show("id", required(gql.String), "Its name in the blueprint.", func(c c) any { return c.ID }),
			show("kind", required(s.constraintKind), "What it is about.", func(c c) any { return c.Kind }),
			show("values", many(gql.String), "Of what; without min and max, every question is to be one of these.", func(c c) any { return anys(c.Values) }),
			show("min", gql.Float, "At least: questions, marks, or a mean facility.", func(c c) any { return inUnits(c.Kind, c.Min) }),
			show("max", gql.Float, "At most, likewise.", func(c c) any { return inUnits(c.Kind, c.Max) }),
			show("days", gql.Int, "Of RECENT: how far back.", func(c c) any { return positive(c.Days) }),
			show("weight", gql.Int, "What being off costs, 1 to 100; null: it must be met.", func(c c) any { return positive(c.Weight) }),
		}
	})
	typeMark := object("PaperTypeMark", "What questions of a type are worth.", func() []member[*paper.TypeMark] {
		return []member[*paper.TypeMark]{
			show("type", required(gql.String), "Id of the type.", func(m *paper.TypeMark) any { return m.Type }),
			show("max", required(Mark), "Marks for a full answer.", func(m *paper.TypeMark) any { return m.Max }),
		}
	})
	blueprint := object("PaperBlueprint", "What the questions of a section or a draw are to be.", func() []member[*paper.Blueprint] {
		type b = *paper.Blueprint
		return []member[b]{
			show("count", required(gql.Int), "How many, with those put there by hand.", func(b b) any { return b.Count }),
			show("max", required(Mark), "Marks for a full answer.", func(b b) any { return b.Max }),
			show("marks", many(typeMark), "Of some types, instead.", func(b b) any { return pointers(b.Marks) }),
			show("constraints", many(constraint), "What else.", func(b b) any { return pointers(b.Constraints) }),
		}
	})
	item := object("PaperItem", "A question that everybody gets.", func() []member[*paper.Item] {
		type i = *paper.Item
		return []member[i]{
			show("slot", required(gql.String), "Name of the place: answers will refer to it.", func(i i) any { return string(i.Slot) }),
			load("question", s.question, "The question.", func(c call, i i) (any, error) { return c.questions.Load(c.ctx, i.Question), nil }),
			show("questionId", required(gql.ID), "Global id of the question.", func(i i) any { return engine.GlobalID(questionName, i.Question.String()) }),
			show("version", gql.Int, "Version of the question; null, in a draft, is the newest.", func(i i) any { return positive(i.Version) }),
			show("max", required(Mark), "Marks for a full answer.", func(i i) any { return i.Max }),
			show("assembled", required(gql.Boolean), "It was found for the blueprint: assembling again replaces it.", func(i i) any { return i.Assembled }),
		}
	})
	ref := object("PaperPooledQuestion", "A question that may be drawn.", func() []member[*paper.Ref] {
		type r = *paper.Ref
		return []member[r]{
			load("question", s.question, "The question.", func(c call, r r) (any, error) { return c.questions.Load(c.ctx, r.Question), nil }),
			show("questionId", required(gql.ID), "Global id of the question.", func(r r) any { return engine.GlobalID(questionName, r.Question.String()) }),
			show("version", gql.Int, "Version of the question; null, in a draft, is the newest.", func(r r) any { return positive(r.Version) }),
		}
	})
	draw := object("PaperDraw", "A pool that each student gets some questions of.", func() []member[*paper.Pool] {
		type p = *paper.Pool
		return []member[p]{
			show("id", required(gql.String), "Its name in the paper.", func(p p) any { return p.ID }),
			show("count", required(gql.Int), "How many are drawn.", func(p p) any { return p.Count }),
			show("max", required(Mark), "Marks for a full answer to each.", func(p p) any { return p.Max }),
			show("pool", many(ref), "What is drawn from.", func(p p) any { return pointers(p.Questions) }),
			show("blueprint", blueprint, "What the pool is to be.", func(p p) any { return p.Blueprint }),
		}
	})
	section := object("PaperSection", "A part of a paper.", func() []member[*paper.Section] {
		type p = *paper.Section
		return []member[p]{
			show("id", required(gql.String), "Its name in the paper.", func(p p) any { return p.ID }),
			show("title", required(gql.String), "Its title.", func(p p) any { return p.Title }),
			show("instructions", gql.String, "What students are told.", func(p p) any { return filled(p.Instructions) }),
			show("total", Mark, "Declared marks; null where none are.", func(p p) any { return positive(p.Total) }),
			show("marks", required(Mark), "What its questions add up to.", func(p p) any { return p.Marks() }),
			show("items", many(item), "Questions that everybody gets.", func(p p) any { return pointers(p.Items) }),
			show("draws", many(draw), "Pools that each student draws from.", func(p p) any { return pointers(p.Pools) }),
			show("blueprint", blueprint, "What its questions are to be.", func(p p) any { return p.Blueprint }),
		}
	})
	type p = *papers.Plan
	planned := func(name string, of gql.Output, about string, value func(p) any) member[*sheet] {
		return load(name, of, about, func(c call, s *sheet) (any, error) { return s.plan(c, value) })
	}
	return []member[*sheet]{
		show("title", required(gql.String), "Its title.", func(s *sheet) any { return s.title }),
		planned("total", Mark, "Declared marks; null where none are.", func(p p) any { return positive(p.Total) }),
		planned("marks", required(Mark), "What its questions add up to.", func(p p) any { return p.Marks() }),
		planned("duration", engine.Long, "Milliseconds; null: as long as one likes.", func(p p) any { return since(p.Duration) }),
		planned("sections", many(section), "Its sections, in order.", func(p p) any { return pointers(p.Sections) }),
		planned("constraints", many(constraint), "On the questions of all sections that everybody gets.", func(p p) any { return pointers(p.Constraints) }),
		planned("problems", many(s.problem), "What keeps it from being published, whatever its questions. Those of code unmet are demands of blueprints that "+
			"the last assembly could not meet and nobody has repaired since; whoever publishes may accept them.", func(p p) any {
			if p.Reason != "" {
				return anys(p.Plan.Problems()) // the rest was accepted
			}
			return anys(paper.Paper{Plan: p.Plan, Unmet: p.Unmet}.Problems())
		}),
		planned("unmet", many(s.paperFinding), "What its blueprints demand and it does not have; of a version, as was accepted.",
			func(p p) any { return pointers(p.Unmet) }),
	}
}

func (s *schema) paperTypes() {
	plan := s.paperPlanMembers()
	s.paperPlan = object("PaperPlan", "What a paper says, or would say.", func() []member[*sheet] { return plan })
	version := object("PaperVersion", "An immutable, published version of a paper.", func() []member[*papers.Version] {
		type v = *papers.Version
		return append([]member[v]{
			show("version", required(gql.Int), "1, 2, 3 …", func(v v) any { return v.Version }),
			show("publishedBy", required(gql.String), "Opaque id of who published it.", func(v v) any { return v.PublishedBy }),
			show("publishedAt", required(engine.Instant), "When it was published.", func(v v) any { return v.PublishedAt }),
			load("unmetReason", gql.String, "Why it was published without what is unmet; null where nothing is.", func(c call, v v) (any, error) {
				return versionSheet(v).plan(c, func(p *papers.Plan) any { return filled(p.Reason) })
			}),
		}, part(versionSheet, plan)...)
	})
	assembly := object("PaperAssembly", "What came of looking for a paper's questions.", func() []member[*papers.Assembly] {
		type a = *papers.Assembly
		return []member[a]{
			show("revision", required(gql.Int), "The paper's revision with what was found.", func(a a) any { return a.Revision }),
			show("targets", many(gql.String), "The sections and draws that were asked for; none: all with a blueprint.", func(a a) any { return anys(a.Targets) }),
			show("report", required(s.paperReport), "How it went.", func(a a) any { return &a.Report }),
			show("by", required(gql.String), "Opaque id of who asked.", func(a a) any { return a.By }),
			show("at", required(engine.Instant), "When.", func(a a) any { return a.At }),
		}
	})
	s.paper = object(paperName, "A paper (试卷): sections of questions, fixed or drawn.", func() []member[*papers.Paper] {
		type p = *papers.Paper
		return append([]member[p]{
			show("id", required(gql.ID), "Global id.", func(p p) any { return engine.GlobalID(paperName, p.ID.String()) }),
			show("org", required(gql.String), "The organisation it belongs to.", func(p p) any { return p.Org }),
			show("revision", required(gql.Int), "Number of its events.", func(p p) any { return p.Revision }),
			show("latestVersion", gql.Int, "Number of the newest version; null before the first.", func(p p) any { return positive(p.Latest) }),
			show("retired", required(gql.Boolean), "Whether it is out of use.", func(p p) any { return p.Retired }),
			show("createdBy", required(gql.String), "Opaque id of who created it.", func(p p) any { return p.CreatedBy }),
			show("createdAt", required(engine.Instant), "When it was created.", func(p p) any { return p.CreatedAt }),
			show("updatedBy", required(gql.String), "Opaque id of who changed it last.", func(p p) any { return p.UpdatedBy }),
			show("updatedAt", required(engine.Instant), "When it was changed last.", func(p p) any { return p.UpdatedAt }),
			load("versions", s.connection(version), "Its published versions, the newest first.", func(c call, p p) (any, error) {
				return list(c, papersModel, func(page read.Page) (read.Rows[papers.Version], error) {
					return c.Papers.Versions(c.ctx, c.actor.Scope.Org, p.ID, page)
				}, same)
			}).with(pageArgs(nil)),
			load("version", version, "A published version.", func(c call, p p) (any, error) {
				v, err := c.Papers.Version(c.ctx, c.actor.Scope.Org, p.ID, c.args.number("number"))
				return &v, err
			}).with(gql.FieldConfigArgument{"number": arg(gql.NewNonNull(gql.Int), "1, 2, 3 …")}),
			load("assemblies", s.connection(assembly), "What came of looking for its questions (组卷), the newest first.", func(c call, p p) (any, error) {
				return list(c, papersModel, func(page read.Page) (read.Rows[papers.Assembly], error) {
					return c.Papers.Assemblies(c.ctx, c.actor.Scope.Org, p.ID, page)
				}, same)
			}).with(pageArgs(nil)),
		}, part(func(p p) *sheet { return &sheet{title: p.Title, key: papers.Key{Paper: p.ID}} }, plan)...)
	}, s.node)
}

func versionSheet(v *papers.Version) *sheet {
	return &sheet{title: v.Title, key: papers.Key{Paper: v.Paper, Version: v.Version}}
}

func noPaper() *fault.Fault {
	return fault.Refuse(fault.NotFound, "paper.not_found", fault.Say("there is no such paper", "没有这份试卷"))
}

func (s *schema) paperRoots() []root {
	return []root{
		byID("paper", paperName, "A paper.", s.paper, noPaper),
		{name: "papers", of: s.connection(s.paper), needs: access.ReadLessons, about: "The papers of the organisation and below, the latest change first.",
			args: pageArgs(gql.FieldConfigArgument{"title": arg(gql.String, "A part of the title, in any case."),
				"retired": arg(gql.Boolean, "Only those out of use, or only the others.")}),
			resolve: func(c call) (any, error) {
				filter := papers.Filter{Title: c.args.text("title"), Retired: c.args.flag("retired")}
				return countedList(c, papersModel, func(p read.Page) (read.Rows[papers.Paper], error) {
					return c.Papers.List(c.ctx, c.actor.Scope.Org, filter, p)
				}, func() (int, bool, error) { return c.Papers.Count(c.ctx, c.actor.Scope.Org, filter) }, same)
			}},
	}
}
