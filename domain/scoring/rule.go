package scoring

import (
	"slices"
	"strings"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// templates are append-only, and so is what each does.
var templates = map[string]func(*params) Rule{
	"match_correct@1": newMatchCorrect,
	"map_response@1":  newMapResponse,
	"text_match@1":    newTextMatch,
	"numeric_match@1": newNumericMatch,
	"match_pairs@1":   newMatchPairs,
	"by_hand@1":       newByHand,
	"none@1":          newNone,
}

// Templates lists the names, sorted.
func Templates() []string {
	names := make([]string, 0, len(templates))
	for name := range templates {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Compile reads a rule as it stands in a question type: {"template": name, "params": {…}} or {"cel": expression}.
// Pointers of the problems lead into the rule.
func Compile(rule any) (Rule, []fault.Problem) {
	object, _ := rule.(map[string]any)
	if expression, ok := object["cel"].(string); ok {
		r, problem := compileExpression(expression)
		if problem != nil {
			return nil, []fault.Problem{*problem}
		}
		return r, nil
	}
	name, _ := object["template"].(string)
	build, known := templates[name]
	if !known {
		return nil, []fault.Problem{{Pointer: "/template", Code: "scoring.template", Message: fault.Say(
			"there is no scoring template %q; use one of %s, or \"cel\"", "没有名为 %q 的判分模板；可用：%s，或使用 \"cel\"",
			name, strings.Join(Templates(), ", "))}}
	}
	p := newParams(object["params"])
	r := build(p)
	if p.refuseUnknown(); len(p.problems) > 0 {
		return nil, p.problems
	}
	return r, nil
}

// Pointers lists the pointers into the response and into the content that a rule's parameters name, so that a type
// can be held to declaring them. A CEL expression names none.
func Pointers(rule any) (response, fromContent []string) {
	object, _ := rule.(map[string]any)
	values, _ := object["params"].(map[string]any)
	for name, value := range values {
		pointer, ok := value.(string)
		switch {
		case !ok || !strings.HasPrefix(pointer, "/"):
		case name == "response":
			response = append(response, pointer)
		default:
			fromContent = append(fromContent, pointer)
		}
	}
	slices.Sort(fromContent)
	return response, fromContent
}

// params reads the parameters of a template and collects what is wrong with them.
type params struct {
	values   map[string]any
	read     map[string]bool
	problems []fault.Problem
}

func newParams(v any) *params {
	values, _ := v.(map[string]any)
	return &params{values: values, read: map[string]bool{}}
}

// pointer reads a JSON Pointer as tokens. A missing optional one is nil.
func (p *params) pointer(name string, required bool) place {
	p.read[name] = true
	value, there := p.values[name]
	if !there && !required {
		return place{}
	}
	text, ok := value.(string)
	if !ok || !strings.HasPrefix(text, "/") {
		p.refuse(name, "needs a JSON Pointer such as \"/key\"", "需要 JSON Pointer，例如 \"/key\"")
		return place{}
	}
	return place{pointer: text, tokens: content.Tokens(text)}
}

// member reads the name of a member of list items.
func (p *params) member(name, otherwise string) string {
	p.read[name] = true
	value, there := p.values[name]
	if !there {
		return otherwise
	}
	text, ok := value.(string)
	if !ok || text == "" || strings.Contains(text, "/") {
		p.refuse(name, "needs the name of a member", "需要成员名")
	}
	return text
}

func (p *params) percent(name string, otherwise float64) weight {
	p.read[name] = true
	value, there := p.values[name]
	if !there {
		return weightOf(otherwise)
	}
	number, ok := value.(float64)
	if !ok || number < -100 || number > 100 {
		p.refuse(name, "needs a percentage between -100 and 100", "需要 -100 到 100 之间的百分比")
	}
	return weightOf(number)
}

func (p *params) flag(name string) bool {
	p.read[name] = true
	value, there := p.values[name]
	yes, ok := value.(bool)
	if there && !ok {
		p.refuse(name, "needs true or false", "需要 true 或 false")
	}
	return yes
}

func (p *params) refuse(name, en, zh string) {
	p.problems = append(p.problems, fault.Problem{Pointer: content.Pointer("params", name), Code: "scoring.param", Message: fault.Text{EN: en, ZH: zh}})
}

func (p *params) refuseUnknown() {
	for name := range p.values {
		if !p.read[name] {
			p.refuse(name, "the template has no such parameter", "该模板没有这个参数")
		}
	}
	slices.SortFunc(p.problems, func(a, b fault.Problem) int { return strings.Compare(a.Pointer, b.Pointer) })
}

// place is a pointer split once.
type place struct {
	pointer string
	tokens  []string
}

// in returns the value at the place, which only leads through objects, or nil.
func (p place) in(document any) any {
	if p.pointer == "" {
		return nil
	}
	for _, token := range p.tokens {
		object, ok := document.(map[string]any)
		if !ok {
			return nil
		}
		document = object[token]
	}
	return document
}
