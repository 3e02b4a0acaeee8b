package batch

import (
	"maps"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// Status says what became of an item.
type Status string

// What can become of an item.
const (
	Created   Status = "created"   // a new question
	Updated   Status = "updated"   // the source changed: a new draft of the question it made before
	Unchanged Status = "unchanged" // the same as at the last import
	Refused   Status = "refused"   // could not be taken; Notes say why
)

// Note is something that was changed on the way in, or why an item was refused.
type Note struct {
	Code    string     `json:"code"`
	Message fault.Text `json:"message"`
	Line    int        `json:"line,omitempty"`   // 1-based, in the file
	Column  string     `json:"column,omitempty"` // of a sheet
}

// Item is the report on one item. Lossless is an item with no Notes that was not refused.
type Item struct {
	Index    int       `json:"index"`  // 0-based, in the file
	Source   string    `json:"source"` // the item's id in its source
	Title    string    `json:"title"`
	Status   Status    `json:"status"`
	Question uuid.UUID `json:"question,omitzero"`
	Before   int       `json:"before,omitempty"`   // revision of the question before the import, for taking it back
	Revision int       `json:"revision,omitempty"` // of the question, after the import
	Notes    []Note    `json:"notes,omitempty"`
}

// Started opens a batch.
type Started struct {
	Org    string `json:"org"`
	Format string `json:"format"` // gift, xlsx
	File   string `json:"file"`   // the file's name, for people
	Hash   string `json:"hash"`   // SHA-256 of the file
}

// Reported says what became of some items.
type Reported struct {
	Items []Item `json:"items"`
}

// Finished closes a batch with its totals.
type Finished struct {
	Totals map[Status]int `json:"totals"`
	Noted  int            `json:"noted"` // items taken with changes
}

// Undone asks that everything the batch did be taken back.
type Undone struct {
	Reason string `json:"reason"`
}

// Name returns the event's type.
func (Started) Name() string { return "import.started" }

// Name returns the event's type.
func (Reported) Name() string { return "import.reported" }

// Name returns the event's type.
func (Finished) Name() string { return "import.finished" }

// Name returns the event's type.
func (Undone) Name() string { return "import.undone" }

// Events defines every event of a batch.
var Events = []event.Definition{event.Define[Started](), event.Define[Reported](), event.Define[Finished](), event.Define[Undone]()}

// maxName bounds the name of a format and a hash, in characters.
const maxName = 100

// Batch is as much of the history as decisions need.
type Batch struct {
	Revision int
	Org      string
	Hash     string // of the file
	Next     int    // index of the first item not reported yet: where an interrupted import goes on
	Totals   map[Status]int
	Noted    int
	Finished bool
	Undone   bool
}

// Start opens the batch; nothing happens where it is open already, so an interrupted import simply starts again.
func (b Batch) Start(s Started) ([]event.Event, error) {
	switch {
	case b.Revision > 0 && b.Hash != s.Hash:
		return nil, fault.Refuse(fault.Conflict, "import.other_file",
			fault.Say("this import was started with another file", "该导入任务对应的是另一个文件"))
	case b.Revision > 0:
		return nil, nil
	}
	problems := slices.Concat(text.Check("/format", s.Format, 1, maxName), text.Check("/file", s.File, 0, text.Title), text.Check("/hash", s.Hash, 0, maxName))
	if len(problems) > 0 {
		return nil, fault.Refuse(fault.Invalid, "import.invalid", fault.Say("the import cannot be started like this", "无法开始导入"), problems...)
	}
	return []event.Event{s}, nil
}

// Report records what became of items; those recorded before are passed over.
func (b Batch) Report(items []Item) ([]event.Event, error) {
	if b.Revision == 0 || b.Finished {
		return nil, b.closed()
	}
	for len(items) > 0 && items[0].Index < b.Next {
		items = items[1:]
	}
	if len(items) == 0 {
		return nil, nil
	}
	return []event.Event{Reported{Items: items}}, nil
}

// Finish closes the batch.
func (b Batch) Finish() ([]event.Event, error) {
	switch {
	case b.Revision == 0:
		return nil, b.closed()
	case b.Finished:
		return nil, nil
	}
	return []event.Event{Finished{Totals: maps.Clone(b.Totals), Noted: b.Noted}}, nil
}

// Undo asks that the batch be taken back.
func (b Batch) Undo(reason string) ([]event.Event, error) {
	switch {
	case b.Revision == 0:
		return nil, fault.Refuse(fault.NotFound, "import.not_found", fault.Say("there is no such import", "没有这次导入"))
	case !b.Finished:
		return nil, fault.Refuse(fault.Conflict, "import.running", fault.Say("the import is still running", "导入仍在进行"))
	case b.Undone:
		return nil, nil
	}
	if err := text.CheckNote("/reason", reason); err != nil {
		return nil, err
	}
	return []event.Event{Undone{Reason: reason}}, nil
}

func (b Batch) closed() error {
	return fault.Refuse(fault.Conflict, "import.closed", fault.Say("the import is not open", "导入未在进行"))
}

// Apply folds one event. It consumes its receiver: the map goes on in the result.
func (b Batch) Apply(e event.Event) Batch {
	b.Revision++
	switch e := e.(type) {
	case Started:
		b.Org, b.Hash, b.Totals = e.Org, e.Hash, map[Status]int{}
	case Reported:
		for _, item := range e.Items {
			b.Totals[item.Status]++
			b.Next = max(b.Next, item.Index+1)
			if item.Status != Refused && len(item.Notes) > 0 {
				b.Noted++
			}
		}
	case Finished:
		b.Finished = true
	case Undone:
		b.Undone = true
	}
	return b
}
