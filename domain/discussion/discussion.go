package discussion

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// The bounds of a discussion.
const (
	MaxThreads  = 1000 // of a subject, resolved ones included
	MaxComments = 200  // of a thread, deleted ones included
	maxText     = 4000 // characters of a comment
	maxMentions = 20
	maxPerson   = 100 // characters of an opaque id
	maxEdits    = 100 // of a comment
)

// Discussion is as much of the history as decisions need.
type Discussion struct {
	Revision int
	Org      string // the subject's
	Threads  map[uuid.UUID]*Thread
}

// Thread is what decisions need to know of a thread.
type Thread struct {
	Comments   []Comment // the first has the thread's id
	Resolved   bool
	Revision   int // of the subject, that the anchor is for
	Suggestion *Suggestion
	Status     Status // of the suggestion
}

// Comment is what decisions need to know of a comment.
type Comment struct {
	ID      uuid.UUID
	By      string
	Deleted bool
	edits   int
}

// Opening is a thread to be.
type Opening struct {
	Subject    Subject
	Org        string // the subject's
	Thread     uuid.UUID
	By         string
	Text       string
	Mentions   []string
	Anchor     Anchor
	Suggestion *Suggestion
}

// Open starts a thread.
func (d Discussion) Open(o Opening) ([]event.Event, error) {
	mentions, err := d.check(o.Text, o.Mentions)
	if err != nil {
		return nil, err
	}
	if len(d.Threads) >= MaxThreads {
		return nil, fault.Refuse(fault.Limit, "discussion.full", fault.Say("there are %d threads already", "讨论串已达 %d 个", MaxThreads))
	}
	if o.Suggestion != nil {
		if err := o.Suggestion.check(); err != nil {
			return nil, err
		}
	}
	return []event.Event{ThreadOpened{Subject: o.Subject, Org: o.Org, Thread: o.Thread, By: o.By, Text: o.Text, Mentions: mentions,
		Anchor: o.Anchor, Suggestion: o.Suggestion}}, nil
}

// Reply adds a comment, also to a resolved thread.
func (d Discussion) Reply(thread, comment uuid.UUID, by, said string, mentions []string) ([]event.Event, error) {
	t, err := d.thread(thread)
	if err != nil {
		return nil, err
	}
	if mentions, err = d.check(said, mentions); err != nil {
		return nil, err
	}
	if len(t.Comments) >= MaxComments {
		return nil, fault.Refuse(fault.Limit, "thread.full", fault.Say("the thread has %d comments already; open another one", "该讨论串已有 %d 条评论，请另开一个", MaxComments))
	}
	return []event.Event{Replied{Thread: thread, Comment: comment, By: by, Text: said, Mentions: mentions}}, nil
}

// EditComment replaces what somebody wrote themselves.
func (d Discussion) EditComment(thread, comment uuid.UUID, by, said string, mentions []string) ([]event.Event, error) {
	c, err := d.own(thread, comment, by)
	if err != nil {
		return nil, err
	}
	if mentions, err = d.check(said, mentions); err != nil {
		return nil, err
	}
	switch {
	case c.Deleted:
		return nil, fault.Refuse(fault.Conflict, "comment.deleted", fault.Say("the comment is deleted", "评论已删除"))
	case c.edits >= maxEdits:
		return nil, fault.Refuse(fault.Limit, "comment.edits", fault.Say("the comment was edited %d times; reply instead", "该评论已修改 %d 次，请改为回复", maxEdits))
	}
	return []event.Event{CommentEdited{Thread: thread, Comment: comment, Text: said, Mentions: mentions}}, nil
}

// DeleteComment takes away what somebody wrote themselves. With the first comment goes a suggestion that nobody has decided on.
func (d Discussion) DeleteComment(thread, comment uuid.UUID, by string) ([]event.Event, error) {
	c, err := d.own(thread, comment, by)
	if err != nil || c.Deleted {
		return nil, err
	}
	return []event.Event{CommentDeleted{Thread: thread, Comment: comment}}, nil
}

// Resolve closes a thread; nothing happens where it is closed.
func (d Discussion) Resolve(thread uuid.UUID, by string) ([]event.Event, error) {
	t, err := d.thread(thread)
	if err != nil || t.Resolved {
		return nil, err
	}
	return []event.Event{Resolved{Thread: thread, By: by}}, nil
}

// Reopen opens a closed thread; nothing happens where it is open.
func (d Discussion) Reopen(thread uuid.UUID, by string) ([]event.Event, error) {
	t, err := d.thread(thread)
	if err != nil || !t.Resolved {
		return nil, err
	}
	return []event.Event{Reopened{Thread: thread, By: by}}, nil
}

func (d Discussion) thread(id uuid.UUID) (*Thread, error) {
	if t := d.Threads[id]; t != nil {
		return t, nil
	}
	return nil, fault.Refuse(fault.NotFound, "thread.not_found", fault.Say("there is no such thread", "没有这个讨论串"))
}

func (t *Thread) comment(id uuid.UUID) *Comment {
	if i := slices.IndexFunc(t.Comments, func(c Comment) bool { return c.ID == id }); i >= 0 {
		return &t.Comments[i]
	}
	return nil
}

// own finds a comment that somebody wrote themselves.
func (d Discussion) own(thread, comment uuid.UUID, by string) (*Comment, error) {
	t, err := d.thread(thread)
	if err != nil {
		return nil, err
	}
	c := t.comment(comment)
	if c == nil {
		return nil, fault.Refuse(fault.NotFound, "comment.not_found", fault.Say("there is no such comment", "没有这条评论"))
	}
	if c.By != by {
		return nil, fault.Refuse(fault.Denied, "comment.not_yours", fault.Say("only who wrote a comment may change it", "只有评论的作者可以修改它"))
	}
	return c, nil
}

// check says what is wrong with a comment, and returns the people it mentions, each once.
func (Discussion) check(said string, mentions []string) ([]string, error) {
	problems := text.Check("/text", said, 1, maxText)
	if len(problems) == 0 && strings.TrimSpace(said) == "" {
		problems = text.Check("/text", "", 1, maxText)
	}
	var people []string
	for _, person := range mentions {
		if !slices.Contains(people, person) {
			people = append(people, person)
			problems = append(problems, text.Check("/mentions", person, 1, maxPerson)...)
		}
		if len(people) > maxMentions {
			problems = []fault.Problem{{Pointer: "/mentions", Code: "max_items", Message: fault.Say("at most %d people", "最多提及 %d 人", maxMentions)}}
			break
		}
	}
	if len(problems) > 0 {
		return nil, fault.Refuse(fault.Invalid, "comment.invalid", fault.Say("the comment cannot be kept", "无法保存该评论"), problems...)
	}
	return people, nil
}

// Apply folds one event. It consumes its receiver: the map goes on in the result.
func (d Discussion) Apply(e event.Event) Discussion {
	d.Revision++
	switch e := e.(type) {
	case ThreadOpened:
		if d.Threads == nil {
			d.Threads = map[uuid.UUID]*Thread{}
		}
		d.Org = e.Org
		t := &Thread{Comments: []Comment{{ID: e.Thread, By: e.By}}, Revision: e.Anchor.Revision, Suggestion: e.Suggestion}
		if e.Suggestion != nil {
			t.Status = Pending
		}
		d.Threads[e.Thread] = t
	case Replied:
		t := d.Threads[e.Thread]
		t.Comments = append(t.Comments, Comment{ID: e.Comment, By: e.By})
	case CommentEdited:
		d.Threads[e.Thread].comment(e.Comment).edits++
	case CommentDeleted:
		t := d.Threads[e.Thread]
		t.comment(e.Comment).Deleted = true
		if e.Comment == e.Thread && t.Status == Pending {
			t.Status = Withdrawn
		}
	case Resolved:
		d.Threads[e.Thread].Resolved = true
	case Reopened:
		d.Threads[e.Thread].Resolved = false
	case SuggestionApplied:
		d.Threads[e.Thread].settle(Applied)
	case SuggestionDeclined:
		d.Threads[e.Thread].settle(Declined)
	}
	return d
}
