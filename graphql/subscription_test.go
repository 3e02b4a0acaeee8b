package graphql_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/graphql"
	"qbank/internal/importjob"
	"qbank/internal/jobs"
	"qbank/internal/token"
)

// reopened is the same house behind a door with other settings.
func (h *house) reopened(t testing.TB, change func(*graphql.Door)) *house {
	t.Helper()
	verifier, err := token.NewVerifier(h.signer.Public(), nil)
	if err != nil {
		t.Fatal(err)
	}
	door := &graphql.Door{Stack: h.Stack, Tokens: verifier}
	change(door)
	other := *h
	if other.door, err = door.Handler(); err != nil {
		t.Fatal(err)
	}
	return &other
}

// listener is an open stream.
type listener struct {
	t      testing.TB
	events chan answer // closed at its end
	close  context.CancelFunc
}

// listen opens a stream.
func (c caller) listen(document string, variables vars, headers ...string) *listener {
	c.t.Helper()
	server := httptest.NewServer(c.door)
	c.t.Cleanup(server.Close)
	return c.listenAt(server.URL, document, variables, headers...)
}

func (c caller) listenAt(url, document string, variables vars, headers ...string) *listener {
	c.t.Helper()
	res, cancel := c.connect(url, document, variables, headers...) //nolint:bodyclose // cancel closes it
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		text, _ := io.ReadAll(res.Body)
		c.t.Fatalf("%s %s", res.Status, text)
	}
	l := &listener{t: c.t, events: make(chan answer, 100), close: cancel}
	go func() {
		defer close(l.events)
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			if data, is := strings.CutPrefix(lines.Text(), "data: "); is && data != "" {
				a := answer{t: c.t, raw: data, status: res.StatusCode}
				if json.Unmarshal([]byte(data), &a) == nil {
					l.events <- a
				}
			}
		}
	}()
	c.t.Cleanup(cancel)
	return l
}

func (c caller) connect(url, document string, variables vars, headers ...string) (*http.Response, context.CancelFunc) {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(string(body)))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	return res, cancel
}

// tries opens a stream only to see whether it may.
func (c caller) tries(url, document string, variables vars) (status int) {
	c.t.Helper()
	res, cancel := c.connect(url, document, variables)
	defer cancel()
	if err := res.Body.Close(); err != nil {
		c.t.Error(err)
	}
	return res.StatusCode
}

// next is the next event.
func (l *listener) next() answer {
	l.t.Helper()
	select {
	case a, open := <-l.events:
		if !open {
			l.t.Fatal("the stream has ended")
		}
		return a
	case <-time.After(10 * time.Second):
		l.t.Fatal("no event came")
	}
	panic("unreachable")
}

// silent reports the event that came although none should; call it when others have come that would have come later.
func (l *listener) silent() {
	l.t.Helper()
	select {
	case a, open := <-l.events:
		if open {
			l.t.Errorf("an event came: %s", a.raw)
		} else {
			l.t.Error("the stream has ended")
		}
	case <-time.After(300 * time.Millisecond):
	}
}

// ends waits for the end.
func (l *listener) ends() {
	l.t.Helper()
	select {
	case a, open := <-l.events:
		if open {
			l.t.Fatalf("an event came: %s", a.raw)
		}
	case <-time.After(10 * time.Second):
		l.t.Fatal("the stream does not end")
	}
}

const followQuestion = `subscription($id: ID!, $after: Long) { questionChanged(id: $id, after: $after) { position question { title revision draft } } }`

func TestAQuestionIsFollowed(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	q, other := author.create(single("2+2?", 1), vars{"title": "sum"}), author.create(single("3+3?", 1), nil)
	l := author.listen(followQuestion, vars{"id": q.id})
	author.must("editQuestion", other, vars{"content": single("3+4?", 1)})
	q = author.must("editQuestion", q, vars{"content": single("2+3?", 1)})
	told := l.next().is(map[string]any{"questionChanged.question.revision": 2, "questionChanged.question.title": "sum"})
	if !strings.Contains(told.raw, "2+3?") || told.number("questionChanged.position") < q.position {
		t.Error(told.raw)
	}
	l.silent()

	// What happened between a query and the subscription is told at once, where the client says what it has seen.
	author.listen(followQuestion, vars{"id": q.id, "after": q.position - 1}).next().is(map[string]any{"questionChanged.question.revision": 2})
	author.listen(followQuestion, vars{"id": q.id, "after": q.position}).silent()

	for name, stranger := range map[string]caller{"another school": h.from(t, "other", "test", access.Admin), "a part of the school": h.from(t, "school/math", "test", access.Admin)} {
		l := stranger.listen(followQuestion, vars{"id": q.id})
		if a := l.next(); len(a.Errors) == 0 || a.Errors[0].Extensions.Code != "question.not_found" {
			t.Errorf("%s: %s", name, a.raw)
		}
		l.ends()
	}
	teacher := h.as(t, access.Teacher).listen(followQuestion, vars{"id": q.id})
	teacher.next().refused("access.denied")
	teacher.ends()
	nobody := caller{house: h, t: t}.listen(followQuestion, vars{"id": q.id})
	nobody.next().refused("access.no_token")
}

func TestAReviewQueueIsFollowed(t *testing.T) {
	t.Parallel()
	h := open(t)
	author, wang := h.as(t, access.Author), h.person(t, "wang", access.Reviewer)
	const follow = `subscription($kind: ReviewedKind, $mine: Boolean) { reviewQueueChanged(kind: $kind, mine: $mine) { position many gone waiting { itemId step mayApprove question { title } } } }`
	queue, mine := wang.listen(follow, nil), wang.listen(follow, vars{"mine": true})
	lessons := wang.listen(follow, vars{"kind": "LESSON"})
	stranger := h.from(t, "other", "test", access.Admin).listen(follow, nil)
	below := h.from(t, "school/math", "test", access.Admin).listen(follow, nil)

	q := author.must("submitQuestion", author.create(single("2+2?", 1), vars{"title": "sum"}), nil)
	queue.next().is(map[string]any{"reviewQueueChanged.waiting.0.itemId": q.id, "reviewQueueChanged.waiting.0.mayApprove": true,
		"reviewQueueChanged.waiting.0.question.title": "sum", "reviewQueueChanged.gone": []any{}, "reviewQueueChanged.many": false})
	mine.next().is(map[string]any{"reviewQueueChanged.waiting": []any{}, "reviewQueueChanged.gone": []any{q.id}})
	wang.must("approveQuestion", q, vars{"hash": q.hash})
	queue.next().is(map[string]any{"reviewQueueChanged.waiting": []any{}, "reviewQueueChanged.gone": []any{q.id}})
	for _, l := range []*listener{lessons, stranger, below} {
		l.silent()
	}

	// Another school's queue is its own business as well.
	elsewhere := h.from(t, "other", "test", access.Author)
	theirs := elsewhere.must("submitQuestion", elsewhere.create(single("1+1?", 1), nil), nil)
	stranger.next().is(map[string]any{"reviewQueueChanged.waiting.0.itemId": theirs.id})
	queue.silent()
	wang.listen(`subscription { reviewQueueChanged(step: "\u0000") { many } }`, nil).next().refused("graphql.bad_text")
}

func TestWhatIsLiveIsFollowed(t *testing.T) {
	t.Parallel()
	h := teach(t)
	const follow = `subscription { liveLessonsChanged { position many lessons { id title } } }`
	here := h.as(t, access.Teacher).listen(follow, nil)
	elsewhere := h.from(t, "school", "prod", access.Admin).listen(follow, nil)
	stranger := h.from(t, "other", "test", access.Admin).listen(follow, nil)
	lesson := h.as(t, access.Author).listen(`subscription($id: ID!) { lessonChanged(id: $id) { lesson { title retired } } }`, vars{"id": h.lesson})
	h.as(t, access.Releaser).ask(`mutation($i: WithdrawLessonInput!) { withdrawLesson(input: $i) { position } }`, vars{"i": vars{"lesson": h.lesson, "reason": "over"}})
	here.next().is(map[string]any{"liveLessonsChanged.lessons.0.id": h.lesson, "liveLessonsChanged.many": false})
	elsewhere.silent()
	stranger.silent()
	revision := h.as(t, access.Author).ask(`query($id: ID!) { lesson(id: $id) { revision } }`, vars{"id": h.lesson}).number("lesson.revision")
	h.as(t, access.Releaser).ask(`mutation($i: RetireLessonInput!) { retireLesson(input: $i) { position } }`, vars{"i": vars{"lesson": h.lesson, "revision": revision, "reason": "old"}})
	lesson.next().is(map[string]any{"lessonChanged.lesson.retired": true})
}

func TestAJobIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	h := open(t)
	author, id := h.as(t, access.Author), uuid.New()
	queue := jobs.Queue{Pool: h.Pool, Kinds: map[string]jobs.Kind{importjob.Kind: nil}}
	if err := queue.Add(t.Context(), author.actor, id, importjob.Kind, nil); err != nil {
		t.Fatal(err)
	}
	const follow = `subscription($id: ID!) { jobProgress(id: $id) { state items } }`
	l := author.listen(follow, vars{"id": id})
	set := func(state, progress string) {
		t.Helper()
		if _, err := h.Pool.Exec(t.Context(), `update jobs set state = $2, progress = $3, updated_at = now() where id = $1`, id, state, progress); err != nil {
			t.Fatal(err)
		}
	}
	l.next().is(map[string]any{"jobProgress.state": "QUEUED", "jobProgress.items": 0})
	set("running", `{"items": 5}`)
	l.next().is(map[string]any{"jobProgress.state": "RUNNING", "jobProgress.items": 5})
	set("done", `{"items": 9}`)
	l.next().is(map[string]any{"jobProgress.state": "DONE", "jobProgress.items": 9})
	l.ends()
	h.from(t, "other", "test", access.Author).listen(follow, vars{"id": id}).next().refused("job.not_found")
}

func TestWhoElseIsHere(t *testing.T) {
	t.Parallel()
	h := open(t)
	li, wang := h.person(t, "li", access.Author), h.person(t, "wang", access.Author)
	q := li.create(single("2+2?", 1), nil)
	const announce = `mutation($i: AnnouncePresenceInput!) { announcePresence(input: $i) { presence { id field self name since } } }`
	l := wang.listen(`subscription($s: ID!) { presence(subject: $s) { id field self } }`, vars{"s": q.id})
	l.next().is(map[string]any{"presence": []any{}})
	li.ask(announce, vars{"i": vars{"subject": q.id, "field": "/stem"}}).is(map[string]any{"announcePresence.presence.0.id": "li", "announcePresence.presence.0.self": true})
	l.next().is(map[string]any{"presence": []any{vars{"id": "li", "field": "/stem", "self": false}}})
	li.ask(announce, vars{"i": vars{"subject": q.id, "field": "/stem"}}) // still there: nothing to tell
	wang.ask(announce, vars{"i": vars{"subject": q.id}})
	l.next().is(map[string]any{"presence.0.id": "li", "presence.1": vars{"id": "wang", "field": nil, "self": true}})
	li.ask(announce, vars{"i": vars{"subject": q.id, "leaving": true}})
	l.next().is(map[string]any{"presence": []any{vars{"id": "wang", "field": nil, "self": true}}})
	li.ask(`query($s: ID!) { presence(subject: $s) { id } }`, vars{"s": q.id}).is(map[string]any{"presence.0.id": "wang"})

	for name, c := range map[string]struct {
		who  caller
		code string
	}{"another school": {h.from(t, "other", "test", access.Admin), "presence.subject"}, "who may not read questions": {h.as(t, access.Teacher), "access.denied"}} {
		for _, document := range []string{announce, `query($s: ID!) { presence(subject: $s) { id } }`} {
			if a := c.who.say(document, vars{"s": q.id, "i": vars{"subject": q.id}}); len(a.Errors) == 0 || a.Errors[0].Extensions.Code != c.code {
				t.Errorf("%s: %s", name, a.raw)
			}
		}
		c.who.listen(`subscription($s: ID!) { presence(subject: $s) { id } }`, vars{"s": q.id}).next().refused(c.code)
	}
	li.say(announce, vars{"i": vars{"subject": q.id, "field": strings.Repeat("题", 201)}}).refused("presence.field")
	li.say(announce, vars{"i": vars{"subject": "nonsense"}}).refused("graphql.bad_id")
}

// Many follow one question; one edit reaches all of them, and when they have gone nothing is left.
func TestFiveHundredFollowers(t *testing.T) {
	t.Parallel()
	h := open(t).reopened(t, func(d *graphql.Door) { d.Streams = 500 })
	author := h.as(t, access.Author)
	q := author.create(single("2+2?", 1), nil)
	server := httptest.NewServer(h.door)
	t.Cleanup(server.Close)
	followers := make([]*listener, 500)
	var opening sync.WaitGroup
	for part := range 10 {
		opening.Go(func() {
			for i := part * 50; i < part*50+50; i++ {
				followers[i] = author.listenAt(server.URL, followQuestion, vars{"id": q.id})
			}
		})
	}
	opening.Wait()
	if status := author.tries(server.URL, followQuestion, vars{"id": q.id}); status != http.StatusTooManyRequests {
		t.Errorf("one more than the caller may have: %d", status)
	}
	author.must("editQuestion", q, vars{"content": single("2+3?", 1)})
	for _, l := range followers {
		l.next().is(map[string]any{"questionChanged.question.revision": 2})
	}
	for _, l := range followers {
		l.close()
	}
	again := false
	for deadline := time.Now().Add(10 * time.Second); !again && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		again = author.tries(server.URL, followQuestion, vars{"id": q.id}) == http.StatusOK
	}
	if !again {
		t.Error("streams that are closed still count")
	}
}

// The end of the server ends streams in good order.
func TestTheServerStops(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	l := author.listen(followQuestion, vars{"id": author.create(single("2+2?", 1), nil).id})
	h.Changes.End()
	l.ends()
}

// Every subscription, and who may open it.
func TestWhoMayFollowWhat(t *testing.T) {
	t.Parallel()
	h := open(t)
	server := httptest.NewServer(h.door)
	t.Cleanup(server.Close)
	h.as(t, access.Author).create(single("2+2?", 1), nil) // the log has grown since its first event, so that whoever may follow is told so at once
	var lines []string
	s := schema(t)
	for name, f := range s.SubscriptionType().Fields() {
		text, values := document("subscription", f, "after")
		if name == "presence" {
			values["subject"] = global("Lesson", uuid.NewString())
		}
		var may []string
		for _, role := range access.Roles {
			l := h.as(t, role).listenAt(server.URL, text, values)
			switch a := l.next(); {
			case len(a.Errors) == 0:
				may = append(may, string(role))
			case a.Errors[0].Extensions.Kind == "internal":
				t.Errorf("%s: %s", text, a.raw)
			case a.Errors[0].Extensions.Code != "access.denied":
				may = append(may, string(role))
			}
			l.close()
		}
		caller{house: h, t: t}.listenAt(server.URL, text, values).next().refused("access.no_token")
		lines = append(lines, fmt.Sprintf("%-20s %s\n", name, strings.Join(may, " ")))
	}
	sort.Strings(lines)
	golden(t, "subscriptions.golden", strings.Join(lines, ""))
}
