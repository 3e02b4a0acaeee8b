package delivery_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/reissue"
	"qbank/domain/release"
	"qbank/domain/roster"
	"qbank/observations/ledger"
)

// reissue gives a version of a question to students, classes and so on, at once.
func (s *scene) reissue(of question.ID, version int, to reissue.Audience, change ...func(*commands.AskReissue)) uuid.UUID {
	s.t.Helper()
	c := commands.AskReissue{Wish: commands.Wish{Question: of, Version: version, Audience: to, Until: time.Now().Add(time.Hour).UnixMicro(), Reason: "a typo"}, Grant: true}
	for _, f := range change {
		f(&c)
	}
	done := s.do(releaser, c)
	s.seen(done)
	return done.ID
}

// seen returns when the read models have it, and no snapshot is older.
func (n *node) seen(done commands.Done) {
	n.t.Helper()
	for _, model := range []string{"reissues", "delivery", "gradebook", "roster"} {
		if err := n.Engine.Wait(context.Background(), model, done.Position); err != nil {
			n.t.Fatal(err)
		}
	}
	time.Sleep(250 * time.Millisecond) // snapshots are trusted for a while
}

func named(subjects ...string) (a reissue.Audience) {
	for _, subject := range subjects {
		a.Students = append(a.Students, roster.PersonOf(subject))
	}
	return a
}

func TestAReissueReachesThoseItIsForAndNobodyElse(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.releaseTo("prod", s.lesson)
	wang, li := s.student("wang"), s.student("li")
	open := wang.start(s.lesson)
	s.correct(s.first, choice("What is 2+2?", "b"), question.Revision)
	id := s.reissue(s.first, 2, named("wang"))
	elsewhere := s.client(access.Actor{ID: "wang", Roles: []access.Role{access.Student}, Scope: access.Scope{Org: "school", Environment: "prod"}})
	other := s.client(access.Actor{ID: "wang", Roles: []access.Role{access.Student}, Scope: access.Scope{Org: "school2", Environment: env}})
	for name, c := range map[string]struct {
		client
		want int
	}{"wang": {wang, 2}, "li": {li, 1}, "wang in prod": {elsewhere, 1}} {
		if got := s.version(c.client); got != c.want {
			t.Errorf("%s gets version %d, want %d", name, got, c.want)
		}
	}
	other.get(manifestPath(s.lesson)).refused(404, "lesson.not_live")

	// The open attempt takes it where nothing is answered; its marks and places stay, its options are shown in an order drawn anew.
	s.eventually(func() bool {
		return decode[delivery.Attempt](wang.get(path(open.ID, "")).is(200)).Items[0].Version == 2
	})
	again := wang.start(s.lesson)
	if again.ID != open.ID || again.Items[0].Public == open.Items[0].Public || again.Items[1].Version != 1 || again.Items[0].Max != 2 || len(again.Items[0].Orders["/options"]) != 4 {
		t.Errorf("the open attempt has %+v", again.Items[0])
	}
	wang.post(path(open.ID, "answers"), map[string]any{"key": "1", "slot": "q1", "response": pick("b"), "sha256": open.Items[0].Public}).refused(409, "answer.version_changed")
	wang.post(path(open.ID, "answers"), map[string]any{"key": "1", "slot": "q1", "response": pick("b"), "sha256": again.Items[0].Public}).is(200)
	if started := s.started(s.student("li").start(s.lesson)); started.Items[0].Version != 1 {
		t.Errorf("li began with %+v", started.Items[0])
	}
	if done := s.repins(open.ID); len(done) != 1 || done[0].Items[0].By != id || done[0].Items[0].Reason != release.Reissue || len(done[0].Items) != 1 {
		t.Errorf("repinned %+v", done)
	}
	// Another attempt begins with it, and says why.
	wang.finish(open.ID).is(200)
	if started := s.started(wang.start(s.lesson)); started.Items[0].Version != 2 || started.Items[0].By != id {
		t.Errorf("began with %+v", started.Items[0])
	}
}

// repins are the events that gave an attempt other versions.
func (n *node) repins(id attempt.ID) (list []attempt.Repinned) {
	n.t.Helper()
	rows, err := n.Pool.Query(context.Background(), `select data from events where stream_id = $1 and type = 'attempt.repinned' order by version`, id)
	if err != nil {
		n.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var data []byte
		var e attempt.Repinned
		if err := rows.Scan(&data); err != nil || json.Unmarshal(data, &e) != nil {
			n.t.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

func TestWhatIsAnsweredAndWhatAnExamKeepsStays(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	exam := s.release(uuid.Nil, s.plan(func(p *lesson.Plan) { p.Mode, p.KeepVersions = lesson.Exam, true }))
	answered, sitting := wang.start(s.lesson), wang.start(exam)
	wang.answer(answered.ID, "1", "q1", pick("b")).is(200)
	s.correct(s.first, choice("2+2, and no more?", "a"), question.Revision)
	s.reissue(s.first, 2, named("wang"))
	for name, c := range map[string]struct {
		delivery.Attempt
		mark float64
	}{"answered": {answered, 2}, "an exam": {sitting, 2}} {
		wang.answer(c.ID, "2", "q1", pick("b")).is(200) // another try is of the same version
		if items := decode[delivery.Attempt](wang.get(path(c.ID, "")).is(200)).Items; items[0].Version != 1 {
			t.Errorf("%s: version %d", name, items[0].Version)
		}
		wang.finish(c.ID).is(200)
		if got := decode[delivery.Result](wang.result(c.ID).is(200)); got.Items[0].Mark != c.mark {
			t.Errorf("%s: %v", name, got.Items[0].Mark)
		}
	}
	if begun := wang.start(exam); begun.Items[0].Version != 2 {
		t.Errorf("who sits the exam again begins with version %d", begun.Items[0].Version)
	}
}

// However answering and the reissue meet, an answer is judged by the version that stood there when it was stored, and nothing answered is repinned.
func TestAnswersAndRepinsRace(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	second := startNode(t, s.Pool, nil)
	const students = 12
	ids := make([]uuid.UUID, students)
	var names []string
	for i := range students {
		names = append(names, fmt.Sprint("s", i))
		ids[i] = s.student(names[i]).start(s.lesson).ID
	}
	s.correct(s.first, choice("2+2 once more?", "a"), question.Revision)
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() {
			on := s.node
			if i%2 == 0 {
				on = second
			}
			for n := range 40 {
				on.student(name).answer(ids[i], fmt.Sprint(n%3), "q1", pick("b")) // whatever comes of it
				time.Sleep(time.Duration(i) * time.Millisecond)
			}
		})
	}
	s.reissue(s.first, 2, named(names...))
	all.Wait()
	moved := 0
	for i, id := range ids {
		var a attempt.Attempt
		s.do(as(names[i], access.Student), commands.ReadAttempt{Attempt: id, See: func(seen attempt.Attempt) error { a = seen; return nil }})
		item, _ := a.Item("q1")
		standing, answered := a.Standing("q1")
		repinned := s.repins(id)
		if !answered || len(repinned) > 1 || (item.Version == 2) != (len(repinned) == 1) {
			t.Fatalf("version %d after %d repins, answered %v", item.Version, len(repinned), answered)
		}
		if len(repinned) == 1 {
			moved++
		}
		if want := map[int]bool{1: true, 2: false}[item.Version]; (standing.Fraction > 0) != want { // b is right in version 1 alone
			t.Errorf("b is worth %d in version %d", standing.Fraction, item.Version)
		}
	}
	t.Logf("%d of %d were repinned", moved, students)
}

func TestAReissueHoldsInItsWindowAndUntilItIsRevoked(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.correct(s.first, choice("What is 2+2?", "b"), question.Revision)
	s.correct(s.first, choice("What, please, is 2+2?", "b"), question.Revision)
	wang := s.student("wang")
	until := time.Now().Add(3 * time.Second)
	s.reissue(s.first, 2, named("wang"), func(c *commands.AskReissue) {
		c.From, c.Until = time.Now().Add(1200*time.Millisecond).UnixMicro(), until.UnixMicro()
	})
	if got := s.version(wang); got != 1 {
		t.Errorf("before it begins: version %d", got)
	}
	s.eventually(func() bool { return s.version(wang) == 2 })
	later := s.reissue(s.first, 3, named("wang")) // of two, the one granted later wins
	if got := s.version(wang); got != 3 {
		t.Errorf("of two: version %d", got)
	}
	s.seen(s.do(releaser, commands.RevokeReissue{Reissue: later, Revision: 2, Reason: "enough"}))
	if got := s.version(wang); got != 2 && time.Now().Before(until) {
		t.Errorf("without the later one: version %d", got)
	}
	s.eventually(func() bool { return s.version(wang) == 1 })
	if time.Now().Before(until) {
		t.Error("it ended before its time")
	}
}

func TestWhoMayAskForAndGrantWhat(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	tutor := as("tutor", access.Tutor)
	wish := func(change ...func(*commands.Wish)) commands.AskReissue {
		w := commands.Wish{Question: s.first, Version: 1, Audience: named("wang"), Until: time.Now().Add(time.Hour).UnixMicro(), Reason: "lost"}
		for _, f := range change {
			f(&w)
		}
		return commands.AskReissue{Wish: w}
	}
	refuses := func(actor access.Actor, c commands.Command, code, pointer string) {
		t.Helper()
		_, err := s.Commands.Do(t.Context(), actor, c)
		if f := fault.Of(err); f == nil || f.Code != code || pointer != "" && (len(f.Problems) == 0 || f.Problems[0].Pointer != pointer) {
			t.Errorf("%v, want %s at %s", err, code, pointer)
		}
	}
	for _, c := range []struct {
		change        func(*commands.Wish)
		code, pointer string
	}{
		{func(w *commands.Wish) { w.Version = 9 }, "question.version_unknown", "/version"},
		{func(w *commands.Wish) { w.Question = uuid.New() }, "question.not_found", ""},
		{func(w *commands.Wish) { w.Lesson = s.lesson }, "reissue.invalid", ""},
		{func(w *commands.Wish) { w.Question, w.Lesson, w.Version = uuid.Nil, s.lesson, 7 }, "lesson.not_published", ""},
		{func(w *commands.Wish) { w.Until = time.Now().Add(-time.Hour).UnixMicro() }, "reissue.invalid", "/until"},
		{func(w *commands.Wish) { w.From = w.Until + 1 }, "reissue.invalid", "/until"},
		{func(w *commands.Wish) { w.Until = time.Now().AddDate(2, 0, 0).UnixMicro() }, "reissue.invalid", "/until"},
		{func(w *commands.Wish) { w.Audience = reissue.Audience{} }, "reissue.invalid", "/audience"},
		{func(w *commands.Wish) { w.Audience.Classes = []uuid.UUID{uuid.New()} }, "reissue.invalid", "/audience/classes/0"},
		{func(w *commands.Wish) { w.Audience.Sessions = []uuid.UUID{uuid.New()} }, "reissue.invalid", "/audience/sessions/0"},
		{func(w *commands.Wish) { w.Audience.Courses = []uuid.UUID{uuid.New()} }, "reissue.invalid", "/audience/courses/0"},
		{func(w *commands.Wish) { w.Audience.Students = make([]uuid.UUID, reissue.MaxStudents+1) }, "reissue.invalid", "/audience/students"},
		{func(w *commands.Wish) { w.Reason = "" }, "reissue.invalid", "/reason"},
	} {
		refuses(tutor, wish(c.change), c.code, c.pointer)
	}
	s.do(as("keeper", access.Admin), commands.KeepClass{Code: "empty", Title: "Empty"})
	empty := roster.ClassID(school, "empty")
	s.eventually(func() bool {
		_, err := s.Commands.Do(t.Context(), tutor, wish(func(w *commands.Wish) { w.Audience = reissue.Audience{Classes: []uuid.UUID{empty}} }))
		f := fault.Of(err)
		return f != nil && f.Problems[0].Code == "empty"
	})
	granting := wish()
	granting.Grant = true
	refuses(tutor, granting, "access.denied", "")
	refuses(as("wang", access.Student), wish(), "access.denied", "")

	asked := s.do(tutor, wish())
	refuses(tutor, commands.GrantReissue{Reissue: asked.ID, Revision: 1}, "access.denied", "")
	both := as("tutor", access.Tutor, access.Releaser)
	refuses(both, commands.GrantReissue{Reissue: asked.ID, Revision: 1}, "reissue.second_person", "")
	refuses(releaser, commands.GrantReissue{Reissue: asked.ID, Revision: 7}, "revision.stale", "")
	refuses(releaser, commands.GrantReissue{Reissue: asked.ID, Revision: 1, Digest: "another"}, "reissue.audience_changed", "")
	refuses(releaser, commands.RevokeReissue{Reissue: asked.ID, Revision: 1, Reason: "x"}, "reissue.state", "")
	for _, stranger := range []access.Actor{
		{ID: "x", Roles: []access.Role{access.Releaser}, Scope: access.Scope{Org: "school2", Environment: env}},
		{ID: "x", Roles: []access.Role{access.Releaser}, Scope: access.Scope{Org: school, Environment: "prod"}},
	} {
		refuses(stranger, commands.GrantReissue{Reissue: asked.ID, Revision: 1}, "reissue.not_found", "")
	}
	s.do(releaser, commands.GrantReissue{Reissue: asked.ID, Revision: 1})
	s.do(releaser, commands.GrantReissue{Reissue: asked.ID, Revision: 1}) // once
	refuses(releaser, commands.DeclineReissue{Reissue: asked.ID, Revision: 2, Reason: "no"}, "reissue.state", "")
	no := s.do(tutor, wish())
	s.do(releaser, commands.DeclineReissue{Reissue: no.ID, Revision: 1, Reason: "no"})
	refuses(releaser, commands.GrantReissue{Reissue: no.ID, Revision: 2}, "reissue.state", "")

	// Above a size nobody grants what they asked for, whoever they are.
	many := make([]uuid.UUID, reissue.Alone+1)
	for i := range many {
		many[i] = uuid.New()
	}
	large := wish(func(w *commands.Wish) { w.Audience = reissue.Audience{Students: many} })
	large.Grant = true
	refuses(releaser, large, "reissue.second_person", "")
	large.Grant = false
	waiting := s.do(releaser, large)
	refuses(releaser, commands.GrantReissue{Reissue: waiting.ID, Revision: 1}, "reissue.second_person", "")
	s.do(as("another releaser", access.Releaser), commands.GrantReissue{Reissue: waiting.ID, Revision: 1})
}

func TestALessonIsReissuedToAClass(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.do(as("keeper", access.Admin), commands.KeepClass{Code: "7b", Title: "Seven B", Students: []commands.Person{{Number: "1"}, {Number: "2"}}})
	s.correct(s.first, choice("What is 2+2?", "b"), question.Erratum)
	class := reissue.Audience{Classes: []uuid.UUID{roster.ClassID(school, "7b")}}
	one := roster.PersonID(school, "1")
	pupil, other := s.student(one.String()), s.student("other")
	begun := pupil.start(s.lesson)
	var id uuid.UUID
	s.eventually(func() bool {
		done, err := s.Commands.Do(t.Context(), releaser, commands.AskReissue{Wish: commands.Wish{Lesson: s.lesson, Version: 1, Audience: class,
			Until: time.Now().Add(time.Hour).UnixMicro(), Reason: "the erratum"}, Grant: true})
		id = done.ID
		return err == nil
	})
	s.eventually(func() bool { return s.version(pupil) == 2 })
	// A process brings it to the attempt before the student comes back.
	s.eventually(func() bool { return len(s.repins(begun.ID)) == 1 })

	m := decode[manifest](pupil.get(manifestPath(s.lesson)).is(200))
	pupil.get(m.Items[0].Source).is(200)
	other.get(m.Items[0].Source).is(200)
	taken := decode[map[string]int](pupil.post("/v1/me/receipts", map[string]any{"receipts": []any{
		map[string]any{"reissue": id, "stage": "verified"}, map[string]any{"reissue": uuid.New(), "stage": "verified"}}}).is(200))
	if taken["taken"] != 1 {
		t.Errorf("took %v", taken)
	}
	eyes := s.eyes(s.lends(support, one.String(), false))
	if seen := decode[map[string]int](eyes.post("/v1/me/receipts", map[string]any{"receipts": []any{map[string]any{"reissue": id, "stage": "failed"}}}).is(200)); seen["taken"] != 0 {
		t.Errorf("from borrowed eyes it took %v", seen)
	}
	if left := decode[map[string]int](other.post("/v1/me/receipts", map[string]any{"receipts": []any{map[string]any{"reissue": id, "stage": "verified"}}}).is(200)); left["taken"] != 0 {
		t.Errorf("from somebody else it took %v", left)
	}
	pupil.get(path(begun.ID, "")).is(200)
	s.eventually(func() bool {
		marks, err := s.Ledger.Of(t.Context(), id, []uuid.UUID{one, roster.PersonID(school, "2"), roster.PersonOf("other")})
		if err != nil {
			t.Fatal(err)
		}
		m := marks[one]
		return len(marks) == 1 && m.At(ledger.Told) > 0 && m.At(ledger.Fetched) > 0 && m.At(ledger.Verified) > 0 && m.At(ledger.Running) > 0 && m.At(ledger.Failed) == 0
	})
}

func TestATakedownWorksAtOnceAndLiftingItRestores(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.releaseTo("prod", s.lesson)
	wang := s.student("wang")
	elsewhere := s.client(access.Actor{ID: "wang", Roles: []access.Role{access.Student}, Scope: access.Scope{Org: school, Environment: "prod"}})
	before := decode[manifest](wang.get(manifestPath(s.lesson)).is(200))
	open, finished := wang.start(s.lesson), s.student("li").start(s.lesson)
	s.student("li").answer(finished.ID, "1", "q1", pick("b")).is(200)
	down := s.do(releaser, commands.TakeDown{Question: s.first, Version: 1, Reason: "the key is wrong"})
	s.seen(down)

	after := wang.get(manifestPath(s.lesson)).is(200)
	m := decode[struct {
		manifest
		Tombstones []struct {
			Slot, SHA256 string
			Since        int64
		}
	}](after)
	if len(m.Items) != 2 || len(m.Tombstones) != 1 || m.Tombstones[0].SHA256 != before.Items[0].SHA256 || m.Tombstones[0].Since == 0 || m.Tombstones[0].Slot != "q1" {
		t.Errorf("the manifest is %s", after.body)
	}
	wang.get(before.Items[0].Source).refused(410, "blob.taken_down")
	wang.get(before.Items[1].Source).is(200)
	elsewhere.get(before.Items[0].Source).is(200)
	if got := decode[manifest](elsewhere.get(manifestPath(s.lesson)).is(200)); len(got.Items) != 3 {
		t.Errorf("prod has %+v", got)
	}
	list := decode[struct{ Tombstones []delivery.Tombstone }](wang.get("/v1/tombstones").is(200)).Tombstones
	if len(list) != 1 || list[0].SHA256 != before.Items[0].SHA256 {
		t.Errorf("tombstones %+v", list)
	}
	if again := decode[struct{ Tombstones []delivery.Tombstone }](wang.get(fmt.Sprint("/v1/tombstones?since=", list[0].Since)).is(200)); len(again.Tombstones) != 0 {
		t.Errorf("nothing happened since, but %+v", again)
	}
	// In an open attempt the place is withdrawn; what was answered stays.
	if items := decode[delivery.Attempt](wang.get(path(open.ID, "")).is(200)).Items; !items[0].Withdrawn || items[1].Withdrawn {
		t.Errorf("open: %+v", items)
	}
	wang.answer(open.ID, "1", "q1", pick("b")).refused(409, "answer.withdrawn")
	wang.answer(open.ID, "2", "q2", pick("c")).is(200)
	wang.finish(open.ID).is(200)
	if got := decode[delivery.Result](wang.result(open.ID).is(200)); *got.Max != 8 || *got.Total != 2 || len(got.Items) != 2 {
		t.Errorf("%+v out of %v", got, *got.Max)
	}
	s.student("li").finish(finished.ID).is(200)
	if got := decode[delivery.Result](s.student("li").result(finished.ID).is(200)); *got.Max != 10 || *got.Total != 2 {
		t.Errorf("li has %v of %v", *got.Total, *got.Max)
	}
	if begun := s.student("zhao").start(s.lesson); len(begun.Items) != 2 {
		t.Errorf("zhao begins with %+v", begun.Items)
	}

	s.seen(s.do(releaser, commands.LiftTakedown{Question: s.first, Takedown: down.ID, Reason: "it was right"}))
	if got := decode[manifest](wang.get(manifestPath(s.lesson)).is(200)); len(got.Items) != 3 {
		t.Errorf("lifted: %+v", got)
	}
	wang.get(before.Items[0].Source).is(200)
	if got := decode[delivery.Result](wang.result(open.ID).is(200)); *got.Max != 8 {
		t.Error("lifting changes what is finished")
	}
}

// Two versions that differ in their keys alone have one public view. It is gone only when both are down, and comes back with the next version that has it.
func TestAPublicViewIsGoneWithTheLastVersionThatHasIt(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	view := decode[manifest](wang.get(manifestPath(s.lesson)).is(200)).Items[0].Source
	s.correct(s.first, choice("2+2?", "c"), question.Erratum) // another key, the same view
	s.releaseTo(env, s.lesson)
	s.seen(s.do(releaser, commands.TakeDown{Question: s.first, Version: 1, Reason: "the key"}))
	wang.get(view).is(200)
	all := s.do(releaser, commands.TakeDown{Question: s.first, Everywhere: true, Reason: "all of it"})
	s.seen(all)
	wang.get(view).refused(410, "blob.taken_down")
	if p, err := s.Commands.Do(t.Context(), releaser, commands.TakeDown{Question: s.first, Version: 2, Reason: "again"}); !fault.Is(err, "takedown.stands") {
		t.Errorf("%+v, %v", p, err)
	}
	s.seen(s.do(releaser, commands.LiftTakedown{Question: s.first, Takedown: all.ID, Reason: "no"}))
	wang.get(view).is(200)
	if !strings.HasPrefix(view, "/v1/blobs/") {
		t.Error(view)
	}
}

// An erratum reaches those under a reissue as it does everybody else, in what they have not answered yet; who was given the old version on purpose keeps it.
func TestAnErratumReachesThoseUnderAReissue(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	second := startNode(t, s.Pool, nil)
	idle, busy := s.student("idle"), s.student("busy")
	id := s.reissue(uuid.Nil, 1, named("idle", "busy"), func(c *commands.AskReissue) { c.Lesson = s.lesson })
	open, answered := idle.start(s.lesson), busy.start(s.lesson)
	busy.answer(answered.ID, "1", "q1", pick("b")).is(200)

	s.correct(s.first, choice("What is 2+2?", "b"), question.Erratum)
	there := client{n: second, t: t, token: idle.token}
	for name, c := range map[string]client{"here": idle, "on the other node": there} {
		s.eventually(func() bool { return s.version(c) == 2 })
		m := decode[manifest](c.get(manifestPath(s.lesson)).is(200))
		if view := c.get(m.Items[0].Source).is(200); !strings.Contains(string(view.body), "What is 2+2?") {
			t.Errorf("%s the view is %s", name, view.body)
		}
	}
	if a := decode[delivery.Attempt](idle.get(path(open.ID, "")).is(200)); a.Items[0].Version != 2 || a.Items[1].Version != 1 {
		t.Errorf("what is not answered has %+v", a.Items)
	}
	if done := s.repins(open.ID); len(done) != 1 || done[0].Items[0].By != id {
		t.Errorf("repinned %+v", done)
	}
	if a := decode[delivery.Attempt](busy.get(path(answered.ID, "")).is(200)); a.Items[0].Version != 1 {
		t.Errorf("what is answered has %+v", a.Items[0])
	}

	s.reissue(s.first, 1, named("kept"))
	s.correct(s.first, choice("What is two and two?", "b"), question.Erratum)
	s.eventually(func() bool { return s.version(idle) == 3 && s.version(there) == 3 })
	if got := s.version(s.student("kept")); got != 1 {
		t.Errorf("who was given the first version on purpose gets %d", got)
	}
	s.correct(s.first, choice("What is 3+3?", "b"), question.Revision)
	s.seen(s.do(releaser, commands.TakeDown{Question: s.first, Version: 1, Reason: "a typo"}))
	if got := s.version(idle); got != 3 {
		t.Errorf("after a revision, and without the first version, the reissue gives %d", got)
	}
	if got := s.version(s.student("kept")); got != 3 {
		t.Errorf("what was kept is down: version %d", got)
	}
}
