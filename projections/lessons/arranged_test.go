package lessons_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/cue"
	"qbank/domain/lesson"
	"qbank/projections/lessons"
	"qbank/projections/projtest"
	"qbank/projections/read"
)

// arranged is q1 at a cue of a video, q2 in a list, and a draw from q1 and q3.
func arranged() lesson.Plan {
	p := plan("Arranged", "q1", "q2")
	p.Mode = lesson.Recorded
	p.Draws = []lesson.Draw{{ID: "d", Count: 1, Pool: []lesson.Pooled{{Question: projtest.StreamID("q1")}, {Question: projtest.StreamID("q3"), Version: 2}}}}
	subtitle := func(id string) lesson.Cue {
		return lesson.Cue{ID: id, At: lesson.At{Kind: cue.Period, To: 5}, Task: lesson.Task{Plugin: "subtitle@1.0.0", Data: map[string]any{"language": "en", "text": "Hi"}}}
	}
	p.Stages = []lesson.Stage{
		{ID: "film", Kind: lesson.Video, Medium: &lesson.Medium{SHA256: "f", Duration: 10, Type: "video/mp4"}, Cues: []lesson.Cue{
			{ID: "ask", At: lesson.At{Kind: cue.Moment}, Task: lesson.Task{Plugin: "question@1.0.0", Data: map[string]any{"slots": []any{"s1"}}}}, subtitle("a"), subtitle("b"),
		}},
		{ID: "list", Kind: lesson.Interaction, Slots: []lesson.Slot{"s2"}, Draws: []string{"d"}},
		{ID: "text", Kind: lesson.Article, Body: &lesson.Body{Format: "plain", Text: "long"}},
	}
	return p
}

func request(id string, from int, by string) lesson.ChangeRequested {
	return lesson.ChangeRequested{Change: lesson.Change{ID: projtest.StreamID(id), From: from, Plan: plan("Asked"), By: by, Reason: "typo"}}
}

// locked is a master with three versions, two copies of it, and what was asked of the master while it was locked.
func locked() []projtest.Facts {
	told := 7
	master := projtest.StreamID("m")
	return []projtest.Facts{
		projtest.In("m", lesson.Created{Org: "acme/math", Plan: arranged()}, lesson.Published{Version: 1, Plan: arranged()}).By("wang"),
		projtest.In("c1", lesson.Created{Org: "acme/math", Plan: arranged(), Copy: &lesson.Copy{Master: master, Version: 1, Term: "spring"}}).By("li"),
		projtest.In("m", lesson.Locked{Lock: lesson.Lock{Environment: "prod", Version: 1}}, request("r1", 2, "wang"), request("r2", 2, "wang")).By("zhao"),
		projtest.In("m", lesson.ChangeApproved{Change: projtest.StreamID("r1"), By: "zhao", Note: "go", Downloaded: &told},
			lesson.Edited{Plan: plan("Asked", "q2"), Change: projtest.StreamID("r1")}, lesson.Published{Version: 2, Plan: plan("Asked", "q2")}).By("zhao"),
		projtest.In("c2", lesson.Created{Org: "acme/math", Plan: plan("Asked"), Copy: &lesson.Copy{Master: master, Version: 2, Term: "autumn"}}).By("li"),
		projtest.In("m", lesson.ChangeDeclined{Change: projtest.StreamID("r2"), By: "zhao", Reason: "no"}, request("r3", 7, "wang")),
		projtest.In("m", lesson.Unlocked{Environment: "prod", Reason: "over"}, lesson.Locked{Lock: lesson.Lock{Environment: "prod", Version: 2}}).By("zhao"),
		projtest.In("m", request("r4", 7, "wang")),
		projtest.In("c2", lesson.Edited{Plan: plan("Asked"), Pulled: 3}),
	}
}

func TestAnOutlineLeavesOutWhatIsLong(t *testing.T) {
	t.Parallel()
	reader := lessons.NewReader(projtest.Given(t, events, model(t), locked()...).Pool)
	id := projtest.StreamID("c1")
	outlines, err := reader.Outlines(t.Context(), "acme", []lessons.Key{{Lesson: id}})
	if err != nil || len(outlines) != 1 {
		t.Fatalf("got %v, %v", outlines, err)
	}
	l := outlines[lessons.Key{Lesson: id}]
	if want := []map[string]int{{"question": 1, "subtitle": 2}, {}, {}}; !reflect.DeepEqual(l.Cues, want) {
		t.Errorf("counts %v", l.Cues)
	}
	if s := l.Plan.Stages; len(s) != 3 || s[0].Cues != nil || s[2].Body != nil || s[0].Medium.Duration != 10 || l.Plan.Mode != lesson.Recorded {
		t.Errorf("outline %+v", l.Plan)
	}
	master := projtest.StreamID("m")
	plans, err := reader.Plans(t.Context(), "acme/math", []lessons.Key{{Lesson: id}, {Lesson: master, Version: 1}, {Lesson: master}, {Lesson: master, Version: 9}})
	if err != nil || len(plans) != 3 || len(plans[lessons.Key{Lesson: id}].Stages[0].Cues) != 3 || plans[lessons.Key{Lesson: master, Version: 1}].Stages[2].Body.Text != "long" ||
		plans[lessons.Key{Lesson: master}].Title != "Asked" {
		t.Errorf("plans %+v, %v", plans, err)
	}
	if plans, err := reader.Plans(t.Context(), "acme/physics", []lessons.Key{{Lesson: id}, {Lesson: master, Version: 1}}); err != nil || len(plans) != 0 {
		t.Errorf("another organisation reads %+v, %v", plans, err)
	}
}

func TestCopiesTellHowFarBehindTheyAre(t *testing.T) {
	t.Parallel()
	reader := lessons.NewReader(projtest.Given(t, events, model(t), locked()...).Pool)
	list, err := reader.List(t.Context(), "acme", lessons.Filter{Master: projtest.StreamID("m")}, read.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range list.Rows {
		got = append(got, fmt.Sprintf("%s has %d of %d", l.Copy.Term, l.Copy.Version, l.Copy.MasterLatest))
	}
	if want := []string{"autumn has 3 of 2", "spring has 1 of 2"}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestChangesOfALockedLesson(t *testing.T) {
	t.Parallel()
	reader := lessons.NewReader(projtest.Given(t, events, model(t), locked()...).Pool)
	yes, master := true, projtest.StreamID("m")
	list, err := reader.List(t.Context(), "acme", lessons.Filter{Locked: &yes, Waiting: &yes}, read.Page{})
	if err != nil || len(list.Rows) != 1 || list.Rows[0].ID != master || list.Rows[0].Waiting != 1 ||
		!slices.Equal(list.Rows[0].Locks, []lesson.Lock{{Environment: "prod", Version: 2}}) {
		t.Errorf("locked and waiting: %+v, %v", list.Rows, err)
	}
	all, err := reader.Changes(t.Context(), "acme", master, "", read.Page{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[uuid.UUID]string{}
	for _, c := range all.Rows {
		got[c.ID] = fmt.Sprintf("%s by %q: %s", c.State, c.DecidedBy, c.Note)
		if c.ID == projtest.StreamID("r1") && (c.Downloaded == nil || *c.Downloaded != 7 || c.Plan.Title != "Asked" || c.Revision != 2 || c.DecidedAt <= c.RequestedAt) {
			t.Errorf("got %+v", c)
		}
	}
	if want := map[uuid.UUID]string{projtest.StreamID("r1"): `approved by "zhao": go`, projtest.StreamID("r2"): `declined by "zhao": no`,
		projtest.StreamID("r3"): `lapsed by "zhao": `, projtest.StreamID("r4"): `open by "": `}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if open, err := reader.Changes(t.Context(), "acme", master, lessons.Open, read.Page{}); err != nil || len(open.Rows) != 1 {
		t.Errorf("open are %+v, %v", open, err)
	}
	if none, err := reader.Changes(t.Context(), "acme/physics", master, "", read.Page{}); err != nil || len(none.Rows) != 0 {
		t.Errorf("another organisation reads %+v, %v", none, err)
	}
}

func TestUsesNameTheStageTheCueAndTheDraw(t *testing.T) {
	t.Parallel()
	reader := lessons.NewReader(projtest.Given(t, events, model(t), locked()...).Pool)
	var got []string
	for page := (read.Page{First: 1}); ; {
		list, err := reader.Uses(t.Context(), "acme", projtest.StreamID("q1"), page)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range list.Rows {
			if u.Lesson == projtest.StreamID("c1") {
				got = append(got, fmt.Sprintf("%s in %s at %q drawn %t", u.Slot, u.Stage, u.Cue, u.Drawn))
			}
		}
		if !list.More {
			break
		}
		page.After = list.Cursors[0]
	}
	slices.Sort(got)
	if want := []string{`d in list at "" drawn true`, `s1 in film at "ask" drawn false`}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}
