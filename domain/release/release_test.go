package release_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/bucketing"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/release"
	"qbank/domain/targeting"
)

const (
	second = int64(1_000_000) // microseconds
	hour   = 3600 * second
	day    = 24 * hour
)

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// noon of a day in Shanghai.
func noon() release.Moment {
	return release.Moment{At: time.Date(2026, 9, 1, 12, 0, 0, 0, shanghai).UnixMicro(), Zones: map[string]*time.Location{"Asia/Shanghai": shanghai, "UTC": time.UTC}}
}

func after(m release.Moment, micros int64) release.Moment {
	m.At += micros
	return m
}

func lessonOf(name string) release.Lesson {
	return release.Lesson{Lesson: uuid.NewSHA1(uuid.NameSpaceOID, []byte(name)), Version: 2,
		Questions: []environment.Frozen{{Slot: "a", Question: uuid.NewSHA1(uuid.NameSpaceOID, []byte("q")), Version: 3}}}
}

// gradual is a release in three steps, with evenings left alone.
func gradual(change ...func(*release.Plan)) release.Plan {
	p := release.Plan{Environment: "prod", Org: "acme", Title: "Better sums", Lessons: release.Set{lessonOf("sums")}, Total: 100,
		Steps:     []release.Step{{Weight: 5, Hold: 60_000}, {Weight: 30, Hold: 1000, Sample: 100}, {Weight: 100}},
		Blackouts: []release.Blackout{{From: "18:00", To: "22:00", Zone: "Asia/Shanghai"}}}
	for _, f := range change {
		f(&p)
	}
	return p
}

// story is what was decided so far.
type story struct {
	*testing.T
	release.Release
}

func given(t *testing.T, p release.Plan) *story {
	t.Helper()
	s := &story{T: t}
	s.does(s.Propose(p, "wang", noon()))
	return s
}

func (s *story) does(events []event.Event, err error) *story {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
	for _, e := range events {
		s.Release = s.Apply(e)
	}
	return s
}

func (s *story) refuses(code string) func([]event.Event, error) {
	return func(events []event.Event, err error) {
		s.Helper()
		if !fault.Is(err, code) || events != nil {
			s.Errorf("got %+v, %v; want %s", events, err, code)
		}
	}
}

func passed(manifests int64) *release.Figures {
	return &release.Figures{Candidate: release.Arm{Manifests: manifests}, Verdict: release.Successful}
}

func TestAReleaseGoesStepByStep(t *testing.T) {
	t.Parallel()
	now := noon()
	s := given(t, gradual())
	s.refuses("release.state")(s.Advance(now, nil))
	s.does(s.Start(now))
	if s.State != release.IsRunning || s.Weight != 5 || s.Next() != 1 {
		t.Fatalf("got %+v", s.Release)
	}
	s.refuses("release.hold")(s.Advance(after(now, 59*second), nil))
	now = after(now, 60*second)
	s.does(s.Advance(now, nil))
	now = after(now, hour)
	s.refuses("release.unproven")(s.Advance(now, nil))
	s.refuses("release.sample")(s.Advance(now, passed(99)))
	for _, verdict := range []release.Verdict{release.Failed, release.Inconclusive} {
		s.refuses("release.not_successful")(s.Advance(now, &release.Figures{Candidate: release.Arm{Manifests: 500}, Verdict: verdict}))
	}
	s.refuses("release.not_whole")(s.Complete(now, nil))
	events, err := s.Advance(now, passed(100))
	if got := events[0].(release.Advanced); err != nil || got.Step != 2 || got.Weight != 100 || got.Figures.Candidate.Manifests != 100 {
		t.Fatalf("got %+v, %v", events, err)
	}
	s.does(events, err)
	s.refuses("release.at_whole")(s.Advance(now, passed(100)))
	s.does(s.Complete(now, nil))
	if s.State != release.IsCompleted || !s.State.Over() {
		t.Errorf("it is %s", s.State)
	}
	if again, err := s.Complete(now, nil); err != nil || again != nil {
		t.Errorf("completing again: %v, %v", again, err)
	}
	s.refuses("release.state")(s.RollBack("late", nil))
}

func TestWholeIsOneStep(t *testing.T) {
	t.Parallel()
	s := given(t, gradual(func(p *release.Plan) { p.Steps, p.Total = nil, 0 }))
	s.does(s.Start(noon()))
	if s.Weight != 100 || s.Total != 100 || s.Unit != release.PerStudent || s.Algorithm != "flagd-fractional@2" || s.Hash != s.Lessons.Hash() {
		t.Errorf("got %+v", s.Release)
	}
	s.does(s.Complete(noon(), nil))
}

func TestByHand(t *testing.T) {
	t.Parallel()
	now := noon()
	s := given(t, gradual())
	s.does(s.Start(now)).does(s.Widen(now, 20, "asked for"))
	s.refuses("release.weight")(s.Widen(now, 20, "again"))
	s.refuses("release.weight")(s.Widen(now, 19, "back"))
	s.refuses("release.weight")(s.Widen(now, 101, "more than all"))
	_, err := s.Widen(now, 19, "back")
	if said := fault.Of(err).Message; !strings.Contains(said.EN, "at 20 of 100") || !strings.Contains(said.EN, "more than 20, up to 100") || !strings.Contains(said.ZH, "大于 20、不超过 100") {
		t.Errorf("said %+v", said)
	}
	s.refuses("reason.missing")(s.Widen(now, 21, ""))
	s.refuses("release.hold")(s.Advance(after(now, 59*second), nil)) // the hold of the step before goes on
	s.does(s.Pause("look"))
	s.refuses("release.state")(s.Advance(now, nil))
	s.refuses("release.state")(s.Widen(now, 30, "x"))
	s.does(s.Resume(after(now, hour)))
	s.refuses("release.hold")(s.Advance(after(now, hour+second), nil)) // and begins anew
	s.does(s.Freeze("stand still"))
	for _, refused := range []func() ([]event.Event, error){
		func() ([]event.Event, error) { return s.Advance(now, nil) },
		func() ([]event.Event, error) { return s.Widen(now, 30, "x") },
		func() ([]event.Event, error) { return s.Complete(now, nil) },
		func() ([]event.Event, error) { return s.Pause("x") },
		func() ([]event.Event, error) { return s.Freeze("x") },
		func() ([]event.Event, error) { return s.Resume(now) },
		func() ([]event.Event, error) { return s.Cancel("x") },
		func() ([]event.Event, error) { return s.Start(now) },
	} {
		s.refuses("release.state")(refused())
	}
	s.does(s.Thaw(now))
	if s.State != release.IsRunning || s.Weight != 20 {
		t.Errorf("thawed to %s at %d", s.State, s.Weight)
	}
	s.does(s.Pause("x")).does(s.Freeze("x")).does(s.Thaw(now))
	if s.State != release.IsPaused {
		t.Errorf("thawed to %s", s.State)
	}
	s.refuses("reason.missing")(s.RollBack("", nil))
	s.does(s.RollBack("broken", passed(1)))
	if again, err := s.RollBack("broken", nil); err != nil || again != nil {
		t.Errorf("rolling back again: %v, %v", again, err)
	}
}

// In a blackout nobody is moved, but for going back.
func TestBlackouts(t *testing.T) {
	t.Parallel()
	evening := release.Moment{At: time.Date(2026, 9, 1, 18, 0, 0, 0, shanghai).UnixMicro(), Zones: noon().Zones}
	given(t, gradual()).refuses("release.blackout")(given(t, gradual()).Start(evening))
	s := given(t, gradual())
	s.does(s.Start(noon()))
	s.refuses("release.blackout")(s.Advance(evening, nil))
	s.refuses("release.blackout")(s.Widen(evening, 50, "x"))
	s.does(s.Pause("x")).does(s.Resume(evening)).does(s.Freeze("x"))
	s.refuses("release.blackout")(s.Thaw(evening))
	s.does(s.Thaw(after(evening, 4*hour)))
	s.does(s.Widen(after(evening, 4*hour), 100, "x"))
	s.refuses("release.blackout")(s.Complete(evening, nil))
	s.refuses("release.blackout")(s.Complete(release.Moment{At: noon().At}, nil)) // nobody knows what time it is there
	s.does(s.RollBack("broken", nil))

	window := release.Blackout{From: "18:00", To: "24:00", Zone: "Asia/Shanghai"}
	for at, want := range map[string]bool{"17:59": false, "18:00": true, "23:59": true, "00:00": false} {
		local, err := time.ParseInLocation("2006-01-02 15:04", "2026-01-05 "+at, shanghai)
		if err != nil {
			t.Fatal(err)
		}
		if got := window.Covers(release.Moment{At: local.UnixMicro(), Zones: noon().Zones}); got != want {
			t.Errorf("%s: %t", at, got)
		}
	}
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	s := given(t, gradual(func(p *release.Plan) { p.Start = noon().At + hour }))
	s.refuses("release.not_due")(s.Start(after(noon(), hour-1)))
	s.does(s.Start(after(noon(), hour)))
	s = given(t, gradual())
	s.does(s.Cancel("not needed"))
	s.refuses("release.state")(s.Start(noon()))
	(&story{T: t}).refuses("release.not_found")(release.Release{}.Start(noon()))
	for _, c := range []struct{ planned, at, late int64 }{{0, 5 * hour, 0}, {hour, hour, 0}, {hour, hour + 60*second, 0}, {hour, 3 * hour, 2 * hour}} {
		s = given(t, gradual(func(p *release.Plan) {
			p.Blackouts = nil
			if c.planned > 0 {
				p.Start = noon().At + c.planned
			}
		}))
		events, err := s.Start(after(noon(), c.at))
		if err != nil || len(events) != 1 || events[0].(release.Started).Late != c.late {
			t.Errorf("%+v: %+v, %v", c, events, err)
		}
	}
}

// A step ends without a person where it is held for a time or rests on figures.
func TestWhatEndsByItself(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		step     release.Step
		guard    release.Guard
		by, seen bool
	}{
		"neither": {}, "a hold": {step: release.Step{Hold: 1}, by: true}, "a sample": {step: release.Step{Sample: 1}, by: true, seen: true},
		"a guard": {guard: release.Guard{ReadySlower: new(int64)}, by: true, seen: true},
	} {
		c.step.Weight = 50
		r := release.Release{Plan: release.Plan{Steps: []release.Step{c.step, {Weight: 100}}, Guard: c.guard}, Weight: 50}
		if r.ByItself() != c.by || r.Observed() != c.seen {
			t.Errorf("%s: %t, %t", name, r.ByItself(), r.Observed())
		}
		if r.Weight = 10; r.ByItself() != (c.guard.Watches()) { // a share by hand, narrower than the first step
			t.Errorf("%s, by hand: %t", name, r.ByItself())
		}
	}
}

func TestRefusedPlans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want   string
		change func(*release.Plan)
	}{
		{"/title required", func(p *release.Plan) { p.Title = "" }},
		{"/note max_length", func(p *release.Plan) { p.Note = strings.Repeat("x", 2001) }},
		{"/lessons required", func(p *release.Plan) { p.Lessons = nil }},
		{"/lessons/1 unique", func(p *release.Plan) { p.Lessons = append(p.Lessons, p.Lessons[0]) }},
		{"/lessons max_items", func(p *release.Plan) { p.Lessons = make(release.Set, release.MaxLessons+1) }},
		{"/lessons max_items", func(p *release.Plan) { p.Lessons[0].Questions = make([]environment.Frozen, 10_001) }},
		{"/unit enum", func(p *release.Plan) { p.Unit = "class" }},
		{"/total range", func(p *release.Plan) { p.Total = -1 }},
		{"/total range", func(p *release.Plan) { p.Total = 1 << 31 }},
		{"/steps max_items", func(p *release.Plan) { p.Steps = make([]release.Step, 51) }},
		{"/steps/0/weight weights", func(p *release.Plan) { p.Steps[0].Weight = -1 }},
		{"/steps/2/weight weights", func(p *release.Plan) { p.Steps[2].Weight = 101 }},
		{"/steps/2/weight weights", func(p *release.Plan) { p.Steps[2].Weight = 99 }},
		{"/steps/1/weight shrinks", func(p *release.Plan) { p.Steps[1].Weight = 4 }},
		{"/steps/1/weight shrinks", func(p *release.Plan) { p.Steps[1].Weight = 5 }},
		{"/steps/0/hold range", func(p *release.Plan) { p.Steps[0].Hold = -1 }},
		{"/steps/0/hold range", func(p *release.Plan) { p.Steps[0].Hold = 91 * 24 * 3600 * 1000 }},
		{"/steps/0/sample range", func(p *release.Plan) { p.Steps[0].Sample = -1 }},
		{"/rules/0/when cel.syntax", func(p *release.Plan) { p.Rules = []targeting.Clause{{When: "age > 7"}} }},
		{"/rules/1/when cel.cost", func(p *release.Plan) {
			p.Rules = []targeting.Clause{{When: "true"}, {When: "classes.exists(a, terms.exists(b, lines.exists(c, a == b && b == c)))"}}
		}},
		{"/rules/0 one_of", func(p *release.Plan) { p.Rules = []targeting.Clause{{}} }},
		{"/start past", func(p *release.Plan) { p.Start = noon().At }},
		{"/start range", func(p *release.Plan) { p.Start = noon().At + 367*day }},
		{"/start blackout", func(p *release.Plan) { p.Start = noon().At + 7*hour }},
		{"/blackouts/0/to window", func(p *release.Plan) { p.Blackouts[0].To = "18:00" }},
		{"/blackouts/0/to window", func(p *release.Plan) { p.Blackouts[0].To = "02:00" }},
		{"/blackouts/0/from clock", func(p *release.Plan) { p.Blackouts[0].From = "6pm" }},
		{"/blackouts/0/to clock", func(p *release.Plan) { p.Blackouts[0].To = "24:01" }},
		{"/blackouts/0/zone zone", func(p *release.Plan) { p.Blackouts[0].Zone = "Asia/Atlantis" }},
		{"/blackouts always", func(p *release.Plan) {
			p.Blackouts = []release.Blackout{{From: "00:00", To: "24:00", Zone: "Asia/Shanghai"}}
		}},
		{"/blackouts always", func(p *release.Plan) {
			p.Blackouts = []release.Blackout{{From: "12:00", To: "24:00", Zone: "Asia/Shanghai"}, {From: "00:00", To: "08:00", Zone: "Asia/Shanghai"}, {From: "00:00", To: "04:00", Zone: "UTC"}}
		}},
		{"/blackouts max_items", func(p *release.Plan) { p.Blackouts = make([]release.Blackout, 21) }},
		{"/guard/load_failures range", func(p *release.Plan) { p.Guard.LoadFailures = ptr(-1) }},
		{"/guard/ready_slower range", func(p *release.Plan) { p.Guard.ReadySlower = ptr(1_000_001) }},
		{"/guard/confidence enum", func(p *release.Plan) { p.Guard = release.Guard{AnswerErrors: ptr(1), Confidence: 50} }},
	} {
		events, err := release.Release{}.Propose(gradual(c.change), "wang", noon())
		var got []string
		if f := fault.Of(err); f != nil && f.Code == "release.invalid" {
			for _, p := range f.Problems {
				got = append(got, p.Pointer+" "+p.Code)
			}
		}
		if events != nil || !slices.Equal(got, []string{c.want}) {
			t.Errorf("got %v, %v; want %s", got, err, c.want)
		}
	}
	if _, err := (release.Release{}).Propose(gradual(func(p *release.Plan) { p.Environment = "Prod" }), "wang", noon()); !fault.Is(err, "environment.name") {
		t.Error(err)
	}
	s := given(t, gradual())
	s.refuses("release.exists")(s.Propose(gradual(), "wang", noon()))
}

func ptr(n int64) *int64 { return &n }

func TestTheHashIsOfAllThatIsFrozen(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for name, change := range map[string]func(release.Set){
		"as it is": func(release.Set) {}, "another version": func(s release.Set) { s[0].Version++ }, "another lesson": func(s release.Set) { s[0].Lesson = uuid.New() },
		"another version of a question": func(s release.Set) { s[0].Questions[0].Version++ }, "another slot": func(s release.Set) { s[0].Questions[0].Slot = "b" },
	} {
		set := release.Set{lessonOf("sums"), lessonOf("fractions")}
		change(set)
		if other, there := seen[string(set.Hash())]; there {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[string(set.Hash())] = name
	}
}

func audienceOf(t rapid.TB, id release.ID, p release.Plan, state release.State, weight int) *release.Audience {
	rules, problems := targeting.Compile(p.Rules)
	if problems != nil {
		t.Fatal(problems)
	}
	return &release.Audience{Flag: id.String(), Unit: p.Unit, Split: bucketing.Split{Candidate: weight, Total: p.Total}, Rules: rules, Frozen: state == release.IsFrozen}
}

func TestWhoIsIn(t *testing.T) {
	t.Parallel()
	plan := gradual(func(p *release.Plan) {
		p.Rules = []targeting.Clause{{Students: []string{"eve"}, Out: true}, {When: `channel == "beta"`}}
	})
	id := uuid.MustParse("00000000-0000-4000-8000-00000000000a")
	audience := func(state release.State, weight int, change ...func(*release.Plan)) *release.Audience {
		p := plan
		for _, f := range change {
			f(&p)
		}
		return audienceOf(t, id, p, state, weight)
	}
	none, all := audience(release.IsRunning, 0), audience(release.IsRunning, 100)
	for _, c := range []struct {
		who       targeting.Context
		none, all bool
		cause     release.Cause
		rule      int
	}{
		{targeting.Context{Student: "ann"}, false, true, release.BySplit, -1},
		{targeting.Context{Student: "eve", Channel: "beta"}, false, false, release.ByRule, 0},
		{targeting.Context{Student: "bo", Channel: "beta"}, true, true, release.ByRule, 1},
	} {
		if d := none.Decide(&c.who, false); d.In != c.none || d.Cause != c.cause || d.Rule != c.rule {
			t.Errorf("%s at 0: %+v", c.who.Student, d)
		}
		if d := all.Decide(&c.who, false); d.In != c.all {
			t.Errorf("%s at the whole: %+v", c.who.Student, d)
		}
		frozen := audience(release.IsFrozen, 100)
		for _, got := range []bool{true, false} {
			if d := frozen.Decide(&c.who, got); d.In != got || d.Cause != release.ByFreeze {
				t.Errorf("%s, who got it: %t, while frozen: %+v", c.who.Student, got, d)
			}
		}
		frozen.Settling = true
		if d := frozen.Decide(&c.who, true); !d.In || d.Cause != release.ByFreeze {
			t.Errorf("%s, who got it, just frozen: %+v", c.who.Student, d)
		}
		if d, was := frozen.Decide(&c.who, false), all.Decide(&c.who, false); d != was {
			t.Errorf("%s, of whom nothing is known yet, just frozen: %+v, was %+v", c.who.Student, d, was)
		}
	}
	session := audience(release.IsRunning, 50, func(p *release.Plan) { p.Unit = release.PerSession })
	if one, other := session.Decide(&targeting.Context{Student: "a", Session: "s"}, false), session.Decide(&targeting.Context{Student: "b", Session: "s"}, false); one != other || one.Key != "s" {
		t.Errorf("a class session is split: %+v, %+v", one, other)
	}
	if d := session.Decide(&targeting.Context{Student: "a"}, false); d.Key != "a" {
		t.Errorf("out of class: %+v", d)
	}
}

// A decision is made for every request: what it allocates does not grow with the lists.
func TestADecisionAllocatesLittle(t *testing.T) { //nolint:paralleltest // allocations of others would be counted
	named := make([]string, 2000)
	for i := range named {
		named[i] = fmt.Sprint("student-", i)
	}
	plan := gradual(func(p *release.Plan) {
		p.Rules = []targeting.Clause{{Students: named, Out: true}, {When: `platform == "android" && app_version.atLeast("5.9")`}}
	})
	a := audienceOf(t, uuid.New(), plan, release.IsRunning, 50)
	who := &targeting.Context{Student: "ann", Platform: "ios", AppVersion: "5.9.1"}
	if n := testing.AllocsPerRun(200, func() { a.Decide(who, false) }); n > 8 {
		t.Errorf("%.0f objects", n)
	}
}

// Whatever is tried in whatever order: the share never shrinks, what is over stays over, a blackout is kept, what was decided can be read again to the
// same state, and nobody who is in by the split falls out.
func TestReleasesUnderRandomCommands(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := noon()
		codec := event.NewCodec(release.Events)
		var r, again release.Release
		id := uuid.New()
		in := map[string]bool{}
		did := func(events []event.Event, err error, moves bool) {
			if (err == nil) && moves && len(events) > 0 && r.Blackouts[0].Covers(now) {
				t.Fatalf("%+v in a blackout", events)
			}
			if err != nil && (fault.Of(err) == nil || len(events) > 0) {
				t.Fatalf("%+v, %v", events, err)
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
				before := r
				r, again = r.Apply(e), again.Apply(read)
				if before.State.Over() || r.Weight < before.Weight || r.Weight > r.Total {
					t.Fatalf("%+v after %s at %d", e, before.State, before.Weight)
				}
			}
		}
		proposed, err := r.Propose(gradual(), "wang", now)
		did(proposed, err, false)
		steps := map[string]func(*rapid.T){
			"start": func(*rapid.T) { events, err := r.Start(now); did(events, err, true) },
			"advance": func(t *rapid.T) {
				events, err := r.Advance(now, rapid.SampledFrom([]*release.Figures{nil, passed(1), passed(100)}).Draw(t, "figures"))
				did(events, err, true)
			},
			"widen": func(t *rapid.T) {
				events, err := r.Widen(now, rapid.IntRange(-1, 101).Draw(t, "weight"), "x")
				did(events, err, true)
			},
			"pause":  func(*rapid.T) { events, err := r.Pause("x"); did(events, err, false) },
			"resume": func(*rapid.T) { events, err := r.Resume(now); did(events, err, false) },
			"freeze": func(*rapid.T) { events, err := r.Freeze("x"); did(events, err, false) },
			"thaw":   func(*rapid.T) { events, err := r.Thaw(now); did(events, err, true) },
			"roll back": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "really") == 0 {
					events, err := r.RollBack("x", nil)
					if r.State.UnderWay() && err != nil {
						t.Fatalf("going back is possible at any hour: %v", err)
					}
					did(events, err, false)
				}
			},
			"complete": func(*rapid.T) { events, err := r.Complete(now, nil); did(events, err, true) },
			"cancel": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "really") == 0 {
					events, err := r.Cancel("x")
					did(events, err, false)
				}
			},
			"wait": func(t *rapid.T) { now = after(now, rapid.Int64Range(1, 6*hour).Draw(t, "micros")) },
			"": func(t *rapid.T) {
				if !reflect.DeepEqual(r, again) {
					t.Fatalf("%+v is read again as %+v", r, again)
				}
				if r.State != release.IsRunning && r.State != release.IsPaused {
					return
				}
				a := audienceOf(t, id, r.Plan, r.State, r.Weight)
				for n := range 20 {
					who := fmt.Sprint("student-", n)
					is := a.Decide(&targeting.Context{Student: who}, false).In
					if in[who] && !is {
						t.Fatalf("%s was in and is out at %d", who, r.Weight)
					}
					in[who] = is
				}
			},
		}
		t.Repeat(steps)
	})
}
