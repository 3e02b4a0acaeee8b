package resource

import (
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// ID is a resource's stream.
type ID = uuid.UUID

var space = uuid.MustParse("8d0a4b7e-2f3c-5b1d-9c6e-7a1f0e5d4c3b")

// IDOf is the id of the file of a hash in an organisation.
func IDOf(org string, hash content.Hash) ID {
	return uuid.NewSHA1(space, []byte(org+"\x00"+string(hash)))
}

// Uploaded keeps a file, for the first time or again.
type Uploaded struct {
	Org      string       `json:"org"`
	Hash     content.Hash `json:"hash"`
	Size     int64        `json:"size"`                  // bytes
	Type     string       `json:"type"`                  // media type, as its bytes say
	Width    int          `json:"width,omitempty"`       // pixels
	Height   int          `json:"height,omitempty"`      // pixels
	Duration int64        `json:"duration_ms,omitempty"` // milliseconds, where it is known
	Title    string       `json:"title"`                 // what people call the file
	Sent     content.Hash `json:"sent,omitempty"`        // hash of what was sent, where cleaning changed it
	Removed  []string     `json:"removed,omitempty"`     // what cleaning took out
}

// Renamed gives it another name.
type Renamed struct {
	Title string `json:"title"`
}

// Tagged replaces its tags.
type Tagged struct {
	Tags []string `json:"tags"`
}

// Collected marks it: nothing has named it for long. From here on it cannot be relied on.
type Collected struct{}

// Restored takes the mark back: something named it just before it was set.
type Restored struct{}

// Removed says that its bytes are gone.
type Removed struct{}

// Name returns the event's type.
func (Uploaded) Name() string { return "resource.uploaded" }

// Name returns the event's type.
func (Renamed) Name() string { return "resource.renamed" }

// Name returns the event's type.
func (Tagged) Name() string { return "resource.tagged" }

// Name returns the event's type.
func (Collected) Name() string { return "resource.collected" }

// Name returns the event's type.
func (Restored) Name() string { return "resource.restored" }

// Name returns the event's type.
func (Removed) Name() string { return "resource.removed" }

// Events defines every event of a resource.
var Events = []event.Definition{event.Define[Uploaded](), event.Define[Renamed](), event.Define[Tagged](), event.Define[Collected](),
	event.Define[Restored](), event.Define[Removed]()}

// State is how far a resource is from being gone.
type State string

// The states. Append-only.
const (
	Kept   State = "kept"
	Marked State = "marked" // collected; its bytes are still there, but nothing may begin to rely on them
	Gone   State = "gone"
)

// The bounds of what people say of a file.
const (
	MaxTags = 50
	maxTag  = 100
)

// Resource is as much of the history as decisions need.
type Resource struct {
	Revision int
	Org      string
	State    State
	Title    string
	Tags     []string
	Facts    Facts
}

// Facts are what a file's bytes say of it.
type Facts struct {
	Type     string // media type
	Duration int64  // milliseconds; 0: not known
}

// Upload keeps a file. One that is kept already stays as it is, its name too; again records the upload nevertheless, so that the time
// for which nothing has named it begins anew.
func (r Resource) Upload(u Uploaded, again bool) ([]event.Event, error) {
	if r.State == Kept {
		if !again {
			return nil, nil
		}
		u.Title = r.Title
	}
	u.Title = strings.TrimSpace(u.Title)
	if err := CheckTitle(u.Title, 1); err != nil {
		return nil, err
	}
	return []event.Event{u}, nil
}

// Rename gives it another name.
func (r Resource) Rename(title string) ([]event.Event, error) {
	if err := r.kept(); err != nil {
		return nil, err
	}
	title = strings.TrimSpace(title)
	if err := CheckTitle(title, 1); err != nil || title == r.Title {
		return nil, err
	}
	return []event.Event{Renamed{Title: title}}, nil
}

// Tag replaces its tags; their order and repetitions say nothing.
func (r Resource) Tag(tags []string) ([]event.Event, error) {
	if err := r.kept(); err != nil {
		return nil, err
	}
	if len(tags) > MaxTags {
		return nil, fault.Refuse(fault.Limit, "resource.tags", fault.Say("at most %d tags", "最多 %d 个标签", MaxTags))
	}
	tidy := make([]string, len(tags))
	for i, tag := range tags {
		tidy[i] = strings.TrimSpace(tag)
		if problems := text.Check("/tags", tidy[i], 1, maxTag); len(problems) > 0 {
			return nil, fault.Refuse(fault.Invalid, "resource.tags", fault.Say("a tag has 1 to %d characters", "标签应为 1 到 %d 个字符", maxTag), problems...)
		}
	}
	slices.Sort(tidy)
	tidy = slices.Compact(tidy)
	if slices.Equal(tidy, r.Tags) {
		return nil, nil
	}
	return []event.Event{Tagged{Tags: tidy}}, nil
}

// Collect marks it. Marking twice is marking once.
func (r Resource) Collect() ([]event.Event, error) {
	if r.State == Marked {
		return nil, nil
	}
	if err := r.kept(); err != nil {
		return nil, err
	}
	return []event.Event{Collected{}}, nil
}

// Restore takes the mark back.
func (r Resource) Restore() ([]event.Event, error) {
	if r.State == Kept {
		return nil, nil
	}
	if r.State != Marked {
		return nil, missing()
	}
	return []event.Event{Restored{}}, nil
}

// Remove records that its bytes are gone, which only those of a marked one may be.
func (r Resource) Remove() ([]event.Event, error) {
	switch r.State {
	case Marked:
		return []event.Event{Removed{}}, nil
	case Gone:
		return nil, nil
	case Kept:
		return nil, fault.Refuse(fault.Conflict, "resource.kept", fault.Say("the file is in use again", "文件已重新启用"))
	}
	return nil, missing()
}

func (r Resource) kept() error {
	if r.State != Kept {
		return missing()
	}
	return nil
}

func missing() error {
	return fault.Refuse(fault.NotFound, "resource.not_found", fault.Say("there is no such file", "没有这个文件"))
}

// CheckTitle refuses a name that is shorter than least, too long, or not the name of one file: it is shown in lists and offered when the file is saved.
func CheckTitle(title string, least int) error {
	if problems := text.Check("/title", title, least, text.Title); len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "resource.title", fault.Say("a file needs a name of at most %d characters", "文件需要名称，最多 %d 个字符", text.Title), problems...)
	}
	if strings.ContainsFunc(title, func(r rune) bool { return unicode.IsControl(r) || r == '/' || r == '\\' }) {
		message := fault.Say("the name of a file has neither slashes nor control characters", "文件名不能包含斜杠或控制字符")
		return fault.Refuse(fault.Invalid, "resource.title", message, fault.Problem{Pointer: "/title", Code: "characters", Message: message})
	}
	return nil
}

// Apply folds one event.
func (r Resource) Apply(e event.Event) Resource {
	r.Revision++
	switch e := e.(type) {
	case Uploaded:
		r.Org, r.State, r.Title = e.Org, Kept, e.Title
		r.Facts = Facts{Type: e.Type, Duration: e.Duration}
	case Renamed:
		r.Title = e.Title
	case Tagged:
		r.Tags = e.Tags
	case Collected:
		r.State = Marked
	case Restored:
		r.State = Kept
	case Removed:
		r.State = Gone
	}
	return r
}
