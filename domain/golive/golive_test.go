package golive_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/golive"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/release"
	"qbank/domain/workflow"
)

func id(name string) uuid.UUID { return uuid.NewSHA1(uuid.Nil, []byte(name)) }

// published is a question with a number of versions; the first corrects nothing.
func published(kinds ...question.Kind) golive.Question {
	h := content.Hash("v")
	return golive.Question{State: question.Question{Revision: 9, State: workflow.Published, Latest: len(kinds), Draft: question.Draft{Hash: h}, Published: h}, Kinds: kinds,
		Engine: ">=1.0 <2.0", Locales: []string{"en", "zh-CN"}}
}

// drafted is a question whose draft goes on, approved or not.
func drafted(q golive.Question, approved bool) golive.Question {
	q.State.Draft.Hash, q.State.State = "draft", workflow.Draft
	if approved {
		q.State.State, q.State.Approved = workflow.Approved, "draft"
	}
	return q
}

// lessonOf is a lesson whose newest version names exact versions, in pairs of name and version.
func lessonOf(name string, items ...lesson.Item) golive.Lesson {
	plan := lesson.Plan{Title: name, Reveal: lesson.AfterFinish, Items: items}
	return golive.Lesson{ID: id(name), State: lesson.Lesson{Revision: 5, Org: "acme", Plan: plan, Latest: 2, Newest: plan}}
}

func item(slot, q string, version int) lesson.Item {
	return lesson.Item{Slot: lesson.Slot(slot), Question: id(q), Version: version, Max: 1}
}

func live(l golive.Lesson, version int, frozen ...environment.Frozen) golive.Lesson {
	l.Live, l.By = &release.Lesson{Lesson: l.ID, Org: "acme", Version: version, Questions: frozen}, id("before")
	return l
}

func frozen(slot, q string, version int) environment.Frozen {
	return environment.Frozen{Slot: slot, Question: id(q), Version: version}
}

func codes(p golive.Plan) string {
	var all []string
	for _, g := range p.Missing {
		code := g.Code
		if g.Blocks {
			code += "!"
		}
		all = append(all, code)
	}
	return strings.Join(all, " ")
}

func facts(l golive.Lesson, questions map[string]golive.Question) golive.Facts {
	f := golive.Facts{Environment: environment.Declared{Name: "prod", Locales: []string{"en"}, Engine: "1.5"}, Lessons: []golive.Lesson{l}, Questions: map[uuid.UUID]golive.Question{}}
	for name, q := range questions {
		f.Questions[id(name)] = q
	}
	return f
}

func TestWhatIsMissing(t *testing.T) {
	t.Parallel()
	one := published(question.Revision)
	never := golive.Question{State: question.Question{Revision: 1, State: workflow.Draft, Draft: question.Draft{Hash: "draft"}}, Locales: []string{"en"}}
	simple := lessonOf("l", item("a", "q", 1))
	for name, c := range map[string]struct {
		ask    golive.Ask
		lesson golive.Lesson
		q      golive.Question
		change func(*golive.Facts)
		want   string
	}{
		"nothing":                                            {lesson: simple, q: one},
		"a draft that goes on":                               {lesson: simple, q: drafted(one, false), want: "question.draft"},
		"a draft that was asked for":                         {golive.Ask{Questions: []uuid.UUID{id("q")}}, simple, drafted(one, false), nil, "question.not_approved"},
		"an approved draft, and nobody publishes":            {golive.Ask{Questions: []uuid.UUID{id("q")}}, simple, drafted(one, true), nil, "question.unpublished"},
		"an approved revision that the lesson does not take": {golive.Ask{Questions: []uuid.UUID{id("q")}, Publish: true}, simple, drafted(one, true), nil, "question.unused"},
		"an erratum reaches every use":                       {golive.Ask{Questions: []uuid.UUID{id("q")}, Publish: true, As: question.Erratum}, simple, drafted(one, true), nil, ""},
		"never published": {golive.Ask{Questions: []uuid.UUID{id("q")}}, lessonOf("l", item("a", "q", 0)), never, nil,
			"question.not_approved! lesson.unpublishable question.never_published!"},
		"retired":                                {golive.Ask{Questions: []uuid.UUID{id("q")}}, simple, golive.Question{State: question.Question{State: workflow.Retired, Latest: 1}, Kinds: []question.Kind{question.Revision}, Locales: []string{"en"}}, nil, "question.retired! lesson.unpublishable"},
		"another engine":                         {lesson: simple, q: one, change: func(f *golive.Facts) { f.Environment.Engine = "2.0" }, want: "question.engine!"},
		"a language":                             {lesson: simple, q: one, change: func(f *golive.Facts) { f.Environment.Locales = []string{"en", "fr"} }, want: "question.locale"},
		"taken":                                  {lesson: simple, q: one, change: func(f *golive.Facts) { f.Lessons[0].Taken = id("other") }, want: "lesson.taken!"},
		"retired lesson":                         {lesson: simple, q: one, change: func(f *golive.Facts) { f.Lessons[0].State.Retired = true }, want: "lesson.retired!"},
		"a changed lesson, and nobody publishes": {lesson: simple, q: one, change: func(f *golive.Facts) { f.Lessons[0].State.Plan.Title = "new" }, want: "lesson.unpublished"},
		"a changed lesson that is published":     {golive.Ask{Publish: true}, simple, one, func(f *golive.Facts) { f.Lessons[0].State.Plan.Title = "new" }, ""},
		"not reviewed": {golive.Ask{Publish: true}, simple, one, func(f *golive.Facts) {
			f.Lessons[0].State.Plan.Title, f.Lessons[0].Review = "new", true
		}, "lesson.not_approved"},
		"a file of a lesson": {golive.Ask{Publish: true}, simple, one, func(f *golive.Facts) {
			f.Lessons[0].State.Plan.Title, f.Lessons[0].Files = "new", []fault.Problem{{Pointer: "/stages/0/medium/sha256", Code: "unknown"}}
		}, "lesson.file_missing"},
		"a file of a question": {golive.Ask{Publish: true, Questions: []uuid.UUID{id("q")}}, simple, func() golive.Question {
			q := drafted(one, true)
			q.Missing = []string{"x"}
			return q
		}(), nil, "question.file_missing!"},
		"a lesson that was never published": {lesson: simple, q: one, change: func(f *golive.Facts) { f.Lessons[0].State.Latest = 0; f.Lessons[0].State.Newest = lesson.Plan{} }, want: "lesson.unpublished!"},
	} {
		f := facts(c.lesson, map[string]golive.Question{"q": c.q})
		if c.change != nil {
			c.change(&f)
		}
		c.ask.Lessons = []uuid.UUID{c.lesson.ID}
		p := golive.Make(c.ask, f)
		if got := codes(p); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if p.Blocked() != strings.Contains(c.want, "!") {
			t.Errorf("%s: blocked %v", name, p.Blocked())
		}
	}
}

func TestWhatWouldChange(t *testing.T) {
	t.Parallel()
	l := live(lessonOf("l", item("a", "q", 1), item("b", "r", 2), item("d", "t", 1)), 1, frozen("a", "q", 1), frozen("b", "r", 1), frozen("c", "s", 3))
	p := golive.Make(golive.Ask{Lessons: []uuid.UUID{l.ID}}, facts(l, map[string]golive.Question{
		"q": published(question.Revision, question.Erratum, question.Erratum, question.Revision), "r": published(question.Revision, question.Revision),
		"t": published(question.Revision, question.Revision)}))
	var got []string
	for _, place := range p.Changes[0].Places {
		got = append(got, place.Text().EN)
	}
	if all := strings.Join(got, "; "); all != "a: version 1 → 3; b: version 1 → 2; d: added, version 1; c: removed, was version 3" {
		t.Errorf("got %s", all)
	}
	if c := p.Changes[0]; c.From != 1 || c.To != 2 || c.By != id("before") || len(p.Set) != 1 || p.Set[0].Version != 2 {
		t.Errorf("got %+v", c)
	}
	same := live(lessonOf("l", item("a", "q", 1)), 2, frozen("a", "q", 1))
	p = golive.Make(golive.Ask{Lessons: []uuid.UUID{l.ID}}, facts(same, map[string]golive.Question{"q": published(question.Revision)}))
	if len(p.Changes)+len(p.Set) != 0 {
		t.Errorf("what is live already changes: %+v", p.Changes)
	}
	if _, err := (golive.Execution{}).Begin("acme", p); !fault.Is(err, "golive.nothing") {
		t.Errorf("got %v", err)
	}
}

// The questions of a pool are places of one name, told apart by their questions.
func TestWhatWouldChangeOfAPool(t *testing.T) {
	t.Parallel()
	l := lessonOf("l")
	draw := lesson.Draw{ID: "d", Count: 1, Max: 1, Pool: []lesson.Pooled{{Question: id("q"), Version: 1}, {Question: id("r"), Version: 1}}}
	l.State.Plan.Draws, l.State.Newest.Draws = []lesson.Draw{draw}, []lesson.Draw{draw}
	slot := string(draw.PoolSlot())
	l = live(l, 1, frozen(slot, "q", 1), frozen(slot, "s", 1))
	p := golive.Make(golive.Ask{Lessons: []uuid.UUID{l.ID}}, facts(l, map[string]golive.Question{"q": published(question.Revision, question.Erratum), "r": published(question.Revision)}))
	var got []string
	for _, place := range p.Changes[0].Places {
		got = append(got, place.Text().EN)
	}
	if all := strings.Join(got, "; "); all != slot+": version 1 → 2; "+slot+": added, version 1; "+slot+": removed, was version 1" {
		t.Errorf("got %s", all)
	}
}

func TestSolutionsBeforeTheLastAttemptAreWarnedOf(t *testing.T) {
	t.Parallel()
	l := lessonOf("l", item("a", "q", 1))
	l.State.Newest = lesson.Plan{Title: "l", Reveal: lesson.AfterFinish, Mode: lesson.Exam, MaxAttempts: 5, Items: []lesson.Item{item("a", "q", 1)}}
	l.State.Plan = l.State.Newest
	p := golive.Make(golive.Ask{Lessons: []uuid.UUID{l.ID}}, facts(l, map[string]golive.Question{"q": published(question.Revision)}))
	if len(p.Missing) != 1 || p.Missing[0].Code != "lesson.reveals_early" || p.Blocked() || p.Missing[0].Message.ZH == "" {
		t.Errorf("got %+v", p.Missing)
	}
}

func TestPublicationsComeWithThePlan(t *testing.T) {
	t.Parallel()
	l := lessonOf("l", item("a", "q", 0))
	l.State.Newest = lesson.Plan{Title: "l", Reveal: lesson.AfterFinish, Items: []lesson.Item{item("a", "q", 1)}}
	ask := golive.Ask{Lessons: []uuid.UUID{l.ID}, Questions: []uuid.UUID{id("q"), id("q")}, Publish: true}
	f := facts(l, map[string]golive.Question{"q": drafted(published(question.Revision), true)})
	p := golive.Make(ask, f)
	if len(p.Publications) != 2 || p.Publications[0].Kind != golive.OfQuestion || p.Publications[0].To != 2 || p.Publications[1].Kind != golive.OfLesson || p.Publications[1].To != 3 ||
		p.Set[0].Version != 3 || p.Set[0].Questions[0].Version != 2 || p.Blocked() || len(p.Missing) > 0 {
		t.Fatalf("got %+v", p)
	}
	// The hash is of what happens: another engine that clients have too is nothing new, another approval is.
	if again := golive.Make(ask, f); again.Hash != p.Hash {
		t.Error("the same facts make another plan")
	}
	f.Environment.Locales = []string{"fr"}
	if warned := golive.Make(ask, f); warned.Hash != p.Hash || len(warned.Missing) == 0 {
		t.Error("a warning makes another plan")
	}
	q := f.Questions[id("q")]
	q.State.Draft.Hash, q.State.Approved = "other", "other"
	f.Questions[id("q")] = q
	if golive.Make(ask, f).Hash == p.Hash {
		t.Error("another content makes the same plan")
	}
}

func TestRangesOfEngines(t *testing.T) {
	t.Parallel()
	for versions, c := range map[string]struct{ in, out string }{
		">=1.0 <2.0": {"1.0 1 1.9.9 1.10", "2.0 0.9 2 x 1.2.3.4"}, "^1.2": {"1.2 1.99", "1.1 2.2"}, "~1.2": {"1.2 1.2.9", "1.3 1.1"},
		"*": {"0 99.9.9", "x"}, "1.2 || >3": {"1.2 1.2.0 3.0.1 4", "1.3 3"}, "nonsense": {"", "1"},
	} {
		l := lessonOf("l", item("a", "q", 1))
		try := func(engine string) bool {
			q := published(question.Revision)
			q.Engine = versions
			f := facts(l, map[string]golive.Question{"q": q})
			f.Environment.Engine = engine
			return !golive.Make(golive.Ask{Lessons: []uuid.UUID{l.ID}}, f).Blocked()
		}
		for _, engine := range strings.Fields(c.in) {
			if !try(engine) {
				t.Errorf("%s does not hold %s", versions, engine)
			}
		}
		for _, engine := range strings.Fields(c.out) {
			if try(engine) {
				t.Errorf("%s holds %s", versions, engine)
			}
		}
	}
}

// Whatever the facts: a plan is the same when it is made again, what is in its set differs from what is live, its changes lead from one to the other, and
// an execution begins and ends once.
func TestLawsOfPlans(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(golive.Events)
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"q", "r", "s"}
		questions := map[string]golive.Question{}
		for _, name := range names {
			kinds := []question.Kind{question.Revision}
			for range rapid.IntRange(0, 3).Draw(t, "versions") {
				kinds = append(kinds, rapid.SampledFrom([]question.Kind{question.Erratum, question.Revision}).Draw(t, "kind"))
			}
			questions[name] = published(kinds...)
			if rapid.Bool().Draw(t, "draft") {
				questions[name] = drafted(questions[name], rapid.Bool().Draw(t, "approved"))
			}
		}
		var items []lesson.Item
		var was []environment.Frozen
		for _, name := range names {
			if rapid.Bool().Draw(t, "has") {
				items = append(items, item(name, name, rapid.IntRange(0, 1).Draw(t, "version")))
			}
			if rapid.Bool().Draw(t, "had") {
				was = append(was, frozen(name, name, rapid.IntRange(1, 3).Draw(t, "live")))
			}
		}
		l := lessonOf("l", items...)
		for i := range l.State.Newest.Items {
			l.State.Newest.Items[i].Version = max(1, l.State.Newest.Items[i].Version)
		}
		if len(was) > 0 {
			l = live(l, rapid.IntRange(1, 2).Draw(t, "live version"), was...)
		}
		ask := golive.Ask{Lessons: []uuid.UUID{l.ID}, Publish: rapid.Bool().Draw(t, "publish"), As: rapid.SampledFrom([]question.Kind{"", question.Erratum, question.Revision}).Draw(t, "as")}
		for _, name := range names {
			if rapid.Bool().Draw(t, "asked") {
				ask.Questions = append(ask.Questions, id(name))
			}
		}
		f := facts(l, questions)
		p := golive.Make(ask, f)
		if golive.Make(ask, f).Hash != p.Hash {
			t.Fatal("it is another plan when it is made again")
		}
		for i, s := range p.Set {
			now := map[string]environment.Frozen{}
			for _, f := range was {
				now[f.Slot] = f
			}
			for _, place := range p.Changes[i].Places {
				if had := now[place.Slot]; had.Question != place.Before || had.Version != place.From {
					t.Fatalf("%+v, and %+v was live", place, had)
				}
				if delete(now, place.Slot); place.After != uuid.Nil {
					now[place.Slot] = environment.Frozen{Slot: place.Slot, Question: place.After, Version: place.To}
				}
			}
			if len(now) != len(s.Questions) {
				t.Fatalf("changes lead to %v, not to %v", now, s.Questions)
			}
			for _, f := range s.Questions {
				if now[f.Slot] != f || f.Version < 1 {
					t.Fatalf("changes lead to %v, not to %v", now, s.Questions)
				}
			}
		}
		if !ask.Publish && len(p.Publications) > 0 {
			t.Fatal("it publishes what nobody asked for")
		}
		events, err := golive.Execution{}.Begin("acme", p)
		if (err != nil) != (p.Blocked() || len(p.Set) == 0) {
			t.Fatalf("blocked %v, set of %d: %v", p.Blocked(), len(p.Set), err)
		}
		if err != nil {
			return
		}
		var x golive.Execution
		for _, e := range append(events, x.Finish(id("release"))...) {
			name, version, data, err := codec.Encode(e)
			if err != nil {
				t.Fatal(err)
			}
			if e, err = codec.Decode(name, version, data); err != nil {
				t.Fatal(err)
			}
			x = x.Apply(e)
		}
		if again, err := x.Begin("acme", p); err != nil || len(again)+len(x.Finish(id("other"))) > 0 || x.Plan.Hash != p.Hash || x.Release != id("release") {
			t.Fatalf("it begins or ends twice: %v, %v", again, err)
		}
	})
}
