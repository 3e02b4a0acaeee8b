package presence_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/internal/pgtest"
	"qbank/internal/presence"
	"qbank/internal/watch"
)

// told waits for a change, or does not.
func told(t *testing.T, w *watch.Watcher) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	_, err := w.Next(ctx)
	return err == nil
}

func TestWhoIsHere(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), pgtest.New(t)
	near := &presence.Board{Pool: pool, Hub: watch.New()}
	far := &presence.Board{Pool: pool, Hub: watch.New()} // another node
	go far.Hub.Poll(ctx, presence.Topic, 10*time.Millisecond, far.States, slog.New(slog.DiscardHandler))
	subject, other := uuid.New(), uuid.New()
	watching := map[string]*watch.Watcher{}
	for name, hub := range map[string]*watch.Hub{"near": near.Hub, "far": far.Hub} {
		watching[name] = hub.Watch(watch.Wants{Events: []string{presence.Topic}, Stream: subject})
		defer watching[name].Close()
	}
	told(t, watching["far"]) // the first look
	expect := func(what string, tells bool, want ...string) {
		t.Helper()
		for name, w := range watching {
			if got := told(t, w); got != tells {
				t.Errorf("%s: told %t on the %s node", what, got, name)
			}
		}
		here, err := far.Here(ctx, subject)
		if err != nil || len(here) != len(want) {
			t.Fatalf("%s: %v, %v", what, here, err)
		}
		for i, h := range here {
			if h.Person+h.Field != want[i] || h.Since == 0 {
				t.Errorf("%s: %+v, want %s", what, h, want[i])
			}
		}
	}
	announce := func(subject uuid.UUID, person, field string) {
		t.Helper()
		if err := near.Announce(ctx, subject, person, field); err != nil {
			t.Fatal(err)
		}
	}
	expire := func(person string) {
		t.Helper()
		if _, err := pool.Exec(ctx, `update presence set until = now() - interval '1 second' where person = $1`, person); err != nil {
			t.Fatal(err)
		}
	}
	announce(subject, "wang", "/stem")
	expect("somebody comes", true, "wang/stem")
	announce(subject, "wang", "/stem")
	announce(other, "li", "")
	expect("and stays", false, "wang/stem")
	announce(subject, "li", "")
	expect("another one comes", true, "wang/stem", "li")
	announce(subject, "wang", "/options/0")
	expect("the first one moves on", true, "wang/options/0", "li")
	if err := near.Leave(ctx, subject, "wang"); err != nil {
		t.Fatal(err)
	}
	expect("and leaves", true, "li")
	expire("li")
	if !told(t, watching["far"]) {
		t.Error("who is not heard of any more stays")
	}
	announce(other, "sun", "")
	var left int
	if err := pool.QueryRow(ctx, `select count(*) from presence`).Scan(&left); err != nil || left != 1 {
		t.Errorf("%d rows are kept, %v", left, err)
	}
}
