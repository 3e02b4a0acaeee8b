package delivery_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/access"
	"qbank/domain/question"
	"qbank/domain/reissue"
	"qbank/domain/release"
	"qbank/domain/roster"
)

func TestAnAttemptInClass(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	office := as("office", access.Admin)
	for class, student := range map[string]string{"7a": "wang", "7b": "li"} {
		s.do(office, commands.KeepClass{Code: class, Title: class, Students: []commands.Person{{Number: student}}})
	}
	start := time.Now().UnixMicro()
	planned := s.do(office, commands.PlanSession{Code: "s1", Lesson: s.lesson, Teacher: commands.Person{Number: "t"}, Classes: []string{"7a"}, Start: start, End: start + 1e9})
	wang, li := s.student(roster.PersonID(school, "wang").String()), s.student(roster.PersonID(school, "li").String())
	caughtUp := func(done commands.Done) {
		t.Helper()
		if err := s.Engine.Wait(t.Context(), "roster", done.Position); err != nil {
			t.Fatal(err)
		}
	}
	caughtUp(planned)
	ask := map[string]any{"lesson": s.lesson, "session": planned.ID}
	wang.post("/v1/attempts", ask).refused(409, "session.not_running")
	manifest := "/v1/lessons/" + s.lesson.String() + "/manifest?session="
	wang.get(manifest+planned.ID.String()).refused(409, "session.not_running")
	caughtUp(s.do(teacher, commands.StartSession{Session: planned.ID}))
	inClass := decode[delivery.Attempt](wang.post("/v1/attempts", ask).is(201))
	again := decode[delivery.Attempt](wang.post("/v1/attempts", ask).is(200))
	alone := decode[delivery.Attempt](wang.post("/v1/attempts", map[string]any{"lesson": s.lesson}).is(201))
	if inClass.Session != planned.ID || again.ID != inClass.ID || alone.ID == inClass.ID || alone.Session != uuid.Nil || alone.Number != 1 {
		t.Errorf("%+v, %+v, %+v", inClass, again, alone)
	}
	if resumed := decode[delivery.Attempt](wang.get("/v1/attempts/" + inClass.ID.String()).is(200)); resumed.ID != inClass.ID || resumed.Session != planned.ID {
		t.Errorf("%+v", resumed)
	}
	if body := string(wang.get("/v1/attempts/" + alone.ID.String()).is(200).body); strings.Contains(body, "session") {
		t.Errorf("outside class there is a session: %s", body)
	}
	li.post("/v1/attempts", ask).refused(403, "session.not_yours")
	li.get(manifest+planned.ID.String()).refused(403, "session.not_yours")
	wang.get(manifest + planned.ID.String()).is(200)
	wang.get(manifest+uuid.NewString()).refused(404, "session.not_found")
	wang.get(manifest+"x").refused(400, "request.shape")
	li.get("/v1/attempts/"+inClass.ID.String()).refused(404, "attempt.not_found")
	wang.post("/v1/attempts", map[string]any{"lesson": s.lesson, "session": uuid.New()}).refused(404, "session.not_found")
	elsewhere := as(roster.PersonID(school, "wang").String(), access.Student)
	elsewhere.Scope.Environment = "test"
	s.client(elsewhere).post("/v1/attempts", ask).refused(404, "session.not_found")
	for _, odd := range []any{"", "x", 5, nil, uuid.Nil} {
		wang.post("/v1/attempts", map[string]any{"lesson": s.lesson, "session": odd}).refused(400, "request.shape")
	}
	s.do(office, commands.JoinClass{Code: "7a", Students: []commands.Person{{Number: "late"}}})
	other := s.release(uuid.Nil, s.plan())
	caughtUp(s.do(teacher, commands.AdmitGuests{Session: planned.ID, Students: []string{"li"}}))
	li.post("/v1/attempts", map[string]any{"lesson": other, "session": planned.ID}).refused(409, "session.other_lesson")
	li.get("/v1/lessons/"+other.String()+"/manifest?session="+planned.ID.String()).refused(409, "session.other_lesson")
	li.post("/v1/attempts", ask).is(201)
}

// What a session pinned is put together once for everybody in it; reissues and takedowns come over it all the same.
func TestEverybodyInASessionGetsTheSame(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	id := s.runs("7a", "wang", "li")
	manifest := manifestPath(s.lesson) + "?session=" + id.String()
	resolved := func(number string) *commands.Resolved {
		t.Helper()
		r, err := s.Commands.Resolve(t.Context(), as(roster.PersonID(school, number).String(), access.Student), commands.Ask{Lesson: s.lesson, Session: id})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	pinned := resolved("wang")
	if resolved("li") != pinned || resolved("wang") != pinned {
		t.Error("it is put together anew for each")
	}
	wang, li := s.student(roster.PersonID(school, "wang").String()), s.student(roster.PersonID(school, "li").String())
	tag := wang.get(manifest).is(200).header.Get("ETag")
	li.with("If-None-Match", tag).get(manifest).is(304)

	s.correct(s.first, choice("What is 2+2?", "b"), question.Revision)
	s.releaseTo(env, s.lesson)
	s.reissue(s.first, 2, reissue.Audience{Students: []uuid.UUID{roster.PersonID(school, "li")}})
	wang.with("If-None-Match", tag).get(manifest).is(304)
	if got := resolved("li"); got.Places[0].Version != 2 || got.Places[0].Reason != release.Reissue || got.Hash == pinned.Hash {
		t.Errorf("li was reissued another version and gets %+v", got.Places[0])
	}
	li.with("If-None-Match", tag).get(manifest).is(200)
	s.seen(s.do(releaser, commands.TakeDown{Question: s.second, Everywhere: true, Reason: "wrong"}))
	for _, c := range []client{wang, li} {
		c.with("If-None-Match", tag).get(manifest).is(200)
	}
	if got := resolved("wang"); len(got.Places) != 2 || len(got.Removed) != 1 || len(pinned.Places) != 3 {
		t.Errorf("what is taken down is still given: %+v", got.Places)
	}
}

// runs is a session of the scene's lesson that a class of these students is in.
func (s *scene) runs(class string, numbers ...string) uuid.UUID {
	s.t.Helper()
	office := as("office", access.Admin)
	var students []commands.Person
	for _, number := range numbers {
		students = append(students, commands.Person{Number: number})
	}
	s.do(office, commands.KeepClass{Code: class, Title: class, Students: students})
	now := time.Now().UnixMicro()
	planned := s.do(office, commands.PlanSession{Code: class, Lesson: s.lesson, Teacher: commands.Person{Number: "t"}, Classes: []string{class}, Start: now, End: now + 1e9})
	s.seen(s.do(teacher, commands.StartSession{Session: planned.ID}))
	return planned.ID
}
