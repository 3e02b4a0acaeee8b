package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/itemstats"
	"qbank/graphql/engine"
	"qbank/projections/catalog"
	"qbank/projections/items"
)

func (s *schema) policyArg() *gql.ArgumentConfig {
	return arg(s.policy, "Which finished attempt of each student counts; FIRST where it is not given.")
}

func (s *schema) figureArgs() gql.FieldConfigArgument {
	return gql.FieldConfigArgument{"policy": s.policyArg(), "version": arg(gql.Int, "Version of the lesson; the newest where it is not given.")}
}

func (s *schema) figureTypes() {
	estimate := object("Estimate", "A figure with what it rests on.", func() []member[itemstats.Estimate] {
		type e = itemstats.Estimate
		return []member[e]{
			show("value", gql.Float, "The figure; null where it is not defined.", func(e e) any { return given(e.Value) }),
			show("se", gql.Float, "Its standard error; null where none is known.", func(e e) any { return given(e.SE) }),
			show("n", required(engine.Long), "Attempts it rests on.", func(e e) any { return e.N }),
		}
	})
	interval := object("Interval", "A range that holds the true value in 95 of 100 samples (Wilson).", func() []member[*itemstats.Interval] {
		return []member[*itemstats.Interval]{
			show("low", required(gql.Float), "Its lower end.", func(i *itemstats.Interval) any { return i.Low }),
			show("high", required(gql.Float), "Its upper end.", func(i *itemstats.Interval) any { return i.High }),
		}
	})
	option := object("OptionFigures", "What the attempts say about an option.", func() []member[*itemstats.OptionFigures] {
		type o = *itemstats.OptionFigures
		return []member[o]{
			show("option", required(gql.String), "Id of the option or premise; number of the accepted answer, empty where none matched.", func(o o) any { return o.Item }),
			show("given", gql.String, "Id of the target, for pairs.", func(o o) any { return filled(o.Given) }),
			show("right", required(gql.Boolean), "Whether it is part of the key.", func(o o) any { return o.Right }),
			show("chosen", required(engine.Long), "How often it was chosen.", func(o o) any { return o.Chosen }),
			show("share", required(estimate), "Share of the answers.", func(o o) any { return o.Share }),
			show("interval", interval, "Interval of the share.", func(o o) any { return o.Interval }),
			show("meanRest", required(estimate), "Mean of the rest of the test for those who chose it, in marks.", func(o o) any { return o.MeanRest }),
			show("pointBiserial", required(estimate), "Correlation of having chosen it with the rest, −1 to 1.", func(o o) any { return o.PointBiserial }),
			show("suspect", required(gql.Boolean), "A distractor that correlates better than the key.", func(o o) any { return o.Suspect }),
		}
	})
	type f = *itemstats.ItemFigures
	figures := []member[f]{
		show("marked", required(engine.Long), "Reached, with a mark that stands; omitted ones too.", func(f f) any { return f.Marked }),
		show("omitted", required(engine.Long), "Of those, without an answer.", func(f f) any { return f.Omitted }),
		show("notReached", required(engine.Long), "Attempts that ended before it.", func(f f) any { return f.NotReached }),
		show("pending", required(engine.Long), "Answers that a person has yet to mark.", func(f f) any { return f.Pending }),
		show("unscored", required(engine.Long), "Answers with nothing to score.", func(f f) any { return f.Unscored }),
		show("tries", gql.Float, "Mean number of tries.", func(f f) any { return given(f.Tries) }),
		show("facility", required(estimate), "Mean of the marks / maximum.", func(f f) any { return f.Facility }),
		show("interval", interval, "Interval of the facility, where a mark is always 0 or the maximum.", func(f f) any { return f.Interval }),
		show("discrimination", required(estimate), "Item–rest: 100·cov(x, r) / √(var x · var r).", func(f f) any { return f.ItemRest }),
		show("itemTotal", required(estimate), "100·cov(x, t) / √(var x · var t).", func(f f) any { return f.ItemTotal }),
		show("efficiency", required(estimate), "Discriminative efficiency: 100·cov(x, r) / cov(sort x, sort r).", func(f f) any { return f.Efficiency }),
		show("options", many(option), "The options that were chosen at least once.", func(f f) any { return pointers(f.Options) }),
		show("wrongKey", required(gql.Boolean), "Alarm: an option is a suspect.", func(f f) any { return f.WrongKey }),
	}
	s.questionFigures = object("QuestionFigures", "What finished attempts say about a version of a question, over all lessons that use it for the same marks.",
		func() []member[*items.QuestionFigures] {
			type q = *items.QuestionFigures
			return append([]member[q]{
				show("version", required(gql.Int), "Version of the question.", func(q q) any { return q.Version }),
				show("max", required(Mark), "Marks for a full answer.", func(q q) any { return q.Max }),
				show("lessons", required(gql.Int), "Versions of lessons that it rests on.", func(q q) any { return q.Lessons }),
			}, part(func(q q) f { return &q.ItemFigures }, figures)...)
		})
	place := func() []member[*items.Place] {
		type p = *items.Place
		return []member[p]{
			show("slot", required(gql.String), "Name of the place.", func(p p) any { return string(p.Slot) }),
			load("question", s.question, "The question.", func(c call, p p) (any, error) { return c.questions.Load(c.ctx, p.Question), nil }),
			show("version", required(gql.Int), "Version of the question.", func(p p) any { return p.Version }),
			show("max", required(Mark), "Marks for a full answer.", func(p p) any { return p.Max }),
		}
	}
	item := object("ItemFigures", "What finished attempts say about a question of a lesson.", func() []member[*items.Item] {
		type i = *items.Item
		return append(part(func(i i) *items.Place { return &i.Place }, place()), part(func(i i) f { return &i.ItemFigures }, figures)...)
	})
	inTest := object("ItemInTest", "What a question does to its test.", func() []member[*partOfForm] {
		type p = *partOfForm
		return append(part(func(p p) *items.Place { return p.place }, place()),
			show("alphaWithout", required(estimate), "α of the test without it.", func(p p) any { return p.figures.AlphaWithout }),
			show("covariance", gql.Float, "Covariance of mark and total, in marks².", func(p p) any { return given(p.figures.Covariance) }),
			show("effectiveWeight", gql.Float, "100·√cov / Σ√cov; null where the covariance is negative.", func(p p) any { return given(p.figures.Weight) }))
	})
	form := object("FormFigures", "What the attempts that were asked the same say about the test.", func() []member[*items.Form] {
		type f = *items.Form
		return []member[f]{
			show("key", required(gql.String), "Names the form.", func(f f) any { return f.ID.String() }),
			show("attempts", required(engine.Long), "Finished attempts.", func(f f) any { return f.Attempts }),
			show("n", required(engine.Long), "Of those, with a total.", func(f f) any { return f.N }),
			show("waiting", required(engine.Long), "Without one: a person has yet to mark an answer.", func(f f) any { return f.Waiting }),
			show("scored", required(gql.Int), "Questions that earn marks.", func(f f) any { return f.Scored }),
			show("mean", required(estimate), "Mean of the totals, in marks.", func(f f) any { return f.Mean }),
			show("sd", gql.Float, "Standard deviation of the totals, in marks.", func(f f) any { return given(f.SD) }),
			show("alpha", required(estimate), "Cronbach's α.", func(f f) any { return f.Alpha }),
			show("sem", gql.Float, "Standard error of measurement, in marks.", func(f f) any { return given(f.SEM) }),
			show("items", many(inTest), "What each question does to the test.", func(f f) any {
				out := make([]any, len(f.Parts))
				for i := range f.Parts {
					out[i] = &partOfForm{&f.Places[i], &f.Parts[i]}
				}
				return out
			}),
		}
	})
	s.lessonFigures = object("LessonFigures", "What finished attempts say about a version of a lesson, with what it rests on.", func() []member[*items.Analysis] {
		type a = *items.Analysis
		return []member[a]{
			load("lesson", s.lesson, "The lesson.", func(c call, a a) (any, error) { return c.lessons.Load(c.ctx, a.Lesson), nil }),
			show("version", required(gql.Int), "Version of the lesson.", func(a a) any { return a.Version }),
			show("environment", required(gql.String), "Where the attempts were made.", func(a a) any { return a.Scope.Environment }),
			show("policy", required(s.policy), "Which attempt of each student counts.", func(a a) any { return a.Policy }),
			show("attempts", required(engine.Long), "Finished attempts under the policy.", func(a a) any { return a.Attempts }),
			show("items", many(item), "Question by question, over all forms.", func(a a) any { return pointers(a.Items) }),
			show("forms", many(form), "Form by form, the most taken first, at most 50.", func(a a) any { return pointers(a.Forms) }),
			show("formCount", required(gql.Int), "How many forms there are.", func(a a) any { return a.AllForms }),
		}
	})
}

// partOfForm is a question of a form.
type partOfForm struct {
	place   *items.Place
	figures *itemstats.PartFigures
}

func (c call) lessonFigures(id uuid.UUID, version int) (any, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	if err := c.reads(c.ctx, itemsModel); err != nil {
		return nil, err
	}
	analysis, err := c.Items.Lesson(c.ctx, scope, id, version, choice(c.args, "policy", items.First))
	return &analysis, err
}

func questionFiguresOf(c call, q *catalog.Question) (any, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	if err := c.reads(c.ctx, itemsModel); err != nil {
		return nil, err
	}
	figures, err := c.Items.Question(c.ctx, scope, q.ID, choice(c.args, "policy", items.First))
	return pointers(figures), err
}

func (s *schema) figureRoots() []root {
	version := object("AnalysedVersion", "A version of a lesson that has finished attempts.", func() []member[items.LessonVersion] {
		return []member[items.LessonVersion]{
			show("version", required(gql.Int), "1, 2, 3 …", func(v items.LessonVersion) any { return v.Version }),
			show("attempts", required(engine.Long), "Finished attempts.", func(v items.LessonVersion) any { return v.Attempts }),
		}
	})
	theLesson := arg(gql.NewNonNull(gql.ID), "Global id or UUID.")
	return []root{
		{name: "lessonStatistics", of: s.lessonFigures, needs: access.ReadStatistics, about: "What finished attempts say about a version of a lesson.",
			args: gql.FieldConfigArgument{"lesson": theLesson, "policy": s.policyArg(), "version": arg(gql.NewNonNull(gql.Int), "Version of the lesson.")},
			resolve: func(c call) (any, error) {
				id, err := c.args.id("lesson", lessonName)
				if err != nil {
					return nil, err
				}
				return c.lessonFigures(id, c.args.number("version"))
			}},
		{name: "analysedVersions", of: many(version), needs: access.ReadStatistics, about: "The versions of a lesson that have finished attempts, the newest first.",
			args: gql.FieldConfigArgument{"lesson": theLesson}, resolve: func(c call) (any, error) {
				id, err := c.args.id("lesson", lessonName)
				if err != nil {
					return nil, err
				}
				scope, err := c.scope()
				if err != nil {
					return nil, err
				}
				if err := c.reads(c.ctx, itemsModel); err != nil {
					return nil, err
				}
				return c.Items.Versions(c.ctx, scope, id)
			}},
	}
}
