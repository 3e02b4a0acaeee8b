package commands_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/golive"
	"qbank/domain/question"
	"qbank/domain/release"
	"qbank/domain/targeting"
	"qbank/eventstore"
)

func (h house) goLivePlan(actor access.Actor, ask golive.Ask) golive.Plan {
	h.Helper()
	p, err := h.Commands.PlanGoLive(h.Context(), actor, ask)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// approved is an approved draft of a question that is published already.
func (h house) approvedDraft(q question.ID, stem string) {
	h.Helper()
	h.do(commands.EditQuestion{Question: q, Revision: h.question(q).Revision, Content: choice(stem)})
	h.do(commands.SubmitQuestion{Question: q, Revision: commands.Anything})
	h.do(commands.ApproveQuestion{Question: q, Revision: commands.Anything, Hash: h.question(q).Draft.Hash})
}

// goingLive is a lesson that is live in an environment, and its question, whose next draft is approved.
func (h house) goingLive(name environment.Name) (l uuid.UUID, q question.ID, ask golive.Ask) {
	h.Helper()
	h.Commands.Overrides = nil // read models do not run here
	q = h.published("2+2?")
	l = h.do(commands.CreateLesson{Plan: plan(q)}).ID
	h.do(commands.PublishLesson{Lesson: l, Revision: 1})
	h.do(commands.ReleaseLesson{Environment: name, Lesson: l})
	h.approvedDraft(q, "What is 2+2?")
	return l, q, golive.Ask{Lessons: []uuid.UUID{l}, Questions: []uuid.UUID{q}, Publish: true, As: question.Erratum, Release: release.Plan{Title: "Better words"}}
}

func TestAPlanGoesLiveAsItWasSeen(t *testing.T) {
	t.Parallel()
	h := open(t)
	actor := releaser("prod")
	l, q, ask := h.goingLive("prod")
	head := h.head()
	p := h.goLivePlan(actor, ask)
	if h.head() != head || len(p.Publications) != 1 || len(p.Changes) != 1 || p.Changes[0].Places[0].To != 2 || p.Blocked() {
		t.Fatalf("planned %+v", p)
	}
	c := commands.ExecuteGoLive{Ask: ask, Plan: p.Hash}
	denied := actor
	denied.Roles = []access.Role{access.Author}
	h.refused(denied, c, "access.denied")
	h.refused(releaser("test"), c, "golive.stale")
	abroad := actor
	abroad.Scope.Org = "other"
	h.refused(abroad, c, "lesson.not_found")
	// Another approval is another plan.
	h.approvedDraft(q, "How much is 2+2?")
	h.refused(actor, c, "golive.stale")
	p = h.goLivePlan(actor, ask)
	c.Plan = p.Hash
	done := h.releaseAs(actor, c)
	if r := h.releaseState(t, done.ID); r.State != release.IsCompleted || r.Hash != p.Set.Hash() || h.question(q).Latest != 2 {
		t.Errorf("it is %s, version %d", r.State, h.question(q).Latest)
	}
	if e := h.live(t, "prod"); e.Live[l].Release != done.ID {
		t.Errorf("live is %+v", e.Live[l])
	}
	head = h.head()
	if again := h.releaseAs(actor, c); again.ID != done.ID || h.head() != head {
		t.Error("executing it again does something")
	}
	if p := h.goLivePlan(actor, ask); len(p.Set) != 0 {
		t.Errorf("it is live, and %+v would change", p.Changes)
	}
	// What went back and comes again is another plan: the first one is done.
	h.do(commands.WithdrawLesson{Environment: "prod", Lesson: l, Reason: "wrong"})
	back := h.goLivePlan(actor, ask)
	if back.Hash == p.Hash || back.Changes[0].From != 0 {
		t.Errorf("planned %+v", back)
	}
	ask.Release.Steps = []release.Step{{Weight: 5}, {Weight: 100}}
	gray := h.goLivePlan(actor, ask)
	id := h.releaseAs(actor, commands.ExecuteGoLive{Ask: ask, Plan: gray.Hash}).ID
	if r := h.releaseState(t, id); r.State != release.IsRunning || r.Weight != 5 {
		t.Errorf("a gray one is %s at %d", r.State, r.Weight)
	}
	if taken := h.goLivePlan(actor, ask); !taken.Blocked() {
		t.Error("a lesson that a release has is free")
	}
	ask.Release.Steps = []release.Step{{Weight: 50}}
	bad := golive.Ask{Lessons: []uuid.UUID{h.publishedLesson()}, Release: ask.Release}
	h.refused(actor, commands.ExecuteGoLive{Ask: bad, Plan: "seen nowhere"}, "release.invalid")
}

// Wherever the power fails, the same again finishes it, and everything has happened once.
func TestWhatBreaksOffGoesOnWithThePlanItBeganWith(t *testing.T) {
	t.Parallel()
	h := open(t)
	actor := releaser("prod")
	for left, after := 1, false; left < 12; after = !after {
		l, q, ask := h.goingLive("prod")
		p := h.goLivePlan(actor, ask)
		broken := &fragile{Log: h.Store, left: left, after: after}
		bus := &commands.Bus{Log: broken, Codec: h.Commands.Codec, Types: h.Commands.Types, Logger: h.Logger}
		if err := bus.Start(); err != nil {
			t.Fatal(err)
		}
		c := commands.ExecuteGoLive{Ask: ask, Plan: p.Hash}
		_, err := bus.Do(t.Context(), actor, c)
		if err == nil && left < 7 {
			t.Fatalf("append %d was not reached", left)
		}
		done := h.releaseAs(actor, c)
		if r := h.releaseState(t, done.ID); r.State != release.IsCompleted || r.Revision != 3 || h.question(q).Latest != 2 {
			t.Errorf("append %d, after %v: it is %s, revision %d, the question has %d versions", left, after, r.State, r.Revision, h.question(q).Latest)
		}
		if e := h.live(t, "prod"); e.Live[l].Release != done.ID {
			t.Errorf("append %d, after %v: live is %+v", left, after, e.Live[l])
		}
		if after {
			left++
		}
	}
}

func TestASecondPersonFinishesAPlan(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, _, ask := h.goingLive("prod")
	h.do(commands.DescribeEnvironment{Environment: environment.Declared{Name: "prod", Title: "Production", SecondPerson: true}})
	wang, li := inLane("prod", access.Admin, "wang"), inLane("prod", access.Admin, "li")
	id := h.releaseAs(wang, commands.ExecuteGoLive{Ask: ask, Plan: h.goLivePlan(wang, ask).Hash}).ID
	if r := h.releaseState(t, id); r.State != release.IsPlanned || r.By != "wang" {
		t.Errorf("it is %s, by %s", r.State, r.By)
	}
	h.refused(wang, commands.StartRelease{Release: id, Revision: 1}, "environment.second_person")
	h.releaseAs(li, commands.StartRelease{Release: id, Revision: 1})
}

func TestWhatIsLiveIsPromotedAsItIs(t *testing.T) {
	t.Parallel()
	h := open(t)
	test, staging := releaser("test"), releaser("staging")
	l, _, ask := h.goingLive("test")
	other := h.publishedLesson()
	lessons := []uuid.UUID{l, other}
	set, err := h.Commands.LiveSet(t.Context(), test, lessons)
	if err != nil || len(set) != 1 || set[0].Lesson != l {
		t.Fatalf("live is %+v, %v", set, err)
	}
	for _, elsewhere := range []access.Actor{staging, {ID: "x", Roles: test.Roles, Scope: access.Scope{Org: "other", Environment: "test"}}} {
		if set, err := h.Commands.LiveSet(t.Context(), elsewhere, lessons); err != nil || len(set) != 0 {
			t.Errorf("%+v sees %+v, %v", elsewhere.Scope, set, err)
		}
	}
	c := commands.PromoteLessons{From: "test", Lessons: lessons, Hash: set.Hash(), Release: release.Plan{Title: "Promoted"}}
	h.refused(releaser("prod"), c, "promotion.chain")
	abroad := staging
	abroad.Scope.Org = "other"
	h.refused(abroad, c, "promotion.stale")
	guess := c
	guess.Hash = "0"
	h.refused(staging, guess, "promotion.stale")
	// What is corrected after it was seen goes to test, and the set that was seen is stale there.
	changed := h.releaseAs(test, commands.ExecuteGoLive{Ask: ask, Plan: h.goLivePlan(test, ask).Hash}).ID
	h.refused(staging, c, "promotion.stale")
	if set, err = h.Commands.LiveSet(t.Context(), test, lessons); err != nil || set[0].Questions[0].Version != 2 {
		t.Fatalf("live is %+v, %v", set, err)
	}
	c.Hash = set.Hash()
	id := h.releaseAs(staging, c).ID
	r := h.releaseState(t, id)
	if r.State != release.IsCompleted || r.Hash != set.Hash() || r.Environment != "staging" || r.Promoted == nil || r.Promoted.Environment != "test" || r.Promoted.Releases[0] != changed {
		t.Errorf("promoted %+v", r)
	}
	if again := h.releaseAs(staging, c).ID; again != id {
		t.Errorf("asked twice, it is promoted by %s and by %s", id, again)
	}
	there, err := h.Commands.LiveSet(t.Context(), staging, lessons)
	if err != nil || there.Hash() != set.Hash() {
		t.Errorf("live there is %+v, %v", there, err)
	}
	// An erratum published meanwhile changes neither: promoting takes what is live, not what is newest.
	h.approvedDraft(set[0].Questions[0].Question, "2 + 2 = ?")
	h.do(commands.PublishQuestion{Question: set[0].Questions[0].Question, Revision: commands.Anything, Kind: question.Erratum})
	c.From, c.Hash = "staging", there.Hash()
	prod := h.releaseAs(releaser("prod"), c).ID
	if r := h.releaseState(t, prod); r.Hash != set.Hash() || r.Lessons[0].Questions[0].Version != 2 {
		t.Errorf("promoted %+v", r.Lessons)
	}
	if _, err := h.Commands.LiveSet(t.Context(), test, nil); !fault.Is(err, "golive.invalid") {
		t.Errorf("got %v", err)
	}
}

// Wherever the power fails, the same request finishes what it began, once, and with the set it began with: whatever is live by then where it comes from.
func TestAPromotionThatBreaksOffGoesOn(t *testing.T) {
	t.Parallel()
	h := open(t)
	test, staging := releaser("test"), releaser("staging")
	for left, after := 1, false; left <= 5; after = !after {
		l, _, ask := h.goingLive("test")
		set, err := h.Commands.LiveSet(t.Context(), test, []uuid.UUID{l})
		if err != nil {
			t.Fatal(err)
		}
		bus := &commands.Bus{Log: &fragile{Log: h.Store, left: left, after: after}, Codec: h.Commands.Codec, Types: h.Commands.Types, Logger: h.Logger}
		if err := bus.Start(); err != nil {
			t.Fatal(err)
		}
		c := commands.PromoteLessons{From: "test", Lessons: []uuid.UUID{l}, Hash: set.Hash(), Release: release.Plan{Title: "Promoted"}}
		head := h.head()
		if _, err := bus.Do(t.Context(), staging, c); !errors.Is(err, errBroken) {
			t.Fatalf("append %d was not reached: %v", left, err)
		}
		if begun := h.head() > head; begun {
			h.releaseAs(test, commands.ExecuteGoLive{Ask: ask, Plan: h.goLivePlan(test, ask).Hash})
		}
		done := h.releaseAs(staging, c)
		r := h.releaseState(t, done.ID)
		if r.State != release.IsCompleted || r.Revision != 3 || r.Hash != set.Hash() || r.Lessons[0].Questions[0].Version != 1 {
			t.Errorf("append %d, after %v: it is %s, revision %d, with %+v", left, after, r.State, r.Revision, r.Lessons)
		}
		e := h.live(t, "staging")
		if e.Live[l].Release != done.ID || e.Candidates[l] != uuid.Nil {
			t.Errorf("append %d, after %v: live is %+v", left, after, e.Live[l])
		}
		if after {
			left++
		}
	}
}

// Asked again, a promotion that is on its way is the same; after one that was rolled back it is another.
func TestAPromotionThatIsOnItsWay(t *testing.T) {
	t.Parallel()
	h := open(t)
	l, _, _ := h.goingLive("test")
	set, err := h.Commands.LiveSet(t.Context(), releaser("test"), []uuid.UUID{l})
	if err != nil {
		t.Fatal(err)
	}
	staging := releaser("staging")
	c := commands.PromoteLessons{From: "test", Lessons: []uuid.UUID{l}, Hash: set.Hash(), Release: release.Plan{Title: "Promoted", Steps: []release.Step{{Weight: 5}, {Weight: 100}}}}
	first := h.releaseAs(staging, c).ID
	head := h.head()
	if again := h.releaseAs(staging, c).ID; again != first || h.head() != head {
		t.Errorf("asked twice, it is promoted by %s and by %s", first, again)
	}
	h.releaseAs(staging, commands.RollBackRelease{Release: first, Revision: commands.Anything, Reason: "broken"})
	second := h.releaseAs(staging, c).ID
	if r := h.releaseState(t, second); second == first || r.State != release.IsRunning || r.Weight != 5 {
		t.Errorf("after it was rolled back, %s is %s", second, r.State)
	}
	another := c
	another.Release.Title = "Another"
	h.refused(staging, another, "release.overlap")
}

// What clients cannot show does not go live, whichever way it is tried.
func TestWhatClientsCannotShowStaysAway(t *testing.T) {
	t.Parallel()
	h := open(t)
	l := h.publishedLesson()
	actor := releaser("staging")
	staging := environment.Declared{Name: "staging", Title: "Staging", Next: "prod", Engine: "0.0.1"}
	h.do(commands.DescribeEnvironment{Environment: staging})
	plan := commands.PlanRelease{Title: "Gray", Lessons: []commands.PlannedLesson{{Lesson: l}}, Steps: []release.Step{{Weight: 100}}}
	h.refused(actor, plan, "release.engine")
	h.refused(actor, commands.ReleaseLesson{Environment: "staging", Lesson: l}, "release.engine")
	test := releaser("test")
	h.releaseAs(test, commands.ReleaseLesson{Environment: "test", Lesson: l})
	set, err := h.Commands.LiveSet(t.Context(), test, []uuid.UUID{l})
	if err != nil {
		t.Fatal(err)
	}
	h.refused(actor, commands.PromoteLessons{From: "test", Lessons: []uuid.UUID{l}, Hash: set.Hash(), Release: release.Plan{Title: "Promoted"}}, "release.engine")
	staging.Engine = "1.0.0"
	h.do(commands.DescribeEnvironment{Environment: staging, Revision: 1})
	h.releaseAs(actor, commands.ReleaseLesson{Environment: "staging", Lesson: l})
}

// A plan whose release cannot be is refused when it is looked at, with the place.
func TestThePlanLooksAtItsRelease(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, _, ask := h.goingLive("prod")
	for pointer, change := range map[string]func(*release.Plan){
		"/title": func(p *release.Plan) { p.Title = "" }, "/start": func(p *release.Plan) { p.Start = 1 },
		"/rules/0/when": func(p *release.Plan) { p.Rules = []targeting.Clause{{When: "platform =="}} },
	} {
		wrong := ask
		change(&wrong.Release)
		_, err := h.Commands.PlanGoLive(t.Context(), releaser("prod"), wrong)
		if f := fault.Of(err); f == nil || f.Code != "release.invalid" || len(f.Problems) == 0 || f.Problems[0].Pointer != pointer {
			t.Errorf("%s: %+v", pointer, f)
		}
	}
}

func TestRightsAreForEnvironmentsThatThereAre(t *testing.T) {
	t.Parallel()
	h := open(t)
	names := []environment.Name{"prod", "prdo"}
	h.refused(admin, commands.GrantRole{Person: uuid.New(), Role: access.Author, Environments: names}, "environment.unknown")
	h.refused(admin, commands.CreateAPIKey{Title: "CRM", Roles: []access.Role{access.Analyst}, Environments: names, Expires: time.Now().Add(time.Hour), Show: func(string) { t.Error("shown") }}, "environment.unknown")
}

// asked counts how often the history of a stream is read.
type asked struct {
	commands.Log
	stream uuid.UUID
	times  int
}

func (l *asked) ReadStreams(ctx context.Context, streams []uuid.UUID) (map[uuid.UUID][]eventstore.Recorded, error) {
	for _, stream := range streams {
		if stream == l.stream {
			l.times++
		}
	}
	return l.Log.ReadStreams(ctx, streams)
}

// Whether clients can show a question is looked up once, in however many lessons it is.
func TestAQuestionOfManyLessonsIsReadOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	shared := h.published("2+2?")
	set := commands.PlanRelease{Title: "Gray", Steps: []release.Step{{Weight: 100}}}
	for range 3 {
		l := h.do(commands.CreateLesson{Plan: plan(shared)}).ID
		h.do(commands.PublishLesson{Lesson: l, Revision: 1})
		set.Lessons = append(set.Lessons, commands.PlannedLesson{Lesson: l})
	}
	log := &asked{Log: h.Commands.Log, stream: shared}
	h.Commands.Log = log
	times := func(engine string) int {
		log.times = 0
		h.do(commands.DescribeEnvironment{Environment: environment.Declared{Name: "staging", Title: "Staging", Engine: engine}, Revision: commands.Anything})
		h.releaseAs(releaser("staging"), set)
		return log.times
	}
	if unknown, known := times(""), times("1.0.0"); known != unknown+1 {
		t.Errorf("read %d times where it is not known what clients have, %d times where it is", unknown, known)
	}
}
