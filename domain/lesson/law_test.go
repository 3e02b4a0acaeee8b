package lesson_test

import (
	"reflect"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/timeline"
)

// Random sequences of commands, each decision folded as it was made and as it is read back from the log.
func TestWhateverHappensToALesson(t *testing.T) {
	t.Parallel()
	rules := plugins(t)
	start := tidy(t, arranged())
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{codec: event.NewCodec(lesson.Events)}
		plans := []lesson.Plan{start} // the draft at each revision
		newest := func(t *rapid.T) map[uuid.UUID]int {
			return newest(start, rapid.IntRange(1, 3).Draw(t, "newest"))
		}
		edited := func(t *rapid.T) lesson.Plan {
			if len(m.l.Plan.Stages) == 0 {
				return redrawn(t, start)
			}
			return redrawn(t, m.l.Plan)
		}
		env := func(t *rapid.T) environment.Name {
			return rapid.SampledFrom([]environment.Name{"prod", "test"}).Draw(t, "environment")
		}
		does := func(t *rapid.T, decided []event.Event, err error) {
			m.does(t, decided, err)
			for len(plans) <= m.l.Revision {
				plans = append(plans, m.l.Plan)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) { e, err := m.l.Create("acme", start, rules); does(t, e, err) },
			"copy": func(t *rapid.T) {
				e, err := m.l.Copy(one, "acme", lesson.Copy{Master: master, Version: 1}, start, rules)
				does(t, e, err)
			},
			"edit": func(t *rapid.T) {
				seen := plans[rapid.IntRange(0, m.l.Revision).Draw(t, "seen")]
				e, err := m.l.Edit(seen, edited(t), rules)
				does(t, e, err)
			},
			"recut": func(t *rapid.T) {
				to := newCut(10_000)
				if rapid.Bool().Draw(t, "back") {
					to.SHA256 = first
				}
				e, _, err := m.l.Recut("intro", to, timeline.Cut{{To: 10_000}}, rules)
				does(t, e, err)
			},
			"pull": func(t *rapid.T) {
				e, err := m.l.Pull(start, redrawn(t, start), rapid.IntRange(1, 4).Draw(t, "master"), nil, rules)
				does(t, e, err)
			},
			"publish": func(t *rapid.T) { e, err := m.l.Publish(newest(t)); does(t, e, err) },
			"lock":    func(t *rapid.T) { e, err := m.l.Lock(env(t), 0, ""); does(t, e, err) },
			"unlock":  func(t *rapid.T) { e, err := m.l.Unlock(env(t), "why"); does(t, e, err) },
			"request": func(t *rapid.T) {
				c := lesson.Change{ID: uuid.New(), From: m.l.Revision, Plan: edited(t), By: "wang", Reason: "why"}
				e, err := m.l.RequestChange(m.l.Plan, c, rules)
				does(t, e, err)
			},
			"approve": func(t *rapid.T) {
				if len(m.l.Changes) > 0 {
					c := rapid.SampledFrom(m.l.Changes).Draw(t, "change")
					e, err := m.l.ApproveChange(plans[c.From], lesson.ChangeApproved{Change: c.ID, By: "zhao"}, newest(t), rules)
					does(t, e, err)
				}
			},
			"decline": func(t *rapid.T) {
				if len(m.l.Changes) > 0 {
					e, err := m.l.DeclineChange(lesson.ChangeDeclined{Change: m.l.Changes[0].ID, By: "zhao", Reason: "no"})
					does(t, e, err)
				}
			},
			"retire": func(t *rapid.T) {
				if rapid.IntRange(0, 20).Draw(t, "dice") == 0 {
					e, err := m.l.Retire("")
					does(t, e, err)
				}
			},
			"": func(t *rapid.T) {
				if !reflect.DeepEqual(m.l, m.read) {
					t.Fatalf("what was written down leads to %+v, not %+v", m.read, m.l)
				}
				if m.l.Revision == 0 {
					return
				}
				if again, err := m.l.Plan.Tidy(rules); err != nil || again.Hash() != m.l.Plan.Hash() {
					t.Fatalf("the draft is not tidy: %v", err)
				}
				if len(m.l.Changes) > 0 && len(m.l.Locks) == 0 {
					t.Fatal("requests are open and nothing is locked")
				}
				for _, k := range m.l.Locks {
					if k.Version != m.l.Latest {
						t.Fatalf("locked is %+v, the newest version is %d", k, m.l.Latest)
					}
				}
			},
		})
	})
}

// machine is a lesson beside what reading its history gives.
type machine struct {
	codec    *event.Codec
	l, read  lesson.Lesson
	versions int
}

func (m *machine) does(t *rapid.T, decided []event.Event, err error) {
	if err != nil && (fault.Of(err) == nil || len(decided) > 0) {
		t.Fatalf("decided %v and failed with %v", decided, err)
	}
	locked := len(m.l.Locks) > 0
	for i, e := range decided {
		name, version, data, err := m.codec.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		read, err := m.codec.Decode(name, version, data)
		if err != nil {
			t.Fatal(err)
		}
		m.l, m.read = m.l.Apply(e), m.read.Apply(read)
		switch e := e.(type) {
		case lesson.Edited:
			if locked && (i == 0 || e.Change == uuid.Nil) {
				t.Fatal("a locked lesson was edited without a request")
			}
		case lesson.Published:
			if m.versions++; e.Version != m.versions {
				t.Fatalf("version %d is the %d.", e.Version, m.versions)
			}
			for _, item := range e.Plan.Items {
				if item.Version < 1 {
					t.Fatalf("%+v names no exact version", item)
				}
			}
		}
	}
}
