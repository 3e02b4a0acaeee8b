package qtype

import (
	"strconv"
	"strings"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// Bounds on a schema once its references are written out.
const (
	maxSchemaNodes = 20_000
	maxSchemaDepth = 40
)

// Where schemas stand inside a schema.
var (
	subschemas    = map[string]bool{"items": true, "additionalProperties": true, "propertyNames": true, "contains": true, "not": true, "if": true, "then": true, "else": true}
	subschemaList = map[string]bool{"prefixItems": true, "allOf": true, "anyOf": true, "oneOf": true}
)

// refusals are keywords with a reason of their own; the meta-schema refuses the others.
var refusals = map[string]fault.Text{
	"dependentSchemas": {EN: "form generators do not expand dependentSchemas; use if/then, or dependentRequired",
		ZH: "表单生成器不展开 dependentSchemas，请改用 if/then 或 dependentRequired"},
	"patternProperties": {EN: "members are declared one by one; use properties, or additionalProperties with propertyNames",
		ZH: "成员须逐个声明，请用 properties，或 additionalProperties 加 propertyNames"},
	"unevaluatedProperties": {EN: "close the object with additionalProperties: false", ZH: "请用 additionalProperties: false 关闭对象"},
	"unevaluatedItems":      {EN: "close the list with items: false", ZH: "请用 items: false 关闭列表"},
	"$id":                   {EN: "a schema inside a type has no address of its own", ZH: "题型内的模式没有自己的地址"},
	"$dynamicRef":           {EN: "use $ref to #/$defs/…", ZH: "请用 $ref 指向 #/$defs/…"},
	"$recursiveRef":         {EN: "use $ref to #/$defs/…", ZH: "请用 $ref 指向 #/$defs/…"},
}

// expander writes a schema without references: every "$ref" to a local definition is replaced by what it refers to, with
// the keywords beside it on top. The result means the same, and everything behind (forms, places, the
// validator) has one plain tree to walk.
type expander struct {
	defs     map[string]any
	root     string // pointer of the schema in the type document
	nodes    int
	problems []fault.Problem
}

func expand(schema any, root string) (any, []fault.Problem) {
	object, _ := schema.(map[string]any)
	defs, _ := object["$defs"].(map[string]any)
	e := &expander{defs: defs, root: root}
	return e.schema(schema, root, nil, 0), e.problems
}

func (e *expander) refuse(at, code string, message fault.Text) {
	if len(e.problems) < maxProblems {
		e.problems = append(e.problems, fault.Problem{Pointer: at, Code: code, Message: message})
	}
}

func (e *expander) schema(node any, at string, inside []string, depth int) any {
	object, ok := node.(map[string]any)
	if !ok {
		return node // true, false, or something the meta-schema refuses
	}
	if e.nodes++; e.nodes > maxSchemaNodes || depth > maxSchemaDepth {
		if e.nodes == maxSchemaNodes+1 || depth == maxSchemaDepth+1 {
			e.refuse(at, "schema.too_large", fault.Say("written out, the schema has more than %d nodes or %d levels",
				"展开后模式超过 %d 个节点或 %d 层", maxSchemaNodes, maxSchemaDepth))
		}
		return false
	}
	out := make(map[string]any, len(object))
	for name, value := range object {
		place := at + "/" + content.Escape(name)
		if reason, refused := refusals[name]; refused {
			e.refuse(place, "schema.keyword", reason)
			continue
		}
		switch {
		case name == "$defs" || name == "$ref" || name == "$comment":
		case subschemas[name]:
			out[name] = e.schema(value, place, inside, depth+1)
		case subschemaList[name]:
			list, _ := value.([]any)
			expanded := make([]any, len(list))
			for i, item := range list {
				expanded[i] = e.schema(item, place+"/"+strconv.Itoa(i), inside, depth+1)
			}
			out[name] = expanded
		case name == "properties":
			members, _ := value.(map[string]any)
			expanded := make(map[string]any, len(members))
			for member, item := range members {
				expanded[member] = e.schema(item, place+"/"+content.Escape(member), inside, depth+1)
			}
			out[name] = expanded
		default:
			out[name] = value
		}
	}
	if ref, has := object["$ref"]; has {
		return e.resolve(ref, out, at, inside, depth)
	}
	return out
}

func (e *expander) resolve(ref any, beside map[string]any, at string, inside []string, depth int) any {
	address, _ := ref.(string)
	name, local := strings.CutPrefix(address, "#/$defs/")
	target, known := e.defs[name]
	switch {
	case !local:
		e.refuse(at+"/$ref",
			"schema.ref_remote", fault.Say("a $ref leads to \"#/$defs/…\" of the same schema; files and addresses are not read",
				"$ref 只能指向同一模式的 \"#/$defs/…\"，不读取文件或网址"))
		return false
	case !known:
		e.refuse(at+"/$ref", "schema.ref_unknown", fault.Say("there is no definition %.60q", "没有定义 %.60q", name))
		return false
	}
	for _, outer := range inside {
		if outer == name {
			e.refuse(at+"/$ref", "schema.ref_cycle", fault.Say("the definition %.60q contains itself", "定义 %.60q 包含自身", name))
			return false
		}
	}
	expanded := e.schema(target, e.root+"/$defs/"+content.Escape(name), append(inside[:len(inside):len(inside)], name), depth+1)
	object, ok := expanded.(map[string]any)
	if !ok {
		return expanded
	}
	out := make(map[string]any, len(object)+len(beside))
	for keyword, value := range object {
		out[keyword] = value
	}
	for keyword, value := range beside {
		if _, twice := out[keyword]; twice && !annotations[keyword] {
			e.refuse(at+"/"+content.Escape(keyword), "schema.ref_conflict", fault.Say(
				"%q stands beside $ref and in the definition; keep one",
				"%q 同时出现在 $ref 旁和定义中，请保留一个", keyword))
		}
		out[keyword] = value
	}
	return out
}

// annotations may be said anew beside a reference: they say nothing about what is valid.
var annotations = map[string]bool{"title": true, "description": true, "default": true, "examples": true, "x-i18n": true, "x-secret": true}
