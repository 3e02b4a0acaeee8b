package graphql

import (
	"slices"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/cue"
	"qbank/domain/lesson"
	"qbank/graphql/engine"
	"qbank/projections/catalog"
	"qbank/projections/lessons"
)

// planned is a plan as a read model has it: its title at hand, its outline and the whole by key.
type planned struct {
	key   lessons.Key
	title string
}

// outline looks up what the plan comes to, together with others.
func (p *planned) outline(c call, use func(*lessons.Outline) any) (any, error) {
	return c.outlines.Then(c.ctx, p.key, planUse(use)), nil
}

// whole looks the plan up with its cues and texts, together with others.
func (p *planned) whole(c call, use func(*lesson.Plan) any) (any, error) {
	return c.plans.Then(c.ctx, p.key, planUse(use)), nil
}

func planUse[T any](use func(*T) any) func(*T, bool) (any, error) {
	return func(plan *T, found bool) (any, error) {
		if !found {
			return nil, noLesson()
		}
		return use(plan), nil
	}
}

// stage is one stage of a plan.
type stage struct {
	*planned
	of    *lessons.Outline
	index int
	lesson.Stage
}

// in is the stage as a whole plan has it, which is of the same moment: a draft that was changed in between may have fewer.
func (s *stage) in(p *lesson.Plan) lesson.Stage {
	i := slices.IndexFunc(p.Stages, func(other lesson.Stage) bool { return other.ID == s.ID })
	if i < 0 {
		return lesson.Stage{}
	}
	return p.Stages[i]
}

// planMembers are what a draft and a version of a lesson have in common.
func (s *schema) planMembers() []member[*planned] {
	type p = *planned
	type o = *lessons.Outline
	outlined := func(name string, of gql.Output, about string, value func(o) any) member[p] {
		return load(name, of, about, func(c call, p p) (any, error) { return p.outline(c, value) })
	}
	return []member[p]{
		show("title", required(gql.String), "Its title.", func(p p) any { return p.title }),
		outlined("reveal", required(s.reveal), "When solutions may be seen.", func(o o) any { return o.Plan.Reveal }),
		outlined("maxAttempts", required(gql.Int), "Attempts a student may start; 0 is as many as one likes.", func(o o) any { return o.Plan.MaxAttempts }),
		outlined("shuffle", required(gql.Boolean), "Options are shown in an order of the attempt's own.", func(o o) any { return o.Plan.Shuffle }),
		outlined("mode", s.lessonMode, "Of the stages that have none of their own.", func(o o) any { return chosen(o.Plan.Mode) }),
		outlined("keepVersions", required(gql.Boolean), "An attempt at this exam keeps the versions it started with, whatever is reissued.",
			func(o o) any { return o.Plan.KeepVersions }),
		outlined("items", many(s.lessonItem), "Its questions, in order.", func(o o) any { return pointers(o.Plan.Items) }),
		outlined("draws", many(s.lessonDraw), "Questions of which each student gets some.", func(o o) any { return pointers(o.Plan.Draws) }),
		load("stages", many(s.lessonStage), "Its stages, in order; none: the lesson is its questions.", func(c call, p p) (any, error) {
			return p.outline(c, func(o o) any {
				stages := make([]any, len(o.Plan.Stages))
				for i, st := range o.Plan.Stages {
					stages[i] = &stage{p, o, i, st}
				}
				return stages
			})
		}),
	}
}

// arrangementTypes are stages, cues and draws.
func (s *schema) arrangementTypes() {
	s.lessonMode = enum("LessonMode", "How a lesson, or a segment of it, is taken.",
		enumValue[lesson.Mode]{lesson.Live, "With a teacher, at a time (直播)."}, enumValue[lesson.Mode]{lesson.Recorded, "Alone, from a recording (录播)."},
		enumValue[lesson.Mode]{lesson.Homework, "After class (课后)."}, enumValue[lesson.Mode]{lesson.Exam, "An exam (考试)."})
	s.stageKind = enum("StageKind", "What a stage consists of.",
		enumValue[lesson.Kind]{lesson.Video, "A medium with cues on its timeline."}, enumValue[lesson.Kind]{lesson.Interaction, "Questions, one after another."},
		enumValue[lesson.Kind]{lesson.Article, "Something to read."}, enumValue[lesson.Kind]{lesson.Webpage, "A page or courseware elsewhere, with cues on its pages."})
	s.judged = enum("Judged", "Where answers are scored.", enumValue[lesson.Judged]{lesson.ByServer, "By the server alone."},
		enumValue[lesson.Judged]{lesson.Sealed, "Solutions travel enciphered and are unlocked when the stage opens."},
		enumValue[lesson.Judged]{lesson.Locally, "Practice only: the device shows what it thinks, the server scores again."})
	s.cuePlace = enum("CuePlace", "How a cue is bound to its stage.", enumValue[cue.Place]{cue.Moment, "When the medium comes to an instant."},
		enumValue[cue.Place]{cue.Period, "While the medium is between two instants."}, enumValue[cue.Place]{cue.Page, "On a page of the courseware."})
	s.cueRepeat = enum("CueRepeat", "Which crossings of a moment count.", enumValue[lesson.Repeat]{lesson.Once, "The first."},
		enumValue[lesson.Repeat]{lesson.Every, "Every one."})
	medium := object("LessonMedium", "A recording.", func() []member[*lesson.Medium] {
		type m = *lesson.Medium
		return []member[m]{
			show("sha256", required(gql.String), "Hash of the file; cues are bound to it.", func(m m) any { return string(m.SHA256) }),
			show("duration", required(engine.Long), "Milliseconds.", func(m m) any { return m.Duration }),
			show("type", required(gql.String), "Media type.", func(m m) any { return m.Type }),
			show("width", gql.Int, "Pixels.", func(m m) any { return positive(m.Width) }),
			show("height", gql.Int, "Pixels.", func(m m) any { return positive(m.Height) }),
		}
	})
	webpage := object("LessonWebpage", "A page elsewhere.", func() []member[*lesson.Address] {
		type w = *lesson.Address
		return []member[w]{
			show("url", required(gql.String), "Its https address.", func(w w) any { return w.URL }),
			show("pages", gql.Int, "Pages of a courseware.", func(w w) any { return positive(w.Pages) }),
		}
	})
	s.cueTypes()
	s.lessonStage = object("LessonStage", "One part of a lesson; what it holds goes by its kind.", func() []member[*stage] {
		type st = *stage
		return []member[st]{
			show("id", required(gql.String), "Stable and unique in the lesson.", func(st st) any { return st.ID }),
			show("kind", required(s.stageKind), "What it consists of.", func(st st) any { return st.Kind }),
			show("title", gql.String, "Its title.", func(st st) any { return filled(st.Title) }),
			show("mode", s.lessonMode, "How this segment is taken: its own mode or the lesson's.", func(st st) any { return chosen(st.of.Plan.ModeOf(st.Stage)) }),
			show("judged", required(s.judged), "Where its answers are scored.", func(st st) any { return st.Judged }),
			show("medium", medium, "Of a video.", func(st st) any { return st.Medium }),
			load("body", engine.JSON, "Of an article: format, text and assets (id, sha256), which the text names as asset:<id>.", func(c call, st st) (any, error) {
				if st.Kind != lesson.Article {
					return nil, nil
				}
				return st.whole(c, func(p *lesson.Plan) any { return st.in(p).Body })
			}),
			show("webpage", webpage, "Of a web page.", func(st st) any { return st.Webpage }),
			show("slots", many(gql.String), "Questions of an interaction, in order, by slot.", func(st st) any { return st.Slots }),
			show("draws", many(gql.String), "Draws of an interaction, by id.", func(st st) any { return st.Draws }),
			show("cueCounts", many(s.cueCount), "How many cues it has, by plugin.", func(st st) any {
				counts := []any{}
				for _, name := range sortedNames(st.of.Cues[st.index]) {
					counts = append(counts, &cueCount{name, st.of.Cues[st.index][name]})
				}
				return counts
			}),
			load("cues", many(s.lessonCue), "Its cues.", func(c call, st st) (any, error) {
				return st.whole(c, func(p *lesson.Plan) any { return cuesOf(st.in(p).Cues, c.args.text("plugin")) })
			}).with(gql.FieldConfigArgument{"plugin": arg(gql.String, "Only those of one plugin, such as question.")}),
		}
	})
	s.lessonDraw = object("LessonDraw", "Questions of which each student gets some.", func() []member[*lesson.Draw] {
		type d = *lesson.Draw
		pooled := object("LessonDrawItem", "A question that may be drawn.", func() []member[*lesson.Pooled] {
			type q = *lesson.Pooled
			return []member[q]{
				load("question", s.question, "The question.", func(c call, q q) (any, error) { return c.questions.Load(c.ctx, q.Question), nil }),
				show("questionId", required(gql.ID), "Global id of the question.", func(q q) any { return engine.GlobalID(questionName, q.Question.String()) }),
				show("version", gql.Int, "Version of the question; null, in a draft, is the newest.", func(q q) any { return positive(q.Version) }),
			}
		})
		return []member[d]{
			show("id", required(gql.String), "Stable and unique in the lesson.", func(d d) any { return d.ID }),
			show("count", required(gql.Int), "How many a student gets.", func(d d) any { return d.Count }),
			show("max", required(Mark), "Marks for a full answer to one of them.", func(d d) any { return d.Max }),
			show("pool", many(pooled), "What is drawn from.", func(d d) any { return pointers(d.Pool) }),
		}
	})
}

func (s *schema) lessonItemType() *gql.Object {
	return object("LessonItem", "A question in a lesson.", func() []member[*lesson.Item] {
		type i = *lesson.Item
		return []member[i]{
			show("slot", required(gql.String), "Name of the place: answers refer to it.", func(i i) any { return string(i.Slot) }),
			load("question", s.question, "The question.", func(c call, i i) (any, error) { return c.questions.Load(c.ctx, i.Question), nil }),
			show("questionId", required(gql.ID), "Global id of the question.", func(i i) any { return engine.GlobalID(questionName, i.Question.String()) }),
			load("erratum", gql.Int, "The newest erratum (勘误) of that version; null where there is none. It is live by itself; a draft or version names it with its next edit.", erratumOf),
			show("version", gql.Int, "Version of the question; null, in a draft, is the newest.", func(i i) any { return positive(i.Version) }),
			load("view", engine.JSON, "What students see of that version; null where none is named.", func(c call, i i) (any, error) {
				// A draft may name any question: whether it is the caller's to see is the catalogue's to say.
				return c.questions.Then(c.ctx, i.Question, func(_ *catalog.Question, found bool) (any, error) {
					if !found || i.Version == 0 {
						return nil, nil
					}
					return absent(c.view(i.Question, i.Version))
				}), nil
			}),
			show("max", required(Mark), "Marks for a full answer.", func(i i) any { return i.Max }),
		}
	})
}
