package discussions_test

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
	"qbank/projections/discussions"
	"qbank/projections/projtest"
	"qbank/projections/read"
)

func about(kind discussion.Kind, name string) discussion.Subject {
	return discussion.Subject{Kind: kind, ID: projtest.StreamID(name)}
}

func id(name string) uuid.UUID { return projtest.StreamID("id of " + name) }

func opened(subject discussion.Subject, org, thread, by string, s *discussion.Suggestion, mentions ...string) discussion.ThreadOpened {
	return discussion.ThreadOpened{Subject: subject, Org: org, Thread: id(thread), By: by, Text: "text of " + thread, Mentions: mentions,
		Anchor: discussion.Anchor{Path: []string{"stem"}, Pointer: "/stem", Revision: 1, Range: &discussion.Range{End: 2}}, Suggestion: s}
}

func said(thread, comment, by string, mentions ...string) discussion.Replied {
	return discussion.Replied{Thread: id(thread), Comment: id(comment), By: by, Text: "text of " + comment, Mentions: mentions}
}

// in is what was said about a subject.
func in(subject discussion.Subject, events ...event.Event) projtest.Facts {
	f := projtest.In("", events...)
	f.Stream = subject.Stream()
	return f
}

var (
	q1, q2 = about(discussion.Question, "q1"), about(discussion.Question, "q2")
	l1     = about(discussion.Lesson, "l1")
)

func suggestion() *discussion.Suggestion {
	return discussion.Suggest(map[string]any{"stem": "a"}, map[string]any{"stem": "b"})
}

func history() []projtest.Facts {
	return []projtest.Facts{
		in(q1, opened(q1, "acme/math", "t1", "wang", nil, "li", "zhao"), said("t1", "c1", "li", "wang")),
		in(q1, opened(q1, "acme/math", "t2", "li", suggestion())),
		in(q2, opened(q2, "acme/physics", "t3", "wang", suggestion(), "li")),
		in(l1, opened(l1, "acme/math", "t4", "zhao", nil, "li")),
		in(q1, discussion.CommentEdited{Thread: id("t1"), Comment: id("c1"), Text: "better", Mentions: []string{"zhao"}}, discussion.SuggestionApplied{Thread: id("t2"), By: "zhao", Revision: 4}),
		in(q2, discussion.SuggestionDeclined{Thread: id("t3"), By: "li", Reason: "no"}, discussion.Reopened{Thread: id("t3"), By: "wang"}),
	}
}

func reader(t *testing.T, more ...projtest.Facts) *discussions.Reader {
	t.Helper()
	return discussions.NewReader(projtest.Given(t, discussion.Events, discussions.New(), append(history(), more...)...).Pool)
}

func TestThreadsOfASubject(t *testing.T) {
	t.Parallel()
	r := reader(t)
	yes, no := true, false
	for _, c := range []struct {
		org     string
		subject discussion.Subject
		open    *bool
		want    string
	}{
		{"acme", q1, nil, "t2 applied, t1 "}, {"acme/math", q1, &yes, "t1 "}, {"acme", q1, &no, "t2 applied"}, {"acme", q2, nil, "t3 declined"}, {"acme", l1, nil, "t4 "},
		{"acme/physics", q1, nil, ""}, {"other", q1, nil, ""}, {"acme", about(discussion.Lesson, "q1"), nil, ""},
	} {
		var got []string
		page := read.Page{First: 1}
		for {
			list, err := r.Threads(t.Context(), c.org, c.subject, c.open, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, thread := range list.Rows {
				for _, name := range []string{"t1", "t2", "t3", "t4"} {
					if thread.ID == id(name) {
						got = append(got, name+" "+string(thread.Status))
					}
				}
			}
			if !list.More {
				break
			}
			page.After = list.Cursors[0]
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s of %s: got %q, want %q", c.subject.Kind, c.org, got, c.want)
		}
	}
	found, err := r.Get(t.Context(), "acme/math", []uuid.UUID{id("t1"), id("t2"), id("t3")})
	if err != nil || len(found) != 2 {
		t.Fatalf("got %v, %v", found, err)
	}
	t1, t2 := found[id("t1")], found[id("t2")]
	if t1.Anchor.Pointer != "/stem" || *t1.Anchor.Range != (discussion.Range{End: 2}) || t1.Suggestion != nil || t1.OpenedBy != "wang" || !t1.Open || t1.DecidedAt != 0 {
		t.Errorf("got %+v", t1)
	}
	want := []content.Change{{Path: []string{"stem"}, Pointer: "/stem", Op: "set", Before: "a", After: "b"}}
	if t2.Applied != 4 || t2.DecidedBy != "zhao" || !t2.Resolved || t2.Open || !reflect.DeepEqual(t2.Suggestion.Changes, want) {
		t.Errorf("got %+v", t2)
	}
	counts, err := r.Open(t.Context(), "acme", []uuid.UUID{q1.ID, q2.ID, l1.ID, uuid.New()})
	if want := map[uuid.UUID]int{q1.ID: 1, q2.ID: 1, l1.ID: 1}; err != nil || !reflect.DeepEqual(counts, want) {
		t.Errorf("got %v, %v", counts, err)
	}
	if counts, err := r.Open(t.Context(), "acme/physics", []uuid.UUID{q1.ID}); err != nil || len(counts) != 0 {
		t.Errorf("got %v, %v", counts, err)
	}
}

func TestCommentsAndMentions(t *testing.T) {
	t.Parallel()
	r := reader(t, in(q1, discussion.CommentDeleted{Thread: id("t1"), Comment: id("t1")}))
	comments, err := r.Comments(t.Context(), []uuid.UUID{id("t1"), id("t2")})
	if err != nil || len(comments[id("t1")]) != 2 || len(comments[id("t2")]) != 1 {
		t.Fatalf("got %v, %v", comments, err)
	}
	first, second := comments[id("t1")][0], comments[id("t1")][1]
	if first.ID != id("t1") || !first.Deleted || first.Text != "" || len(first.Mentions) != 0 || first.Number != 1 {
		t.Errorf("got %+v", first)
	}
	if second.Text != "better" || second.EditedAt == 0 || !reflect.DeepEqual(second.Mentions, []string{"zhao"}) || second.Number != 2 || second.By != "li" {
		t.Errorf("got %+v", second)
	}
	both := []discussion.Kind{discussion.Question, discussion.Lesson}
	for _, c := range []struct {
		org, person string
		kinds       []discussion.Kind
		want        string
	}{
		{"acme", "li", both, "t4, t3"}, {"acme", "li", both[1:], "t4"}, {"acme/physics", "li", both, "t3"}, {"acme", "zhao", both, "c1"}, {"acme", "wang", both, ""}, {"acme", "li", nil, ""},
	} {
		list, err := r.Mentions(t.Context(), c.org, c.person, c.kinds, read.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range list.Rows {
			for _, name := range []string{"t1", "t2", "t3", "t4", "c1"} {
				if m.Comment.ID == id(name) {
					got = append(got, name)
				}
			}
		}
		if strings.Join(got, ", ") != c.want || len(list.Cursors) != len(got) {
			t.Errorf("%s in %s: got %v, want %s", c.person, c.org, got, c.want)
		}
	}
	for comment, want := range map[string]string{"c1": "t1", "t3": "t3"} {
		if thread, found, err := r.Of(t.Context(), "acme", id(comment)); err != nil || !found || thread.ID != id(want) {
			t.Errorf("%s is in %v, %t, %v", comment, thread.ID, found, err)
		}
		if _, found, err := r.Of(t.Context(), "other", id(comment)); err != nil || found {
			t.Errorf("%s is found elsewhere, %v", comment, err)
		}
	}
}

// A thread is open while somebody's words are left in it.
func TestAThreadWithoutWordsIsNotOpen(t *testing.T) {
	t.Parallel()
	gone := discussion.CommentDeleted{Thread: id("t4"), Comment: id("t4")}
	for want, more := range map[int][]event.Event{0: {gone}, 1: {gone, said("t4", "c9", "li")}} {
		counts, err := reader(t, in(l1, more...)).Open(t.Context(), "acme", []uuid.UUID{l1.ID})
		if err != nil || counts[l1.ID] != want {
			t.Errorf("got %v, %v, want %d", counts, err, want)
		}
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	kinds := rapid.SliceOfN(rapid.IntRange(0, 7), 60, 60).Example(1)
	facts := history()
	for i, kind := range kinds {
		subject, thread := about(discussion.Question, fmt.Sprint("q", i%5)), fmt.Sprint("thread ", i%5)
		comment := fmt.Sprint("comment ", i)
		e := []event.Event{
			said(thread, comment, "li", "wang"), said(thread, comment, "wang"),
			discussion.CommentEdited{Thread: id(thread), Comment: id(thread), Text: comment, Mentions: []string{"zhao"}},
			discussion.CommentDeleted{Thread: id(thread), Comment: id(thread)},
			discussion.Resolved{Thread: id(thread), By: "li"}, discussion.Reopened{Thread: id(thread), By: "li"},
			discussion.SuggestionApplied{Thread: id(thread), By: "li", Revision: i}, discussion.SuggestionDeclined{Thread: id(thread), By: "li", Reason: "no"},
		}[kind]
		if i < 5 {
			e = opened(subject, "acme", thread, "wang", suggestion(), "li")
		}
		if _, again := e.(discussion.CommentDeleted); again && i > 30 {
			continue // it was deleted before
		}
		facts = append(facts, in(subject, e))
	}
	projtest.Given(t, discussion.Events, discussions.New(), facts...).RebuildEquals(t, discussions.New())
}

func TestASkippedOpeningLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	orphan := about(discussion.Question, "orphan")
	r := reader(t, in(orphan, said("lost", "c1 lost", "li"), discussion.CommentEdited{Thread: id("lost"), Comment: id("c1 lost")}, discussion.Resolved{Thread: id("lost")}))
	if counts, err := r.Open(t.Context(), "acme", []uuid.UUID{orphan.ID, q1.ID}); err != nil || counts[orphan.ID] != 0 || counts[q1.ID] != 1 {
		t.Errorf("got %v, %v", counts, err)
	}
}
