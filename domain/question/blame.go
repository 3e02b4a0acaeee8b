package question

import (
	"maps"
	"slices"
	"strconv"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
)

// Fact is an event of a question with who decided it.
type Fact struct {
	Event event.Event
	By    string // opaque id
	At    int64  // microseconds since 1970 UTC
}

// Line says who changed a field of the content last. A field is a value that is no object, and each item of a list that is followed by id: an
// item was changed when anything in it was.
type Line struct {
	Path     []string // members by name, items as "#id"
	Pointer  string   // JSON Pointer into the content
	Revision int      // the last one that changed it
	By       string
	At       int64 // microseconds since 1970 UTC
}

// MaxLines is how many lines Blame returns at most.
const MaxLines = 2000

// Blame tells for each field of the draft that the facts lead to when it was changed last, in the order of the document. facts are the
// question's history from the beginning. An item that only stands elsewhere has not changed. under narrows it to a place and
// what is below; "" is the whole. More than MaxLines is a fault "blame.too_long".
func Blame(facts []Fact, under string) ([]Line, error) {
	var q Question
	root := &touch{}
	for i, fact := range facts {
		switch e := fact.Event.(type) {
		case Created:
			root.note(nil, i+1)
		case Edited:
			for _, change := range e.Changes {
				if change.Op != "move" {
					root.note(change.Path, i+1)
				}
			}
		}
		q = q.Apply(fact.Event)
	}
	path, there := content.Path(q.Draft.Content, under)
	if !there {
		return nil, fault.Refuse(fault.NotFound, "blame.no_place", fault.Say("the content has no field at %.200q", "题目内容在 %.200q 处没有字段", under))
	}
	_, doc, _ := content.Locate(q.Draft.Content, path)
	b := blame{facts: facts}
	at, whole := root, 0
	for _, token := range path {
		whole, at = max(whole, at.whole), at.step(token)
	}
	b.walk(place{doc, path, under, isItem(q.Draft.Content, path)}, at, whole)
	if len(b.lines) > MaxLines {
		return nil, fault.Refuse(fault.Limit, "blame.too_long",
			fault.Say("more than %d fields; ask for a part of the content", "字段超过 %d 个，请指定内容的一部分", MaxLines))
	}
	return b.lines, nil
}

// isItem reports whether a path leads to an item of a list.
func isItem(doc any, path []string) bool {
	if len(path) == 0 {
		return false
	}
	_, above, _ := content.Locate(doc, path[:len(path)-1])
	_, list := above.([]any)
	return list
}

// touch remembers the revisions that changed a place.
type touch struct {
	whole int // that put the value there, or took it away
	last  int // that changed it or anything below
	below map[string]*touch
}

// note remembers that a revision changed a place as a whole: what was below is another thing now.
func (t *touch) note(path []string, revision int) {
	if t.last = revision; len(path) == 0 {
		t.whole, t.below = revision, nil
		return
	}
	next := t.below[path[0]]
	if next == nil {
		next = &touch{}
		if t.below == nil {
			t.below = map[string]*touch{}
		}
		t.below[path[0]] = next
	}
	next.note(path[1:], revision)
}

// step is what is known of a place below; of most places that is nothing.
func (t *touch) step(token string) *touch {
	if next := t.below[token]; next != nil {
		return next
	}
	return &touch{}
}

type blame struct {
	facts []Fact
	lines []Line
}

// place is a value and where it stands.
type place struct {
	value   any
	path    []string
	pointer string
	item    bool // of a list
}

func (p place) below(token, name string, value any, item bool) place {
	return place{value, append(slices.Clip(p.path), token), p.pointer + "/" + content.Escape(name), item}
}

// walk adds the lines of a place. t is what is known of it; whole is when what surrounds it was put there.
func (b *blame) walk(p place, t *touch, whole int) {
	if len(b.lines) > MaxLines {
		return
	}
	ids, byID := content.ItemIDs(p.value)
	object, isObject := p.value.(map[string]any)
	if p.item || !isObject && !byID || len(object)+len(ids) == 0 {
		revision := max(whole, t.last)
		fact := b.facts[revision-1]
		b.lines = append(b.lines, Line{Path: p.path, Pointer: p.pointer, Revision: revision, By: fact.By, At: fact.At})
	}
	whole = max(whole, t.whole)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		b.walk(p.below(name, name, object[name], false), t.step(name), whole)
	}
	for i, id := range ids {
		b.walk(p.below("#"+id, strconv.Itoa(i), p.value.([]any)[i], true), t.step("#"+id), whole)
	}
}
