package takedown_test

import (
	"fmt"
	"maps"
	"reflect"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/takedown"
)

var question = uuid.New()

func imposed(id string, version int, environment string) takedown.Imposed {
	return takedown.Imposed{Takedown: uuid.NewSHA1(question, []byte(id)), Org: "acme", Question: question, Version: version, Environment: environment, Reason: "wrong"}
}

func TestWhatCannotBeTakenDownOrLifted(t *testing.T) {
	t.Parallel()
	stands := takedown.Takedowns{}.Apply(imposed("a", 2, "prod"))
	for name, c := range map[string]struct {
		events []event.Event
		err    error
		code   string
	}{
		"never published": result(takedown.Takedowns{}.Impose(imposed("a", 0, ""), 0))("takedown.version"),
		"not yet":         result(takedown.Takedowns{}.Impose(imposed("a", 3, ""), 2))("takedown.version"),
		"below nothing":   result(takedown.Takedowns{}.Impose(imposed("a", -1, ""), 2))("takedown.version"),
		"down already":    result(stands.Impose(imposed("b", 2, "prod"), 2))("takedown.stands"),
		"wider":           result(stands.Impose(imposed("b", 0, "prod"), 2))(""),
		"elsewhere":       result(stands.Impose(imposed("b", 2, "dev"), 2))(""),
		"the same again":  result(stands.Impose(imposed("a", 2, "prod"), 2))("nothing"),
		"no such":         result(stands.Lift(uuid.New(), "x"))("takedown.not_found"),
		"without why":     result(stands.Lift(imposed("a", 2, "prod").Takedown, ""))("reason.missing"),
	} {
		switch {
		case c.code == "" && (c.err != nil || len(c.events) != 1), c.code == "nothing" && (c.err != nil || len(c.events) != 0):
			t.Errorf("%s: %v, %v", name, c.events, c.err)
		case c.code != "" && c.code != "nothing" && !fault.Is(c.err, c.code):
			t.Errorf("%s: %v, want %s", name, c.err, c.code)
		}
	}
}

func result(events []event.Event, err error) func(string) struct {
	events []event.Event
	err    error
	code   string
} {
	return func(code string) struct {
		events []event.Event
		err    error
		code   string
	} {
		return struct {
			events []event.Event
			err    error
			code   string
		}{events, err, code}
	}
}

func TestAnyCommandsKeepTheLaws(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(takedown.Events)
	environments := []string{"", "dev", "prod"}
	rapid.Check(t, func(t *rapid.T) {
		var state, again takedown.Takedowns
		standing, lifted := map[uuid.UUID]takedown.Imposed{}, map[uuid.UUID]bool{}
		covered := func(environment string, version int) bool {
			for _, s := range standing {
				if (s.Environment == "" || s.Environment == environment) && (s.Version == 0 || s.Version == version) {
					return true
				}
			}
			return false
		}
		store := func(events []event.Event) {
			for _, e := range events {
				state = state.Apply(e)
				name, version, data, err := codec.Encode(e)
				if err != nil {
					t.Fatal(err)
				}
				read, err := codec.Decode(name, version, data)
				if err != nil {
					t.Fatal(err)
				}
				again = again.Apply(read)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"impose": func(t *rapid.T) {
				i := imposed(fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "id")), rapid.IntRange(0, 3).Draw(t, "version"), rapid.SampledFrom(environments).Draw(t, "where"))
				known := lifted[i.Takedown] || standing[i.Takedown].Takedown != uuid.Nil
				refused := !known && covered(i.Environment, i.Version)
				if i.Version == 0 || i.Environment == "" { // of all it is refused only where all of it is down
					refused = false
					for _, s := range standing {
						refused = refused || !known && (s.Version == 0 || s.Version == i.Version) && (s.Environment == "" || s.Environment == i.Environment)
					}
				}
				events, err := state.Impose(i, 3)
				if refused != (err != nil) || !refused && known != (len(events) == 0) {
					t.Fatalf("%+v: %v, %v", i, events, err)
				}
				if len(events) > 0 {
					standing[i.Takedown] = i
				}
				store(events)
			},
			"lift": func(t *rapid.T) {
				id := imposed(fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "id")), 0, "").Takedown
				_, stands := standing[id]
				events, err := state.Lift(id, "right")
				if (stands || lifted[id]) != (err == nil) || stands != (len(events) == 1) {
					t.Fatalf("%v, %v", events, err)
				}
				if stands {
					delete(standing, id)
					lifted[id] = true
				}
				store(events)
			},
			"": func(t *rapid.T) {
				if !maps.Equal(state.Standing, standing) {
					t.Fatalf("%+v stand, want %+v", state.Standing, standing)
				}
				if !reflect.DeepEqual(state, again) {
					t.Fatalf("read again %+v, want %+v", again, state)
				}
			},
		})
	})
}
