package reissue_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/reissue"
)

const now = int64(1_000_000)

func terms(change ...func(*reissue.Terms)) reissue.Terms {
	t := reissue.Terms{Environment: "prod", Org: "acme", Question: uuid.New(), Version: 2, Audience: reissue.Audience{Classes: []uuid.UUID{uuid.New()}},
		Until: now + 100, Reason: "a typo"}
	t.Pins = []reissue.Pin{{Question: t.Question, Version: 2}}
	for _, f := range change {
		f(&t)
	}
	return t
}

func of(students int) reissue.Reach {
	ids := make([]uuid.UUID, students)
	for i := range ids {
		ids[i] = uuid.NewSHA1(uuid.Nil, fmt.Append(nil, i))
	}
	return reissue.ReachOf(ids, 7)
}

func TestTermsThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(*reissue.Terms)
		reach   reissue.Reach
		pointer string
	}{
		"neither":              {func(t *reissue.Terms) { t.Question = uuid.Nil }, of(1), ""},
		"both":                 {func(t *reissue.Terms) { t.Lesson = uuid.New() }, of(1), ""},
		"no version":           {func(t *reissue.Terms) { t.Version = 0 }, of(1), "/version"},
		"nothing to give":      {func(t *reissue.Terms) { t.Pins = nil }, of(1), "/version"},
		"over already":         {func(t *reissue.Terms) { t.Until = now }, of(1), "/until"},
		"over before it began": {func(t *reissue.Terms) { t.From, t.Until = now+50, now+50 }, of(1), "/until"},
		"for ever":             {func(t *reissue.Terms) { t.Until = now + reissue.Longest + 1 }, of(1), "/until"},
		"for nobody":           {func(t *reissue.Terms) { t.Audience = reissue.Audience{} }, of(1), "/audience"},
		"too many groups":      {func(t *reissue.Terms) { t.Audience.Courses = make([]uuid.UUID, reissue.MaxGroups) }, of(1), "/audience"},
		"an empty class":       {func(*reissue.Terms) {}, of(0), "/audience"},
		"everybody":            {func(*reissue.Terms) {}, of(reissue.MaxAudience + 1), "/audience"},
		"no reason":            {func(t *reissue.Terms) { t.Reason = "" }, of(1), "/reason"},
		"a novel":              {func(t *reissue.Terms) { t.Reason = strings.Repeat("长", 2001) }, of(1), "/reason"},
	} {
		_, err := reissue.Reissue{}.Ask(terms(c.change), c.reach, "li", true, now)
		if f := fault.Of(err); f == nil || f.Code != "reissue.invalid" || f.Problems[0].Pointer != c.pointer || f.Problems[0].Message.ZH == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAReachCountsEachOnceWhateverTheOrder(t *testing.T) {
	t.Parallel()
	a, b := uuid.New(), uuid.New()
	one, two := reissue.ReachOf([]uuid.UUID{a, b, a}, 1), reissue.ReachOf([]uuid.UUID{b, a}, 1)
	if one != two || one.Students != 2 || one.Digest == reissue.ReachOf([]uuid.UUID{a}, 1).Digest {
		t.Errorf("%+v and %+v", one, two)
	}
}

// machine runs drawn commands and remembers, in its own words, what must be so.
type machine struct {
	state    reissue.Reissue
	log      []event.Event
	expected string
	asker    string
	second   bool
	clock    int64
	granted  int64 // when it was
	begun    bool  // it was said that the window is
	ended    bool
}

func (m *machine) try(t *rapid.T, events []event.Event, err error, allowed bool, to string) {
	t.Helper()
	if allowed != (err == nil) {
		t.Fatalf("in %s at %d: %v, want allowed %v", m.expected, m.clock, err, allowed)
	}
	if err == nil {
		if len(events) > 0 != (m.expected != to) {
			t.Fatalf("from %s to %s: %d events", m.expected, to, len(events))
		}
		m.expected = to
	}
	for _, e := range events {
		m.log, m.state = append(m.log, e), m.state.Apply(e)
	}
}

func TestAnyCommandsKeepTheLaws(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(reissue.Events)
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{clock: now}
		who := rapid.SampledFrom([]string{"li", "wang"})
		from, until := rapid.Int64Range(now-50, now+150), rapid.Int64Range(now-50, now+200)
		window := terms(func(t *reissue.Terms) { t.Until = now + 1 })
		t.Repeat(map[string]func(*rapid.T){
			"time": func(t *rapid.T) { m.clock += rapid.Int64Range(0, 40).Draw(t, "passes") },
			"ask": func(t *rapid.T) {
				by, may, n := who.Draw(t, "by"), rapid.Bool().Draw(t, "may grant"), rapid.SampledFrom([]int{1, reissue.Alone, reissue.Alone + 1}).Draw(t, "students")
				asked := terms(func(t2 *reissue.Terms) { t2.From, t2.Until = max(0, from.Draw(t, "from")), until.Draw(t, "until") })
				events, err := m.state.Ask(asked, of(n), by, may, m.clock)
				allowed := m.expected == "" && asked.Until > max(asked.From, m.clock)
				if allowed {
					window, m.asker, m.second = asked, by, !may || n > reissue.Alone
				}
				m.try(t, events, err, allowed, "asked")
			},
			"grant": func(t *rapid.T) {
				by, n := who.Draw(t, "by"), rapid.SampledFrom([]int{1, reissue.Alone + 1}).Draw(t, "students")
				events, err := m.state.Grant(of(n), "", by, "", m.clock)
				if err == nil && len(events) > 0 {
					m.granted = m.clock
				}
				own := by == m.asker && (m.second || n > reissue.Alone)
				m.try(t, events, err, m.expected == "granted" || m.expected == "asked" && !own && window.Until > max(window.From, m.clock), "granted")
			},
			"decline": func(t *rapid.T) {
				events, err := m.state.Decline("zhao", "no")
				m.try(t, events, err, m.expected == "asked" || m.expected == "declined", "declined")
			},
			"revoke": func(t *rapid.T) {
				events, err := m.state.Revoke("zhao", "no", m.clock)
				m.try(t, events, err, m.expected == "revoked" || m.expected == "granted" && m.clock < window.Until, "revoked")
			},
			"turn": func(t *rapid.T) {
				events, granted := m.state.Turn(m.clock), m.expected == "granted"
				var want []event.Event
				switch {
				case granted && window.Until <= m.clock && !m.ended:
					want, m.ended = []event.Event{reissue.Expired{At: m.clock}}, true
				case granted && window.From > m.granted && window.From <= m.clock && m.clock < window.Until && !m.begun:
					want, m.begun = []event.Event{reissue.Begun{At: m.clock}}, true
				}
				if !reflect.DeepEqual(events, want) {
					t.Fatalf("in %s at %d of %d to %d it turned %v, want %v", m.expected, m.clock, window.From, window.Until, events, want)
				}
				for _, e := range events {
					m.log, m.state = append(m.log, e), m.state.Apply(e)
				}
				if again := m.state.Turn(m.clock); again != nil {
					t.Fatalf("it turned again: %v", again)
				}
			},
			"": func(t *rapid.T) {
				if active := m.expected == "granted" && window.From <= m.clock && m.clock < window.Until; m.state.Active(m.clock) != active {
					t.Fatalf("active %v in %s at %d of %d to %d", !active, m.expected, m.clock, window.From, window.Until)
				}
				var again reissue.Reissue
				for _, e := range m.log {
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
				if string(m.state.State) != m.expected || !reflect.DeepEqual(again, m.state) {
					t.Fatalf("read again: %+v, want %+v in %s", again, m.state, m.expected)
				}
			},
		})
	})
}
