package qtype

import (
	"slices"
	"strconv"
	"strings"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// place is what a schema declares at one place of a document: what stands below, and what it is to us. The tree of
// places is all that splitting, joining, references, orders and texts need; the schema's other keywords only decide validity.
type place struct {
	secret  string            // "answer" or "feedback": this and everything below is kept from students
	members map[string]*place // declared members
	names   []string          // of members, sorted
	rest    *place            // members by any other name
	items   *place
	tuple   []*place // the first items, where each has its own declaration
	deep    bool     // there are secrets below, though not here

	text    string // x-text
	asset   string // x-asset
	ref     string // x-ref
	neutral bool   // x-order
	shuffle string // x-shuffle: "always", a pointer to the boolean that enables it, or ""
}

// below returns the place of a member, or nil where none is declared.
func (p *place) below(name string) *place {
	if member, declared := p.members[name]; declared {
		return member
	}
	return p.rest
}

// item returns the place of the i-th item, or nil.
func (p *place) item(i int) *place {
	if i < len(p.tuple) {
		return p.tuple[i]
	}
	return p.items
}

// hasIDs reports whether items are told apart by id.
func (p *place) hasIDs() bool {
	return p.items != nil && p.items.members["id"] != nil && p.items.members["id"].secret == ""
}

// at follows tokens, where "*" is any item.
func (p *place) at(tokens []string) *place {
	for _, token := range tokens {
		switch {
		case p == nil:
			return nil
		case token == "*":
			p = p.items
		default:
			p = p.below(token)
		}
	}
	return p
}

// placer builds the tree and refuses what it could not keep its promise for.
type placer struct {
	problems []fault.Problem
}

func (b *placer) refuse(at, code, en, zh string) {
	b.problems = append(b.problems, fault.Problem{Pointer: at, Code: code, Message: fault.Text{EN: en, ZH: zh}})
}

// marks are the keywords that this tree must see.
var marks = []string{"x-secret", "x-text", "x-ref", "x-order", "x-shuffle", "x-asset"}

// asserting are keywords whose schemas only decide validity: they restrict what properties and items declare. What they hold
// is not walked, so nothing may be marked there.
var asserting = []string{"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "contains", "propertyNames"}

func (b *placer) build(node any, at string, hidden bool) *place {
	p := &place{}
	object, ok := node.(map[string]any)
	if !ok {
		if node != false {
			b.refuse(at, "schema.untyped", "say what stands here: a schema needs \"type\"", "请说明此处内容：模式需要 \"type\"")
		}
		return p
	}
	p.secret, _ = object["x-secret"].(string)
	p.text, _ = object["x-text"].(string)
	p.asset, _ = object["x-asset"].(string)
	p.ref, _ = object["x-ref"].(string)
	p.neutral = object["x-order"] == "neutral"
	p.shuffle, _ = object["x-shuffle"].(string)
	if object["x-shuffle"] == true {
		p.shuffle = "always"
	}
	hidden = hidden || p.secret != ""
	b.buildMembers(p, object, at, hidden)
	b.buildItems(p, object, at, hidden)
	for _, keyword := range asserting {
		b.refuseMarks(object[keyword], at+"/"+keyword)
	}
	b.checkShape(object, at)
	b.finish(p, at, hidden)
	return p
}

func (b *placer) buildMembers(p *place, object map[string]any, at string, hidden bool) {
	properties, _ := object["properties"].(map[string]any)
	p.members = make(map[string]*place, len(properties))
	for name, schema := range properties {
		p.members[name] = b.build(schema, at+"/properties/"+content.Escape(name), hidden)
		p.names = append(p.names, name)
	}
	slices.Sort(p.names)
	if rest, has := object["additionalProperties"].(map[string]any); has {
		p.rest = b.build(rest, at+"/additionalProperties", hidden)
	}
}

func (b *placer) buildItems(p *place, object map[string]any, at string, hidden bool) {
	if items, has := object["items"].(map[string]any); has {
		p.items = b.build(items, at+"/items", hidden)
	}
	list, _ := object["prefixItems"].([]any)
	for i, item := range list {
		p.tuple = append(p.tuple, b.build(item, at+"/prefixItems/"+strconv.Itoa(i), hidden))
	}
}

// refuseMarks refuses our keywords in schemas that the tree does not follow.
func (b *placer) refuseMarks(node any, at string) {
	switch t := node.(type) {
	case map[string]any:
		for _, mark := range marks {
			if _, has := t[mark]; has {
				b.refuse(at+"/"+mark, "schema.mark_unreachable",
					mark+" is not followed here; declare the place in properties or items and mark it there",
					mark+" 在此处不起作用；请在 properties 或 items 中声明该位置并标记")
			}
		}
		for _, name := range sortedKeys(t) {
			b.refuseMarks(t[name], at+"/"+content.Escape(name))
		}
	case []any:
		for i, item := range t {
			b.refuseMarks(item, at+"/"+strconv.Itoa(i))
		}
	}
}

// checkShape wants places declared to the end: what is not declared would silently be missing from both parts of a split.
func (b *placer) checkShape(object map[string]any, at string) {
	types := typesOf(object)
	if len(types) == 0 {
		b.refuse(at, "schema.untyped", "say what stands here: a schema needs \"type\"", "请说明此处内容：模式需要 \"type\"")
	}
	closed := object["additionalProperties"]
	if _, isSchema := closed.(map[string]any); slices.Contains(types, "object") && closed != false && !isSchema {
		b.refuse(at, "schema.open_object",
			"close the object with additionalProperties: false; what is not declared is not published",
			"请用 additionalProperties: false 关闭对象；未声明的内容不会发布")
	}
	_, items := object["items"]
	_, tuple := object["prefixItems"]
	if slices.Contains(types, "array") && !items && !tuple {
		b.refuse(at, "schema.open_list", "declare the items of the list; what is not declared is not published", "请声明列表的项；未声明的内容不会发布")
	}
}

// typesOf reads the types that a schema permits; those of an enumeration of scalars are known from its values.
func typesOf(object map[string]any) []string {
	switch t := object["type"].(type) {
	case string:
		return []string{t}
	case []any:
		var names []string
		for _, item := range t {
			if name, ok := item.(string); ok {
				names = append(names, name)
			}
		}
		return names
	}
	values, _ := object["enum"].([]any)
	if value, has := object["const"]; has {
		values = []any{value}
	}
	var names []string
	for _, value := range values {
		switch value.(type) {
		case map[string]any, []any:
			return nil
		}
		names = append(names, "scalar")
	}
	return names
}

// finish looks at a place once everything below is known.
func (b *placer) finish(p *place, at string, hidden bool) {
	if hidden {
		if p.neutral || p.shuffle != "" {
			b.refuse(at, "schema.mark_hidden", "a secret list has no order that students see", "保密列表没有学生可见的顺序")
		}
		return
	}
	public := p.rest != nil && p.rest.secret == ""
	for _, name := range p.names {
		member := p.members[name]
		p.deep = p.deep || member.secret != "" || member.deep
		public = public || member.secret == ""
	}
	if len(p.names) > 0 && !public { // the presence of an object that holds only secrets is one too
		p.secret, p.deep = p.members[p.names[0]].secret, false
		return
	}
	if p.rest != nil {
		p.deep = p.deep || p.rest.secret != "" || p.rest.deep
	}
	b.finishList(p, at)
}

func (b *placer) finishList(p *place, at string) {
	for _, item := range p.tuple {
		if item.secret != "" || item.deep {
			b.refuse(at+"/prefixItems", "secret.needs_id", "secrets in list items need items with an id, declared by \"items\"",
				"列表项中的保密内容需要带 id 的项，由 \"items\" 声明")
		}
	}
	if p.items == nil {
		return
	}
	if p.items.secret != "" {
		b.refuse(at+"/items/x-secret", "secret.unreachable", "mark the list, not its items: their number would show", "请标记列表本身而非其中的项：否则会暴露数量")
		return
	}
	p.deep = p.deep || p.items.deep
	if p.items.deep && !p.hasIDs() {
		b.refuse(at+"/items", "secret.needs_id", "secrets in list items need items with a public \"id\"", "列表项中的保密内容需要项有公开的 \"id\"")
	}
	if (p.neutral || p.shuffle != "") && !p.hasIDs() {
		b.refuse(at+"/items", "order.needs_id", "a list that is shown in another order needs items with an \"id\"", "以其他顺序显示的列表，其项需要 \"id\"")
	}
}

// checkPointers holds x-ref and x-shuffle to places that exist. lists is the tree of the content; public wants
// references to lists that students see, because a response is checked against the public view.
func (b *placer) checkPointers(p *place, at string, lists *place, public bool) {
	if p == nil {
		return
	}
	if p.ref != "" {
		b.checkRef(p.ref, at, lists, public)
	}
	if p.shuffle != "" && p.shuffle != "always" {
		flag, hidden := lists.reach(content.Tokens(p.shuffle))
		if flag == nil || hidden || strings.Contains(p.shuffle, "*") {
			b.refuse(at+"/x-shuffle", "order.pointer", "this must lead to a public boolean of the content", "须指向题目内容中公开的布尔值")
		}
	}
	for _, name := range p.names {
		b.checkPointers(p.members[name], at+"/properties/"+content.Escape(name), lists, public)
	}
	b.checkPointers(p.rest, at+"/additionalProperties", lists, public)
	b.checkPointers(p.items, at+"/items", lists, public)
	for i, item := range p.tuple {
		b.checkPointers(item, at+"/prefixItems/"+strconv.Itoa(i), lists, public)
	}
}

func (b *placer) checkRef(ref, at string, lists *place, public bool) {
	list, hidden := lists.reach(content.Tokens(ref))
	switch {
	case list == nil || list.items == nil || list.items.members["id"] == nil:
		b.refuse(at+"/x-ref", "ref.target", "x-ref must lead to a list of the content whose items have an id", "x-ref 须指向题目内容中带 id 的列表")
	case hidden && public:
		b.refuse(at+"/x-ref", "ref.secret", "a response may only refer to what students see", "作答只能引用学生可见的内容")
	}
}

// reach is at, and whether the way led through a secret.
func (p *place) reach(tokens []string) (found *place, hidden bool) {
	for i := 0; ; i++ {
		if p == nil {
			return nil, hidden
		}
		hidden = hidden || p.secret != ""
		if i == len(tokens) {
			return p, hidden
		}
		p = p.at(tokens[i : i+1])
	}
}

func sortedKeys(object map[string]any) []string {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
