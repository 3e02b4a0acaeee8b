package delivery_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/reissue"
	"qbank/domain/release"
	"qbank/domain/session"
	"qbank/domain/takedown"
	"qbank/projections/delivery"
	"qbank/projections/projtest"
	"qbank/projections/read"
)

// A view is read where students were given it, by whatever, from then on and for ever; and nowhere else.
func TestAViewIsReadWhereItWasGiven(t *testing.T) {
	t.Parallel()
	known := types(t)
	p := delivery.New(known)
	var facts []projtest.Facts
	names := []string{"baseline", "candidate", "patch", "reissue", "session", "published"}
	for _, name := range names {
		facts = append(facts, projtest.In(name, published(1, strings.Replace(sum("a", "right"), "2 + 2", name, 1))))
	}
	facts = append(facts, projtest.In("l", lesson.Published{Version: 1, Plan: plan("Views", "baseline")}))
	log := projtest.Given(t, definitions, p, facts...)
	reader := delivery.NewReader(log.Pool, known)
	views := map[string]content.Hash{}
	for _, name := range names {
		views[name] = onlyVersion(t, reader, name).Public
	}
	given := func(scope access.Scope, want ...string) {
		t.Helper()
		for _, name := range names {
			view, err := reader.Public(t.Context(), scope, views[name])
			if err != nil && !fault.Is(err, "blob.not_found") {
				t.Fatal(err)
			}
			if read := err == nil; read != slices.Contains(want, name) || read && content.HashBytes(view) != views[name] {
				t.Errorf("%+v: %s is read %v", scope, name, read)
			}
		}
	}
	then := func(facts ...projtest.Facts) {
		log.Append(facts...)
		log.Run(p)
	}
	prod := scope(school)
	given(prod)

	then(projtest.In("prod", released("prod", school, "l", 1, frozen("s1", "baseline", 1))))
	given(prod, "baseline")

	gray := release.Plan{Environment: "prod", Org: school, Total: 1, Steps: []release.Step{{Weight: 1}},
		Lessons: release.Set{{Lesson: projtest.StreamID("l"), Org: school, Version: 1, Questions: []environment.Frozen{frozen("s1", "candidate", 1)}}}}
	then(projtest.In("r", release.Planned{Plan: gray}), projtest.In("prod", environment.Opened{Release: projtest.StreamID("r"), Environment: "prod", Lessons: gray.Lessons.Entries()}))
	given(prod, "baseline") // it has not begun
	then(projtest.In("r", release.Started{}))
	given(prod, "baseline", "candidate")
	then(projtest.In("prod", environment.Patched{Release: projtest.StreamID("r"), Environment: "prod", Org: school, Lesson: projtest.StreamID("l"),
		Places: []environment.Patch{{Slot: "s1", Question: projtest.StreamID("patch"), From: 1, To: 1}}}))
	then(projtest.In("r", release.RolledBack{}), projtest.In("prod", environment.Closed{Release: projtest.StreamID("r"), Environment: "prod"}))

	asked := reissue.Asked{Terms: reissue.Terms{Environment: "prod", Org: school, Pins: []reissue.Pin{{Question: projtest.StreamID("reissue"), Version: 1}}}}
	then(projtest.In("given", asked))
	given(prod, "baseline", "candidate", "patch") // nobody has granted it
	then(projtest.In("given", reissue.Granted{}))

	then(projtest.In("class", session.Planned{Org: school, Environment: "prod"}))
	then(projtest.In("class", session.Started{Pins: session.Pins{Org: "acme/physics", Items: []session.Pin{{Public: views["session"]}}}}))

	then(projtest.In("prod", environment.Withdrawn{Environment: "prod", Lesson: projtest.StreamID("l"), Reason: "over"}))
	all := []string{"baseline", "candidate", "patch", "reissue", "session"}
	for _, org := range []string{school, "acme", "acme/math", school + "/class-1"} {
		given(scope(org), all...)
	}
	for _, org := range []string{"acme/physics", "acme/math/senior2", "acm", "other"} {
		given(scope(org))
	}
	given(access.Scope{Org: school, Environment: "dev"})
	given(access.Scope{Org: school})

	then(projtest.In("dev", released("dev", "acme/physics", "l", 1, frozen("s1", "baseline", 1))))
	given(access.Scope{Org: "acme/physics", Environment: "dev"}, "baseline")
	given(scope("acme/physics"))
	if rows := log.Dump(fmt.Sprintf("delivery_v%d", p.Version())); len(rows["given"]) != len(all)+1 || len(rows["sessions"]) != 0 {
		t.Errorf("%d views are given, %d sessions wait", len(rows["given"]), len(rows["sessions"]))
	}
	log.RebuildEquals(t, p)
}

// Errata follow what was asked for before they were published, for as long as it may be given, and their views are read where it is.
func TestErrataFollowReissues(t *testing.T) {
	t.Parallel()
	known := types(t)
	p := delivery.New(known)
	text := func(stem string) string { return strings.Replace(sum("a", "right"), "2 + 2", stem, 1) }
	asked := func(of string, version int, until time.Time) reissue.Asked {
		return reissue.Asked{Terms: reissue.Terms{Environment: "prod", Org: school, Until: until.UnixMicro(),
			Pins: []reissue.Pin{{Question: projtest.StreamID("other"), Version: 1}, {Question: projtest.StreamID(of), Version: version}}}}
	}
	erratum := func(version int, stem string) question.Published {
		e := published(version, text(stem))
		e.Kind = question.Erratum
		return e
	}
	later := time.Now().Add(time.Hour)
	log := projtest.Given(t, definitions, p,
		projtest.In("other", published(1, text("another"))), projtest.In("q", published(1, text("first"))),
		projtest.In("granted", asked("q", 1, later), reissue.Granted{}), projtest.In("waiting", asked("q", 1, later)),
		projtest.In("revoked", asked("q", 1, later), reissue.Granted{}, reissue.Revoked{}), projtest.In("over", asked("q", 1, time.UnixMicro(1)), reissue.Granted{}),
		projtest.In("q", erratum(2, "second")),
		projtest.In("meant", asked("q", 1, later), reissue.Granted{}),
		projtest.In("q", erratum(3, "third"), published(4, text("fourth")), erratum(5, "fifth")))
	reader := delivery.NewReader(log.Pool, known)
	gives := func(name string, want ...int) {
		t.Helper()
		found, err := reader.Reissued(t.Context(), []uuid.UUID{projtest.StreamID(name)})
		if got := found[projtest.StreamID(name)]; err != nil || !slices.Equal(got, want) {
			t.Errorf("%s gives %v, %v; want %v", name, got, err, want)
		}
	}
	gives("granted", 1, 3)
	gives("waiting", 1, 3)
	gives("meant", 1, 1)
	gives("over", 1, 1)
	gives("revoked")
	rows, err := reader.Versions(t.Context(), projtest.StreamID("q"), read.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range rows.Rows {
		_, err := reader.Public(t.Context(), scope(school), v.Public)
		if read := err == nil; read != (v.Version <= 3) {
			t.Errorf("version %d is read %v: %v", v.Version, read, err)
		}
	}
	log.RebuildEquals(t, p)
}

// Versions that nobody was given hold nothing, and what one environment was given says nothing of another.
func TestWhoHoldsAView(t *testing.T) {
	t.Parallel()
	known := types(t)
	doc := sum("a", "right")
	log := projtest.Given(t, definitions, delivery.New(known),
		projtest.In("mine", published(1, doc)), projtest.In("mine", published(2, sum("b", "the same view"))), projtest.In("theirs", published(1, doc)), projtest.In("unused", published(1, doc)),
		projtest.In("else", published(1, strings.Replace(doc, "2 + 2", "1 + 3", 1))),
		projtest.In("l", lesson.Published{Version: 1, Plan: plan("Sums", "mine", "else")}), projtest.In("k", lesson.Published{Version: 1, Plan: plan("Sums", "theirs")}),
		projtest.In("prod", released("prod", school, "l", 1, frozen("s1", "mine", 1), frozen("s2", "else", 1))), projtest.In("prod", released("prod", "other", "k", 1, frozen("s1", "theirs", 1))),
		projtest.In("prod", released("prod", "acme", "m", 1, frozen("s1", "mine", 1))), projtest.In("dev", released("dev", school, "l", 1, frozen("s1", "mine", 2))))
	reader := delivery.NewReader(log.Pool, known)
	view := onlyVersion(t, reader, "theirs").Public
	for name, c := range map[string]struct {
		in   environment.Name
		of   []string
		want []takedown.Holder
	}{
		"prod, by mine":    {"prod", []string{"mine"}, []takedown.Holder{{Question: projtest.StreamID("mine"), Version: 1, Orgs: []string{"acme", school}}, {Question: projtest.StreamID("theirs"), Version: 1, Orgs: []string{"other"}}}},
		"prod, by theirs":  {"prod", []string{"theirs"}, []takedown.Holder{{Question: projtest.StreamID("mine"), Version: 1, Orgs: []string{"acme", school}}, {Question: projtest.StreamID("theirs"), Version: 1, Orgs: []string{"other"}}}},
		"dev":              {"dev", []string{"mine", "theirs"}, []takedown.Holder{{Question: projtest.StreamID("mine"), Version: 2, Orgs: []string{school}}}},
		"nowhere":          {"test", []string{"mine"}, nil},
		"of another text":  {"prod", []string{"else"}, nil},
		"of none of these": {"prod", nil, nil},
	} {
		var ids []uuid.UUID
		for _, q := range c.of {
			ids = append(ids, projtest.StreamID(q))
		}
		views, err := reader.Holders(t.Context(), c.in, ids)
		if err != nil {
			t.Fatal(err)
		}
		for _, list := range [][]takedown.Holder{views[view], c.want} {
			for _, h := range list {
				slices.Sort(h.Orgs)
			}
			slices.SortFunc(list, func(a, b takedown.Holder) int { return bytes.Compare(a.Question[:], b.Question[:]) })
		}
		if !reflect.DeepEqual(views[view], c.want) {
			t.Errorf("%s: %+v, want %+v", name, views[view], c.want)
		}
	}
}
