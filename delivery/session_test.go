package delivery_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/access"
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
