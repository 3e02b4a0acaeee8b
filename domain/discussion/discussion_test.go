package discussion_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/discussion"
	"qbank/domain/event"
	"qbank/domain/fault"
)

var (
	subject = discussion.Subject{Kind: discussion.Question, ID: uuid.MustParse("00000000-0000-4000-8000-000000000001")}
	first   = uuid.MustParse("00000000-0000-4000-8000-0000000000a1")
	second  = uuid.MustParse("00000000-0000-4000-8000-0000000000a2")
	reply   = uuid.MustParse("00000000-0000-4000-8000-0000000000b1")
)

type doc = map[string]any

func opened(thread uuid.UUID, s *discussion.Suggestion) discussion.ThreadOpened {
	return discussion.ThreadOpened{Subject: subject, Org: "acme", Thread: thread, By: "wang", Text: "Why?", Anchor: discussion.Anchor{Revision: 3}, Suggestion: s}
}

func suggestion() *discussion.Suggestion {
	return discussion.Suggest(doc{"stem": "a"}, doc{"stem": "b"})
}

func given(events ...event.Event) (d discussion.Discussion) {
	for _, e := range events {
		d = d.Apply(e)
	}
	return d
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	type d = discussion.Discussion
	talk := []event.Event{opened(first, nil), discussion.Replied{Thread: first, Comment: reply, By: "li", Text: "Because."}, opened(second, suggestion())}
	with := func(more ...event.Event) []event.Event { return append(talk[:len(talk):len(talk)], more...) }
	open := func(o discussion.Opening) func(d) ([]event.Event, error) {
		return func(d d) ([]event.Event, error) { return d.Open(o) }
	}
	edits := talk
	for i := range 100 {
		edits = append(edits[:len(edits):len(edits)], discussion.CommentEdited{Thread: first, Comment: first, Text: fmt.Sprint(i)})
	}
	var threads, comments []event.Event
	for range discussion.MaxThreads {
		threads = append(threads, opened(uuid.New(), nil))
	}
	comments = append(comments, opened(first, nil))
	for range discussion.MaxComments - 1 {
		comments = append(comments, discussion.Replied{Thread: first, Comment: uuid.New(), By: "li", Text: "."})
	}
	people := make([]string, 21)
	for i := range people {
		people[i] = fmt.Sprint("u", i)
	}
	for _, c := range []struct {
		name  string
		given []event.Event
		when  func(d) ([]event.Event, error)
		code  string
	}{
		{"a comment says something", talk, open(discussion.Opening{Text: " \n"}), "comment.invalid"},
		{"not too much", talk, open(discussion.Opening{Text: strings.Repeat("长", 4001)}), "comment.invalid"},
		{"and is text", talk, open(discussion.Opening{Text: "a\x00"}), "comment.invalid"},
		{"to not too many people", talk, open(discussion.Opening{Text: "a", Mentions: people}), "comment.invalid"},
		{"who have ids", talk, open(discussion.Opening{Text: "a", Mentions: []string{""}}), "comment.invalid"},
		{"a discussion ends somewhere", threads, open(discussion.Opening{Text: "a"}), "discussion.full"},
		{"a thread too", comments, func(d d) ([]event.Event, error) { return d.Reply(first, reply, "li", "a", nil) }, "thread.full"},
		{"a suggestion changes something", talk, open(discussion.Opening{Text: "a", Suggestion: discussion.Suggest(doc{}, doc{})}), "suggestion.empty"},
		{"and leaves an object", talk, open(discussion.Opening{Text: "a", Suggestion: discussion.Suggest(doc{}, "x")}), "suggestion.content"},
		{"of bounded size", talk, open(discussion.Opening{Text: "a", Suggestion: discussion.Suggest(doc{}, doc{"x": strings.Repeat("x", 256<<10)})}), "suggestion.too_large"},
		{"no thread to reply to", nil, func(d d) ([]event.Event, error) { return d.Reply(first, reply, "li", "a", nil) }, "thread.not_found"},
		{"a reply says something", talk, func(d d) ([]event.Event, error) { return d.Reply(first, reply, "li", "", nil) }, "comment.invalid"},
		{"no thread to resolve", talk, func(d d) ([]event.Event, error) { return d.Resolve(reply, "li") }, "thread.not_found"},
		{"no thread to reopen", talk, func(d d) ([]event.Event, error) { return d.Reopen(reply, "li") }, "thread.not_found"},
		{"another's comment is not edited", talk, func(d d) ([]event.Event, error) { return d.EditComment(first, reply, "wang", "a", nil) }, "comment.not_yours"},
		{"another's comment is not deleted", talk, func(d d) ([]event.Event, error) { return d.DeleteComment(first, reply, "wang") }, "comment.not_yours"},
		{"nor one of another thread", talk, func(d d) ([]event.Event, error) { return d.DeleteComment(second, reply, "li") }, "comment.not_found"},
		{"nor one of no thread", talk, func(d d) ([]event.Event, error) { return d.DeleteComment(reply, reply, "li") }, "thread.not_found"},
		{"what is deleted stays", with(discussion.CommentDeleted{Thread: first, Comment: reply}),
			func(d d) ([]event.Event, error) { return d.EditComment(first, reply, "li", "a", nil) }, "comment.deleted"},
		{"an edit says something", talk, func(d d) ([]event.Event, error) { return d.EditComment(first, reply, "li", "", nil) }, "comment.invalid"},
		{"edits have an end", edits, func(d d) ([]event.Event, error) { return d.EditComment(first, first, "wang", "a", nil) }, "comment.edits"},
		{"nothing to decline", talk, func(d d) ([]event.Event, error) { return d.Decline(first, "li", "no") }, "suggestion.none"},
		{"nothing to apply", talk, func(d d) ([]event.Event, error) { return d.Applied(first, "li", 4) }, "suggestion.none"},
		{"a decline has a reason", talk, func(d d) ([]event.Event, error) { return d.Decline(second, "li", "") }, "reason.missing"},
		{"what was applied is not declined", with(discussion.SuggestionApplied{Thread: second}),
			func(d d) ([]event.Event, error) { return d.Decline(second, "li", "no") }, "suggestion.settled"},
		{"what was declined is not pending", with(discussion.SuggestionDeclined{Thread: second}),
			func(d d) ([]event.Event, error) { return nil, d.Pending(second) }, "suggestion.settled"},
		{"what was deleted is not pending", with(discussion.CommentDeleted{Thread: second, Comment: second}),
			func(d d) ([]event.Event, error) { return nil, d.Pending(second) }, "suggestion.settled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			events, err := c.when(given(c.given...))
			if !fault.Is(err, c.code) || events != nil {
				t.Errorf("got %v, %v, want the fault %s", events, err, c.code)
			}
		})
	}
}

// That the question has the change is so, whatever was said of it meanwhile.
func TestAnAppliedSuggestionIsNotedOnce(t *testing.T) {
	t.Parallel()
	for _, meanwhile := range [][]event.Event{nil, {discussion.SuggestionDeclined{Thread: second, By: "li", Reason: "no"}},
		{discussion.CommentDeleted{Thread: second, Comment: second}}} {
		d := given(append([]event.Event{opened(second, suggestion())}, meanwhile...)...)
		events, err := d.Applied(second, "zhao", 4)
		if want := []event.Event{discussion.SuggestionApplied{Thread: second, By: "zhao", Revision: 4}}; err != nil || !reflect.DeepEqual(events, want) {
			t.Errorf("got %v, %v", events, err)
		}
		d = d.Apply(events[0])
		if again, err := d.Applied(second, "zhao", 4); err != nil || again != nil || !d.Threads[second].Resolved {
			t.Errorf("once more: %v, %v", again, err)
		}
	}
}

func TestASubjectHasOneDiscussion(t *testing.T) {
	t.Parallel()
	lesson := discussion.Subject{Kind: discussion.Lesson, ID: subject.ID}
	if subject.Stream() != subject.Stream() || subject.Stream() == lesson.Stream() || subject.Stream() == subject.ID { //nolint:staticcheck // the same twice is the point
		t.Error("streams are not what they should be")
	}
}

func TestAValueIsPutWhereAPlaceIs(t *testing.T) {
	t.Parallel()
	from := doc{"stem": doc{"text": "a"}, "options": []any{doc{"id": "x"}}, "list": []any{"a"}}
	for _, c := range []struct {
		pointer string
		want    any // nil: refused
	}{
		{"/stem/text", doc{"stem": doc{"text": "new"}, "options": []any{doc{"id": "x"}}, "list": []any{"a"}}},
		{"/options/0/text", doc{"stem": doc{"text": "a"}, "options": []any{doc{"id": "x", "text": "new"}}, "list": []any{"a"}}},
		{"/hint", doc{"stem": doc{"text": "a"}, "options": []any{doc{"id": "x"}}, "list": []any{"a"}, "hint": "new"}},
		{"/list", doc{"stem": doc{"text": "a"}, "options": []any{doc{"id": "x"}}, "list": "new"}},
		{"", "new"},
		{"/list/0", nil}, {"/options/1", nil}, {"/hint/text", nil}, {"hint", nil},
	} {
		got, err := discussion.Put(from, c.pointer, "new")
		if c.want == nil {
			if !fault.Is(err, "discussion.anchor") {
				t.Errorf("%q: got %v, %v", c.pointer, got, err)
			}
		} else if err != nil || !content.Equal(got, c.want) {
			t.Errorf("%q: got %v, %v", c.pointer, got, err)
		}
	}
}

// machine does what it is told to a discussion, and keeps a second one that knows only what was written down.
type machine struct {
	d, read discussion.Discussion
	history []event.Event
}

var codec = event.NewCodec(discussion.Events)

func (m *machine) does(t *rapid.T, events []event.Event, err error) {
	if err != nil && fault.Of(err) == nil {
		t.Fatal(err)
	}
	for _, e := range events {
		name, version, data, err := codec.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		again, err := codec.Decode(name, version, data)
		if err != nil {
			t.Fatal(err)
		}
		m.d, m.read, m.history = m.d.Apply(e), m.read.Apply(again), append(m.history, e)
	}
}

func (m *machine) check(t *rapid.T) {
	if !reflect.DeepEqual(m.d, m.read) || !reflect.DeepEqual(given(m.history...), m.d) {
		t.Fatalf("what was written down leads to\n%+v, not\n%+v", m.read, m.d)
	}
	decided := map[uuid.UUID]int{}
	for _, e := range m.history {
		switch e := e.(type) {
		case discussion.SuggestionApplied:
			decided[e.Thread]++
		case discussion.SuggestionDeclined:
			decided[e.Thread]++
		}
	}
	for id, thread := range m.d.Threads {
		if thread.Comments[0].ID != id {
			t.Fatalf("the first comment of %s is %s", id, thread.Comments[0].ID)
		}
		if (thread.Status == "") != (thread.Suggestion == nil) {
			t.Fatalf("%s: suggestion %v is %q", id, thread.Suggestion, thread.Status)
		}
		if n := decided[id]; n > 2 || (thread.Status == discussion.Pending || thread.Status == discussion.Withdrawn) != (n == 0) && thread.Suggestion != nil {
			t.Fatalf("%s was decided on %d times and is %q", id, n, thread.Status)
		}
		if thread.Status == discussion.Withdrawn && !thread.Comments[0].Deleted {
			t.Fatalf("%s is withdrawn and still there", id)
		}
	}
}

func TestWhateverIsSaidTheDiscussionsPromisesHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{}
		ids := []uuid.UUID{first, second, uuid.Nil}
		next := byte(0)
		fresh := func() uuid.UUID {
			next++
			id := uuid.UUID{15: next}
			ids = append(ids, id)
			return id
		}
		id := func(t *rapid.T, what string) uuid.UUID { return rapid.SampledFrom(ids).Draw(t, what) }
		who := rapid.SampledFrom([]string{"wang", "li"})
		said := rapid.SampledFrom([]string{"a", "b", ""})
		ask := func(do func(*rapid.T) ([]event.Event, error)) func(*rapid.T) {
			return func(t *rapid.T) {
				events, err := do(t)
				m.does(t, events, err)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"": m.check,
			"open": ask(func(t *rapid.T) ([]event.Event, error) {
				o := discussion.Opening{Subject: subject, Org: "acme", Thread: fresh(), By: who.Draw(t, "by"), Text: said.Draw(t, "text"), Mentions: []string{"li", "li"}}
				if rapid.Bool().Draw(t, "suggests") {
					o.Suggestion = suggestion()
				}
				return m.d.Open(o)
			}),
			"reply": ask(func(t *rapid.T) ([]event.Event, error) {
				return m.d.Reply(id(t, "thread"), fresh(), who.Draw(t, "by"), said.Draw(t, "text"), nil)
			}),
			"edit": ask(func(t *rapid.T) ([]event.Event, error) {
				return m.d.EditComment(id(t, "thread"), id(t, "comment"), who.Draw(t, "by"), said.Draw(t, "text"), nil)
			}),
			"delete": ask(func(t *rapid.T) ([]event.Event, error) {
				thread := id(t, "thread")
				return m.d.DeleteComment(thread, rapid.SampledFrom([]uuid.UUID{thread, id(t, "comment")}).Draw(t, "which"), who.Draw(t, "by"))
			}),
			"resolve": ask(func(t *rapid.T) ([]event.Event, error) { return m.d.Resolve(id(t, "thread"), who.Draw(t, "by")) }),
			"reopen":  ask(func(t *rapid.T) ([]event.Event, error) { return m.d.Reopen(id(t, "thread"), who.Draw(t, "by")) }),
			"apply":   ask(func(t *rapid.T) ([]event.Event, error) { return m.d.Applied(id(t, "thread"), who.Draw(t, "by"), 4) }),
			"decline": ask(func(t *rapid.T) ([]event.Event, error) { return m.d.Decline(id(t, "thread"), who.Draw(t, "by"), "no") }),
		})
	})
}
