package qtype

import (
	"strconv"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/scoring"
)

// migration leads drafts from an older version of the type to this one.
type migration struct {
	from  string
	steps []step
}

// step changes the members that its pattern leads to: "*" stands for every item of a list.
type step struct {
	op     string // set, move, remove
	parent []string
	member string
	to     string // the member's new name, for move
	value  *scoring.Expression
}

func compileMigrations(v any) ([]migration, []fault.Problem) {
	var moves []migration
	var problems []fault.Problem
	list, _ := v.([]any)
	for i, item := range list {
		document, _ := item.(map[string]any)
		m := migration{}
		m.from, _ = document["from"].(string)
		steps, _ := document["steps"].([]any)
		for j, item := range steps {
			s, problem := newStep(item.(map[string]any))
			if problem != nil {
				problem.Pointer = "/migrations/" + strconv.Itoa(i) + "/steps/" + strconv.Itoa(j) + "/cel"
				problems = append(problems, *problem)
			}
			m.steps = append(m.steps, s)
		}
		moves = append(moves, m)
	}
	return moves, problems
}

func newStep(document map[string]any) (step, *fault.Problem) {
	at, _ := document["at"].(string)
	tokens := content.Tokens(at)
	s := step{parent: tokens[:len(tokens)-1], member: tokens[len(tokens)-1]}
	s.op, _ = document["op"].(string)
	s.to, _ = document["to"].(string)
	if source, has := document["cel"].(string); has {
		var problem *fault.Problem
		if s.value, problem = scoring.CompileExpression(source, "content", "parent", "value"); problem != nil {
			return s, problem
		}
	}
	return s, nil
}

// Migrate rewrites a draft of an older version of this type for this version. The draft is not changed. There being no way
// from that version is a fault "type.migration"; the result may have problems, as any draft.
func (t *Type) Migrate(doc any, from Ref) (any, error) {
	if from.ID == t.ref.ID {
		for _, m := range t.moves {
			if m.from == from.Version {
				return m.apply(doc)
			}
		}
	}
	return nil, fault.Refuse(fault.Invalid, "type.migration", fault.Say(
		"%s does not say how to take over a draft of %s", "%s 没有说明如何接收 %s 的草稿", t.ref, from))
}

func (m migration) apply(doc any) (any, error) {
	for _, s := range m.steps {
		next, err := s.apply(doc, doc, s.parent)
		if err != nil {
			return nil, err
		}
		doc = next
	}
	return doc, nil
}

// apply follows the pattern and copies what it changes.
func (s step) apply(root, v any, way []string) (any, error) {
	if len(way) == 0 {
		return s.change(root, v)
	}
	switch t := v.(type) {
	case []any:
		if way[0] != "*" {
			return v, nil
		}
		out := make([]any, len(t))
		for i, item := range t {
			next, err := s.apply(root, item, way[1:])
			if err != nil {
				return nil, err
			}
			out[i] = next
		}
		return out, nil
	case map[string]any:
		below, there := t[way[0]]
		if !there {
			return v, nil
		}
		next, err := s.apply(root, below, way[1:])
		if err != nil {
			return nil, err
		}
		out := copyOf(t)
		out[way[0]] = next
		return out, nil
	}
	return v, nil
}

func (s step) change(root, parent any) (any, error) {
	object, ok := parent.(map[string]any)
	if !ok {
		return parent, nil
	}
	out := copyOf(object)
	value, there := object[s.member]
	switch s.op {
	case "remove":
		delete(out, s.member)
	case "move":
		if there {
			delete(out, s.member)
			out[s.to] = value
		}
	case "set":
		set, err := s.value.Document(map[string]any{"content": root, "parent": parent, "value": value})
		if err != nil {
			return nil, fault.Refuse(fault.Invalid, "type.migration_value",
				fault.Say("a step of the migration gave no value", "迁移步骤没有给出值")).Because(err)
		}
		out[s.member] = set
	}
	return out, nil
}

func copyOf(object map[string]any) map[string]any {
	out := make(map[string]any, len(object)+1)
	for name, value := range object {
		out[name] = value
	}
	return out
}
