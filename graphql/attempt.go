package graphql

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/scoring"
	"qbank/eventstore"
	"qbank/graphql/engine"
	"qbank/projections/gradebook"
	"qbank/projections/read"
)

// place is a question of an attempt with the answer that counts there.
type place struct {
	attempt  *attempt.Attempt
	item     attempt.Item
	standing *attempt.Standing // nil: not answered
}

// attemptOf folds an attempt from its own events, together with others. One outside the caller's organisation and environment
// is not found.
func (c call) attemptOf(id uuid.UUID, use func(*attempt.Attempt) (any, error)) (any, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	return c.streams.Then(c.ctx, id, func(recorded []eventstore.Recorded, _ bool) (any, error) {
		var a attempt.Attempt
		for _, r := range recorded {
			e, err := c.Commands.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
			if err != nil {
				return nil, fmt.Errorf("attempt %s: %w", id, err)
			}
			a = a.Apply(e)
		}
		if a.Number == 0 || a.Shadow != uuid.Nil || a.Environment != scope.Environment || c.actor.Within(a.Org) != nil {
			return nil, fault.Refuse(fault.NotFound, "attempt.not_found", fault.Say("there is no such attempt", "没有这次作答"))
		}
		return use(&a)
	}), nil
}

// summary is the row that the gradebook has of an attempt, drawn from the attempt itself.
func summary(id uuid.UUID, a *attempt.Attempt) *gradebook.Attempt {
	s := &gradebook.Attempt{ID: id, Org: a.Org, Lesson: a.Lesson, Version: a.Version, Student: a.Student, Number: a.Number, Classes: a.Classes,
		StartedAt: a.At, Items: len(a.Items)}
	if a.Done != nil {
		s.FinishedAt = a.Done.At
	}
	for _, item := range a.Items {
		if a.Withdrawn(item.Slot) {
			s.Items--
			continue
		}
		s.Max += item.Max
		if standing, answered := a.Standing(item.Slot); answered {
			s.Answered++
			s.Total, s.Max = s.Total+standing.Mark(), s.Max-standing.Dropped()
			if standing.Pending() {
				s.Pending++
			}
		}
	}
	return s
}

func places(a *attempt.Attempt) []any {
	out := make([]any, len(a.Items))
	for i, item := range a.Items {
		p := &place{attempt: a, item: item}
		if standing, answered := a.Standing(item.Slot); answered {
			p.standing = &standing
		}
		out[i] = p
	}
	return out
}

// response is what a student answered, deciphered where it is the student's own words; null where it was erased.
func (c call) response(student string, a attempt.Answered) (any, error) {
	text, erased, err := c.Commands.Response(c.ctx, student, a)
	if erased || err != nil {
		return nil, err
	}
	return json.RawMessage(text), nil
}

func (s *schema) attemptTypes() {
	status := enum("AnswerStatus", "What scoring said.", enumValue[scoring.Status]{scoring.Scored, "By rule."},
		enumValue[scoring.Status]{scoring.Pending, "A person has to."}, enumValue[scoring.Status]{scoring.Unscored, "There is nothing to score."})
	grade := object("Grade", "A mark given by hand.", func() []member[*place] {
		type p = *place
		return []member[p]{
			show("mark", required(Mark), "The mark.", func(p p) any { return p.standing.Grade.Mark }),
			show("by", required(gql.String), "Opaque id of who gave it.", func(p p) any { return p.standing.Grade.By }),
			load("note", gql.String, "What was said with it; null where nothing was, or where it was erased.", func(c call, p p) (any, error) {
				note, _, err := c.Commands.NoteOf(c.ctx, p.attempt.Student, *p.standing.Grade)
				return filled(note), err
			}),
		}
	})
	revised := object("RevisedMark", "What a regrade (重判) made of a mark.", func() []member[*attempt.GradeRevised] {
		type r = *attempt.GradeRevised
		return []member[r]{
			show("regrade", required(gql.ID), "Global id of the regrade.", func(r r) any { return engine.GlobalID(regradeName, r.Regrade.String()) }),
			show("policy", required(s.regradePolicy), "Why it is this mark.", func(r r) any { return r.Policy }),
			show("version", required(gql.Int), "The erratum whose key is right.", func(r r) any { return r.Version }),
			show("was", required(Mark), "The mark before.", func(r r) any { return r.Was }),
			show("dropped", required(Mark), "Marks that are not to be had any more.", func(r r) any { return r.Dropped }),
		}
	})
	answer := object("Answer", "The answer that counts at a place.", func() []member[*place] {
		type p = *place
		return []member[p]{
			show("key", required(gql.String), "Names the answer when a mark is given.", func(p p) any { return p.standing.Key }),
			load("response", engine.JSON, "What the student answered; null where it was erased.", func(c call, p p) (any, error) {
				return c.response(p.attempt.Student, p.standing.Answered)
			}),
			load("erased", required(gql.Boolean), "The answer was in the student's own words, and they were erased.", func(c call, p p) (any, error) {
				_, erased, err := c.Commands.Response(c.ctx, p.attempt.Student, p.standing.Answered)
				return erased, err
			}),
			show("status", required(status), "What scoring said.", func(p p) any { return p.standing.Status }),
			show("mark", required(Mark), "What it is worth: the revised mark, else the mark by hand, where there is one.", func(p p) any { return p.standing.Mark() }),
			show("pending", required(gql.Boolean), "It waits for a mark by hand.", func(p p) any { return p.standing.Pending() }),
			show("tries", required(gql.Int), "How many answers were given here.", func(p p) any { return p.standing.Tries }),
			show("receivedAt", required(engine.Instant), "When it came.", func(p p) any { return p.standing.At }),
			show("clientAt", engine.Instant, "When it was given, by the client's clock set right.", func(p p) any { return since(p.standing.ClientAt) }),
			show("grade", grade, "The mark by hand; null where there is none.", func(p p) any {
				if p.standing.Grade == nil {
					return nil
				}
				return p
			}),
			show("revised", revised, "What a regrade made of the mark; null where none stands for it.", func(p p) any { return p.standing.Revised }),
		}
	})
	item := object("AttemptItem", "A question of an attempt.", func() []member[*place] {
		type p = *place
		return []member[p]{
			show("slot", required(gql.String), "Name of the place.", func(p p) any { return string(p.item.Slot) }),
			load("question", s.question, "The question.", func(c call, p p) (any, error) { return c.questions.Load(c.ctx, p.item.Question), nil }),
			show("version", required(gql.Int), "The version that was shown.", func(p p) any { return p.item.Version }),
			load("view", required(engine.JSON), "What the student saw of it.", func(c call, p p) (any, error) { return c.view(p.item.Question, p.item.Version) }),
			show("max", required(Mark), "Marks for a full answer.", func(p p) any { return p.item.Max }),
			show("reason", required(gql.String), "Why this version was shown.", func(p p) any { return string(p.item.Reason) }),
			show("answer", answer, "The answer that counts; null where there is none.", func(p p) any {
				if p.standing == nil {
					return nil
				}
				return p
			}),
		}
	})
	s.attempt = object(attemptName, "A student's run through a lesson (作答).", func() []member[*gradebook.Attempt] {
		type a = *gradebook.Attempt
		return []member[a]{
			show("id", required(gql.ID), "Global id.", func(a a) any { return engine.GlobalID(attemptName, a.ID.String()) }),
			load("lesson", s.lesson, "The lesson.", func(c call, a a) (any, error) { return c.lessons.Load(c.ctx, a.Lesson), nil }),
			show("version", required(gql.Int), "Version of the lesson.", func(a a) any { return a.Version }),
			show("student", required(s.person), "The student.", func(a a) any { return person(a.Student) }),
			show("number", required(gql.Int), "1, 2, 3 … of this student at this lesson.", func(a a) any { return a.Number }),
			load("classes", many(s.class), "Classes of the student at the start.", func(c call, a a) (any, error) { return c.classesOf(a.Classes), nil }).needing(access.ReadRoster),
			show("startedAt", required(engine.Instant), "When it was started.", func(a a) any { return a.StartedAt }),
			show("finishedAt", engine.Instant, "When it was finished; null while it is open.", func(a a) any { return since(a.FinishedAt) }),
			show("itemCount", required(gql.Int), "How many questions it has.", func(a a) any { return a.Items }),
			show("answered", required(gql.Int), "How many have an answer.", func(a a) any { return a.Answered }),
			show("pending", required(gql.Int), "How many answers wait for a mark by hand.", func(a a) any { return a.Pending }),
			show("total", required(Mark), "The marks so far.", func(a a) any { return a.Total }),
			show("max", required(Mark), "The marks to be had.", func(a a) any { return a.Max }),
			load("items", many(item), "Its questions, in order.", func(c call, a a) (any, error) {
				return c.attemptOf(a.ID, func(folded *attempt.Attempt) (any, error) { return places(folded), nil })
			}),
		}
	}, s.node)
}

func (c call) attempts(filter gradebook.Filter) (any, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	connection, err := list(c, gradebookModel, func(p read.Page) (read.Rows[gradebook.Attempt], error) {
		return c.Gradebook.List(c.ctx, scope, filter, p)
	}, same)
	if err == nil {
		connection.Total = counted(func() (int, bool, error) { return c.Gradebook.Count(c.ctx, scope, filter) })
	}
	return connection, err
}

func (s *schema) classResultType() *gql.Object {
	return object("ClassResult", "How a class did at a lesson: of each student the latest finished attempt counts.", func() []member[*gradebook.Class] {
		type k = *gradebook.Class
		return []member[k]{
			load("class", s.class, "The class; null for students who were in none.", func(c call, k k) (any, error) { return maybe(c, c.classes, k.Class) }).needing(access.ReadRoster),
			show("students", required(gql.Int), "Who started.", func(k k) any { return int(k.Students) }),
			show("finished", required(gql.Int), "Of those, with a finished attempt.", func(k k) any { return int(k.Finished) }),
			show("pending", required(gql.Int), "Answers that wait for a mark by hand.", func(k k) any { return int(k.Pending) }),
			show("total", required(Mark), "The marks of the finished attempts.", func(k k) any { return k.Total }),
			show("max", required(Mark), "The marks to be had in them.", func(k k) any { return k.Max }),
			show("rate", gql.Float, "The share of the marks that the class got so far.", func(k k) any {
				if rate, any := k.Rate(); any {
					return rate
				}
				return nil
			}),
		}
	})
}

func (c call) classResults(id uuid.UUID) (any, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	if err := c.reads(c.ctx, gradebookModel); err != nil {
		return nil, err
	}
	classes, err := c.Gradebook.Classes(c.ctx, scope, id)
	return pointers(classes), err
}

func (s *schema) attemptRoots() []root {
	waiting := object("PendingAnswer", "An answer that waits for a mark by hand.", func() []member[*gradebook.Waiting] {
		type w = *gradebook.Waiting
		return []member[w]{
			show("attemptId", required(gql.ID), "Global id of the attempt.", func(w w) any { return engine.GlobalID(attemptName, w.Attempt.String()) }),
			load("lesson", s.lesson, "The lesson.", func(c call, w w) (any, error) { return c.lessons.Load(c.ctx, w.Lesson), nil }),
			show("student", required(s.person), "The student.", func(w w) any { return person(w.Student) }),
			show("number", required(gql.Int), "Number of the attempt.", func(w w) any { return w.Number }),
			show("finished", required(gql.Boolean), "The attempt is finished: no other answer comes.", func(w w) any { return w.Finished }),
			show("slot", required(gql.String), "Name of the place.", func(w w) any { return string(w.Slot) }),
			load("question", s.question, "The question.", func(c call, w w) (any, error) { return c.questions.Load(c.ctx, w.Question), nil }),
			show("questionVersion", required(gql.Int), "The version that was shown.", func(w w) any { return w.Place.Version }),
			load("view", required(engine.JSON), "What the student saw of it.", func(c call, w w) (any, error) { return c.view(w.Question, w.Place.Version) }),
			show("max", required(Mark), "Marks for a full answer.", func(w w) any { return w.Max }),
			show("key", required(gql.String), "Names the answer when the mark is given.", func(w w) any { return w.Key }),
			show("receivedAt", required(engine.Instant), "When it came.", func(w w) any { return w.At }),
			load("response", engine.JSON, "What the student answered; null where another answer has come since, or where it was erased: see student.", func(c call, w w) (any, error) {
				return c.attemptOf(w.Attempt, func(a *attempt.Attempt) (any, error) {
					standing, answered := a.Standing(w.Slot)
					if !answered || standing.Key != w.Key {
						return nil, nil
					}
					return c.response(w.Student, standing.Answered)
				})
			}),
		}
	})
	who := gql.FieldConfigArgument{"lesson": arg(gql.ID, "Global id or UUID."), "class": arg(gql.ID, "Global id or UUID."),
		"student": arg(gql.String, "Opaque id.")}
	also := func(more gql.FieldConfigArgument) gql.FieldConfigArgument {
		maps.Copy(more, who)
		return pageArgs(more)
	}
	return []root{
		{name: "attempt", of: s.attempt, needs: access.ReadResults, about: "An attempt.",
			args: gql.FieldConfigArgument{"id": arg(gql.NewNonNull(gql.ID), "Global id or UUID.")},
			resolve: func(c call) (any, error) {
				id, err := c.args.id("id", attemptName)
				if err != nil {
					return nil, err
				}
				return c.attemptOf(id, func(a *attempt.Attempt) (any, error) { return summary(id, a), nil })
			}},
		{name: "attempts", of: s.connection(s.attempt), needs: access.ReadResults, about: "The attempts at a lesson or of a student, the newest first.",
			args: also(gql.FieldConfigArgument{"version": arg(gql.Int, "Version of the lesson."), "number": arg(gql.Int, "1, 2, 3 … of each student."),
				"finished": arg(gql.Boolean, "Only finished ones, or only open ones.")}),
			resolve: func(c call) (any, error) {
				f := gradebook.Filter{Version: c.args.number("version"), Number: c.args.number("number"), Student: c.args.text("student"), Finished: c.args.flag("finished")}
				var err error
				if f.Lesson, err = c.args.id("lesson", lessonName); err != nil {
					return nil, err
				}
				if f.Class, err = c.args.id("class", className); err != nil {
					return nil, err
				}
				return c.attempts(f)
			}},
		{name: "pendingAnswers", of: s.connection(waiting), needs: access.Grade, about: "The answers that wait for a mark by hand, the oldest first.",
			args: also(gql.FieldConfigArgument{"slot": arg(gql.String, "Name of the place."), "finished": arg(gql.Boolean, "Only of attempts that are finished.")}),
			resolve: func(c call) (any, error) {
				scope, err := c.scope()
				if err != nil {
					return nil, err
				}
				w := gradebook.Work{Student: c.args.text("student"), Slot: lesson.Slot(c.args.text("slot")), Finished: c.args.yes("finished")}
				if w.Lesson, err = c.args.id("lesson", lessonName); err != nil {
					return nil, err
				}
				if w.Class, err = c.args.id("class", className); err != nil {
					return nil, err
				}
				return list(c, gradebookModel, func(p read.Page) (read.Rows[gradebook.Waiting], error) {
					return c.Gradebook.Waiting(c.ctx, scope, w, p)
				}, same)
			}},
	}
}

func (s *schema) attemptMutations() []mutation {
	graded := payload("AttemptPayload", "What a mark by hand came to.",
		load("attempt", s.attempt, "The attempt as it is now.", func(c call, o *outcome) (any, error) {
			return c.attemptOf(o.ID, func(a *attempt.Attempt) (any, error) { return summary(o.ID, a), nil })
		}))
	it := thing{name: "attempt", typ: attemptName, about: "Global id or UUID.", of: graded, scoped: true}
	return []mutation{act(it, "gradeAnswer", "Gives a mark by hand to an answer that no rule can score.", inputs{
		"slot": must(gql.String, "Name of the place."), "key": must(gql.String, "The answer that you read."),
		"mark": must(Mark, "From 0 to the maximum."), "note": in(gql.String, "For those who read the result."),
	}, func(_ call, id uuid.UUID, a args) (commands.GradeAnswer, error) {
		return commands.GradeAnswer{Attempt: id, Slot: lesson.Slot(a.text("slot")), Key: a.text("key"), Mark: a.mark("mark"), Note: a.text("note")}, nil
	})}
}
