package question

import (
	"strconv"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/workflow"
)

// maxFields is how many fields are brought back at once.
const maxFields = 200

// Restoration is what is brought back of an earlier revision.
type Restoration struct {
	Past     Question // as it stood then; its Revision says when
	Fields   []string // JSON Pointers into the content as it was, or for what came later as it is; none: the whole content
	Metadata bool     // bring back what it was filed under, too
}

// Restore makes what an earlier revision had the draft again. Single fields are found by the ids of items, wherever these stand by now; one
// that did not exist then is taken away. The type version stays unless the whole content is brought back.
func (q Question) Restore(r Restoration) ([]event.Event, error) {
	if err := q.allow(workflow.Edit); err != nil {
		return nil, err
	}
	to := r.Past.Draft
	if len(r.Fields) > 0 {
		var err error
		if to, err = q.carry(r.Past.Draft.Content, r.Fields); err != nil {
			return nil, err
		}
	}
	events, err := q.change(to, Edited{RestoredFrom: r.Past.Revision, Fields: r.Fields})
	if err != nil || !r.Metadata || q.Metadata.Hash() == r.Past.Metadata.Hash() {
		return events, err
	}
	return append(events, Described{Metadata: r.Past.Metadata, Hash: r.Past.Metadata.Hash(), RestoredFrom: r.Past.Revision}), nil
}

// carry is the draft with some fields as they were.
func (q Question) carry(past any, fields []string) (Draft, error) {
	to := q.Draft
	if len(fields) > maxFields {
		return to, fault.Refuse(fault.Limit, "question.restore_fields",
			fault.Say("at most %d fields at once; or bring back the whole", "一次最多恢复 %d 个字段，或恢复整个内容", maxFields))
	}
	for i, pointer := range fields {
		path, there := content.Path(past, pointer)
		if !there {
			path, there = content.Path(q.Draft.Content, pointer)
		}
		var err error
		if there {
			to.Content, err = content.Carry(past, to.Content, path)
		}
		if !there || err != nil {
			return to, fault.Refuse(fault.Invalid, "question.restore_fields", fault.Say("some fields cannot be brought back", "部分字段无法恢复"),
				fault.Problem{Pointer: "/fields/" + strconv.Itoa(i), Code: "no_place", Message: fault.Say(
					"nothing stands there that could be brought back by itself; name what it stands in", "该处没有可单独恢复的内容，请指定其上级")})
		}
	}
	return to, nil
}
