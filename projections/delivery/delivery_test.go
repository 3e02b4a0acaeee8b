package delivery_test

import (
	"context"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/reissue"
	"qbank/domain/release"
	"qbank/domain/scoring"
	"qbank/domain/session"
	"qbank/projections"
	"qbank/projections/delivery"
	"qbank/projections/projtest"
	"qbank/projections/read"
)

//go:embed testdata/choice.json
var choiceDocument []byte

// onlyChoice knows one type.
type onlyChoice struct{ choice *qtype.Type }

func (o onlyChoice) Type(_ context.Context, ref qtype.Ref) (*qtype.Type, error) {
	if ref != o.choice.Ref() {
		return nil, fault.Refuse(fault.NotFound, "type.unknown", fault.Say("no type %s", "没有题型 %s", ref.String()))
	}
	return o.choice, nil
}

func types(t testing.TB) onlyChoice {
	t.Helper()
	compiled, err := qtype.Compile(choiceDocument)
	if err != nil {
		t.Fatal(err)
	}
	return onlyChoice{compiled}
}

var definitions = slices.Concat(question.Events, lesson.Events, environment.Events, release.Events, attempt.Events, reissue.Events, session.Events)

const school = "acme/math/senior"

// sum is a content whose key is one of the options.
func sum(key, feedback string) string {
	return fmt.Sprintf(`{"key":%q,"options":[{"feedback":%q,"id":"a","text":"4"},{"id":"b","text":"5"}],"stem":"2 + 2?"}`, key, feedback)
}

func published(version int, doc string) question.Published {
	return question.Published{Version: version, Kind: question.Revision, Type: qtype.Ref{ID: "choice", Version: "1.0.0"},
		Content: json.RawMessage(doc), Hash: content.HashBytes([]byte(doc)), Workflow: "single-review@1"}
}

func plan(title string, questions ...string) lesson.Plan {
	p := lesson.Plan{Title: title, Reveal: lesson.AfterFinish}
	for i, q := range questions {
		p.Items = append(p.Items, lesson.Item{Slot: lesson.Slot(fmt.Sprint("s", i+1)), Question: projtest.StreamID(q), Version: 1, Max: scoring.OneMark})
	}
	return p
}

func released(lane environment.Name, org, lessonName string, version int, frozen ...environment.Frozen) environment.Released {
	return environment.Released{Release: projtest.StreamID(fmt.Sprint("release of ", lessonName, version, lane)), Environment: lane, Org: org,
		Lesson: projtest.StreamID(lessonName), Version: version, Questions: frozen}
}

func frozen(slot, question string, version int) environment.Frozen {
	return environment.Frozen{Slot: slot, Question: projtest.StreamID(question), Version: version}
}

// history is two questions in a lesson that is live in prod.
func history() []projtest.Facts {
	return []projtest.Facts{
		projtest.In("q1", published(1, sum("a", "right"))),
		projtest.In("q2", published(1, sum("b", "no"))),
		projtest.In("l", lesson.Published{Version: 1, Plan: plan("Sums", "q1", "q2")}),
		projtest.In("q1", published(2, strings.Replace(sum("a", "right"), "2 + 2", "1 + 3", 1))),
		projtest.In("prod", released("prod", school, "l", 1, frozen("s2", "q2", 1), frozen("s1", "q1", 2))),
	}
}

func scope(org string) access.Scope { return access.Scope{Org: org, Environment: "prod"} }

func refuses(t *testing.T, err error, code string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Errorf("got %v, want the fault %s", err, code)
	}
}

func TestAReleasedLessonIsReadAsOneSnapshot(t *testing.T) {
	t.Parallel()
	known := types(t)
	log := projtest.Given(t, definitions, delivery.New(known), history()...)
	reader := delivery.NewReader(log.Pool, known)
	snapshot, err := reader.Lesson(t.Context(), scope(school), projtest.StreamID("l"))
	if err != nil {
		t.Fatal(err)
	}
	live := snapshot.Baseline
	if stored, err := json.Marshal(plan("Sums", "q1", "q2")); err != nil || live.Size != len(stored) {
		t.Errorf("the plan takes %d bytes, not %d, %v", live.Size, len(stored), err)
	}
	if live.Plan.Title != "Sums" || live.Version != 1 || snapshot.Position != 5 || snapshot.Candidate != nil {
		t.Errorf("got plan %q, version %d at position %d", live.Plan.Title, live.Version, snapshot.Position)
	}
	if len(live.Places) != 2 || live.Places[0].Version != 2 || live.Places[1].Version != 1 {
		t.Fatalf("places follow the plan, not the release: got %+v", live.Places)
	}
	view, err := reader.Public(t.Context(), scope(school), live.Places[0].Public)
	if err != nil {
		t.Fatal(err)
	}
	if content.HashBytes(view) != live.Places[0].Public || !strings.Contains(string(view), "1 + 3") {
		t.Errorf("the view of the first place is %s", view)
	}
}

func TestNothingIsLiveWithoutARelease(t *testing.T) {
	t.Parallel()
	known := types(t)
	facts := append(history(),
		projtest.In("other", lesson.Published{Version: 1, Plan: plan("Unreleased", "q1")}),
		projtest.In("gone", lesson.Published{Version: 1, Plan: plan("Withdrawn", "q1")}),
		projtest.In("prod", released("prod", school, "gone", 1, frozen("s1", "q1", 1)),
			environment.Withdrawn{Environment: "prod", Lesson: projtest.StreamID("gone"), Reason: "wrong"}))
	log := projtest.Given(t, definitions, delivery.New(known), facts...)
	reader := delivery.NewReader(log.Pool, known)
	for _, c := range []struct{ name, lesson, org, environment string }{
		{"published only", "other", school, "prod"},
		{"withdrawn", "gone", school, "prod"},
		{"another environment", "l", school, "dev"},
		{"another organisation", "l", "acme/physics", "prod"},
		{"a name that only begins alike", "l", "acme/math/senior2", "prod"},
		{"no such lesson", "nothing", school, "prod"},
	} {
		_, err := reader.Lesson(t.Context(), access.Scope{Org: c.org, Environment: c.environment}, projtest.StreamID(c.lesson))
		if !fault.Is(err, "lesson.not_live") {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
	for _, org := range []string{school, "acme", "acme/math", school + "/class-1"} {
		if _, err := reader.Lesson(t.Context(), scope(org), projtest.StreamID("l")); err != nil {
			t.Errorf("a student of %s: %v", org, err)
		}
	}
}

func TestALaterReleaseReplacesTheEarlier(t *testing.T) {
	t.Parallel()
	known := types(t)
	p := delivery.New(known)
	log := projtest.Given(t, definitions, p, history()...)
	log.Append(
		projtest.In("l", lesson.Published{Version: 2, Plan: plan("Better sums", "q2")}),
		projtest.In("prod", released("prod", school, "l", 2, frozen("s1", "q2", 1))))
	log.Run(p)
	live, err := delivery.NewReader(log.Pool, known).Lesson(t.Context(), scope(school), projtest.StreamID("l"))
	if err != nil {
		t.Fatal(err)
	}
	if b := live.Baseline; b.Version != 2 || b.Plan.Title != "Better sums" || len(b.Places) != 1 || live.Position != 7 {
		t.Errorf("got %+v", live)
	}
}

func TestAJudgeHasTheKeyAndTheViewHasNot(t *testing.T) {
	t.Parallel()
	known := types(t)
	log := projtest.Given(t, definitions, delivery.New(known), history()...)
	reader := delivery.NewReader(log.Pool, known)
	typ, public, solution, view, err := reader.Judge(t.Context(), projtest.StreamID("q1"), 1)
	if err != nil {
		t.Fatal(err)
	}
	scorer, err := typ.Scorer(typ.Join(public, solution))
	if err != nil {
		t.Fatal(err)
	}
	for answer, want := range map[string]scoring.Fraction{"a": 1_000_000, "b": 0} {
		if result, err := scorer.Score(map[string]any{"choice": answer}); err != nil || result.Fraction != want {
			t.Errorf("the answer %s scores %+v, %v; want %d", answer, result, err, want)
		}
	}
	if strings.Contains(string(view), "key") || strings.Contains(string(view), "right") || string(content.Canonical(public)) != string(view) {
		t.Errorf("the view is %s", view)
	}
	_, _, _, _, err = reader.Judge(t.Context(), projtest.StreamID("q1"), 3)
	refuses(t, err, "question.version_unknown")
}

func TestAHashThatIsNoneIsNotFound(t *testing.T) {
	t.Parallel()
	known := types(t)
	reader := delivery.NewReader(projtest.Given(t, definitions, delivery.New(known), history()...).Pool, known)
	for _, hash := range []content.Hash{"", "abc", "\x00", content.HashBytes(nil), content.Hash(strings.Repeat("\xff", 64))} {
		_, err := reader.Public(t.Context(), scope(school), hash)
		refuses(t, err, "blob.not_found")
	}
}

// The law: contents that differ only in secrets leave the same rows in every table but that of the solutions.
func TestPublicTablesDoNotDependOnSecrets(t *testing.T) {
	t.Parallel()
	known := types(t)
	p := delivery.New(known)
	const pairs = 40
	var facts []projtest.Facts
	for i := range pairs {
		doc := twins.Example(i)
		facts = append(facts,
			projtest.In(fmt.Sprint("one ", i), published(1, string(content.Canonical(doc.with("KEY-1"))))),
			projtest.In(fmt.Sprint("two ", i), published(1, string(content.Canonical(doc.with("KEY-2"))))))
	}
	log := projtest.Given(t, definitions, p, facts...)
	reader := delivery.NewReader(log.Pool, known)
	for i := range pairs {
		one, other := onlyVersion(t, reader, fmt.Sprint("one ", i)), onlyVersion(t, reader, fmt.Sprint("two ", i))
		one.PublishedAt, other.PublishedAt = 0, 0
		if one != other {
			t.Errorf("the versions of twins differ: %+v, %+v", one, other)
		}
	}
	for table, rows := range log.Dump(projections.SchemaName(p.Name(), p.Version())) {
		if secret := strings.Contains(strings.Join(rows, "\n"), hex.EncodeToString([]byte("KEY-"))) || strings.Contains(strings.Join(rows, "\n"), "KEY-"); secret != (table == "solutions") {
			t.Errorf("table %s holds secrets: %t", table, secret)
		}
	}
}

// twin is a question whose secrets are still to be filled in.
type twin struct {
	stem    string
	options []string
	key     int // index into options
}

var twins = rapid.Custom(func(t *rapid.T) twin {
	options := rapid.SliceOfNDistinct(rapid.StringN(1, 20, 60), 2, 6, rapid.ID[string]).Draw(t, "options")
	return twin{rapid.StringN(1, 50, 200).Draw(t, "stem"), options, rapid.IntRange(0, len(options)-1).Draw(t, "key")}
})

func (w twin) with(secret string) any {
	options := make([]any, len(w.options))
	for i, text := range w.options {
		text = strings.ReplaceAll(text, "\x00", "")
		options[i] = map[string]any{"id": fmt.Sprint("o", i), "text": text, "feedback": secret + text}
	}
	return map[string]any{"stem": strings.ReplaceAll(w.stem, "\x00", ""), "options": options, "key": secret}
}

func onlyVersion(t *testing.T, r *delivery.Reader, question string) delivery.Version {
	t.Helper()
	list, err := r.Versions(t.Context(), projtest.StreamID(question), read.Page{})
	if err != nil || len(list.Rows) != 1 {
		t.Fatalf("versions of %s: %+v, %v", question, list.Rows, err)
	}
	return list.Rows[0]
}

func TestVersionsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	known := types(t)
	reader := delivery.NewReader(projtest.Given(t, definitions, delivery.New(known), history()...).Pool, known)
	page := read.Page{First: 1}
	for want := 2; want >= 1; want-- {
		list, err := reader.Versions(t.Context(), projtest.StreamID("q1"), page)
		if err != nil || len(list.Rows) != 1 || list.Rows[0].Version != want || list.More != (want == 2) {
			t.Fatalf("got %+v, %v; want version %d", list, err, want)
		}
		page.After = list.Cursors[0]
	}
}

func TestLiveLessonsAreListedForTheirOrganisationAndAbove(t *testing.T) {
	t.Parallel()
	known := types(t)
	var facts []projtest.Facts
	facts = append(facts, projtest.In("q1", published(1, sum("a", ""))))
	for i := range 7 {
		id, org := fmt.Sprint("l", i), []string{"acme/math", "acme/physics"}[i%2]
		facts = append(facts,
			projtest.In(id, lesson.Published{Version: 1, Plan: plan("Lesson "+id, "q1")}),
			projtest.In("prod", released("prod", org, id, 1, frozen("s1", "q1", 1))))
	}
	reader := delivery.NewReader(projtest.Given(t, definitions, delivery.New(known), facts...).Pool, known)
	for org, want := range map[string]int{"acme": 7, "acme/math": 4, "acme/physics": 3, "acme/m": 0, "other": 0} {
		var titles []string
		page := read.Page{First: 2}
		for more := true; more; {
			list, err := reader.ListLive(t.Context(), scope(org), page)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range list.Rows {
				titles = append(titles, row.Title)
				if row.Questions != 1 || row.Release == uuid.Nil {
					t.Errorf("got %+v", row)
				}
			}
			if more = list.More; more {
				page.After = list.Cursors[len(list.Cursors)-1]
			}
		}
		if !slices.IsSortedFunc(titles, func(a, b string) int { return strings.Compare(b, a) }) || len(titles) != want {
			t.Errorf("%s sees %v, want %d lessons, the latest first", org, titles, want)
		}
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	known := types(t)
	facts := append(history(), projtest.In("l", lesson.Published{Version: 2, Plan: plan("Sums again", "q2", "q1")}))
	for i := range 20 {
		facts = append(facts, projtest.In(fmt.Sprint("more ", i), published(1, sum("a", fmt.Sprint(i)))))
		switch i % 4 {
		case 0:
			facts = append(facts, projtest.In("prod", environment.Withdrawn{Environment: "prod", Lesson: projtest.StreamID("l"), Reason: "test"}))
		case 2:
			facts = append(facts, projtest.In("prod", released("prod", school, "l", 1+i/10, frozen("s1", "q1", 1+i/10), frozen("s2", "q2", 1))))
		}
	}
	p := delivery.New(known)
	projtest.Given(t, definitions, p, facts...).RebuildEquals(t, p)
}

func TestAnUnknownTypeStopsTheProjection(t *testing.T) {
	t.Parallel()
	odd := published(1, sum("a", ""))
	odd.Type.ID = "riddle"
	p := delivery.New(types(t))
	err := p.Apply(t.Context(), nil, []projections.Event{{Payload: odd}})
	refuses(t, err, "type.unknown")
}
