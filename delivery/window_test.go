package delivery_test

import (
	"testing"
	"time"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/question"
)

// A window that begins later is an event of its own when it does: who is connected is told, and open attempts follow before anybody looks. So is its end.
func TestAWindowBeginsAndEndsForThoseWhoAreConnected(t *testing.T) {
	t.Parallel()
	clock := &fixed{now: time.Now()}
	s := freshNode(t, clock).scene()
	wang := s.student("wang")
	open := wang.start(s.lesson)
	s.correct(s.first, choice("What is 2+2?", "b"), question.Revision)
	server := s.served()
	hears, other := s.listen(server, as("wang", access.Student)), s.listen(server, as("li", access.Student))
	hears.next()
	other.next()
	begins := clock.time().Add(time.Hour)
	id := s.reissue(s.first, 2, named("wang"), func(c *commands.AskReissue) {
		c.From, c.Until = begins.UnixMicro(), begins.Add(time.Hour).UnixMicro()
	})
	if told := hears.next(); told.kind != "reissue" || told.data.Subject != id {
		t.Fatalf("when it is granted, %+v", told)
	}
	if got, done := s.version(wang), s.repins(open.ID); got != 1 || len(done) != 0 {
		t.Errorf("before, version %d, %+v", got, done)
	}

	clock.pass(time.Hour)
	if told := hears.next(); told.kind != "reissue" || told.data.Subject != id {
		t.Fatalf("when it begins, %+v", told)
	}
	if got := s.version(wang); got != 2 {
		t.Errorf("told, wang gets version %d", got)
	}
	s.eventually(func() bool { return len(s.repins(open.ID)) == 1 }) // nobody has opened it

	clock.pass(time.Hour)
	if told := hears.next(); told.kind != "reissue_expired" || told.data.Subject != id {
		t.Fatalf("when it is over, %+v", told)
	}
	if got, done := s.version(wang), s.repins(open.ID); got != 1 || len(done) != 1 {
		t.Errorf("afterwards, version %d, %+v", got, done)
	}

	s.seen(s.do(releaser, commands.TakeDown{Question: s.first, Everywhere: true, Reason: "wrong"}))
	for name, l := range map[string]*listener{"wang": hears, "li": other} { // nothing was said twice, and li was told of none of it
		if told := l.next(); told.kind != "takedown" {
			t.Errorf("%s hears %+v", name, told)
		}
	}
}
