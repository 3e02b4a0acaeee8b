package lesson

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/markup"
)

// Publish makes the plan the next version; what was published last is not published again. newest gives the newest published version of
// each question, and its absence where a question is not published or retired.
func (l Lesson) Publish(newest map[uuid.UUID]int) ([]event.Event, error) {
	if err := l.changeable(); err != nil {
		return nil, err
	}
	published, err := l.freeze(l.Plan, newest)
	if err != nil {
		return nil, err
	}
	if l.Latest > 0 && published.Plan.Hash() == l.Newest.Hash() {
		return nil, nil
	}
	return []event.Event{published}, nil
}

// freeze is a plan with exact versions of its questions as the next version.
func (l Lesson) freeze(plan Plan, newest map[uuid.UUID]int) (Published, error) {
	if len(plan.Items) == 0 && len(plan.Draws) == 0 && len(plan.Stages) == 0 {
		return Published{}, fault.Refuse(fault.Invalid, "lesson.empty", fault.Say("a lesson needs at least one question or stage", "讲次至少需要一道题目或一个环节"))
	}
	var problems []fault.Problem
	exact := func(at string, question uuid.UUID, version *int) {
		latest, published := newest[question]
		switch {
		case !published:
			problems = append(problems, fault.Problem{Pointer: at + "/question", Code: "not_published",
				Message: fault.Say("the question is not published or is retired", "题目未发布或已停用")})
		case *version > latest:
			problems = append(problems, fault.Problem{Pointer: at + "/version", Code: "unknown",
				Message: fault.Say("the question has no version %d", "题目没有第 %d 版", *version)})
		case *version == 0:
			*version = latest
		}
	}
	plan = plan.detached()
	for i := range plan.Items {
		exact("/items/"+strconv.Itoa(i), plan.Items[i].Question, &plan.Items[i].Version)
	}
	for i, d := range plan.Draws {
		for n := range d.Pool {
			exact("/draws/"+strconv.Itoa(i)+"/pool/"+strconv.Itoa(n), d.Pool[n].Question, &d.Pool[n].Version)
		}
	}
	if err := unusable(problems); err != nil {
		return Published{}, err
	}
	if problems := plan.missing(); len(problems) > 0 {
		return Published{}, fault.Refuse(fault.Invalid, "lesson.incomplete", fault.Say("the lesson is not complete", "讲次不完整"), problems...)
	}
	if problems := plan.unsafe(); len(problems) > 0 {
		return Published{}, fault.Refuse(fault.Invalid, "lesson.unsafe", fault.Say("some texts hold what students must not be sent", "部分文本包含不允许下发给学生的内容"), problems...)
	}
	return Published{Version: l.Latest + 1, Plan: plan}, nil
}

// detached is the plan with lists of questions of its own, so that versions can be filled in.
func (p Plan) detached() Plan {
	p.Items = slices.Clone(p.Items)
	p.Draws = slices.Clone(p.Draws)
	for i := range p.Draws {
		p.Draws[i].Pool = slices.Clone(p.Draws[i].Pool)
	}
	return p
}

// missing lists what a draft may lack and a version may not.
func (p Plan) missing() (problems []fault.Problem) {
	if strings.TrimSpace(p.Title) == "" {
		problems = append(problems, fault.Problem{Pointer: "/title", Code: "required", Message: fault.Say("give the lesson a title", "请填写讲次标题")})
	}
	for i, s := range p.Stages {
		lacks := ""
		switch {
		case s.Kind == Video && s.Medium == nil && p.ModeOf(s) != Live: // what is live is not recorded yet
			lacks = "medium"
		case s.Kind == Article && (s.Body == nil || s.Body.Text == ""):
			lacks = "body"
		case s.Kind == Webpage && s.Webpage == nil:
			lacks = "webpage"
		case s.Kind == Interaction && len(s.Slots)+len(s.Draws) == 0:
			lacks = "slots"
		}
		if lacks != "" {
			problems = append(problems, fault.Problem{Pointer: "/stages/" + strconv.Itoa(i) + "/" + lacks, Code: "required",
				Message: fault.Say("the stage has nothing to show yet", "该环节还没有内容")})
		}
	}
	return problems
}

// unsafe lists what articles in HTML hold that rich text may not.
func (p Plan) unsafe() (problems []fault.Problem) {
	for i, s := range p.Stages {
		if s.Body != nil && s.Body.Format == "html" && len(problems) < maxProblems {
			problems = append(problems, markup.Check("/stages/"+strconv.Itoa(i)+"/body/text", s.Body.Text)...)
		}
	}
	return problems
}
