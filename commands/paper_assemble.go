package commands

import (
	"context"
	"slices"
	"strconv"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/paper"
)

// AssemblePaper (组卷) looks for questions that meet a paper's blueprints and puts them into its draft, with a report on what could not be
// met.
type AssemblePaper struct {
	Paper    paper.ID
	Revision int      // what the caller saw
	Targets  []string // ids of sections and draws; none: all that have a blueprint
	Seed     uint64   // drawn by the caller; the same finds the same
	For      paper.Audience
	DryRun   bool                            // the draft stays as it is
	See      func(paper.Paper, paper.Report) // the paper with what was found
}

// maxAudience bounds the classes and the students that a paper is put together for, each.
const maxAudience = 1000

// maxUnknown is as many unknown ones as a person reads.
const maxUnknown = 100

// Needs the right to write lessons.
func (AssemblePaper) Needs() access.Permission { return access.WriteLessons }

// Do assembles the paper.
func (c AssemblePaper) Do(ctx context.Context, w *Work) error {
	if max(len(c.For.Classes), len(c.For.Students)) > maxAudience {
		return fault.Refuse(fault.Limit, "paper.audience", fault.Say("at most %d classes and as many students", "最多 %d 个班级和同样数量的学生", maxAudience))
	}
	return w.paper(ctx, c.Paper, c.Revision, func(p paper.Paper) ([]event.Event, error) {
		if len(c.For.Classes)+len(c.For.Students) == 0 && p.Plan.AsksWhatWasSeen() {
			return nil, fault.Refuse(fault.Invalid, "paper.audience",
				fault.Say("a constraint asks what students have seen; name the classes or students", "有约束涉及学生做过的题目，请指定班级或学生"))
		}
		stock, err := w.Candidates.Stock(ctx, w.Actor.Scope, c.For)
		if err != nil {
			return nil, err
		}
		if err := c.allKnown(stock.Unknown); err != nil {
			return nil, err
		}
		plan, report, err := p.Plan.Assemble(ctx, stock, paper.Order{Seed: c.Seed, Now: w.meta.At, Targets: c.Targets})
		if err != nil {
			return nil, err
		}
		assembled, err := p.Assemble(paper.Assembled{Plan: plan, Targets: slices.Clone(c.Targets), For: c.For, Report: report, Positions: stock.Positions})
		if err != nil {
			return nil, err
		}
		c.See(p.Apply(assembled[0]), report)
		if c.DryRun {
			return nil, nil
		}
		return assembled, nil
	})
}

// allKnown refuses classes and students that nobody knows: a slip of the pen has seen nothing, and everything would look new to it.
func (c AssemblePaper) allKnown(unknown paper.Audience) error {
	var problems []fault.Problem
	wrong := func(list string, i int, message fault.Text) {
		if len(problems) < maxUnknown {
			problems = append(problems, fault.Problem{Pointer: "/" + list + "/" + strconv.Itoa(i), Code: "unknown", Message: message})
		}
	}
	for i, class := range c.For.Classes {
		if slices.Contains(unknown.Classes, class) {
			wrong("classes", i, fault.Say("there is no such class", "没有这个班级"))
		}
	}
	for i, student := range c.For.Students {
		if slices.Contains(unknown.Students, student) {
			wrong("students", i, fault.Say("nobody here knows this student", "这里没有这名学生"))
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return fault.Refuse(fault.Invalid, "paper.audience", fault.Say("some of those the paper is for are not known", "试卷面向的部分班级或学生不存在"), problems...)
}
