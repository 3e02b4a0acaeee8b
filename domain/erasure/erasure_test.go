package erasure_test

import (
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/erasure"
	"qbank/domain/event"
	"qbank/domain/fault"
)

var (
	boss   = access.Actor{ID: "boss", Scope: access.Scope{Org: "school"}}
	person = uuid.New()
)

func TestDecisions(t *testing.T) {
	t.Parallel()
	var none erasure.Erasure
	begun := none.Apply(erasure.Begun{})
	over := begun.Apply(erasure.Erased{})
	known := none.Apply(erasure.Begun{Homes: []string{"other"}}).Apply(erasure.Erased{})
	self := boss
	self.ID = person.String()
	for name, c := range map[string]struct {
		of     erasure.Erasure
		by     access.Actor
		reason string
		homes  []string
		events int
		code   string
	}{
		"begun":                     {none, boss, "asked for it", []string{"school", "school/math"}, 1, ""},
		"gone on with":              {begun, boss, "asked for it", []string{"school"}, 0, ""},
		"gone on with by the log":   {begun, boss, "asked for it", nil, 0, ""},
		"once more":                 {over, boss, "asked for it", []string{"school"}, 1, ""},
		"nobody":                    {none, boss, "asked for it", nil, 0, "person.not_found"},
		"of others":                 {none, boss, "asked for it", []string{"other", "schoolyard"}, 0, "person.not_found"},
		"also of others":            {none, boss, "asked for it", []string{"school", "other"}, 0, "person.elsewhere"},
		"also of others, by now":    {begun, boss, "asked for it", []string{"other"}, 0, "person.elsewhere"},
		"once more, by strangers":   {known, boss, "asked for it", nil, 0, "person.elsewhere"},
		"once more, by their own":   {known, access.Actor{ID: "x", Scope: access.Scope{Org: "other"}}, "asked for it", nil, 1, ""},
		"without a reason":          {none, boss, "", []string{"school"}, 0, "reason.missing"},
		"oneself":                   {none, self, "tired", []string{"school"}, 0, "person.oneself"},
		"by one of no organisation": {none, access.Actor{ID: "x"}, "r", []string{"school"}, 0, "person.not_found"},
	} {
		events, err := c.of.Begin(c.by, person, c.reason, c.homes)
		if c.code == "" && err != nil || c.code != "" && !fault.Is(err, c.code) || len(events) != c.events {
			t.Errorf("%s: %v, %v", name, events, err)
		}
	}
}

// Each beginning has one end, and there is no end without one.
func TestLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var e erasure.Erasure
		open, ended := 0, 0
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			var events []event.Event
			var err error
			if rapid.Bool().Draw(t, "begin") {
				if events, err = e.Begin(boss, person, "r", []string{"school"}); len(events) > 0 {
					open++
				}
			} else if events, err = e.End(map[string]int{"people": 1}); len(events) > 0 {
				open--
				ended++
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, ev := range events {
				e = e.Apply(ev)
			}
			if open < 0 || open > 1 || e.UnderWay != (open == 1) || e.Times != ended {
				t.Fatalf("%+v with %d open and %d ended", e, open, ended)
			}
		}
	})
}
