package targeting

import (
	"slices"
	"strconv"

	"qbank/domain/fault"
	"qbank/domain/text"
)

// The bounds of a list of clauses.
const (
	MaxClauses = 50
	MaxNamed   = 2000 // students, or classes, of one clause
	MaxNames   = 5000 // of all clauses together
)

// Clause picks students out: those that are named, those whose class is named, or those of whom a condition holds. It has names or a
// condition, not both.
type Clause struct {
	Students []string `json:"students,omitempty"` // opaque ids, as the roster has them
	Classes  []string `json:"classes,omitempty"`  // ids
	When     string   `json:"when,omitempty"`     // see CompileRule
	Out      bool     `json:"out,omitempty"`      // whom it matches is out; without it, in
}

// List is compiled clauses, in order. It is safe for concurrent use.
type List struct {
	clauses []compiled
	roster  bool
}

type compiled struct {
	students, classes map[string]bool
	rule              *Rule
	out               bool
}

// Match is the clause that decided.
type Match struct {
	Clause int // its index
	Out    bool
}

// Compile checks clauses and makes them ready. Problems point into the list: "/3/when".
func Compile(clauses []Clause) (*List, []fault.Problem) {
	if len(clauses) > MaxClauses {
		return nil, []fault.Problem{{Code: "max_items", Message: fault.Say("at most %d rules", "最多 %d 条规则", MaxClauses)}}
	}
	list := &List{clauses: make([]compiled, len(clauses))}
	var problems []fault.Problem
	names := 0
	for i, clause := range clauses {
		if names += len(clause.Students) + len(clause.Classes); names > MaxNames {
			return nil, []fault.Problem{{Pointer: "/" + strconv.Itoa(i), Code: "max_items", Message: fault.Say("the rules name more than %d students and classes together", "各规则共列出超过 %d 个学生和班级", MaxNames)}}
		}
		c, wrong := clause.compile("/" + strconv.Itoa(i))
		problems = append(problems, wrong...)
		list.clauses[i] = c
		list.roster = list.roster || len(c.classes) > 0 || c.rule != nil && c.rule.Roster()
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return list, nil
}

func (c Clause) compile(at string) (out compiled, problems []fault.Problem) {
	out.out = c.Out
	named := len(c.Students) + len(c.Classes)
	if (named > 0) == (c.When != "") {
		return out, []fault.Problem{{Pointer: at, Code: "one_of",
			Message: fault.Say("a rule names students or classes, or it has a condition: one of the two", "规则应列出学生或班级，或给出条件，二者选一")}}
	}
	if named > 0 {
		out.students, problems = names(at+"/students", c.Students)
		var more []fault.Problem
		out.classes, more = names(at+"/classes", c.Classes)
		return out, append(problems, more...)
	}
	rule, problem := CompileRule(c.When)
	if problem != nil {
		problem.Pointer = at + "/when"
		return out, []fault.Problem{*problem}
	}
	out.rule = rule
	return out, nil
}

func names(at string, list []string) (map[string]bool, []fault.Problem) {
	if len(list) > MaxNamed {
		return nil, []fault.Problem{{Pointer: at, Code: "max_items", Message: fault.Say("at most %d names; use a class or a condition", "最多 %d 个，请改用班级或条件", MaxNamed)}}
	}
	set := make(map[string]bool, len(list))
	for i, name := range list {
		if wrong := text.Check(at+"/"+strconv.Itoa(i), name, 1, MaxFact); len(wrong) > 0 {
			return nil, wrong
		}
		set[name] = true
	}
	return set, nil
}

// First finds the first clause that matches.
func (l *List) First(c *Context) (Match, bool) {
	for i := range l.clauses {
		if clause := &l.clauses[i]; clause.matches(c) {
			return Match{Clause: i, Out: clause.out}, true
		}
	}
	return Match{}, false
}

func (c *compiled) matches(who *Context) bool {
	if c.rule != nil {
		return c.rule.Matches(who)
	}
	return c.students[who.Student] || len(c.classes) > 0 && slices.ContainsFunc(who.Classes, func(class string) bool { return c.classes[class] })
}

// Roster reports whether a clause asks for what only the organisation's roster knows.
func (l *List) Roster() bool { return l.roster }
