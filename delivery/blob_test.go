package delivery_test

import (
	"bytes"
	"net/http"
	"testing"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/question"
)

// A public view is served where students were given it, for as long as somebody may come back for it, and nowhere else, whatever is cached.
func TestABlobIsServedWhereItWasGiven(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	in := func(org, environment string) client {
		return s.client(access.Actor{ID: "wang", Roles: []access.Role{access.Student}, Scope: access.Scope{Org: org, Environment: environment}})
	}
	wang := in(school, env)
	blob := decode[manifest](wang.get(manifestPath(s.lesson)).is(200)).Items[0].Source
	view := wang.get(blob).is(200)
	for _, c := range []client{in(school, env), in(school+"/math", env)} {
		if r := c.get(blob).is(200); !bytes.Equal(r.body, view.body) {
			t.Errorf("%s, then %s", view.body, r.body)
		}
	}
	strangers := []client{in(school, "prod"), in("other", env), in("school2", env), in("other", "prod")}
	hidden := func(blob string) {
		t.Helper()
		for _, c := range strangers {
			for _, how := range []client{c, c.with("If-None-Match", view.header.Get("ETag")), c.with("Range", "bytes=0-1"), c.with("Qbank-Environment", env)} {
				how.get(blob).refused(http.StatusNotFound, "blob.not_found")
			}
		}
	}
	hidden(blob)

	// What is published and not released is nobody's yet; a reissue gives it to the environment.
	s.correct(s.first, choice("What is 2+2?", "b"), question.Revision)
	var place commands.LivePlace
	s.eventually(func() bool {
		var err error
		place, err = s.Commands.Live.Place(t.Context(), s.first, 2)
		return err == nil
	})
	second := "/v1/blobs/" + string(place.Public)
	wang.get(second).refused(http.StatusNotFound, "blob.not_found")
	s.reissue(s.first, 2, named("wang"))
	wang.get(second).is(200)
	hidden(second)

	// Who has it elsewhere by a release of their own has it at once.
	s.releaseTo("prod", s.lesson)
	strangers[0].get(decode[manifest](strangers[0].get(manifestPath(s.lesson)).is(200)).Items[0].Source).is(200)
	strangers = strangers[1:]
	hidden(blob)

	// And it stays theirs when the lesson does not: attempts go on.
	s.seen(s.do(releaser, commands.WithdrawLesson{Environment: env, Lesson: s.lesson, Reason: "over"}))
	wang.get(manifestPath(s.lesson)).refused(http.StatusNotFound, "lesson.not_live")
	wang.get(blob).is(200)

	// Taken down is not the same as never seen: who had it is told to forget it, others learn nothing.
	s.seen(s.do(releaser, commands.TakeDown{Question: s.first, Everywhere: true, Reason: "wrong"}))
	wang.get(blob).refused(http.StatusGone, "blob.taken_down")
	hidden(blob)
}
