package paper

import (
	"encoding/json"
	"fmt"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// merge brings together two plans that were made from the same one: see content.Merge. Sections, questions, draws and constraints are
// told apart by their ids.
func merge(seen, now, edited Plan, revision int) (Plan, error) {
	var documents [3]any
	for i, p := range [3]Plan{seen, now, edited} {
		document, err := p.document()
		if err != nil {
			return now, err
		}
		documents[i] = document
	}
	merged, conflicts := content.Merge(documents[0], documents[1], documents[2])
	if len(conflicts) > 0 {
		problems := make([]fault.Problem, len(conflicts))
		for i, c := range conflicts {
			problems[i] = fault.Problem{Pointer: c.Pointer, Code: "conflict", Message: fault.Say("changed by others too", "他人也修改了此处")}
		}
		return now, fault.Refuse(fault.Conflict, "paper.merge_conflict",
			fault.Say("others changed the same fields; decide which to keep", "他人修改了相同的字段，请选择保留哪一个"), problems...).
			With("conflicts", conflicts).With("revision", revision)
	}
	var plan Plan
	if err := json.Unmarshal(content.Canonical(merged), &plan); err != nil {
		return now, fmt.Errorf("read the merged paper: %w", err)
	}
	return plan, nil
}

// document is the plan as JSON values.
func (p Plan) document() (document any, err error) {
	encoded, err := json.Marshal(p)
	if err == nil {
		err = json.Unmarshal(encoded, &document)
	}
	if err != nil {
		return nil, fmt.Errorf("write a paper as a document: %w", err)
	}
	return document, nil
}
