package discussion

import (
	"strings"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// Status says what became of a suggestion.
type Status string

// What becomes of a suggestion.
const (
	Pending   Status = "pending"
	Applied   Status = "applied"
	Declined  Status = "declined"
	Withdrawn Status = "withdrawn" // who made it deleted it
)

// The bounds of a suggestion.
const (
	maxChanges    = 500
	maxSuggestion = 256 << 10 // bytes of the values in it
)

// Suggest is the suggestion to make one content of another.
func Suggest(seen, suggested any) *Suggestion {
	return &Suggestion{Changes: content.Diff(seen, suggested)}
}

// Put is a content with another value at a place, or with a member that it did not have.
func Put(document any, pointer string, value any) (any, error) {
	change := content.Change{Op: "set", Pointer: pointer, After: value}
	path, there := content.Path(document, pointer)
	if there {
		_, change.Before, _ = content.Locate(document, path)
	} else if cut := strings.LastIndexByte(pointer, '/'); cut >= 0 {
		if path, there = content.Path(document, pointer[:cut]); there {
			tokens := content.Tokens(pointer)
			change.Op, path = "add", append(path, tokens[len(tokens)-1])
		}
	}
	change.Path = path
	out, err := content.ApplyChanges(document, []content.Change{change})
	if !there || err != nil {
		return nil, badAnchor("/pointer", fault.Say("no value can be put at this pointer in the revision you saw", "在您所看到的修订中，该指针处无法放置值"))
	}
	return out, nil
}

func (s Suggestion) check() error {
	if len(s.Changes) == 0 {
		return fault.Refuse(fault.Invalid, "suggestion.empty", fault.Say("the suggestion changes nothing", "该建议没有任何更改"))
	}
	size := 0
	for _, c := range s.Changes {
		if len(c.Path) == 0 {
			return fault.Refuse(fault.Invalid, "suggestion.content", fault.Say("the content is a JSON object", "题目内容应为 JSON 对象"))
		}
		size += len(content.Canonical(c.Before)) + len(content.Canonical(c.After))
	}
	if len(s.Changes) > maxChanges || size > maxSuggestion {
		return fault.Refuse(fault.Limit, "suggestion.too_large", fault.Say("a suggestion has at most %d changes and %d bytes; edit the question instead",
			"一条建议最多 %d 处更改、%d 字节，请直接编辑题目", maxChanges, maxSuggestion))
	}
	return nil
}

// Suggestion is what is suggested in a thread, to which revision of the subject, where it waits for a decision.
func (d Discussion) Suggestion(thread uuid.UUID) (Suggestion, int, error) {
	t, err := d.suggestion(thread)
	if err != nil {
		return Suggestion{}, 0, err
	}
	return *t.Suggestion, t.Revision, nil
}

// Pending refuses a suggestion that was decided on.
func (d Discussion) Pending(thread uuid.UUID) error {
	t, err := d.suggestion(thread)
	if err == nil && t.Status != Pending {
		err = fault.Refuse(fault.Conflict, "suggestion.settled", fault.Say("the suggestion is %s", "该建议的状态为 %s", t.Status)).With("status", string(t.Status))
	}
	return err
}

// Applied notes that the question has the change, from a revision on. Whoever asks knows that it has, so that is noted also where the
// suggestion was declined meanwhile.
func (d Discussion) Applied(thread uuid.UUID, by string, revision int) ([]event.Event, error) {
	t, err := d.suggestion(thread)
	if err != nil || t.Status == Applied {
		return nil, err
	}
	return []event.Event{SuggestionApplied{Thread: thread, By: by, Revision: revision}}, nil
}

// Decline turns a suggestion down.
func (d Discussion) Decline(thread uuid.UUID, by, reason string) ([]event.Event, error) {
	if err := d.Pending(thread); err != nil {
		return nil, err
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	return []event.Event{SuggestionDeclined{Thread: thread, By: by, Reason: reason}}, nil
}

func (d Discussion) suggestion(thread uuid.UUID) (*Thread, error) {
	t, err := d.thread(thread)
	if err == nil && t.Suggestion == nil {
		err = fault.Refuse(fault.Invalid, "suggestion.none", fault.Say("this thread suggests nothing", "该讨论串没有建议"))
	}
	return t, err
}

func (t *Thread) settle(status Status) { t.Status, t.Resolved = status, true }
