package roster

import (
	"slices"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
)

// NodeFacts are what is said of a business line, a term, a course or a lesson of a course, all of it at once.
type NodeFacts struct {
	Title  string    `json:"title"`
	Parent uuid.UUID `json:"parent,omitzero"` // the node above; none above a line
	Lesson uuid.UUID `json:"lesson,omitzero"` // of a lesson of a course: what authors arrange for it, once there is something
	Window           // when it is held
}

// NodeCreated puts a node into the tree.
type NodeCreated struct {
	Org  string `json:"org"`
	Kind Kind   `json:"kind"`
	Code string `json:"code"` // the organisation's own
	NodeFacts
	AsOf AsOf `json:"as_of,omitzero"`
}

// NodeChanged says of a node what holds from then on.
type NodeChanged struct {
	NodeFacts
	AsOf AsOf `json:"as_of,omitzero"`
}

// Name returns the event's type.
func (NodeCreated) Name() string { return "roster.node_created" }

// Name returns the event's type.
func (NodeChanged) Name() string { return "roster.node_changed" }

// Node is a node of the tree that is no class.
type Node struct {
	Revision int
	Org      string
	Kind     Kind
	NodeFacts
	AsOf AsOf
}

// Keep creates the node or changes it; nothing happens where it is as wanted already. now is the deciding node's clock, microseconds.
func (n Node) Keep(org string, kind Kind, code string, facts NodeFacts, asOf AsOf, now int64) ([]event.Event, error) {
	if err := checkNode(kind, code, facts); err != nil {
		return nil, err
	}
	if err := asOf.Check(now); err != nil {
		return nil, err
	}
	s := Statement{Said: asOf, Known: n.AsOf, Now: now, Same: n.Revision > 0 && n.NodeFacts == facts}
	if n.Revision == 0 {
		return []event.Event{NodeCreated{Org: org, Kind: kind, Code: code, NodeFacts: facts, AsOf: s.Of()}}, nil
	}
	switch tell, stale := s.Heard(); {
	case stale:
		return nil, Stale()
	case tell:
		return []event.Event{NodeChanged{NodeFacts: facts, AsOf: s.Of()}}, nil
	}
	return nil, nil
}

func checkNode(kind Kind, code string, facts NodeFacts) error {
	problems := append(checkNamed(code, facts.Title), facts.check()...)
	wrong := func(pointer, code string, message fault.Text) {
		problems = append(problems, fault.Problem{Pointer: pointer, Code: code, Message: message})
	}
	if !slices.Contains(Kinds, kind) {
		wrong("/kind", "enum", fault.Say("one of line, term, course, lesson", "应为 line、term、course 或 lesson"))
	}
	if above := kind.Above(); (facts.Parent == uuid.Nil) != (above == "") {
		wrong("/parent", "required", fault.Say("every node but a line stands below another", "除业务线外，每个节点都有上级"))
	}
	if facts.Lesson != uuid.Nil && kind != Lesson {
		wrong("/lesson_id", "kind", fault.Say("only a lesson of a course refers to a lesson", "只有课程的讲次可以引用讲次"))
	}
	if len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "roster.invalid", fault.Say("this cannot be kept in the roster", "无法写入花名册"), problems...)
	}
	return nil
}

// Apply folds one event.
func (n Node) Apply(e event.Event) Node {
	n.Revision++
	switch e := e.(type) {
	case NodeCreated:
		n.Org, n.Kind, n.NodeFacts, n.AsOf = e.Org, e.Kind, e.NodeFacts, e.AsOf
	case NodeChanged:
		n.NodeFacts, n.AsOf = e.NodeFacts, e.AsOf
	}
	return n
}
