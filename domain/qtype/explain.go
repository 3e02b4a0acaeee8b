package qtype

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// maxProblems is as many as a person reads; the rest shows up once these are mended.
const maxProblems = 100

// explainer turns the validator's failures into problems. The validator's own sentences are for programmers and in English only,
// so each failure is explained anew from the keyword and the value.
type explainer struct {
	schema, document any
	problems         []fault.Problem
}

func (e *explainer) explain(failed *jsonschema.ValidationError) {
	if len(e.problems) >= 10*maxProblems {
		return
	}
	keyword := pointerOf(failed.AbsoluteKeywordLocation)
	name := lastToken(keyword)
	switch {
	case failed.Message == "not allowed" && len(failed.Causes) == 0: // the schema false
		e.add(pointerOf(failed.InstanceLocation), "not_allowed", fault.Say("nothing may stand here", "此处不允许有内容"))
	case name == "anyOf" || name == "oneOf" || name == "not" || strings.HasSuffix(name, "Contains"):
		e.failure(keyword, name, pointerOf(failed.InstanceLocation))
	case len(failed.Causes) > 0:
		for _, cause := range failed.Causes {
			e.explain(cause)
		}
	default:
		e.failure(keyword, name, pointerOf(failed.InstanceLocation))
	}
}

// pointerOf takes the JSON Pointer out of a location, which the validator also escapes for URLs.
func pointerOf(location string) string {
	_, fragment, found := strings.Cut(location, "#")
	if !found {
		fragment = location
	}
	pointer, err := url.PathUnescape(fragment)
	if err != nil {
		return fragment
	}
	return pointer
}

func lastToken(pointer string) string {
	tokens := content.Tokens(pointer)
	n := len(tokens)
	switch {
	case n == 0:
		return ""
	case n >= 3 && tokens[n-3] == "dependentRequired":
		return "dependentRequired"
	}
	return tokens[n-1]
}

func (e *explainer) add(pointer, code string, message fault.Text) {
	e.problems = append(e.problems, fault.Problem{Pointer: pointer, Code: code, Message: message})
}

func (e *explainer) failure(keyword, name, at string) {
	limit, _ := content.At(e.schema, keyword)
	value, _ := content.At(e.document, at)
	switch name {
	case "required":
		e.missing(limit, value, at)
	case "additionalProperties":
		e.unknown(keyword, value, at)
	case "dependentRequired":
		tokens := content.Tokens(keyword)
		e.dependent(tokens[len(tokens)-2], limit, at)
	case "type":
		e.add(at, "type", fault.Text{EN: "this must be " + typeNames(limit, true), ZH: "此处应为" + typeNames(limit, false)})
	default:
		sentence, known := sentences[name]
		if !known {
			e.add(at, "schema."+snake(name), fault.Say("this does not satisfy %q", "不满足 %q", name))
			return
		}
		e.add(at, snake(name), sentence(limit))
	}
}

func (e *explainer) missing(required, value any, at string) {
	object, _ := value.(map[string]any)
	list, _ := required.([]any)
	for _, item := range list {
		if name, ok := item.(string); ok {
			if _, there := object[name]; !there {
				e.add(at+"/"+content.Escape(name), "required", fault.Say("%q is missing", "缺少 %q", name))
			}
		}
	}
}

func (e *explainer) unknown(keyword string, value any, at string) {
	tokens := content.Tokens(keyword)
	parent, _ := content.At(e.schema, content.Pointer(tokens[:len(tokens)-1]...))
	rules, _ := parent.(map[string]any)
	declared, _ := rules["properties"].(map[string]any)
	object, _ := value.(map[string]any)
	for name := range object {
		if _, known := declared[name]; !known && len(e.problems) < 10*maxProblems {
			e.add(at+"/"+content.Escape(name), "unknown", fault.Say("there is no member %.60q here", "此处没有成员 %.60q", name))
		}
	}
}

func (e *explainer) dependent(because string, needed any, at string) {
	name, _ := needed.(string)
	if name == "" {
		name = because
	}
	e.add(at+"/"+content.Escape(name), "dependent_required", fault.Say("%q is needed beside %q", "需要 %q，因为有 %q", name, because))
}

// sentences explain keywords by their value in the schema.
var sentences = map[string]func(limit any) fault.Text{
	"const":            about("this must be %s", "此处只能是 %s"),
	"enum":             about("this must be one of %s", "此处只能是 %s 之一"),
	"minLength":        about("this needs at least %s characters", "至少需要 %s 个字符"),
	"maxLength":        about("this may have at most %s characters", "最多 %s 个字符"),
	"pattern":          about("this must match %s", "须匹配 %s"),
	"format":           about("this is not a valid %s", "不是有效的 %s"),
	"minimum":          about("this must be at least %s", "不能小于 %s"),
	"maximum":          about("this must be at most %s", "不能大于 %s"),
	"exclusiveMinimum": about("this must be more than %s", "必须大于 %s"),
	"exclusiveMaximum": about("this must be less than %s", "必须小于 %s"),
	"multipleOf":       about("this must be a multiple of %s", "必须是 %s 的倍数"),
	"minItems":         about("this needs at least %s items", "至少需要 %s 项"),
	"maxItems":         about("this may have at most %s items", "最多 %s 项"),
	"minProperties":    about("this needs at least %s members", "至少需要 %s 个成员"),
	"maxProperties":    about("this may have at most %s members", "最多 %s 个成员"),
	"minContains":      about("at least %s items of the required kind are needed", "至少需要 %s 个符合要求的项"),
	"maxContains":      about("at most %s items of this kind may stand here", "这类项最多 %s 个"),
	"uniqueItems":      says("no two items may be the same", "不能有相同的项"),
	"anyOf":            says("this fits none of the permitted forms", "不符合任何允许的形式"),
	"oneOf":            says("this must fit exactly one of the permitted forms", "必须恰好符合一种允许的形式"),
	"not":              says("this form is not permitted", "不允许这种形式"),
}

func about(en, zh string) func(any) fault.Text {
	return func(limit any) fault.Text {
		if limit == nil {
			limit = 1.0 // the default of minContains
		}
		shown := string(content.Canonical(limit))
		if len(shown) > 300 {
			shown = shown[:300] + "…"
		}
		return fault.Say(en, zh, shown)
	}
}

func says(en, zh string) func(any) fault.Text {
	return func(any) fault.Text { return fault.Text{EN: en, ZH: zh} }
}

var typeWords = map[string]fault.Text{
	"object": {EN: "an object", ZH: "对象"}, "array": {EN: "a list", ZH: "列表"}, "string": {EN: "a text", ZH: "文本"},
	"number": {EN: "a number", ZH: "数字"}, "integer": {EN: "a whole number", ZH: "整数"}, "boolean": {EN: "true or false", ZH: "布尔值"},
	"null": {EN: "null", ZH: "空值"},
}

func typeNames(types any, english bool) string {
	list, isList := types.([]any)
	if !isList {
		list = []any{types}
	}
	var words []string
	for _, item := range list {
		name, _ := item.(string)
		if english {
			words = append(words, typeWords[name].EN)
		} else {
			words = append(words, typeWords[name].ZH)
		}
	}
	if english {
		return strings.Join(words, " or ")
	}
	return strings.Join(words, "或")
}

// snake writes minLength as min_length.
func snake(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			fmt.Fprintf(&b, "_%c", r+'a'-'A')
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// sorted orders problems by place and takes out repetitions; the validator walks maps in any order.
func sorted(problems []fault.Problem) []fault.Problem {
	slices.SortFunc(problems, func(a, b fault.Problem) int {
		return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message.EN, b.Message.EN))
	})
	problems = slices.Compact(problems)
	return problems[:min(len(problems), maxProblems)]
}
