package delivery_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/fault"
	"qbank/domain/roster"
	"qbank/projections/gradebook"
	"qbank/projections/items"
	"qbank/projections/read"
)

var (
	support = as("li", access.Support)
	boss    = as("boss", access.Admin)
)

// lends opens a ticket for a student who was seen.
func (n *node) lends(by access.Actor, student string, write bool) (lent commands.PseudoToken) {
	n.t.Helper()
	if err := n.Devices.Flush(context.Background()); err != nil {
		n.t.Fatal(err)
	}
	n.do(by, commands.OpenPseudoLogin{Student: student, Reason: "no sound", Write: write, Show: func(t commands.PseudoToken) { lent = t }})
	return lent
}

// eyes is who holds a token of a ticket.
func (n *node) eyes(lent commands.PseudoToken) client {
	n.t.Helper()
	minted, err := n.signer.MintPseudo(lent.Borrowed, time.Now(), time.UnixMicro(lent.Expires))
	if err != nil {
		n.t.Fatal(err)
	}
	return client{n: n, t: n.t, token: minted}
}

func TestStaffSeesWhatTheStudentSees(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	id := wang.with("Qbank-Platform", "ios", "Qbank-App-Version", "7.1", "Accept-Language", "zh-CN").start(s.lesson).ID
	wang.with("Qbank-Platform", "ios", "Qbank-App-Version", "7.2", "Qbank-Region", "gd").answer(id, "1", "q1", pick("b")).is(200)
	lent := s.lends(support, "wang", false)
	eyes := s.eyes(lent).with("Qbank-Platform", "web")
	if theirs, own := eyes.get(path(id, "")).is(200), wang.get(path(id, "")).is(200); !bytes.Equal(theirs.body, own.body) {
		t.Errorf("%s and %s", theirs.body, own.body)
	}
	eyes.get(manifestPath(s.lesson)).is(200)
	borrowed, err := s.Commands.Borrow(t.Context(), lent.Borrowed)
	if want := (access.Device{Platform: "ios", AppVersion: "7.2", Region: "gd"}); err != nil || borrowed.Device != want {
		t.Errorf("the device is %+v, %v", borrowed.Device, err)
	}
	if seen, _, err := s.Devices.Last(t.Context(), support.Scope, roster.PersonOf("wang")); err != nil || seen.Device.Platform != "ios" {
		t.Errorf("whoever looks changed what is looked at: %+v, %v", seen, err)
	}
	for _, m := range s.metas(lent.Borrowed.Ticket) {
		if m.Actor != "li" || m.Environment != env {
			t.Errorf("%+v", m)
		}
	}
	// It ends with the ticket, at every route.
	s.do(support, commands.ClosePseudoLogin{Ticket: lent.Borrowed.Ticket})
	for _, at := range tokened(id, s.lesson) {
		eyes.send(at[0], at[1], nil).refused(401, "pseudo.ended")
	}
	revoked := s.lends(support, "wang", false)
	s.do(boss, commands.RevokePseudoLogin{Ticket: revoked.Borrowed.Ticket, Reason: "enough"})
	s.eyes(revoked).get(path(id, "")).refused(401, "pseudo.ended")
	forged := s.lends(support, "wang", false)
	forged.Borrowed.ActingFor = "zhou"
	s.eyes(forged).get(path(id, "")).refused(401, "pseudo.ended")
}

func TestTicketsAreForOnesOwnStudents(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.student("wang").start(s.lesson)
	s.student("mo").start(s.lesson)
	s.lends(support, "wang", false)
	s.do(boss, commands.GrantRole{Person: roster.PersonOf("mo"), Role: access.Tutor})
	of := func(org, environment string, roles ...access.Role) access.Actor {
		return access.Actor{ID: "li", Roles: roles, Scope: access.Scope{Org: org, Environment: environment}}
	}
	nested := support
	nested.ActingFor = "zhou"
	for name, c := range map[string]struct {
		by      access.Actor
		student string
		code    string
	}{
		"another environment":         {of(school, "prod", access.Support), "wang", "pseudo.no_such_student"},
		"another organisation":        {of("other", env, access.Support), "wang", "pseudo.no_such_student"},
		"one below":                   {of(school+"/math", env, access.Support), "wang", "pseudo.no_such_student"},
		"nobody":                      {support, "nobody", "pseudo.no_such_student"},
		"no name":                     {support, "", "pseudo.no_such_student"},
		"no environment":              {of(school, "", access.Support), "wang", "access.no_environment"},
		"somebody who works here":     {support, "mo", "pseudo.staff"},
		"an admin":                    {boss, "wang", "access.denied"},
		"a student":                   {as("zhou", access.Student), "wang", "access.denied"},
		"whoever looks as it is":      {nested, "wang", "pseudo.nested"},
		"oneself, who is a student":   {as("wang", access.Support), "wang", "pseudo.staff"},
		"a subject that has no bound": {support, string(bytes.Repeat([]byte("x"), 300)), "pseudo.no_such_student"},
	} {
		_, err := s.Commands.Do(t.Context(), c.by, commands.OpenPseudoLogin{Student: c.student, Reason: "r", Show: func(commands.PseudoToken) { t.Errorf("%s: a token", name) }})
		if !fault.Is(err, c.code) {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	// Whom no device was seen of is known by the roster.
	class := s.do(boss, commands.KeepClass{Code: "c1", Title: "Class 1", Students: []commands.Person{{Number: "2024001", Name: "Zhou"}}})
	s.all(class)
	if lent := s.lends(support, roster.PersonID(school, "2024001").String(), false); lent.Borrowed.Scope.Org != school {
		t.Errorf("%+v", lent)
	}
	ticket := s.lends(support, "wang", true).Borrowed.Ticket
	for _, c := range []commands.Command{commands.RevokePseudoLogin{Ticket: ticket, Reason: "r"}, commands.ApprovePseudoLogin{Ticket: ticket},
		commands.ClosePseudoLogin{Ticket: ticket}, commands.RenewPseudoLogin{Ticket: ticket}} {
		if _, err := s.Commands.Do(t.Context(), of("other", env, access.Support, access.Admin), c); !fault.Is(err, "pseudo.not_found") {
			t.Errorf("%T from elsewhere: %v", c, err)
		}
	}
}

// Borrowed eyes that listen see nothing once their ticket has ended.
func TestAnEndedTicketIsToldNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.student("wang").start(s.lesson)
	lent := s.lends(support, "wang", false)
	server := s.served()
	eyes := s.listen(server, support, "Authorization", "Bearer "+s.eyes(lent).token)
	if h := eyes.next(); h.kind != "snapshot" {
		t.Fatalf("hears %+v", h)
	}
	wang := s.listen(server, as("wang", access.Student))
	wang.next()
	s.do(support, commands.ClosePseudoLogin{Ticket: lent.Borrowed.Ticket})
	s.reissue(s.first, 1, named("wang"))
	if h := wang.next(); h.kind != "reissue" {
		t.Errorf("the student hears %+v", h)
	}
	for eyes.lines.Scan() {
		if text := eyes.lines.Text(); strings.HasPrefix(text, "event:") && text != "event: release" {
			t.Errorf("the ended ticket hears %s", text)
		}
	}
}

func TestAShadowStaysApart(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	own := wang.start(s.lesson).ID
	lent := s.lends(support, "wang", true)
	eyes := s.eyes(lent)
	eyes.post("/v1/attempts", map[string]any{"lesson": s.lesson}).refused(403, "access.read_only")
	if _, err := s.Commands.Do(t.Context(), as("li", access.Admin), commands.ApprovePseudoLogin{Ticket: lent.Borrowed.Ticket}); !fault.Is(err, "pseudo.own") {
		t.Errorf("approved by oneself: %v", err)
	}
	s.do(boss, commands.ApprovePseudoLogin{Ticket: lent.Borrowed.Ticket})

	shadow := eyes.start(s.lesson)
	if !shadow.Shadow || shadow.ID == own || shadow.Number != 1 {
		t.Fatalf("%+v, the student's own is %s", shadow, own)
	}
	eyes.answer(shadow.ID, "1", "q1", pick("b")).is(200)
	eyes.answer(shadow.ID, "2", "q3", map[string]any{"text": "tried out"}).is(200)
	eyes.answer(own, "3", "q1", pick("a")).refused(403, "access.read_only")
	eyes.finish(own).refused(403, "access.read_only")
	if again := eyes.start(s.lesson); again.ID != shadow.ID || again.Items[2].Answer == nil {
		t.Errorf("resumed with %+v", again)
	}
	eyes.finish(shadow.ID).is(200)
	if r := decode[delivery.Result](eyes.result(shadow.ID).is(200)); r.Revealed || r.Total != nil || r.Items != nil || r.Answered != 2 {
		t.Errorf("%+v", r)
	}
	for i, m := range s.metas(shadow.ID) {
		if m.Actor != "li" || m.ActingFor != "wang" || m.SignIn != "pseudo:"+lent.Borrowed.Ticket.String() || m.Correlation == "" {
			t.Errorf("event %d: %+v", i+1, m)
		}
	}
	// The student, other tickets and teachers do not meet it.
	wang.get(path(shadow.ID, "")).refused(404, "attempt.not_found")
	wang.answer(shadow.ID, "4", "q2", pick("a")).refused(404, "attempt.not_found")
	other := s.lends(as("zhao", access.Support), "wang", true)
	s.do(boss, commands.ApprovePseudoLogin{Ticket: other.Borrowed.Ticket})
	s.eyes(other).get(path(shadow.ID, "")).refused(404, "attempt.not_found")
	if next := s.eyes(other).start(s.lesson); next.ID == shadow.ID || next.ID == own {
		t.Errorf("two tickets share %s", next.ID)
	}
	if _, err := s.Commands.Do(t.Context(), teacher, commands.GradeAnswer{Attempt: shadow.ID, Slot: "q3", Key: "2", Mark: 1}); !fault.Is(err, "attempt.not_found") {
		t.Errorf("graded: %v", err)
	}
	if again := wang.start(s.lesson); again.ID != own || again.Items[0].Answer != nil {
		t.Errorf("the student's own attempt became %+v", again)
	}
	// Only what the student did is counted.
	wang.answer(own, "5", "q1", pick("b")).is(200)
	s.all(s.do(as("wang", access.Student), commands.FinishAttempt{Attempt: own, See: func(attempt.Attempt) error { return nil }}))
	scope := access.Scope{Org: school, Environment: env}
	if list, err := s.Gradebook.List(t.Context(), scope, gradebook.Filter{Student: "wang"}, read.Page{}); err != nil || len(list.Rows) != 1 || list.Rows[0].ID != own {
		t.Errorf("gradebook: %+v, %v", list.Rows, err)
	}
	figures, err := s.Items.Lesson(t.Context(), scope, s.lesson, 1, items.All)
	if err != nil || figures.Attempts != 1 {
		t.Errorf("figures: %+v, %v", figures, err)
	}
}

// all returns when every read model has seen a command's events.
func (n *node) all(done commands.Done) {
	n.t.Helper()
	for _, model := range []string{"delivery", "gradebook", "items", "pseudo", "roster"} {
		if err := n.Engine.Wait(n.t.Context(), model, done.Position); err != nil {
			n.t.Fatal(err)
		}
	}
}

func TestAStudentIsToldWhoLooked(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	wang.start(s.lesson)
	lent := s.lends(support, "wang", false)
	s.all(s.do(support, commands.ClosePseudoLogin{Ticket: lent.Borrowed.Ticket}))
	type looks struct{ Looks []delivery.Look }
	told := decode[looks](wang.get("/v1/me/pseudo-logins").is(200)).Looks
	if len(told) != 1 || told[0].Staff != "li" || told[0].Reason != "no sound" || told[0].EndedAt < told[0].OpenedAt || told[0].Answers {
		t.Errorf("%+v", told)
	}
	if others := decode[looks](s.student("zhou").get("/v1/me/pseudo-logins").is(200)).Looks; len(others) != 0 {
		t.Errorf("%+v", others)
	}
	silent := s.troubled(trouble{}, func(d *delivery.Door) { d.TellLooks = false })
	(client{n: silent, t: t, token: wang.token}).get("/v1/me/pseudo-logins").refused(404, "pseudo.not_told")
}
