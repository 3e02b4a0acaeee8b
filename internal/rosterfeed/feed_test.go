package rosterfeed_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	domain "qbank/domain/roster"
	"qbank/interchange/roster"
	"qbank/internal/pgtest"
	"qbank/internal/rosterfeed"
	"qbank/internal/stack"
	"qbank/internal/stack/stacktest"
	"qbank/projections/read"
)

var office = access.Actor{ID: "crm", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: "acme", Environment: "prod"}}

func open(t *testing.T) *stack.Stack {
	t.Helper()
	s, err := stack.Open(t.Context(), pgtest.New(t), stack.Options{MaxWait: stacktest.MaxWait, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	stacktest.Run(t, s, s.Run)
	return s
}

func entries(t *testing.T, document string) []roster.Entry {
	t.Helper()
	list, err := roster.ReadJSON([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

const tree = `[
	{"kind": "line", "code": "k12", "title": "K12"}, {"kind": "term", "code": "2026a", "title": "Autumn", "line": "k12"},
	{"kind": "course", "code": "m7", "title": "Maths", "term": "2026a"}, {"kind": "lesson", "code": "m7-1", "title": "Sums", "course": "m7"},
	{"kind": "class", "code": "7a", "title": "Seven A", "course": "m7", "teachers": [{"number": "T1", "name": "Wang"}], "students": ["1", "2"]},
	{"kind": "class", "code": "7b", "title": "Seven B", "course": "m7", "tutors": ["T2"]},
	{"kind": "student", "student": "1", "name": "Li Lei", "grade": "7", "region": "cn-bj"},
	{"kind": "join", "class": "7b", "student": "3"}, {"kind": "transfer", "student": "3", "from_class": "7b", "to_class": "7a"},
	{"kind": "leave", "class": "7a", "student": "2"}
]`

func results(outcomes []rosterfeed.Outcome) map[rosterfeed.Result]int {
	totals := map[rosterfeed.Result]int{}
	for _, o := range outcomes {
		totals[o.Result]++
	}
	return totals
}

func TestEachRecordHasAnOutcomeOfItsOwn(t *testing.T) {
	t.Parallel()
	s := open(t)
	feed := rosterfeed.Feed{Commands: s.Commands}
	if got := results(feed.Take(t.Context(), office, entries(t, tree))); !maps.Equal(got, map[rosterfeed.Result]int{rosterfeed.Stored: 10}) {
		t.Fatalf("got %v", got)
	}
	outcomes := feed.Take(t.Context(), office, entries(t, `[
		{"kind": "line", "code": "k12", "title": "K12"},
		{"kind": "line", "code": "k12", "title": "Old", "as_of": "2001-01-01T00:00:00Z"},
		{"kind": "course", "code": "x", "title": "X", "term": "nowhere"},
		{"kind": "course", "code": "y"},
		{"kind": "guest", "session": "s1", "student": "1", "environment": "test"},
		{"kind": "guest", "session": "s1", "student": "1", "environment": "prod"},
		{"kind": "session", "code": "s1", "lesson": "m7-1", "teacher": "T1", "classes": ["7a"], "start": "2100-01-01T08:00:00Z", "end": "2100-01-01T09:00:00Z"},
		{"kind": "line", "code": "adult", "title": "Adults"}
	]`))
	for i, want := range []struct {
		result rosterfeed.Result
		code   string
	}{
		{rosterfeed.Unchanged, ""}, {rosterfeed.Stale, "roster.stale"}, {rosterfeed.Refused, "roster.unknown"}, {rosterfeed.Refused, "record.invalid"},
		{rosterfeed.Refused, "session.environment"}, {rosterfeed.Refused, "session.not_found"}, {rosterfeed.Refused, "session.no_lesson"}, {rosterfeed.Stored, ""},
	} {
		o := outcomes[i]
		if f := fault.Of(o.Err); o.Result != want.result || (f == nil) != (want.code == "") || f != nil && f.Code != want.code || o.Place != fmt.Sprint("/", i) {
			t.Errorf("%d: got %+v, want %+v", i, o, want)
		}
	}
	if id := outcomes[7].ID; id != domain.NodeID("acme", domain.Line, "adult") {
		t.Errorf("the id is %s", id)
	}
}

func TestSessionsAreFed(t *testing.T) {
	t.Parallel()
	s := open(t)
	feed := rosterfeed.Feed{Commands: s.Commands}
	feed.Take(t.Context(), office, entries(t, tree))
	sums := uuid.New()
	if _, err := s.Commands.Do(t.Context(), office, commands.CreateLesson{ID: sums, Plan: lesson.Plan{Title: "Sums"}}); err != nil {
		t.Fatal(err)
	}
	document := fmt.Sprintf(`[
		{"kind": "lesson", "code": "m7-1", "title": "Sums", "course": "m7", "lesson_id": %q},
		{"kind": "session", "code": "s1", "lesson": "m7-1", "teacher": "T1", "classes": ["7a"], "start": "2100-01-01T08:00:00Z", "end": "2100-01-01T09:00:00Z"},
		{"kind": "session", "code": "s2", "lesson_id": %[1]q, "teacher": "T1", "classes": ["7a", "7b"], "start": "2100-01-01T08:00:00Z", "end": "2100-01-01T09:00:00Z", "environment": "prod"},
		{"kind": "guest", "session": "s1", "student": "9"}, {"kind": "cancel", "session": "s2", "reason": "snow"}]`, sums)
	if got := results(feed.Take(t.Context(), office, entries(t, document))); got[rosterfeed.Stored] != 5 {
		t.Errorf("got %v", got)
	}
	if got := results(feed.Take(t.Context(), office, entries(t, document))); got[rosterfeed.Unchanged] != 5 {
		t.Errorf("again: %v", got)
	}
}

// Whatever the order and however often records come, who is in which class is what was said last, and saying all of it again writes nothing.
func TestAFeedInAnyOrderComesToTheSame(t *testing.T) {
	t.Parallel()
	s := open(t)
	feed := rosterfeed.Feed{Commands: s.Commands}
	feed.Take(t.Context(), office, entries(t, tree))
	random := rand.New(rand.NewPCG(7, 11))
	classes, want := []string{"7a", "7b"}, map[string]map[string]bool{"7a": {"1": true, "3": true}, "7b": {}}
	var list []roster.Entry
	begin := time.Now().UnixMicro() // all is later than what was fed without an instant
	for at := range 150 {
		who, class := fmt.Sprint(random.IntN(6)), classes[random.IntN(2)]
		other := classes[0]
		if class == other {
			other = classes[1]
		}
		r := roster.Record{Class: class, Student: roster.Person{Number: who}, AsOf: domain.AsOf{At: begin + int64(at/2), Sequence: int64(at % 2)}}
		switch random.IntN(3) {
		case 0:
			r.Kind = roster.Join
			want[class][who] = true
		case 1:
			r.Kind = roster.Leave
			delete(want[class], who)
		case 2:
			r.Kind, r.To = roster.Transfer, other
			delete(want[class], who)
			want[other][who] = true
		}
		list = append(list, roster.Entry{Record: r})
	}
	list = append(list, list[:40]...)
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	for _, o := range feed.Take(t.Context(), office, list) {
		if o.Result == rosterfeed.Refused || o.Result == rosterfeed.Failed {
			t.Fatalf("%+v", o)
		}
	}
	head, err := s.Store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := results(feed.Take(t.Context(), office, list)); got[rosterfeed.Stored] > 0 {
		t.Errorf("said again, it came to %v", got)
	}
	if again, err := s.Store.Head(t.Context()); err != nil || again != head {
		t.Errorf("said again, it wrote %d events (%v)", again-head, err)
	}
	if err := s.Engine.Wait(t.Context(), "roster", head); err != nil {
		t.Fatal(err)
	}
	for _, class := range classes {
		var members []uuid.UUID
		for number := range want[class] {
			members = append(members, domain.PersonID("acme", number))
		}
		slices.SortFunc(members, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
		rows, err := s.Roster.Members(t.Context(), "acme", domain.ClassID("acme", class), read.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var got []uuid.UUID
		for _, m := range rows.Rows {
			got = append(got, m.Student)
		}
		if !slices.Equal(got, members) {
			t.Errorf("%s has %v, want %v", class, got, members)
		}
	}
}

// broken is a bus that can do nothing.
type broken struct{ err error }

func (b broken) Do(context.Context, access.Actor, commands.Command, ...commands.Option) (commands.Done, error) {
	return commands.Done{}, b.err
}

func TestWhatCouldNotBeTriedIsToBeSentAgain(t *testing.T) {
	t.Parallel()
	for _, err := range []error{errors.New("disk full"), fault.Refuse(fault.Unavailable, "busy", fault.Say("busy", "忙"))} {
		for _, o := range (rosterfeed.Feed{Commands: broken{err}}).Take(t.Context(), office, entries(t, tree)) {
			if o.Result != rosterfeed.Failed || !errors.Is(o.Err, err) {
				t.Errorf("got %+v", o)
			}
		}
	}
}
