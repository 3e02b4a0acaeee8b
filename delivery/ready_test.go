package delivery_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"qbank/internal/pgtest"
)

// Before the read models serve, no request fails for what is not there yet: students are told to come again.
func TestWhoComesTooEarlyIsToldToComeAgain(t *testing.T) {
	t.Parallel()
	n := openNode(t, pgtest.New(t), nil) // on a database that has no read model
	wang := n.student("wang")
	for _, at := range tokened(uuid.New(), uuid.New()) {
		if r := wang.send(at[0], at[1], nil); r.header.Get("Retry-After") == "" {
			t.Errorf("%s %s does not say when", at[0], at[1])
		} else {
			r.refused(http.StatusServiceUnavailable, "server.starting")
		}
	}
	anybody := client{n: n, t: t}
	anybody.get("/v1/time").is(http.StatusOK)
	anybody.get("/v1/config").refused(http.StatusServiceUnavailable, "server.starting")
	n.run()
	n.eventually(func() bool { return wang.get("/v1/config").status == http.StatusOK })
	wang.get(manifestPath(uuid.New())).refused(http.StatusNotFound, "lesson.not_live")
}
