package commands_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/cue"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/resource"
	"qbank/domain/scoring"
	"qbank/domain/timeline"
	"qbank/eventstore"
)

// film is a medium whose hash is one digit.
func film(digit string, duration int64) lesson.Medium {
	return lesson.Medium{SHA256: content.Hash(strings.Repeat(digit, 64)), Duration: duration, Type: "video/mp4"}
}

// filmed asks a question half a second into a film of one.
func filmed(q question.ID) lesson.Plan {
	medium := film("1", 1_000)
	return lesson.Plan{Title: "Sums", Mode: lesson.Recorded, Items: []lesson.Item{{Slot: "a", Question: q, Max: scoring.OneMark}}, Stages: []lesson.Stage{
		{ID: "film", Kind: lesson.Video, Medium: &medium, Cues: []lesson.Cue{
			{ID: "ask", At: lesson.At{Kind: cue.Moment, From: 500}, Task: lesson.Task{Plugin: "question", Data: map[string]any{"slots": []any{"a"}}}},
		}},
	}}
}

func (h house) lesson(id lesson.ID) (l lesson.Lesson) {
	h.Helper()
	recorded, err := h.Store.ReadStream(h.Context(), id, eventstore.Range{})
	if err != nil {
		h.Fatal(err)
	}
	for _, r := range recorded {
		e, err := h.Commands.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			h.Fatal(err)
		}
		l = l.Apply(e)
	}
	return l
}

func titled(p lesson.Plan, title string) lesson.Plan {
	p.Title = title
	return p
}

// files are what was uploaded, by hash; devices count manifests.
type (
	files   map[content.Hash]resource.Facts
	devices map[access.Scope]int
)

func (f files) Known(context.Context, string, []content.Hash) (map[content.Hash]resource.Facts, error) {
	return f, nil
}

func (d devices) Count(_ context.Context, scope access.Scope, _ uuid.UUID, version int) (int, error) {
	return d[scope] * version, nil
}

func TestLessons(t *testing.T) {
	t.Parallel()
	h := open(t)
	uploaded := files{}
	h.Commands.Resources, h.Commands.Downloads = uploaded, devices{{Org: "acme", Environment: "prod"}: 40, {Org: "acme", Environment: "test"}: 2}
	q := h.published("2+2?")

	t.Run("edits of different places are brought together", func(t *testing.T) {
		h := house{t, h.Stack}
		l := h.do(commands.CreateLesson{Plan: plan(q)}).ID
		h.do(commands.EditLesson{Lesson: l, Revision: 1, Plan: titled(plan(q), "Better sums")})
		worth := plan(q)
		worth.Items[0].Max = 3
		h.do(commands.EditLesson{Lesson: l, Revision: 1, Plan: worth})
		if p := h.lesson(l).Plan; p.Title != "Better sums" || p.Items[0].Max != 3 {
			t.Errorf("came to %+v", p)
		}
		if again := h.do(commands.EditLesson{Lesson: l, Revision: 3, Plan: h.lesson(l).Plan}); again.Position != 0 || again.Revision != 3 {
			t.Errorf("an edit that changes nothing did %+v", again)
		}
		conflict := h.refused(admin, commands.EditLesson{Lesson: l, Revision: 1, Plan: titled(plan(q), "Worse sums")}, "lesson.merge_conflict")
		if conflict.Details["revision"] != 3 || conflict.Details["conflicts"] == nil {
			t.Errorf("shows %+v", conflict.Details)
		}
		h.refused(admin, commands.EditLesson{Lesson: l, Revision: 4, Plan: plan(q)}, "revision.not_found")
		h.do(commands.PublishLesson{Lesson: l, Revision: 3})
		if again := h.do(commands.PublishLesson{Lesson: l, Revision: 4}); again.Position != 0 {
			t.Errorf("publishing the same again did %+v", again)
		}
	})

	t.Run("what is not uploaded does not go out", func(t *testing.T) {
		h := house{t, h.Stack}
		p := filmed(q)
		p.Stages[0].Medium.SHA256 = content.Hash(strings.Repeat("f", 64))
		l := h.do(commands.CreateLesson{Plan: p}).ID
		missing := h.refused(admin, commands.PublishLesson{Lesson: l, Revision: 1}, "lesson.resources")
		if len(missing.Problems) != 1 || missing.Problems[0].Pointer != "/stages/0/medium/sha256" {
			t.Errorf("got %+v", missing.Problems)
		}
		h.refused(admin, commands.SubmitLesson{Lesson: l, Revision: 1}, "lesson.resources") // nor is anybody asked to review it
		uploaded[p.Stages[0].Medium.SHA256] = resource.Facts{Type: "image/png", Duration: 10_000}
		differs := h.refused(admin, commands.PublishLesson{Lesson: l, Revision: 1}, "lesson.resources")
		if len(differs.Problems) != 2 || differs.Problems[0].Pointer != "/stages/0/medium/type" || differs.Problems[1].Pointer != "/stages/0/medium/duration" {
			t.Errorf("got %+v", differs.Problems)
		}
		uploaded[p.Stages[0].Medium.SHA256] = resource.Facts{Type: "video/mp4", Duration: 1_000}
		h.do(commands.PublishLesson{Lesson: l, Revision: 1})
	})

	uploaded[film("1", 0).SHA256], uploaded[film("2", 0).SHA256] = resource.Facts{}, resource.Facts{}
	t.Run("a copy pulls from its master and a copy of it from the copy", func(t *testing.T) {
		h := house{t, h.Stack}
		master := h.do(commands.CreateLesson{Plan: filmed(q)}).ID
		h.refused(admin, commands.CopyLesson{Master: master}, "lesson.not_published")
		h.do(commands.PublishLesson{Lesson: master, Revision: 1})
		h.refused(admin, commands.CopyLesson{ID: master, Master: master}, "lesson.cycle")
		h.refused(stranger, commands.CopyLesson{Master: master}, "lesson.not_found")
		h.refused(admin, commands.PullLesson{Lesson: master, Revision: 2}, "lesson.no_copy")
		spring := h.do(commands.CopyLesson{Master: master, Term: "spring", Title: "Spring sums"}).ID
		h.do(commands.PublishLesson{Lesson: spring, Revision: 1})
		class := h.do(commands.CopyLesson{Master: spring, Term: "7b"}).ID

		changed := filmed(q)
		changed.Title, changed.Items[0].Max = "Sums II", 5
		h.do(commands.EditLesson{Lesson: master, Revision: 2, Plan: changed})
		h.do(commands.PublishLesson{Lesson: master, Revision: 3})
		h.refused(stranger, commands.PullLesson{Lesson: spring, Revision: 2}, "lesson.not_found")
		h.refused(admin, commands.PullLesson{Lesson: spring, Revision: 1}, "revision.stale")
		conflict := h.refused(admin, commands.PullLesson{Lesson: spring, Revision: 2}, "lesson.merge_conflict")
		if len(conflict.Problems) != 1 || conflict.Problems[0].Pointer != "/title" {
			t.Fatalf("got %+v", conflict.Problems)
		}
		h.do(commands.PullLesson{Lesson: spring, Revision: 2, Choices: lesson.Choices{"/title": lesson.Ours}})
		if l := h.lesson(spring); l.Plan.Title != "Spring sums" || l.Plan.Items[0].Max != 5 || l.Master.Version != 2 {
			t.Errorf("came to %+v, %+v", l.Plan, l.Master)
		}
		if again := h.do(commands.PullLesson{Lesson: spring, Revision: 3}); again.Position != 0 {
			t.Errorf("pulled again it did %+v", again)
		}
		if nothing := h.do(commands.PullLesson{Lesson: class, Revision: 1}); nothing.Position != 0 {
			t.Errorf("nothing new did %+v", nothing)
		}
		h.do(commands.PublishLesson{Lesson: spring, Revision: 3})
		h.do(commands.PullLesson{Lesson: class, Revision: 1})
		if l := h.lesson(class); l.Plan.Items[0].Max != 5 || l.Plan.Title != "Spring sums" {
			t.Errorf("the copy of the copy says %+v", l.Plan)
		}
	})

	t.Run("a recut is tried first", func(t *testing.T) {
		h := house{t, h.Stack}
		l := h.do(commands.CreateLesson{Plan: filmed(q)}).ID
		var told []lesson.Carried
		recut := commands.RecutLesson{Lesson: l, Revision: 1, Stage: "film", Medium: film("2", 900), DryRun: true,
			Cut: timeline.Cut{{From: 100, To: 1_000, At: 0}}, See: func(c []lesson.Carried) { told = c }}
		if tried := h.do(recut); tried.Position != 0 || len(told) != 1 || told[0].Now[0].At.From != 400 {
			t.Errorf("tried, it did %+v and told %+v", tried, told)
		}
		h.refused(stranger, recut, "lesson.not_found")
		recut.DryRun = false
		h.do(recut)
		if s := h.lesson(l).Plan.Stages[0]; s.Medium.SHA256 != film("2", 0).SHA256 || s.Cues[0].At.From != 400 {
			t.Errorf("came to %+v", s)
		}
	})

	t.Run("subtitles are an edit", func(t *testing.T) {
		h := house{t, h.Stack}
		l := h.do(commands.CreateLesson{Plan: filmed(q)}).ID
		h.do(commands.EditLesson{Lesson: l, Revision: 1, Plan: titled(filmed(q), "Better sums")})
		track := lesson.Track{Plugin: lesson.Subtitles, Language: "en", Lines: []lesson.Line{{From: 0, To: 1_000, Text: "Hello"}}}
		h.do(commands.ImportSubtitles{Lesson: l, Revision: 1, Stage: "film", Track: track})
		if p := h.lesson(l).Plan; p.Title != "Better sums" || len(p.Stages[0].Cues) != 2 {
			t.Errorf("came to %+v", p)
		}
		track.Lines[0].To = 1_001
		h.refused(admin, commands.ImportSubtitles{Lesson: l, Revision: 3, Stage: "film", Track: track}, "lesson.invalid")
		h.refused(stranger, commands.ImportSubtitles{Lesson: l, Revision: 3, Stage: "film", Track: track}, "lesson.not_found")
	})

	t.Run("a change of a locked lesson needs somebody else", func(t *testing.T) {
		h := house{t, h.Stack}
		other := admin
		other.ID = "u-lead"
		p := filmed(q)
		p.Stages[0].Judged = lesson.Locally
		l := h.do(commands.CreateLesson{Plan: p}).ID
		h.do(commands.PublishLesson{Lesson: l, Revision: 1})
		h.do(commands.LockLesson{Lesson: l, Revision: 2, Environment: "prod"})
		h.do(commands.LockLesson{Lesson: l, Revision: 3, Environment: "test"})
		h.refused(admin, commands.EditLesson{Lesson: l, Revision: 2, Plan: titled(p, "x")}, "lesson.locked")
		h.refused(stranger, commands.LockLesson{Lesson: l, Revision: 4, Environment: "prod"}, "lesson.not_found")
		h.refused(stranger, commands.RequestLessonChange{Lesson: l, Revision: 4, Plan: p, Reason: "why"}, "lesson.not_found")
		h.do(commands.RequestLessonChange{Lesson: l, Revision: 4, Plan: titled(p, "Late sums"), Reason: "typo"})
		change := h.lesson(l).Changes[0].ID
		approve := commands.ApproveLessonChange{Lesson: l, Revision: 5, Change: change}
		h.refused(admin, approve, "lesson.own_change")
		h.refused(stranger, approve, "lesson.not_found")
		h.edit(q, "2+2 = ?") // a newer version of the question stays out
		h.publish(q, question.Revision)
		done, err := h.Commands.Do(t.Context(), other, approve)
		if err != nil || done.Revision != 8 {
			t.Fatalf("did %+v, %v", done, err)
		}
		got := h.lesson(l)
		if got.Latest != 2 || got.Newest.Title != "Late sums" || got.Newest.Items[0].Version != 1 || len(got.Changes) != 0 {
			t.Errorf("came to %+v", got)
		}
		recorded, err := h.Store.ReadStream(t.Context(), l, eventstore.Range{From: 6, To: 6})
		if err != nil || len(recorded) != 1 {
			t.Fatal(recorded, err)
		}
		e, err := h.Commands.Codec.Decode(recorded[0].Type, recorded[0].SchemaVersion, recorded[0].Data)
		if approved, is := e.(lesson.ChangeApproved); err != nil || !is || approved.Downloaded == nil || *approved.Downloaded != 42 || approved.By != "u-lead" {
			t.Errorf("recorded %+v, %v", e, err)
		}
	})
}
