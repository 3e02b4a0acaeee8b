package roster_test

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/roster"
)

func student(n int) uuid.UUID { return roster.PersonID("acme", string(rune('a'+n))) }

func given(events ...event.Event) (c roster.Class) {
	for _, e := range events {
		c = c.Apply(e)
	}
	return c
}

func TestAClassIsKeptAsItIsWanted(t *testing.T) {
	t.Parallel()
	c := given(roster.ClassCreated{Org: "acme", Code: "7b", Title: "Seven B"})
	for _, try := range []struct {
		class roster.Class
		title string
		want  []event.Event
	}{
		{roster.Class{}, "Seven B", []event.Event{roster.ClassCreated{Org: "acme", Code: "7b", Title: "Seven B"}}},
		{c, "Seven B", nil},
		{c, "Eight B", []event.Event{roster.ClassRenamed{Title: "Eight B"}}},
	} {
		if got, err := try.class.Keep("acme", "7b", try.title); err != nil || !reflect.DeepEqual(got, try.want) {
			t.Errorf("got %+v, %v, want %+v", got, err, try.want)
		}
	}
	if got := c.Apply(roster.ClassRenamed{Title: "Eight B"}).Title; got != "Eight B" {
		t.Errorf("the class is called %q", got)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := given(roster.ClassCreated{Org: "acme", Code: "7b", Title: "Seven B"})
	crowd := make([]uuid.UUID, roster.MaxMembers)
	for i := range crowd {
		crowd[i] = uuid.New()
	}
	full := c.Apply(roster.MembersJoined{Students: crowd})
	refused := func(events []event.Event, err error) func(string) {
		return func(code string) {
			t.Helper()
			if !fault.Is(err, code) || events != nil {
				t.Errorf("got %d events, %v, want %s", len(events), err, code)
			}
		}
	}
	refused(c.Keep("acme", "", "Seven B"))("class.invalid")
	refused(c.Keep("acme", strings.Repeat("7", 101), "Seven B"))("class.invalid")
	refused(c.Keep("acme", "7\x00b", "Seven B"))("class.invalid")
	refused(c.Keep("acme", "7b", ""))("class.invalid")
	refused(c.Keep("acme", "7b", strings.Repeat("长", 301)))("class.invalid")
	refused(roster.Class{}.Join([]uuid.UUID{student(1)}))("class.not_found")
	refused(roster.Class{}.Leave(nil))("class.not_found")
	refused(full.Join([]uuid.UUID{student(1)}))("class.full")
	if events, err := full.Join(crowd[:5]); err != nil || events != nil {
		t.Errorf("who is in a full class already came to %v, %v", events, err)
	}
}

func TestMembershipIsASet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		created := roster.ClassCreated{Org: "acme", Code: "7b", Title: "Seven B"}
		c, again := given(created), given(created)
		codec := event.NewCodec(roster.Events)
		want := map[uuid.UUID]bool{}
		does := func(events []event.Event, err error) {
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				name, version, data, err := codec.Encode(e)
				if err != nil {
					t.Fatal(err)
				}
				read, err := codec.Decode(name, version, data)
				if err != nil {
					t.Fatal(err)
				}
				c, again = c.Apply(e), again.Apply(read)
			}
		}
		some := func(t *rapid.T) []uuid.UUID {
			return rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 5), student), 0, 6).Draw(t, "students")
		}
		t.Repeat(map[string]func(*rapid.T){
			"join": func(t *rapid.T) {
				who := some(t)
				does(c.Join(who))
				for _, s := range who {
					want[s] = true
				}
				if events, err := c.Join(who); err != nil || events != nil {
					t.Fatalf("joining twice came to %v, %v", events, err)
				}
			},
			"leave": func(t *rapid.T) {
				who := some(t)
				does(c.Leave(who))
				for _, s := range who {
					delete(want, s)
				}
				if events, err := c.Leave(who); err != nil || events != nil {
					t.Fatalf("leaving twice came to %v, %v", events, err)
				}
			},
			"": func(t *rapid.T) {
				if !maps.Equal(c.Members, want) || !reflect.DeepEqual(c, again) {
					t.Fatalf("members are %v, want %v", c.Members, want)
				}
			},
		})
	})
}

func TestIDsAreMadeOfWhatTheOrganisationKnows(t *testing.T) {
	t.Parallel()
	class := roster.ClassID("acme", "7b")
	if roster.ClassID("acme", "7b") != class || class == roster.ClassID("other", "7b") {
		t.Error("a class is not told by organisation and code")
	}
	if roster.PersonID("acme", "1") == roster.PersonID("other", "1") || roster.PersonID("acme", "1") == roster.ClassID("acme", "1") {
		t.Error("a person is not told by organisation and number")
	}
	id := student(1)
	foreign := roster.PersonOf("auth0|1")
	if roster.PersonOf(id.String()) != id || roster.PersonOf("auth0|1") != foreign || foreign == roster.PersonOf("auth0|2") {
		t.Error("a subject does not lead to one person")
	}
}
