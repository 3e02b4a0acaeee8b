package qtype

import (
	"strconv"
	"strings"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/scoring"
)

// Compile reads a type document and prepares everything that a type does: it obeys the meta-schema, its schemas compile, its
// secrets can be split off, its pointers lead somewhere, its scoring and its expressions are within their cost. Whatever does not
// hold is a fault "type.invalid" with all problems by pointer into the document. Its examples are not run: see RunExamples.
func Compile(document []byte) (*Type, error) {
	decoded, err := content.Decode(document, typeLimits)
	if err != nil {
		return nil, err
	}
	c := compilation{}
	t := c.compile(decoded)
	if len(c.problems) > 0 {
		return nil, fault.Refuse(fault.Invalid, "type.invalid",
			fault.Say("the question type cannot be used", "题型容器无法使用"), sorted(c.problems)...)
	}
	return t, c.err
}

type compilation struct {
	problems []fault.Problem
	err      error // a defect
}

func (c *compilation) add(problems ...fault.Problem) { c.problems = append(c.problems, problems...) }

func (c *compilation) compile(decoded any) *Type {
	document, _ := decoded.(map[string]any)
	contents, p1 := expand(document["content"], "/content")
	responses, p2 := expand(document["response"], "/response")
	c.add(p1...)
	c.add(p2...)
	metaSchema, err := meta()
	if err != nil {
		c.err = err
		return nil
	}
	c.add(unsaid(metaSchema.problems(decoded), c.problems)...)
	if len(c.problems) > 0 {
		return nil
	}
	t := &Type{document: document, hash: content.HashOf(decoded)}
	t.ref.ID, _ = document["id"].(string)
	t.ref.Version, _ = document["version"].(string)
	t.content = c.part(contents, "/content")
	if _, answered := document["response"]; answered {
		response := c.part(responses, "/response")
		t.response = &response
		c.response(t, responses)
	}
	c.pointers(t)
	c.scoring(t)
	c.expressions(t)
	c.ui(document["ui"], t.content.places, "/ui")
	if len(c.problems) > 0 {
		return nil
	}
	return t
}

// unsaid drops problems of the meta-schema at or above places that have been explained better already.
func unsaid(problems, said []fault.Problem) []fault.Problem {
	var out []fault.Problem
next:
	for _, p := range problems {
		for _, s := range said {
			if s.Pointer == p.Pointer {
				continue next
			}
		}
		out = append(out, p)
	}
	return out
}

func (c *compilation) part(expanded any, at string) part {
	var b placer
	places := b.build(expanded, at, false)
	c.add(b.problems...)
	compiled, err := newSchema(expanded)
	if err != nil {
		c.add(fault.Problem{Pointer: at, Code: "schema.compile", Message: fault.Say(
			"the schema does not compile: %.300v", "模式无法编译：%.300v", err)})
	}
	return part{compiled, places}
}

// response holds the response schema to what only it must obey.
func (c *compilation) response(t *Type, expanded any) {
	places := t.response.places
	places.each(func(p *place) {
		t.personal = t.personal || p.text != ""
		if p.secret != "" || p.neutral || p.shuffle != "" {
			c.add(fault.Problem{Pointer: "/response", Code: "response.mark", Message: fault.Say(
				"a response has no secrets and no order of its own", "作答中不能有保密内容或顺序标记")})
		}
	})
	t.accepts = compileTest(expanded)
}

// each visits a place and everything below.
func (p *place) each(visit func(*place)) {
	if p == nil {
		return
	}
	visit(p)
	for _, name := range p.names {
		p.members[name].each(visit)
	}
	p.rest.each(visit)
	p.items.each(visit)
	for _, item := range p.tuple {
		item.each(visit)
	}
}

func (c *compilation) pointers(t *Type) {
	var b placer
	b.checkPointers(t.content.places, "/content", t.content.places, false)
	if t.response != nil {
		b.checkPointers(t.response.places, "/response", t.content.places, true)
	}
	if summary, said := t.document["summary"].(string); said {
		if p, hidden := t.content.places.reach(content.Tokens(summary)); p == nil || hidden || p.text == "" {
			b.refuse("/summary", "type.summary", "this must lead to a public text of the content", "须指向题目内容中公开的文本")
		}
	}
	c.add(b.problems...)
}

func (c *compilation) scoring(t *Type) {
	rule, problems := scoring.Compile(t.document["scoring"])
	for _, p := range problems {
		p.Pointer = "/scoring" + p.Pointer
		c.add(p)
	}
	t.rule = rule
	if t.response == nil && rule != nil && rule.Scored() {
		c.add(fault.Problem{Pointer: "/scoring", Code: "scoring.no_response", Message: fault.Say(
			"without a response there is nothing to score; use none@1", "没有作答就无法判分，请使用 none@1")})
	}
	responses, contents := scoring.Pointers(t.document["scoring"])
	for _, pointer := range responses {
		if t.response != nil && t.response.places.at(content.Tokens(pointer)) == nil {
			c.undeclared(pointer, "response", "作答")
		}
	}
	for _, pointer := range contents {
		if t.content.places.at(content.Tokens(pointer)) == nil {
			c.undeclared(pointer, "content", "题目内容")
		}
	}
}

func (c *compilation) undeclared(pointer, en, zh string) {
	c.add(fault.Problem{Pointer: "/scoring/params", Code: "scoring.pointer", Message: fault.Text{
		EN: "the " + en + " schema declares no " + strconv.Quote(pointer), ZH: zh + "模式未声明 " + strconv.Quote(pointer)}})
}

func (c *compilation) expressions(t *Type) {
	list, _ := t.document["checks"].([]any)
	for i, item := range list {
		checked, problem := newCheck(item.(map[string]any))
		if problem != nil {
			problem.Pointer = "/checks/" + strconv.Itoa(i) + "/cel"
			c.add(*problem)
			continue
		}
		t.checks = append(t.checks, checked)
	}
	moves, problems := compileMigrations(t.document["migrations"])
	t.moves = moves
	c.add(problems...)
}

// ui holds the form's hints to places that exist: a hint for a misspelt member would quietly do nothing.
func (c *compilation) ui(hints any, p *place, at string) {
	object, _ := hints.(map[string]any)
	for _, name := range sortedKeys(object) {
		if strings.HasPrefix(name, "ui:") || name == "x-i18n" {
			continue
		}
		below := p.below(name)
		if name == "items" && p.items != nil {
			below = p.items
		}
		if below == nil {
			c.add(fault.Problem{Pointer: at + "/" + content.Escape(name), Code: "ui.place", Message: fault.Say(
				"the content has no %.60q here", "题目内容在此处没有 %.60q", name)})
			continue
		}
		c.ui(object[name], below, at+"/"+content.Escape(name))
	}
}
