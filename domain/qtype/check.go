package qtype

import (
	"errors"
	"strconv"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/scoring"
)

// check is a rule across places that JSON Schema cannot say: a CEL condition over content.
type check struct {
	condition *scoring.Expression
	pointer   string
	code      string
	message   fault.Text
}

func newCheck(document map[string]any) (check, *fault.Problem) {
	source, _ := document["cel"].(string)
	condition, problem := scoring.CompileExpression(source, "content")
	if problem != nil {
		return check{}, problem
	}
	c := check{condition: condition, message: textOf(document["message"])}
	c.pointer, _ = document["pointer"].(string)
	c.code, _ = document["code"].(string)
	return c, nil
}

func textOf(localized any) fault.Text {
	return fault.Text{EN: in(localized, "en"), ZH: in(localized, "zh-CN")}
}

// Check lists everything that keeps a content from being published; none means it can be. The schema comes first, then ids,
// references and what rich text may hold, then the type's own checks; the later ones are tried on contents that the earlier accept, so
// that one mistake is told once.
func (t *Type) Check(doc any) []fault.Problem {
	if problems := t.content.schema.problems(doc); len(problems) > 0 {
		return problems
	}
	r := references{lists: doc}
	r.walk(t.content.places, doc, "")
	if r.problems = append(r.problems, unsafeTexts(t.content.places, doc, "")...); len(r.problems) > 0 {
		return sorted(r.problems)
	}
	var problems []fault.Problem
	for _, c := range t.checks {
		if holds, err := c.condition.True(map[string]any{"content": doc}); err != nil || !holds {
			problems = append(problems, fault.Problem{Pointer: c.pointer, Code: c.code, Message: c.message})
		}
	}
	if len(problems) == 0 {
		if _, err := t.rule.Prepare(doc); err != nil {
			return problemsIn(err)
		}
	}
	return sorted(problems)
}

func problemsIn(err error) []fault.Problem {
	var f *fault.Fault
	if errors.As(err, &f) && len(f.Problems) > 0 {
		return f.Problems
	}
	return []fault.Problem{{Code: "scoring.content", Message: fault.Say("the content cannot be scored", "题目内容无法判分")}}
}

// CheckResponse lists what keeps a response from being taken: its schema, and references to options that the question
// does not have. It needs the public view only, and is quick for responses without problems.
func (t *Type) CheckResponse(public, response any) []fault.Problem {
	if t.response == nil {
		return []fault.Problem{{Code: "response.none", Message: fault.Say("there is nothing to answer here", "本题无需作答")}}
	}
	if t.accepts != nil && t.accepts(response, public) {
		return nil
	}
	return t.explainResponse(public, response)
}

// explainResponse is CheckResponse by the schema.
func (t *Type) explainResponse(public, response any) []fault.Problem {
	if problems := t.response.schema.problems(response); len(problems) > 0 {
		return problems
	}
	r := references{lists: public}
	r.walk(t.response.places, response, "")
	return sorted(r.problems)
}

// references finds ids that stand twice in a list, and values that are the id of nothing.
type references struct {
	lists    any // the content that x-ref leads into
	problems []fault.Problem
}

func (r *references) walk(p *place, v any, at string) {
	if p == nil || len(r.problems) >= maxProblems {
		return
	}
	switch t := v.(type) {
	case map[string]any:
		for name, value := range t {
			r.walk(p.below(name), value, at+"/"+content.Escape(name))
		}
	case []any:
		r.unique(p, t, at)
		for i, item := range t {
			r.walk(p.item(i), item, at+"/"+strconv.Itoa(i))
		}
	case string:
		if p.ref != "" && !hasItem(r.lists, content.Tokens(p.ref), t) {
			r.problems = append(r.problems, fault.Problem{Pointer: at, Code: "ref.unknown", Message: fault.Say(
				"there is no item %.60q in %s", "%[2]s 中没有 %.60[1]q", t, p.ref)})
		}
	}
}

func (r *references) unique(p *place, items []any, at string) {
	if p.items == nil || p.items.members["id"] == nil {
		return
	}
	seen := make(map[string]bool, len(items))
	for i, item := range items {
		id := idOf(item)
		if id != "" && seen[id] {
			r.problems = append(r.problems, fault.Problem{Pointer: at + "/" + strconv.Itoa(i) + "/id", Code: "duplicate_id", Message: fault.Say(
				"the id %.60q stands twice in this list", "id %.60q 在列表中重复", id)})
		}
		seen[id] = true
	}
}

// hasItem reports whether a list of the document holds an item with this id; "*" in the way is any item.
func hasItem(document any, way []string, id string) bool {
	for i, token := range way {
		if token == "*" {
			list, _ := document.([]any)
			for _, item := range list {
				if hasItem(item, way[i+1:], id) {
					return true
				}
			}
			return false
		}
		object, ok := document.(map[string]any)
		if !ok {
			return false
		}
		document = object[token]
	}
	list, _ := document.([]any)
	for _, item := range list {
		if object, ok := item.(map[string]any); ok && object["id"] == id {
			return true
		}
	}
	return false
}
