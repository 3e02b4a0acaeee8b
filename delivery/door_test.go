package delivery_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/content"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/roster"
	"qbank/domain/scoring"
)

type manifest struct {
	Lesson      uuid.UUID `json:"lesson"`
	Version     int       `json:"version"`
	Release     uuid.UUID `json:"release"`
	MaxAttempts int       `json:"max_attempts"`
	Items       []struct {
		Slot     string    `json:"slot"`
		Question uuid.UUID `json:"question"`
		Version  int       `json:"version"`
		SHA256   string    `json:"sha256"`
		Source   string    `json:"source"`
		Max      float64   `json:"max"`
	} `json:"items"`
}

func manifestPath(id lesson.ID) string { return "/v1/lessons/" + id.String() + "/manifest" }

func TestAStudentLoadsALessonAnswersAndSeesTheResult(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")

	m := decode[manifest](wang.get(manifestPath(s.lesson)).is(200))
	if m.Lesson != s.lesson || m.Version != 1 || len(m.Items) != 3 || m.Items[0].Question != s.first || m.Items[2].Max != 6 {
		t.Fatalf("manifest %+v", m)
	}
	for _, item := range m.Items {
		view := wang.get(item.Source).is(200)
		if string(content.HashBytes(view.body)) != item.SHA256 {
			t.Errorf("%s: the bytes have another hash", item.Source)
		}
		for _, secret := range []string{"key", "feedback", "sample", "percent"} {
			if bytes.Contains(view.body, []byte(`"`+secret+`"`)) {
				t.Errorf("%s holds %q: %s", item.Source, secret, view.body)
			}
		}
	}

	begun := wang.post("/v1/attempts", map[string]any{"lesson": s.lesson}).is(201)
	a := decode[delivery.Attempt](begun)
	if begun.header.Get("Location") != path(a.ID, "") || a.Number != 1 || a.Finished || len(a.Items) != 3 {
		t.Fatalf("attempt %s", begun.body)
	}
	order := a.Items[0].Orders["/options"]
	if slices.Sort(order); !slices.Equal(order, []string{"a", "b", "c", "d"}) {
		t.Errorf("options are shown in the order %v", a.Items[0].Orders)
	}

	first := wang.answer(a.ID, "k1", "q1", pick("b")).is(200)
	receipt := decode[attempt.Receipt](first)
	if receipt.Key != "k1" || receipt.Slot != "q1" || receipt.Sequence != 2 || receipt.ReceivedAt == 0 {
		t.Errorf("receipt %s", first.body)
	}
	wang.answer(a.ID, "k2", "q2", pick("a")).is(200) // wrong, and nothing says so
	wang.answer(a.ID, "k3", "q3", map[string]any{"text": "Because I say so."}).is(200)

	wang.result(a.ID).refused(409, "attempt.not_finished")
	resumed := decode[delivery.Attempt](wang.get(path(a.ID, "")).is(200))
	if resumed.Items[2].Answer == nil || string(resumed.Items[2].Answer.Response) != `{"text":"Because I say so."}` {
		t.Errorf("resumed with %+v", resumed.Items[2].Answer)
	}
	finished := wang.finish(a.ID).is(200)
	if again := wang.finish(a.ID).is(200); !bytes.Equal(finished.body, again.body) || !decode[delivery.Attempt](again).Finished {
		t.Errorf("finished twice: %s, then %s", finished.body, again.body)
	}
	wang.answer(a.ID, "k9", "q1", pick("a")).refused(409, "attempt.finished")
	if late := wang.answer(a.ID, "k1", "q1", pick("b")).is(200); !bytes.Equal(late.body, first.body) {
		t.Errorf("the first answer again after the end: %s, then %s", first.body, late.body)
	}

	result := decode[delivery.Result](wang.result(a.ID).is(200))
	if !result.Revealed || *result.Total != 2 || *result.Max != 10 || *result.Pending != 1 || result.Answered != 3 {
		t.Errorf("result %+v", result)
	}
	if !bytes.Contains(result.Items[0].Solution, []byte(`"key":"b"`)) || result.Items[0].Mark != 2 || result.Items[2].Status != "pending" {
		t.Errorf("items %+v", result.Items)
	}
	s.do(teacher, commands.GradeAnswer{Attempt: a.ID, Slot: "q3", Key: "k3", Mark: 4*scoring.OneMark + 500_000, Note: "good"})
	graded := decode[delivery.Result](wang.result(a.ID).is(200))
	if *graded.Total != 6.5 || *graded.Pending != 0 || graded.Items[2].Status != "scored" || graded.Items[2].Note != "good" {
		t.Errorf("graded %+v", graded)
	}
}

func TestTwoDevicesAtOnceGetOneAttempt(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	var all sync.WaitGroup
	replies := make([]reply, 16)
	for i := range replies {
		all.Go(func() { replies[i] = wang.post("/v1/attempts", map[string]any{"lesson": s.lesson}) })
	}
	all.Wait()
	created := 0
	for _, r := range replies {
		if !bytes.Equal(r.body, replies[0].body) {
			t.Errorf("%s and %s", replies[0].body, r.body)
		}
		if r.status == http.StatusCreated {
			created++
		}
	}
	if created != 1 {
		t.Errorf("%d devices were told that the attempt is new", created)
	}
}

func TestTheSameKeyIsTheSameAnswer(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	id := wang.start(s.lesson).ID
	for _, c := range []struct {
		slot            string
		response, other any
	}{
		{"q1", pick("a"), pick("b")},
		{"q3", map[string]any{"text": "my own words"}, map[string]any{"text": "other words"}},
	} {
		key := "key-of-" + c.slot
		first := wang.answer(id, key, c.slot, c.response).is(200)
		time.Sleep(time.Millisecond) // another time, the same bytes
		if again := wang.answer(id, key, c.slot, c.response).is(200); !bytes.Equal(first.body, again.body) {
			t.Errorf("%s, then %s", first.body, again.body)
		}
		wang.answer(id, key, c.slot, c.other).refused(422, "answer.key_reused")
		wang.answer(id, key, "q2", c.response).problem()
		wang.answer(id, key, "q2", pick("a")).refused(422, "answer.key_reused")
	}
	// Spaces and the order of members do not make another answer.
	first := wang.post(path(id, "answers"), `{"key":"m","slot":"q2","response":{"choice":"a"}}`).is(200)
	again := wang.post(path(id, "answers"), ` {"response" : {"choice":"\u0061"} , "slot":"q2","key":"m"}`).is(200)
	if !bytes.Equal(first.body, again.body) {
		t.Errorf("%s, then %s", first.body, again.body)
	}
	if items := decode[delivery.Attempt](wang.get(path(id, "")).is(200)).Items; string(items[0].Answer.Response) != `{"choice":"a"}` {
		t.Errorf("what counts is %s", items[0].Answer.Response)
	}
}

func TestTheLastAnswerCounts(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	id := wang.start(s.lesson).ID
	wang.answer(id, "1", "q1", pick("a")).is(200)
	wang.answer(id, "2", "q1", pick("b")).is(200)
	wang.answer(id, "1", "q1", pick("a")).is(200) // an old one that comes again changes nothing
	wang.finish(id).is(200)
	result := decode[delivery.Result](wang.result(id).is(200))
	if result.Items[0].Mark != 2 || result.Answered != 1 || result.Items[1].Status != "omitted" {
		t.Errorf("result %+v", result)
	}
}

func TestManyAnswersEachOnItsOwn(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	id := wang.start(s.lesson).ID
	wang.answer(id, "old", "q1", pick("a")).is(200)
	got := wang.post(path(id, "answers"), map[string]any{"sent_mono": 5000, "answers": []any{
		map[string]any{"key": "n1", "slot": "q1", "response": pick("b"), "event_mono": 2000},
		map[string]any{"key": "old", "slot": "q1", "response": pick("c")},
		map[string]any{"key": "n2", "slot": "nowhere", "response": pick("c")},
		map[string]any{"slot": "q2", "response": pick("c")},
		map[string]any{"key": "n3", "slot": "q2", "response": pick("z")},
		map[string]any{"key": "n4", "slot": "q2", "response": pick("c")},
		map[string]any{"key": "n4", "slot": "q2", "response": pick("c")},
		map[string]any{"key": "n4", "slot": "q2", "response": pick("d")},
		map[string]any{"key": "old", "slot": "q1", "response": pick("a")},
		map[string]any{"key": "n5", "slot": "q3"},
	}}).is(200)
	outcomes := decode[struct {
		Results []struct {
			Key      string            `json:"key"`
			Sequence int               `json:"sequence"`
			Problem  *delivery.Problem `json:"problem"`
		} `json:"results"`
	}](got)
	var short []string
	for _, o := range outcomes.Results {
		if o.Problem != nil {
			short = append(short, o.Problem.Code)
		} else {
			short = append(short, o.Key+"@"+string(rune('0'+o.Sequence)))
		}
	}
	want := []string{"n1@3", "answer.key_reused", "attempt.no_such_slot", "answer.key_missing", "answer.invalid", "n4@4", "n4@4",
		"answer.key_reused", "old@2", "request.shape"}
	if !slices.Equal(short, want) {
		t.Errorf("outcomes\n%v, want\n%v", short, want)
	}
	if invalid := outcomes.Results[4].Problem; invalid.Errors[0].Pointer != "/answers/4/response/choice" {
		t.Errorf("the wrong place is %+v", invalid.Errors)
	}
}

func TestAnOfflineAnswerKeepsTheTimeItWasGiven(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	id := wang.start(s.lesson).ID
	wang.post(path(id, "answers"), map[string]any{"key": "k", "slot": "q1", "response": pick("a"), "event_mono": 1000, "sent_mono": 3_601_000}).is(200)
	wang.post(path(id, "answers"), map[string]any{"key": "l", "slot": "q1", "response": pick("a"), "event_mono": 9000, "sent_mono": 1000}).is(200)
	rows, err := s.Pool.Query(t.Context(), `select (data->>'at')::bigint - (data->>'client_at')::bigint from events where stream_id = $1 and type = 'attempt.answered' order by version`, id)
	if err != nil {
		t.Fatal(err)
	}
	var ages []int64
	for rows.Next() {
		var age int64
		if err := rows.Scan(&age); err != nil {
			t.Fatal(err)
		}
		ages = append(ages, age)
	}
	// The clocks of door and command are read one after the other.
	var raw string
	if err := s.Pool.QueryRow(t.Context(), `select data->>'mono' from events where stream_id = $1 and version = 3`, id).Scan(&raw); err != nil || raw != "[9000,1000]" {
		t.Errorf("the clock as the client sent it: %s, %v", raw, err)
	}
	if len(ages) != 2 || ages[0]/1_000_000 != 3600 || ages[1] < 0 || ages[1] > 1_000_000 {
		t.Errorf("ages %v", ages)
	}
}

func TestNothingIsRevealedBeforeItsTime(t *testing.T) {
	t.Parallel()
	s := newScene(t, func(p *lesson.Plan) { p.Reveal = lesson.Never })
	wang := s.student("wang")
	id := wang.start(s.lesson).ID
	wang.answer(id, "1", "q1", pick("b")).is(200)
	wang.finish(id).is(200)
	got := wang.result(id).is(200)
	want := `{"id":"` + id.String() + `","finished":true,"revealed":false,"answered":1}`
	if string(got.body) != want {
		t.Errorf("%s, want %s", got.body, want)
	}
}

// With attempts to come, nothing is told of those that are over, and the end of the last one tells of all.
func TestTheLastAttemptReveals(t *testing.T) {
	t.Parallel()
	s := newScene(t, func(p *lesson.Plan) { p.Mode, p.Reveal, p.MaxAttempts = lesson.Exam, lesson.AfterLast, 2 })
	wang := s.student("wang")
	if m := decode[struct{ Reveal string }](wang.get(manifestPath(s.lesson)).is(200)); m.Reveal != "after_last" {
		t.Errorf("the manifest says %q", m.Reveal)
	}
	sat := func() uuid.UUID {
		id := wang.start(s.lesson).ID
		wang.answer(id, "1", "q1", pick("b")).is(200)
		return id
	}
	hidden := func(id uuid.UUID) {
		t.Helper()
		if got, want := string(wang.result(id).is(200).body), `{"id":"`+id.String()+`","finished":true,"revealed":false,"answered":1}`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	first := sat()
	wang.finish(first).is(200)
	hidden(first)
	second := sat()
	hidden(first)
	wang.finish(second).is(200)
	for _, id := range []uuid.UUID{first, second} {
		if got := marked(wang, id); !got.Revealed || *got.Total != 2 || len(got.Items) != 3 || len(got.Items[0].Solution) == 0 {
			t.Errorf("%+v", got)
		}
	}
}

func TestAttemptsAreCounted(t *testing.T) {
	t.Parallel()
	s := newScene(t, func(p *lesson.Plan) { p.MaxAttempts = 2 })
	wang := s.student("wang")
	one := wang.start(s.lesson)
	wang.finish(one.ID).is(200)
	two := wang.start(s.lesson)
	if two.ID == one.ID || two.Number != 2 {
		t.Fatalf("%+v after %+v", two, one)
	}
	if wang.start(s.lesson).ID != two.ID {
		t.Error("an open attempt is not resumed")
	}
	wang.finish(two.ID).is(200)
	p := wang.post("/v1/attempts", map[string]any{"lesson": s.lesson}).refused(409, "attempt.none_left")
	if p.Facts["limit"] != 2.0 {
		t.Errorf("facts %v", p.Facts)
	}
	wang.get(path(one.ID, "")).is(200)
}

func TestPinsHoldWhateverIsPublishedLater(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang, li := s.student("wang"), s.student("li")
	before := wang.start(s.lesson)
	wang.answer(before.ID, "1", "q1", pick("b")).is(200)
	s.correct(s.first, choice("2+2 = ?", "a"), question.Erratum)
	s.releaseTo(env, s.lesson) // an erratum reaches the lesson with its next release
	s.eventually(func() bool {
		return decode[manifest](li.get(manifestPath(s.lesson)).is(200)).Items[0].Version == 2
	})
	after := li.start(s.lesson)
	if after.Items[0].Version != 2 || wang.start(s.lesson).Items[0].Version != 1 {
		t.Errorf("pins %+v and %+v", before.Items[0], after.Items[0])
	}
	for _, c := range []struct {
		client
		id   uuid.UUID
		mark float64
	}{{wang, before.ID, 2}, {li, after.ID, 0}} {
		c.answer(c.id, "again", "q1", pick("b")).is(200)
		c.finish(c.id).is(200)
		if got := decode[delivery.Result](c.result(c.id).is(200)).Items[0].Mark; got != c.mark {
			t.Errorf("b is worth %v under version %d", got, int(2-c.mark/2))
		}
	}
}

func (n *node) eventually(holds func() bool) {
	n.t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			n.t.Fatal("it did not come to hold")
		}
	}
}

func TestAWithdrawnLessonIsNotStartedButGoesOn(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang, li := s.student("wang"), s.student("li")
	id := wang.start(s.lesson).ID
	s.wait(s.do(releaser, commands.WithdrawLesson{Environment: env, Lesson: s.lesson, Reason: "a mistake"}))
	s.eventually(func() bool { return li.get(manifestPath(s.lesson)).status == 404 })
	li.post("/v1/attempts", map[string]any{"lesson": s.lesson}).refused(404, "lesson.not_live")
	wang.start(s.lesson)
	wang.answer(id, "1", "q1", pick("b")).is(200)
	wang.finish(id).is(200)
	wang.result(id).is(200)
}

func TestEnvironmentsAndOrganisationsAreApart(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.releaseTo("staging", s.lesson)
	wang := s.student("wang")
	id := wang.start(s.lesson).ID
	wang.answer(id, "1", "q1", pick("b")).is(200)

	in := func(id, org, environment string) client {
		return s.client(access.Actor{ID: id, Roles: []access.Role{access.Student}, Scope: access.Scope{Org: org, Environment: environment}})
	}
	for name, c := range map[string]struct {
		client
		live bool
	}{
		"another student":                        {s.student("li"), true},
		"the same student elsewhere":             {in("wang", school, "staging"), true},
		"where nothing is released":              {in("wang", school, "prod"), false},
		"another organisation":                   {in("li", "college", env), false},
		"an organisation that only sounds alike": {in("li", "school2", env), false},
	} {
		c.get(path(id, "")).refused(404, "attempt.not_found")
		c.result(id).refused(404, "attempt.not_found")
		c.finish(id).refused(404, "attempt.not_found")
		c.answer(id, "1", "q1", pick("b")).refused(404, "attempt.not_found")
		if c.live {
			c.get(manifestPath(s.lesson)).is(200)
			if own := c.start(s.lesson); own.ID == id || own.Items[0].Answer != nil {
				t.Errorf("%s got %+v", name, own)
			}
			continue
		}
		c.get(manifestPath(s.lesson)).refused(404, "lesson.not_live")
		c.post("/v1/attempts", map[string]any{"lesson": s.lesson}).refused(404, "lesson.not_live")
	}
	below := in("zhao", school+"/math", env)
	below.get(manifestPath(s.lesson)).is(200)
}

func TestAManifestIsAskedForAgainCheaply(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	first := wang.get(manifestPath(s.lesson)).is(200)
	tag := first.header.Get("ETag")
	for _, header := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
		if r := wang.with("If-None-Match", header).get(manifestPath(s.lesson)).is(304); r.header.Get("ETag") != tag {
			t.Errorf("the tag is %s", r.header.Get("ETag"))
		}
	}
	wang.with("If-None-Match", `"other"`).get(manifestPath(s.lesson)).is(200)
	if head := wang.send(http.MethodHead, manifestPath(s.lesson), nil).is(200); head.header.Get("ETag") != tag {
		t.Errorf("HEAD says %s", head.header.Get("ETag"))
	}
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	s := &scene{node: newNode(t)}
	s.first = s.publish(uuid.Nil, choiceType, choice(strings.Repeat("A long stem. ", 100), "b"))
	s.lesson = s.release(uuid.Nil, lesson.Plan{Items: []lesson.Item{{Slot: "q1", Question: s.first, Max: 1}}})
	wang := s.student("wang")
	m := decode[manifest](wang.get(manifestPath(s.lesson)).is(200))
	at := m.Items[0].Source
	whole := wang.get(at).is(200)
	tag := whole.header.Get("ETag")
	wang.with("If-None-Match", tag).get(at).is(304)

	zipped := wang.with("Accept-Encoding", "br, gzip;q=0.8").get(at)
	if zipped.header.Get("Content-Encoding") != "gzip" || zipped.header.Get("ETag") == tag || len(zipped.body) >= len(whole.body) {
		t.Errorf("zipped: %v", zipped.header)
	}
	if plain, err := zipped.plain(); err != nil || !bytes.Equal(plain, whole.body) {
		t.Errorf("unzipped %s, %v", plain, err)
	}
	for _, header := range []string{"gzip;q=0", "gzip; q=0.0", "identity", "x-gzip-like"} {
		if r := wang.with("Accept-Encoding", header).get(at); r.header.Get("Content-Encoding") != "" {
			t.Errorf("%q gets %s", header, r.header.Get("Content-Encoding"))
		}
	}
	part := wang.with("Range", "bytes=10-19", "Accept-Encoding", "gzip").get(at).is(206)
	if !bytes.Equal(part.body, whole.body[10:20]) {
		t.Errorf("bytes 10-19 are %s", part.body)
	}
	if several := wang.with("Range", "bytes=0-1,5-6").get(at).is(206); !strings.HasPrefix(several.header.Get("Content-Type"), "multipart/byteranges") {
		t.Errorf("two ranges come as %s", several.header.Get("Content-Type"))
	}
	wang.with("Range", "bytes=0-1", "If-Range", `"other"`).get(at).is(200)
	wang.with("Range", "lines=1-2").get(at).is(200)
	wang.with("Range", "bytes=9999999-").get(at).refused(416, "blob.range")
	wang.get("/v1/blobs/"+strings.Repeat("0", 64)).refused(404, "blob.not_found")
	wang.get("/v1/blobs/..%2F..%2Fetc").refused(404, "blob.not_found")
	wang.get("/v1/blobs/"+strings.ToUpper(m.Items[0].SHA256)).refused(404, "blob.not_found")
}

func TestPagesOfAnyOriginAreServed(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang").with("Origin", "null")
	if r := wang.get(manifestPath(s.lesson)).is(200); r.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("Origin: null gets %v", r.header)
	}
	if r := wang.get("/v1/attempts/x"); r.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("a page could not read its problem")
	}
	anonymous := client{n: s.node, t: t, headers: []string{"Origin", "null", "Access-Control-Request-Method", "POST"}}
	preflight := anonymous.send(http.MethodOptions, "/v1/attempts", nil).is(204)
	if !strings.Contains(preflight.header.Get("Access-Control-Allow-Headers"), "Authorization") ||
		preflight.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("preflight %v", preflight.header)
	}
}

func TestWhatNeedsNoToken(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	anyone := client{n: n, t: t}
	now := decode[map[string]int64](anyone.get("/v1/time").is(200))["now"]
	if d := time.Since(time.UnixMicro(now)).Abs(); d > time.Minute {
		t.Errorf("the clock is %v off", d)
	}
	if r := anyone.get("/v1/openapi.json").is(200); !json.Valid(r.body) {
		t.Error("the description is not JSON")
	}
}

func TestAnErasedPersonsWordsAreGone(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	id := wang.start(s.lesson).ID
	wang.answer(id, "1", "q3", map[string]any{"text": "my secret diary"}).is(200)
	var logged int
	if err := s.Pool.QueryRow(t.Context(), `select count(*) from events where data::text like '%diary%'`).Scan(&logged); err != nil || logged != 0 {
		t.Fatalf("%d events hold the words, %v", logged, err)
	}
	if err := s.People.Erase(t.Context(), roster.PersonOf("wang")); err != nil {
		t.Fatal(err)
	}
	answer := decode[delivery.Attempt](wang.get(path(id, "")).is(200)).Items[2].Answer
	if answer == nil || answer.Response != nil {
		t.Errorf("after erasure: %+v", answer)
	}
	wang.finish(id).is(200)
	if r := wang.result(id).is(200); bytes.Contains(r.body, []byte("diary")) {
		t.Error(string(r.body))
	}
}
