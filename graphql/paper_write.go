package graphql

import (
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/paper"
	"qbank/graphql/engine"
	"qbank/projections/papers"
)

// assembled is what looking for questions came to.
type assembled struct {
	paper  paper.Paper
	report paper.Report
}

func paperPlanInput(kind *gql.Enum) *gql.InputObject {
	constraint := inputObject("PaperConstraintInput", "Something that the questions must be, or had better be.", inputs{
		"id": must(gql.String, "Its name in the blueprint."), "kind": must(kind, "What it is about."),
		"values": in(listIn(gql.String), "Of what; without min and max, every question is to be one of these."),
		"min":    in(gql.Float, "At least: questions, marks, or a mean facility of 0 to 1."), "max": in(gql.Float, "At most, likewise."),
		"days": in(gql.Int, "Of RECENT: how far back."), "weight": in(gql.Int, "What being off costs, 1 to 100; where it is not given, the constraint must be met."),
	})
	blueprint := inputObject("PaperBlueprintInput", "What the questions of a section or a draw are to be.", inputs{
		"count": must(gql.Int, "How many, with those put there by hand."), "max": in(Mark, "Marks for a full answer; a draw has its own."),
		"marks": in(listIn(inputObject("PaperTypeMarkInput", "What questions of a type are worth.", inputs{
			"type": must(gql.String, "Id of the type."), "max": must(Mark, "Marks for a full answer.")})), "Of some types, instead."),
		"constraints": in(listIn(constraint), "What else."),
	})
	item := inputObject("PaperItemInput", "A question that everybody gets.", inputs{
		"slot": must(gql.String, "Name of the place, unique in the paper."), "question": must(gql.ID, "Global id, UUID or code (题号)."),
		"version": in(gql.Int, "Version of the question; the newest where it is not given."), "max": must(Mark, "Marks for a full answer."),
		"assembled": in(gql.Boolean, "It was found for the blueprint: assembling again replaces it."),
	})
	pooled := inputObject("PaperPooledQuestionInput", "A question that may be drawn.", inputs{
		"question": must(gql.ID, "Global id, UUID or code (题号)."), "version": in(gql.Int, "Version of the question; the newest where it is not given."),
	})
	draw := inputObject("PaperDrawInput", "A pool that each student gets some questions of.", inputs{
		"id": must(gql.String, "Its name, unique in the paper."), "count": must(gql.Int, "How many are drawn."), "max": must(Mark, "Marks for a full answer to each."),
		"pool": in(listIn(pooled), "What is drawn from."), "blueprint": in(blueprint, "What the pool is to be."),
	})
	section := inputObject("PaperSectionInput", "A part of a paper.", inputs{
		"id": must(gql.String, "Its name, unique in the paper."), "title": in(gql.String, "Its title."), "instructions": in(gql.String, "What students are told."),
		"total": in(Mark, "Marks that its questions must add up to."), "items": in(listIn(item), "Questions that everybody gets."),
		"draws": in(listIn(draw), "Pools that each student draws from."), "blueprint": in(blueprint, "What its questions are to be."),
	})
	return inputObject("PaperPlanInput", "What a paper says.", inputs{
		"title": must(gql.String, "Its title."), "total": in(Mark, "Marks that all must add up to."), "duration": in(engine.Long, "Milliseconds."),
		"sections": must(listIn(section), "Its sections, in order."), "constraints": in(listIn(constraint), "On the questions of all sections that everybody gets."),
	})
}

func (s *schema) paperMutations() []mutation {
	thePaper := load("paper", s.paper, "The paper as it is now.", func(c call, o *outcome) (any, error) { return one(c, c.papers, o.ID, noPaper()), nil })
	changed := payload("PaperPayload", "What a change of a paper came to.", thePaper)
	found := payload("AssemblePaperPayload", "What looking for questions came to.", thePaper,
		show("report", required(s.paperReport), "What was met, and why not all.", func(o *outcome) any { return &o.assembled.report }),
		show("plan", required(s.paperPlan), "The paper with what was found; after a dry run, only here.", func(o *outcome) any {
			p := o.assembled.paper
			return &sheet{title: p.Plan.Title, whole: &papers.Plan{Plan: p.Plan, Unmet: p.Unmet}}
		}))
	laid := payload("LayOutPaperPayload", "What laying a paper out came to.", s.lessonNow())
	plan := paperPlanInput(s.constraintKind)

	it := thing{name: "paper", typ: paperName, about: "Global id or UUID of the paper.", of: changed}
	assembling := it
	assembling.of = found
	return []mutation{
		{name: "createPaper", about: "Starts a paper.", of: changed, needs: commands.CreatePaper{}.Needs(), input: inputs{"plan": must(plan, "What it says.")},
			do: func(c call, a args) (*outcome, error) {
				plan, err := c.paperPlan(a.object("plan"))
				return c.carried(commands.CreatePaper{Plan: plan}, err)
			}},
		step(it, "editPaper", "Makes a whole plan the draft, merged with what others changed since the revision you saw.", inputs{"plan": must(plan, "What it says.")},
			func(c call, id paper.ID, revision int, a args) (commands.EditPaper, error) {
				plan, err := c.paperPlan(a.object("plan"))
				return commands.EditPaper{Paper: id, Revision: revision, Plan: plan}, err
			}),
		step(it, "publishPaper", "Makes the draft the next version, with exact versions of its questions.", inputs{
			"acceptUnmet": in(gql.Boolean, "Publish it without what its blueprints demand in vain; else that is refused."),
			"reason":      in(gql.String, "Why that is accepted; needed with acceptUnmet."),
		}, func(_ call, id paper.ID, revision int, a args) (commands.PublishPaper, error) {
			return commands.PublishPaper{Paper: id, Revision: revision, Unmet: paper.Acceptance{Given: a.yes("acceptUnmet"), Reason: a.text("reason")}}, nil
		}),
		step(it, "retirePaper", "Takes a paper out of use.", inputs{"reason": must(gql.String, "Why.")},
			func(_ call, id paper.ID, revision int, a args) (commands.RetirePaper, error) {
				return commands.RetirePaper{Paper: id, Revision: revision, Reason: a.text("reason")}, nil
			}),
		assembling.onSeen("assemblePaper", "组卷: looks for questions that meet the blueprints and puts them into the draft.", commands.AssemblePaper{}.Needs(), inputs{
			"targets": in(listIn(gql.String), "Ids of sections and draws; all with a blueprint where none are given."),
			"seed":    in(gql.String, "A number: the same finds the same. Drawn where it is not given."), "dryRun": in(gql.Boolean, "Only say what would be found."),
			"classes":  in(listIn(gql.ID), "Whom the paper is for, for constraints on what was seen: global ids or UUIDs of classes."),
			"students": in(listIn(gql.ID), "Likewise: opaque ids of students."),
		}, (call).assemble),
		step(aLesson(laid), "layOutPaper", "Puts the questions and draws of a published paper into a lesson's draft, instead of those that were there.", inputs{
			"paper": must(gql.ID, it.about), "version": in(gql.Int, "Version of the paper; the newest where it is not given."),
			"revision": must(gql.Int, "The revision of the lesson that you saw."),
		}, func(c call, id lesson.ID, revision int, a args) (commands.LayOutPaper, error) {
			laidOut, err := it.find(c, a)
			return commands.LayOutPaper{Paper: laidOut, Version: a.number("version"), Lesson: id, Revision: revision}, err
		}),
	}
}

// assemble looks for a paper's questions, and tells what it found.
func (c call) assemble(id paper.ID, revision int, a args) (*outcome, error) {
	command, err := assembling(id, revision, a)
	if err != nil {
		return nil, err
	}
	if err := c.caughtUp(catalogModel, gradebookModel, knowledgeModel, lessonsModel, papersModel, rosterModel); err != nil {
		return nil, err
	}
	var seen assembled
	command.See = func(p paper.Paper, report paper.Report) { seen = assembled{p, report} }
	o, err := c.carry(command)
	o.assembled = seen
	return o, err
}

// caughtUp waits, for a bounded time, until read models have come to where the log is now: what was published or given a moment ago counts.
func (c call) caughtUp(models ...string) error {
	head, err := c.Store.Head(c.ctx)
	if err != nil {
		return err
	}
	for _, model := range models {
		if err := c.Engine.Wait(c.ctx, model, head); err != nil {
			return err
		}
	}
	return nil
}

func assembling(id paper.ID, revision int, a args) (commands.AssemblePaper, error) {
	command := commands.AssemblePaper{Paper: id, Revision: revision, Targets: a.texts("targets"), Seed: rand.Uint64(), DryRun: a.yes("dryRun")}
	if text := a.text("seed"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return command, fault.Refuse(fault.Invalid, "paper.seed", fault.Say("a seed is a whole number below 2^64", "种子应为小于 2^64 的非负整数"))
		}
		command.Seed = seed
	}
	command.For.Students = a.texts("students")
	var err error
	command.For.Classes, err = a.ids("classes", className)
	return command, err
}

// paperPlan reads a plan. What is out of bounds is the domain's to refuse; only so many questions are looked up.
func (c call) paperPlan(a args) (paper.Plan, error) {
	plan := paper.Plan{Title: a.text("title"), Total: a.mark("total"), Duration: a.instant("duration"), Constraints: constraints(a.objects("constraints"))}
	questions := 0
	for _, s := range a.objects("sections") {
		questions += len(s.objects("items"))
		for _, draw := range s.objects("draws") {
			questions += len(draw.objects("pool"))
		}
		if questions > paper.MaxQuestions {
			return plan, fault.Refuse(fault.Limit, "paper.invalid", fault.Say("at most %d questions", "最多 %d 道题目", paper.MaxQuestions))
		}
		section, err := c.paperSection(s)
		if err != nil {
			return plan, err
		}
		plan.Sections = append(plan.Sections, section)
	}
	return plan, nil
}

func (c call) paperSection(a args) (paper.Section, error) {
	s := paper.Section{ID: a.text("id"), Title: a.text("title"), Instructions: a.text("instructions"), Total: a.mark("total"), Blueprint: blueprint(a.object("blueprint"))}
	for _, item := range a.objects("items") {
		question, err := c.question(item.text("question"))
		if err != nil {
			return s, err
		}
		s.Items = append(s.Items, paper.Item{Slot: lesson.Slot(item.text("slot")), Question: question, Version: item.number("version"), Max: item.mark("max"),
			Assembled: item.yes("assembled")})
	}
	for _, draw := range a.objects("draws") {
		pool := paper.Pool{ID: draw.text("id"), Count: draw.number("count"), Max: draw.mark("max"), Questions: []paper.Ref{}, Blueprint: blueprint(draw.object("blueprint"))}
		for _, ref := range draw.objects("pool") {
			question, err := c.question(ref.text("question"))
			if err != nil {
				return s, err
			}
			pool.Questions = append(pool.Questions, paper.Ref{Question: question, Version: ref.number("version")})
		}
		s.Pools = append(s.Pools, pool)
	}
	return s, nil
}

func blueprint(a args) *paper.Blueprint {
	if a == nil {
		return nil
	}
	b := &paper.Blueprint{Count: a.number("count"), Max: a.mark("max"), Constraints: constraints(a.objects("constraints"))}
	for _, m := range a.objects("marks") {
		b.Marks = append(b.Marks, paper.TypeMark{Type: m.text("type"), Max: m.mark("max")})
	}
	return b
}

func constraints(list []args) (out []paper.Constraint) {
	for _, a := range list {
		c := paper.Constraint{ID: a.text("id"), Kind: choice(a, "kind", paper.Kind("")), Days: a.number("days"), Weight: a.number("weight")}
		if a.has("values") {
			c.Values = a.texts("values")
		}
		c.Min, c.Max = bound(c.Kind, a["min"]), bound(c.Kind, a["max"])
		for i, value := range c.Values { // questions may be named as everywhere else
			if id, err := parseID(value, questionName); err == nil && c.Kind == paper.Named && id != uuid.Nil {
				c.Values[i] = id.String()
			}
		}
		out = append(out, c)
	}
	return out
}

// bound reads a number in the unit of the constraint; the domain refuses what is out of bounds.
func bound(kind paper.Kind, v any) *int64 {
	f, given := v.(float64)
	if !given {
		return nil
	}
	n := int64(math.Round(max(-1, min(f*constraintUnits(kind), 1e15))))
	return &n
}
