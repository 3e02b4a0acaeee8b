package takedown_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/takedown"
)

// held is a version that is down since an instant; 0: it stands.
func held(since int64, orgs ...string) takedown.Holder {
	return takedown.Holder{Version: int(since), Orgs: orgs}
}

func since(h takedown.Holder) (int64, bool) { return int64(h.Version), h.Version > 0 }

func TestAViewIsGoneForThoseWhoWereGivenNothingElseOfIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		org     string
		holders []takedown.Holder
		last    int
		gone    bool
	}{
		"it is down":                                {"a", []takedown.Holder{held(1, "a")}, 0, true},
		"it stands":                                 {"a", []takedown.Holder{held(0, "a")}, 0, false},
		"nobody has it":                             {"a", nil, 0, false},
		"not given to them":                         {"b", []takedown.Holder{held(1, "a")}, 0, false},
		"given by one above":                        {"a/x", []takedown.Holder{held(1, "a")}, 0, true},
		"given by one below":                        {"a", []takedown.Holder{held(1, "a/x")}, 0, true},
		"given beside them":                         {"a/x", []takedown.Holder{held(1, "a/y")}, 0, false},
		"a duplicate of theirs stands":              {"a", []takedown.Holder{held(1, "a"), held(0, "a/x")}, 0, false},
		"a duplicate of others stands":              {"a", []takedown.Holder{held(1, "a"), held(0, "b")}, 0, true},
		"a duplicate was given to nobody":           {"a", []takedown.Holder{held(1, "a"), held(0)}, 0, true},
		"both are down, the first one last":         {"a", []takedown.Holder{held(5, "a"), held(3, "a")}, 0, true},
		"both are down at once":                     {"a", []takedown.Holder{held(5, "a"), held(5, "a")}, 1, true},
		"the one that went down later is of others": {"a", []takedown.Holder{held(3, "a"), held(5, "b")}, 0, true},
	} {
		if last, gone := takedown.Gone(c.org, c.holders, since); last != c.last || gone != c.gone {
			t.Errorf("%s: %d, %t", name, last, gone)
		}
	}
}

// What others have, and what nobody was given, changes nothing; another takedown never brings a view back, and another version that stands never takes one away.
func TestLawsOfAViewThatIsGone(t *testing.T) {
	t.Parallel()
	orgs := rapid.SampledFrom([]string{"a", "a/x", "a/x/1", "a/y", "b", "b/x"})
	holder := rapid.Custom(func(t *rapid.T) takedown.Holder {
		return held(rapid.Int64Range(0, 4).Draw(t, "since"), rapid.SliceOfN(orgs, 0, 3).Draw(t, "orgs")...)
	})
	rapid.Check(t, func(t *rapid.T) {
		holders, org := rapid.SliceOfN(holder, 0, 6).Draw(t, "holders"), orgs.Draw(t, "org")
		around := func(h takedown.Holder) bool {
			return slices.ContainsFunc(h.Orgs, func(of string) bool { return strings.HasPrefix(of+"/", org+"/") || strings.HasPrefix(org+"/", of+"/") })
		}
		var theirs []takedown.Holder
		standing := 0
		for _, h := range holders {
			if around(h) {
				theirs = append(theirs, h)
				if h.Version == 0 {
					standing++
				}
			}
		}
		last, gone := takedown.Gone(org, holders, since)
		if gone != (len(theirs) > 0 && standing == 0) {
			t.Fatalf("gone %t: %d of theirs, of which %d stand", gone, len(theirs), standing)
		}
		if gone && (!around(holders[last]) || slices.ContainsFunc(theirs, func(h takedown.Holder) bool { return h.Version > holders[last].Version })) {
			t.Fatalf("it is gone by %+v of %+v", holders[last], holders)
		}
		if _, alone := takedown.Gone(org, theirs, since); alone != gone {
			t.Fatal("what others have makes a difference")
		}
		if len(holders) == 0 {
			return
		}
		i := rapid.IntRange(0, len(holders)-1).Draw(t, "one")
		imposed := slices.Clone(holders)
		imposed[i].Version = 9
		if _, still := takedown.Gone(org, imposed, since); gone && !still {
			t.Fatal(fmt.Sprint("a takedown brings it back: ", holders, i))
		}
		if _, still := takedown.Gone(org, append(imposed, held(0, org)), since); still {
			t.Fatal("a version that stands does not show it")
		}
	})
}
