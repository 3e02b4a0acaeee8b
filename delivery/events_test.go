package delivery_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/question"
	"qbank/domain/reissue"
	"qbank/domain/roster"
	"qbank/observations/ledger"
)

// heard is an event of a stream.
type heard struct {
	id, kind string
	data     struct {
		Subject  uuid.UUID
		Reissues []commands.Given
	}
}

// listener is a client that is connected.
type listener struct {
	t      testing.TB
	body   io.ReadCloser
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

// served is the node behind a real server.
func (n *node) served() *httptest.Server {
	server := httptest.NewServer(n.door)
	n.t.Cleanup(func() {
		n.Notices.End() // or closing would wait for those who listen
		server.Close()
	})
	return server
}

func (n *node) listen(server *httptest.Server, actor access.Actor, headers ...string) *listener {
	n.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/v1/me/events", nil)
	if err != nil {
		n.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+n.mint(actor))
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := server.Client().Do(request) //nolint:bodyclose // it is, at the end of the test
	if err != nil {
		n.t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		n.t.Fatalf("%s, %s", response.Status, response.Header.Get("Content-Type"))
	}
	n.t.Cleanup(func() { cancel(); response.Body.Close() })
	return &listener{t: n.t, body: response.Body, lines: bufio.NewScanner(response.Body), cancel: cancel}
}

// next reads the next event but for releases: those of the scene may still be on their way.
func (l *listener) next() heard {
	l.t.Helper()
	for {
		if h := l.any(); h.kind != "release" {
			return h
		}
	}
}

// any reads the next event; comments pass.
func (l *listener) any() (h heard) {
	l.t.Helper()
	late := time.AfterFunc(20*time.Second, l.cancel)
	defer late.Stop()
	for l.lines.Scan() {
		name, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch name {
		case "id":
			h.id = value
		case "event":
			h.kind = value
		case "data":
			if err := json.Unmarshal([]byte(value), &h.data); err != nil {
				l.t.Errorf("%s: %v", value, err)
			}
		}
		if l.lines.Text() == "" && h.kind != "" {
			return h
		}
	}
	l.t.Errorf("the stream ended: %v", l.lines.Err())
	return h
}

func TestFiveHundredAreToldOnceAndNobodyElse(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.correct(s.first, choice("What is 2+2?", "b"), question.Revision)
	server := s.served()
	const students = 500
	var people []commands.Person
	for i := range students {
		people = append(people, commands.Person{Number: fmt.Sprint(i)})
	}
	s.seen(s.do(as("keeper", access.Admin), commands.KeepClass{Code: "all", Title: "All", Students: people}))
	class := make([]*listener, students)
	for i := range class {
		class[i] = s.listen(server, as(roster.PersonID(school, fmt.Sprint(i)).String(), access.Student))
		if first := class[i].next(); first.kind != "snapshot" || len(first.data.Reissues) != 0 {
			t.Fatalf("at first %+v", first)
		}
	}
	strangers := []*listener{s.listen(server, as("stranger", access.Student)),
		s.listen(server, access.Actor{ID: roster.PersonID(school, "1").String(), Roles: []access.Role{access.Student}, Scope: access.Scope{Org: school, Environment: "prod"}})}
	for _, l := range strangers {
		l.next()
	}
	id := s.do(as("another", access.Releaser), commands.GrantReissue{Revision: 1, Reissue: s.do(releaser, commands.AskReissue{Wish: commands.Wish{
		Question: s.first, Version: 2, Audience: reissue.Audience{Classes: []uuid.UUID{roster.ClassID(school, "all")}},
		Until: time.Now().Add(time.Hour).UnixMicro(), Reason: "a typo"}}).ID}).ID
	var all sync.WaitGroup
	for i, l := range class {
		all.Go(func() {
			if told := l.next(); told.kind != "reissue" || told.data.Subject != id || told.id == "" {
				t.Errorf("student %d hears %+v", i, told)
			}
			// Whoever is told finds it so.
			if i%50 == 0 {
				if got := s.version(s.student(roster.PersonID(school, fmt.Sprint(i)).String())); got != 2 {
					t.Errorf("student %d was told and gets version %d", i, got)
				}
			}
		})
	}
	all.Wait()
	// What everybody is told is the next thing that the others hear.
	s.do(releaser, commands.TakeDown{Question: s.second, Version: 1, Everywhere: true, Reason: "wrong"})
	for _, l := range append(strangers, class[7]) {
		if told := l.next(); told.kind != "takedown" {
			t.Errorf("hears %+v", told)
		}
	}
	ids := make([]uuid.UUID, students)
	for i := range ids {
		ids[i] = roster.PersonID(school, fmt.Sprint(i))
	}
	s.eventually(func() bool {
		marks, err := s.Ledger.Of(t.Context(), id, ids)
		return err == nil && len(marks) == students && marks[ids[3]].At(ledger.Told) > 0
	})
}

func TestWhoComesBackGoesOnBehindWhatWasSeen(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	server := s.served()
	wang := as("wang", access.Student)
	first := s.listen(server, wang)
	first.next()
	down := s.do(releaser, commands.TakeDown{Question: s.first, Reason: "one"})
	one := first.next()
	first.cancel()
	s.seen(s.do(releaser, commands.LiftTakedown{Question: s.first, Takedown: down.ID, Reason: "two"}))
	id := s.reissue(s.first, 1, named("wang"))
	s.reissue(s.first, 1, named("li")) // nothing to wang
	s.releaseTo(env, s.lesson)         // the same again changes nothing
	back := s.listen(server, wang, "Last-Event-ID", one.id)
	if two := back.next(); two.kind != "takedown_lifted" || two.data.Subject != down.ID {
		t.Errorf("first %+v", two)
	}
	three := back.next()
	if three.kind != "reissue" || three.data.Subject != id {
		t.Errorf("then %+v", three)
	}
	s.correct(s.second, choice("2+3 = ?", "c"), question.Erratum)
	s.releaseTo(env, s.lesson)
	if four := back.any(); four.kind != "release" {
		t.Errorf("then %+v", four)
	}
	// A node that remembers less gives a snapshot instead.
	fresh := startNode(t, s.Pool, nil)
	if long := fresh.listen(fresh.served(), wang, "Last-Event-ID", "1").next(); long.kind != "snapshot" || len(long.data.Reissues) != 1 || long.data.Reissues[0].Reissue != id || long.id == "" {
		t.Errorf("hears %+v", long)
	}
	if zhao := s.listen(server, as("zhao", access.Student)).next(); len(zhao.data.Reissues) != 0 {
		t.Errorf("zhao hears %+v", zhao)
	}
}

func TestAStudentHasSoManyConnectionsAndTheyEndWithTheServer(t *testing.T) {
	t.Parallel()
	s := newNode(t)
	server := s.served()
	wang := s.student("wang")
	wang.send(http.MethodHead, "/v1/me/events", nil).is(200)
	var open []*listener
	for range 8 {
		open = append(open, s.listen(server, as("wang", access.Student)))
	}
	for _, l := range open {
		l.next()
	}
	if p := wang.get("/v1/me/events").refused(429, "events.too_many"); p.Facts["limit"] != 8.0 {
		t.Errorf("%+v", p)
	}
	open[0].cancel()
	s.eventually(func() bool { return s.Notices.Connected() == 7 })
	s.Notices.End()
	for _, l := range open[1:] {
		if l.lines.Scan(); l.lines.Scan() {
			t.Errorf("after the end: %q", l.lines.Text())
		}
	}
	wang.get("/v1/me/events").refused(503, "events.full")
}
