package preview_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/content"
	"qbank/domain/cue"
	"qbank/domain/lesson"
	"qbank/domain/qtype/typetest"
	"qbank/domain/question"
	"qbank/domain/scoring"
	"qbank/internal/manifest"
	"qbank/internal/preview"
	"qbank/schemas"
)

func TestAQuestionIsShownAsItStoodAtAnyPoint(t *testing.T) {
	t.Parallel()
	h := open(t)
	q := h.create(choiceType, choice("first", "a"))
	h.publish(q, choice("first", "a"))
	moment := time.Now().UnixMicro()
	time.Sleep(2 * time.Millisecond)
	h.do(commands.EditQuestion{Question: q, Revision: 4, Content: choice("second", "b")})
	for name, c := range map[string]struct {
		ask      preview.Ask
		stem     string
		version  int
		revision int
	}{
		"now": {preview.Ask{}, "second", 0, 5}, "a revision": {preview.Ask{Revision: 1}, "first", 0, 1}, "a version": {preview.Ask{Version: 1}, "first", 1, 4},
		"a moment": {preview.Ask{Moment: moment}, "first", 0, 4},
	} {
		c.ask.Question = q
		v := h.show(h.ticket(c.ask))
		if stemOf(v, 0) != c.stem || v.Items[0].Version != c.version || v.Revision != c.revision || v.Items[0].Public != string(content.HashBytes(v.Items[0].View)) {
			t.Errorf("%s: %+v", name, v)
		}
	}
	// A ticket goes on to show what it showed.
	old := h.ticket(preview.Ask{Question: q, Seed: 7})
	before := h.send("GET", "/preview/"+old, "")
	h.do(commands.EditQuestion{Question: q, Revision: 5, Content: choice("third", "c")})
	if after := h.send("GET", "/preview/"+old, ""); !bytes.Equal(before.body, after.body) {
		t.Errorf("%s became %s", before.body, after.body)
	}
	for _, ask := range []preview.Ask{{Question: q, Revision: 99}, {Question: q, Version: 2}, {Question: q, Moment: 1}, {Lesson: q}, {Question: uuid.New()}, {}, {Question: q, Lesson: q},
		{Question: q, Revision: 1, Version: 1}, {Question: q, Live: true}, {Question: q, Locale: strings.Repeat("x", 65)}} {
		if pins, err := h.stage.Pin(t.Context(), admin, ask); err == nil {
			t.Errorf("%+v is pinned as %+v", ask, pins)
		}
	}
}

func TestWhoMayPreviewWhat(t *testing.T) {
	t.Parallel()
	h := open(t)
	q := h.create(choiceType, choice("first", "a"))
	for name, c := range map[string]struct {
		actor access.Actor
		want  string
	}{
		"an author": {as("school", access.Author), ""}, "one above": {as("school", access.Reviewer), ""}, "a teacher": {as("school", access.Teacher), "access.denied"},
		"another school": {as("other", access.Admin), "question.not_found"}, "a part": {as("school/maths", access.Admin), "question.not_found"},
		"a student": {as("school", access.Student), "access.denied"}, "nobody": {access.Actor{}, "access.no_token"}, "nowhere": {as("", access.Admin), "question.not_found"},
	} {
		_, err := h.stage.Pin(t.Context(), c.actor, preview.Ask{Question: q})
		if (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// lessonOf makes a lesson of a published choice, an essay draft and a choice that has a newer draft.
func (h *house) lessonOf() (lesson.ID, [3]question.ID) {
	h.t.Helper()
	q := [3]question.ID{h.create(choiceType, choice("2+2?", "b")), h.create(essayType, map[string]any{"stem": text("Why?")}), h.create(choiceType, choice("2+3?", "c"))}
	h.publish(q[0], choice("2+2?", "b"))
	h.publish(q[2], choice("2+3?", "c"))
	h.do(commands.EditQuestion{Question: q[2], Revision: 4, Content: choice("a draft", "a")})
	plan := lesson.Plan{Title: "Sums", Shuffle: true, Items: []lesson.Item{{Slot: "a", Question: q[0], Max: 2 * scoring.OneMark},
		{Slot: "b", Question: q[1], Max: 3 * scoring.OneMark}, {Slot: "c", Question: q[2], Version: 1, Max: scoring.OneMark}}}
	return h.do(commands.CreateLesson{Plan: plan}).ID, q
}

func TestALessonIsShownAndMarkedWithReasons(t *testing.T) {
	t.Parallel()
	h := open(t)
	l, q := h.lessonOf()
	ticket := h.ticket(preview.Ask{Lesson: l, Seed: 3, Locale: "zh-CN", Device: preview.Device{Platform: "ios"}, Start: preview.Start{At: 90_000}})
	v := h.show(ticket)
	if v.Title != "Sums" || v.Device.Platform != "ios" || v.Start.At != 90_000 || v.Environment != "dev" || len(v.Items) != 3 || stemOf(v, 2) != "2+3?" || v.Items[1].Version != 0 || v.Items[0].Version != 1 {
		t.Fatalf("%+v", v)
	}
	// The order is the one that an attempt with this seed has.
	typ, err := h.Commands.Types.Type(t.Context(), choiceType)
	if err != nil {
		t.Fatal(err)
	}
	public, _ := typ.Split(choice("2+2?", "b"))
	if want := commands.ShownOrders(typ, public, 3, 0)["/options"]; !slices.Equal(v.Items[0].Orders["/options"], want) {
		t.Errorf("shown as %v, want %v", v.Items[0].Orders, want)
	}
	before := h.trace()
	r := h.score(ticket, answer("a", map[string]any{"choice": "b"}), answer("b", map[string]any{"text": "so"}), answer("c", map[string]any{"choice": "a"}))
	if r.Total != 2 || r.Max != 6 || r.Pending != 1 || r.Items[0].Status != "scored" || r.Items[0].Mark != 2 || r.Items[1].Status != "pending" || r.Items[2].Mark != 0 {
		t.Errorf("%+v", r)
	}
	for i, want := range []string{"“option b” 正确，得 100%。", "该答案由人工批阅后给分。", "“option a” 错误，不得分。"} {
		if len(r.Items[i].Reasons) != 1 || r.Items[i].Reasons[0].Text != want || r.Items[i].Reasons[0].ZH != want || r.Items[i].Reasons[0].EN == "" {
			t.Errorf("%+v, want %s", r.Items[i].Reasons, want)
		}
	}
	if right := r.Items[0].Reasons[0].Right; right == nil || !*right || r.Items[0].Reasons[0].Item != "b" {
		t.Errorf("%+v", r.Items[0].Reasons[0])
	}
	r = h.score(ticket, answer("a", map[string]any{"choice": "z"}), answer("c", nil))
	if r.Items[0].Status != "refused" || r.Items[0].Problems[0].Code != "ref.unknown" || r.Items[1].Status != "omitted" || r.Items[2].Status != "omitted" || r.Total != 0 {
		t.Errorf("%+v", r)
	}
	if after := h.trace(); after != before {
		t.Errorf("a preview left a trace: %s, before %s", after, before)
	}
	// Once its questions are published, the lesson can be; the version shows what it names.
	h.publish(q[1], map[string]any{"stem": text("Why?")})
	h.do(commands.PublishLesson{Lesson: l, Revision: 1})
	if v := h.show(h.ticket(preview.Ask{Lesson: l, Version: 1})); v.Version != 1 || v.Items[1].Version != 1 {
		t.Errorf("%+v", v)
	}
	if v := h.show(ticket); v.Items[1].Version != 0 {
		t.Error("the ticket shows what came later")
	}
	if _, err := h.stage.Pin(t.Context(), admin, preview.Ask{Lesson: l, Start: preview.Start{Stage: "nowhere"}}); err == nil || !strings.HasPrefix(err.Error(), "preview.stage_unknown") {
		t.Errorf("got %v", err)
	}
	released := h.do(commands.ReleaseLesson{Environment: "dev", Lesson: l})
	if err := h.Engine.Wait(t.Context(), "delivery", released.Position); err != nil {
		t.Fatal(err)
	}
	until(t, func() error { // what is live may be a moment old
		pins, err := h.stage.Pin(t.Context(), admin, preview.Ask{Lesson: l, Live: true})
		if err == nil && (pins.Version != 1 || pins.Frozen[2] != 1) {
			t.Errorf("%+v", pins)
		}
		return err
	})
}

// Who previews a lesson with a pool sees what a student with that seed is asked, before the release and after it.
func TestAPoolIsDrawnFromAsForAStudent(t *testing.T) {
	t.Parallel()
	h := open(t)
	pool := make([]lesson.Pooled, 6)
	for i := range pool {
		doc := choice(fmt.Sprint("one of six, ", i), "b")
		pool[i].Question = h.create(choiceType, doc)
		h.publish(pool[i].Question, doc)
	}
	l := h.do(commands.CreateLesson{Plan: lesson.Plan{Title: "Drawn", Shuffle: true, Draws: []lesson.Draw{{ID: "easy", Count: 3, Max: 2 * scoring.OneMark, Pool: pool}}}}).ID
	draft := h.show(h.ticket(preview.Ask{Lesson: l, Seed: 42}))
	h.do(commands.PublishLesson{Lesson: l, Revision: 1})
	released := h.do(commands.ReleaseLesson{Environment: "dev", Lesson: l})
	if err := h.Engine.Wait(t.Context(), "delivery", released.Position); err != nil {
		t.Fatal(err)
	}
	var asked []attempt.Item
	student := as("school", access.Student)
	student.ID = uuid.NewString()
	until(t, func() error {
		_, err := h.Commands.Do(t.Context(), student, commands.StartAttempt{Lesson: l, Seed: 42, See: func(a attempt.Attempt) error { asked = a.Items; return nil }})
		return err
	})
	ticket := h.ticket(preview.Ask{Lesson: l, Seed: 42, Live: true})
	live := h.show(ticket)
	for name, v := range map[string]preview.View{"draft": draft, "live": live} {
		if len(asked) != 3 || len(v.Items) != 3 {
			t.Fatalf("%s: %d are asked, %d previewed", name, len(asked), len(v.Items))
		}
		for i, item := range v.Items {
			if want := asked[i]; item.Slot != want.Slot || item.Question != want.Question || item.Version != want.Version || !reflect.DeepEqual(item.Orders, want.Orders) || item.Max != 2 {
				t.Errorf("%s: %+v is previewed, %+v asked", name, item, want)
			}
		}
	}
	if r := h.score(ticket, answer("easy.2", map[string]any{"choice": "b"})); r.Total != 2 || r.Max != 6 {
		t.Errorf("%+v", r)
	}
	if other := h.show(h.ticket(preview.Ask{Lesson: l, Seed: 43, Live: true})); reflect.DeepEqual(other.Items, live.Items) {
		t.Error("another seed draws the same, in the same orders")
	}
}

// What a lesson arranges is previewed in the words of its manifest, and only where it is fetched differs.
func TestALessonIsArrangedAsInItsManifest(t *testing.T) {
	t.Parallel()
	h := open(t)
	q := h.create(choiceType, choice("2+2?", "b"))
	h.publish(q, choice("2+2?", "b"))
	body := &lesson.Body{Format: "markdown", Text: "Read."}
	plan := lesson.Plan{Title: "Sums", Mode: lesson.Recorded, Items: []lesson.Item{{Slot: "a", Question: q, Version: 1, Max: scoring.OneMark}}, Stages: []lesson.Stage{
		{ID: "text", Kind: lesson.Article, Judged: lesson.ByServer, Body: body},
		{ID: "web", Kind: lesson.Webpage, Judged: lesson.ByServer, Webpage: &lesson.Address{URL: "https://example.org/", Pages: 3}, Cues: []lesson.Cue{{ID: "ask", At: lesson.At{Kind: cue.Page, Page: 2},
			Task: lesson.Task{Plugin: "question@1.0.0", Data: map[string]any{"slots": []any{"a"}}}}}}}}
	l := h.do(commands.CreateLesson{Plan: plan}).ID
	ticket := h.ticket(preview.Ask{Lesson: l, Seed: 1})
	var got map[string]any
	if err := json.Unmarshal(h.send("GET", "/preview/"+ticket, "").body, &got); err != nil {
		t.Fatal(err)
	}
	want := manifest.Stages(plan, h.Commands.Cues, func(hash content.Hash) manifest.File {
		return manifest.File{Source: "/preview/" + ticket + "/blobs/" + string(hash)}
	})
	for name, value := range want {
		if a, b := string(content.Canonical(got[name])), string(content.Canonical(value)); a != b || a == "null" {
			t.Errorf("%s: got %s, the manifest has %s", name, a, b)
		}
	}
	if len(want) < 3 || got["max_attempts"] != 0.0 {
		t.Errorf("%v", got)
	}
}

// until does something until it is not refused any more.
func until(t *testing.T, do func() error) {
	t.Helper()
	err := do()
	for end := time.Now().Add(10 * time.Second); err != nil && time.Now().Before(end); err = do() {
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// trace is all that is stored: the head of the log, and how many rows there are.
func (h *house) trace() string {
	h.t.Helper()
	var rows string
	err := h.Pool.QueryRow(context.Background(), `select (select count(*) from events) || ' ' || (select count(*) from jobs) || ' ' || (select count(*) from preview_links)`).Scan(&rows)
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

func TestADraftThatIsNotReadyIsShownButNotMarked(t *testing.T) {
	t.Parallel()
	h := open(t)
	doc := choice("no key", "a")
	delete(doc, "key")
	q := h.create(choiceType, doc)
	r := h.score(h.ticket(preview.Ask{Question: q}), answer("q", map[string]any{"choice": "a"}))
	if r.Items[0].Status != "incomplete" || len(r.Items[0].Problems) > 0 || r.Total != 0 {
		t.Errorf("%+v", r)
	}
	r = h.score(h.ticket(preview.Ask{Question: q, Solutions: true}), answer("q", map[string]any{"choice": "a"}))
	if len(r.Items[0].Problems) == 0 || r.Items[0].Problems[0].Pointer != "/key" {
		t.Errorf("%+v", r)
	}
}

func TestSolutionsAreShownWhereTheyMayBe(t *testing.T) {
	t.Parallel()
	h := open(t)
	q := h.create(choiceType, choice("2+2?", "b"))
	for _, allowed := range []bool{true, false} {
		ticket := h.ticket(preview.Ask{Question: q, Solutions: allowed})
		for _, r := range []reply{h.send("GET", "/preview/"+ticket, ""), h.send("POST", "/preview/"+ticket+"/answers", `{"answers": [{"slot": "q", "response": {"choice": "a"}}]}`)} {
			if r.status != 200 || bytes.Contains(r.body, []byte(`"key":"b"`)) != allowed || bytes.Contains(r.body, []byte("because")) != allowed {
				t.Errorf("allowed %v: %d %s", allowed, r.status, r.body)
			}
		}
	}
}

// Two contents that differ in secrets only are shown by the same bytes; the ticket carries nothing of them.
func TestAPreviewTellsNoSecret(t *testing.T) {
	t.Parallel()
	builtIn, err := schemas.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	worlds := []*house{open(t), open(t)}
	for i, q := range builtIn {
		pairs := rapid.Custom(func(t *rapid.T) [2]any {
			doc := typetest.Content(t, q)
			return [2]any{doc, typetest.OtherSecrets(t, q, doc)}
		})
		for n := range 4 {
			pair := pairs.Example(n)
			id := uuid.NewSHA1(uuid.NameSpaceOID, fmt.Append(nil, i, " ", n))
			var said [2][]byte
			var pinned [2]preview.Pins
			for side, h := range worlds {
				h.do(commands.CreateQuestion{ID: id, Type: q.Ref(), Content: pair[side]})
				pins, err := h.stage.Pin(t.Context(), admin, preview.Ask{Question: id, Seed: 5})
				if err != nil {
					t.Fatal(err)
				}
				ticket, _, err := h.tickets.Issue(pins)
				if err != nil {
					t.Fatal(err)
				}
				said[side], pinned[side] = h.send("GET", "/preview/"+ticket, "").body, pins
			}
			if !bytes.Equal(said[0], said[1]) || len(said[0]) < 50 {
				t.Errorf("%s: two contents can be told apart:\n%s\n%s", q.Ref(), said[0], said[1])
			}
			pinned[1].Position = pinned[0].Position
			if fmt.Sprint(pinned[0]) != fmt.Sprint(pinned[1]) {
				t.Errorf("the pins differ: %+v %+v", pinned[0], pinned[1])
			}
		}
	}
}
