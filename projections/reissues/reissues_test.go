package reissues_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/hotconfig"
	"qbank/domain/reissue"
	"qbank/domain/release"
	"qbank/domain/takedown"
	"qbank/projections/projtest"
	"qbank/projections/read"
	"qbank/projections/reissues"
)

var (
	definitions = slices.Concat(reissue.Events, takedown.Events, release.Events, environment.Events, hotconfig.Events)
	prod        = access.Scope{Org: "acme", Environment: "prod"}
	q1, q2      = projtest.StreamID("q1"), projtest.StreamID("q2")
)

func asked(org, environment string, question uuid.UUID, from, until int64) reissue.Asked {
	return reissue.Asked{Terms: reissue.Terms{Environment: environment, Org: org, Question: question, Version: 2, Pins: []reissue.Pin{{Question: question, Version: 2}},
		Audience: reissue.Audience{Classes: []uuid.UUID{projtest.StreamID("7b")}}, From: from, Until: until, Reason: "a typo"}, Reach: reissue.Reach{Students: 3, Digest: "d"}, By: "li"}
}

func down(id, environment string, question uuid.UUID, version int) takedown.Imposed {
	return takedown.Imposed{Takedown: projtest.StreamID(id), Org: "acme/math", Environment: environment, Question: question, Version: version, Reason: "wrong"}
}

func history() []projtest.Facts {
	granted := reissue.Granted{Reach: reissue.Reach{Students: 4, Digest: "e"}, By: "wang", At: 50}
	return []projtest.Facts{
		projtest.In("r1", asked("acme/math", "prod", q1, 0, 100), granted).At(10),
		projtest.In("r2", asked("acme", "prod", q1, 60, 200), granted).At(11),
		projtest.In("r3", asked("acme", "prod", q2, 0, 100), granted, reissue.Revoked{By: "wang", At: 70, Reason: "enough"}).At(12),
		projtest.In("r4", asked("acme", "prod", q2, 0, 100), reissue.Declined{By: "wang", Reason: "no"}).At(13),
		projtest.In("r5", asked("acme", "dev", q1, 0, 100), granted).At(14),
		projtest.In("r6", asked("acmeister", "prod", q1, 0, 100), granted).At(15),
		projtest.In("t1", down("one", "prod", q1, 1), down("two", "", q1, 0)).At(20),
		projtest.In("t2", down("three", "dev", q2, 1), takedown.Lifted{Takedown: projtest.StreamID("three"), Question: q2, Environment: "dev", Reason: "right"}).At(21),
		projtest.In("prod", environment.Released{Release: projtest.StreamID("w"), Environment: "prod", Org: "acme", Lesson: projtest.StreamID("l1")},
			environment.Opened{Release: projtest.StreamID("g"), Environment: "prod", Lessons: []environment.Entry{{Lesson: projtest.StreamID("l1")}}}),
		projtest.In("g", release.Started{Weight: 5}),
		projtest.In("prod", environment.Completed{Release: projtest.StreamID("g"), Environment: "prod"}),
		projtest.In("g", release.Advanced{Weight: 100}), // it has no lessons any more
		projtest.In("k", hotconfig.Described{Org: "acme/math", Key: "speed"}, hotconfig.Killed{Org: "acme/math", Key: "speed", Environment: "prod", Reason: "it freezes"}),
	}
}

func TestWhatIsInForce(t *testing.T) {
	t.Parallel()
	log := projtest.Given(t, definitions, reissues.New(), history()...)
	reader := reissues.NewReader(log.Pool)
	for _, c := range []struct {
		environment string
		now         int64
		want        []string
		takedowns   int
	}{{"prod", 55, []string{"r6", "r2", "r1"}, 2}, {"prod", 100, []string{"r2"}, 2}, {"prod", 200, nil, 2}, {"dev", 55, []string{"r5"}, 1}, {"test", 55, nil, 1}} {
		force, err := reader.InForce(t.Context(), c.environment, c.now)
		if err != nil {
			t.Fatal(err)
		}
		var want []uuid.UUID
		for _, name := range c.want {
			want = append(want, projtest.StreamID(name))
		}
		var got []uuid.UUID
		for _, r := range force.Reissues {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, want) || len(force.Takedowns) != c.takedowns {
			t.Errorf("%s at %d: %v and %d takedowns, want %v and %d", c.environment, c.now, got, len(force.Takedowns), want, c.takedowns)
		}
	}
}

func TestReissuesAreListedInTheirScope(t *testing.T) {
	t.Parallel()
	log := projtest.Given(t, definitions, reissues.New(), history()...)
	reader := reissues.NewReader(log.Pool)
	count := func(filter reissues.Filter) int {
		t.Helper()
		list, err := reader.List(t.Context(), prod, filter, read.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return len(list.Rows)
	}
	for i, c := range []struct {
		filter reissues.Filter
		want   int
	}{{reissues.Filter{}, 4}, {reissues.Filter{Question: q1}, 2}, {reissues.Filter{States: []reissue.State{reissue.IsDeclined, reissue.IsRevoked}}, 2},
		{reissues.Filter{ActiveAt: 55}, 1}, {reissues.Filter{ActiveAt: 60}, 2}, {reissues.Filter{ActiveAt: 100}, 1}} {
		if got := count(c.filter); got != c.want {
			t.Errorf("%d: %d, want %d", i, got, c.want)
		}
	}
	found, err := reader.Get(t.Context(), prod, []uuid.UUID{projtest.StreamID("r3"), projtest.StreamID("r5"), projtest.StreamID("r6")})
	if r := found[projtest.StreamID("r3")]; err != nil || len(found) != 1 || r.State != reissue.IsRevoked || r.GrantedBy != "wang" || r.EndedWhy != "enough" || r.Revision != 3 ||
		r.Reach.Students != 4 || len(r.Audience.Classes) != 1 || r.Pins[0].Version != 2 {
		t.Errorf("%+v, %v", found, err)
	}
	overlaps, err := reader.Overlaps(t.Context(), prod, []uuid.UUID{q1, q2}, 100, 150)
	if err != nil || len(overlaps) != 1 || overlaps[0].ID != projtest.StreamID("r2") {
		t.Errorf("%+v, %v", overlaps, err)
	}
	all, err := reader.Takedowns(t.Context(), access.Scope{Org: "acme", Environment: "dev"}, false, read.Page{})
	if err != nil || len(all.Rows) != 2 {
		t.Errorf("%+v, %v", all, err)
	}
	if standing, err := reader.Takedowns(t.Context(), access.Scope{Org: "acme", Environment: "dev"}, true, read.Page{}); err != nil || len(standing.Rows) != 1 || standing.Rows[0].Version != 0 {
		t.Errorf("%+v, %v", standing, err)
	}
	if none, err := reader.GetTakedowns(t.Context(), access.Scope{Org: "other", Environment: "prod"}, []uuid.UUID{projtest.StreamID("one")}); err != nil || len(none) != 0 {
		t.Errorf("%+v, %v", none, err)
	}
}

// What has turned is listed until that is said; what ended long ago is not.
func TestWindowsThatTurn(t *testing.T) {
	t.Parallel()
	granted := reissue.Granted{By: "wang", At: 50}
	log := projtest.Given(t, definitions, reissues.New(), projtest.In("later", asked("acme", "prod", q1, 60, 200), granted), projtest.In("at once", asked("acme", "dev", q1, 0, 100), granted),
		projtest.In("begun", asked("acme", "prod", q1, 60, 150), granted, reissue.Begun{At: 60}), projtest.In("over", asked("acme", "prod", q1, 0, 80), granted, reissue.Expired{At: 80}),
		projtest.In("revoked", asked("acme", "prod", q1, 60, 90), granted, reissue.Revoked{At: 55}).At(55), projtest.In("asked", asked("acme", "prod", q1, 60, 90)))
	reader := reissues.NewReader(log.Pool)
	names := map[uuid.UUID]string{}
	var ids []uuid.UUID
	for _, name := range []string{"later", "at once", "begun", "over", "revoked", "asked"} {
		ids = append(ids, projtest.StreamID(name))
		names[projtest.StreamID(name)] = name
	}
	for _, c := range []struct {
		now, since int64
		want       string
	}{{50, 0, ""}, {59, 0, ""}, {60, 0, "later"}, {99, 0, "later"}, {100, 0, "at once, later"}, {150, 0, "at once, begun, later"}, {150, 99, "at once, begun, later"}, {150, 100, "begun, later"},
		{200, 150, "later"}, {300, 200, ""}} {
		list, err := reader.Turning(t.Context(), c.now, c.since)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range list {
			got = append(got, names[r.ID])
		}
		if slices.Sort(got); strings.Join(got, ", ") != c.want {
			t.Errorf("at %d since %d: %v, want %s", c.now, c.since, got, c.want)
		}
	}
	for before, want := range map[int64]int{55: 0, 56: 1, 81: 2, 101: 4, 1000: 6} {
		if over, err := reader.Over(t.Context(), ids, before); err != nil || len(over) != want {
			t.Errorf("before %d, %d are over, want %d, %v", before, len(over), want, err)
		}
	}
	list, err := reader.Notices(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[reissues.Kind]int{}
	for _, n := range list {
		kinds[n.Kind]++
		if n.Audience == nil {
			t.Errorf("everybody is told %+v", n)
		}
	}
	if kinds[reissues.Reissued] != 6 || kinds[reissues.ReissueExpired] != 1 {
		t.Errorf("%v", kinds)
	}
	log.RebuildEquals(t, reissues.New())
}

func TestNoticesAreOnePerEventAndInOrder(t *testing.T) {
	t.Parallel()
	log := projtest.Given(t, definitions, reissues.New(), history()...)
	reader := reissues.NewReader(log.Pool)
	list, err := reader.Notices(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []reissues.Kind
	last := int64(0)
	for _, n := range list {
		kinds = append(kinds, n.Kind)
		if n.Position <= last || (n.Audience != nil) != (n.Kind == reissues.Reissued || n.Kind == reissues.ReissueRevoked) {
			t.Errorf("%+v after %d", n, last)
		}
		last = n.Position
	}
	want := []reissues.Kind{reissues.Reissued, reissues.Reissued, reissues.Reissued, reissues.ReissueRevoked, reissues.Reissued, reissues.Reissued,
		reissues.TakenDown, reissues.TakenDown, reissues.TakenDown, reissues.TakedownLifted, reissues.ReleaseChanged, reissues.ReleaseChanged, reissues.ReleaseChanged,
		reissues.ConfigChanged, reissues.ConfigChanged}
	if !slices.Equal(kinds, want) || list[0].Org != "acme/math" || list[0].Environment != "prod" {
		t.Errorf("%v, the first %+v", kinds, list[0])
	}
	for i, lane := range map[int]string{len(list) - 2: "", len(list) - 1: "prod"} {
		if n := list[i]; n.Org != "acme/math" || !n.Below || n.Environment != lane || n.Subject != projtest.StreamID("k") || string(n.Data) != `{"key":"speed"}` {
			t.Errorf("%+v tells %s", n, n.Data)
		}
	}
	if newest, oldest, err := reader.Newest(t.Context(), 2); err != nil || newest != last || oldest != list[len(list)-2].Position {
		t.Errorf("%d, %d, %v", newest, oldest, err)
	}
	if rest, err := reader.Notices(t.Context(), list[3].Position, 2); err != nil || len(rest) != 2 || rest[0].Position != list[4].Position {
		t.Errorf("%+v, %v", rest, err)
	}
	log.RebuildEquals(t, reissues.New())
}
