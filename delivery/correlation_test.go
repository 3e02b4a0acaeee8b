package delivery_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/eventstore"
)

// metas are the metadata of a stream's events.
func (n *node) metas(stream uuid.UUID) (list []event.Meta) {
	n.t.Helper()
	recorded, err := n.Store.ReadStream(n.t.Context(), stream, eventstore.Range{})
	if err != nil {
		n.t.Fatal(err)
	}
	for _, r := range recorded {
		var m event.Meta
		if err := json.Unmarshal(r.Meta, &m); err != nil {
			n.t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

func TestARequestsIDStandsInItsEventsAndInErrors(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	wang := s.student("wang")
	id := wang.with("Traceparent", "00-"+trace+"-00f067aa0ba902b7-01").start(s.lesson).ID
	own := wang.with("X-Request-Id", "shell-7").answer(id, "1", "q1", pick("b")).is(200)
	fresh := wang.with("X-Request-Id", "not one").answer(id, "2", "q2", pick("b")).is(200)
	drawn := fresh.header.Get("X-Request-Id")
	if own.header.Get("X-Request-Id") != "shell-7" || len(drawn) != 32 {
		t.Errorf("%q and %q", own.header, fresh.header)
	}
	metas := s.metas(id)
	for i, want := range []string{trace, "shell-7", drawn} {
		if metas[i].Correlation != want {
			t.Errorf("event %d: %+v, want %s", i+1, metas[i], want)
		}
	}
	refused := wang.with("X-Request-Id", "shell-8").get("/v1/nothing")
	if refused.header.Get("X-Request-Id") != "shell-8" {
		t.Errorf("a refusal has no id: %v", refused.header)
	}
	broken := client{n: s.troubled(trouble{read: errors.New("no disk")}), t: t, token: wang.token}
	if p := broken.with("X-Request-Id", "shell-9").get(path(id, "")).problem(); p.Code != "internal" || p.Reference != "shell-9" {
		t.Errorf("%+v", p)
	}
}
