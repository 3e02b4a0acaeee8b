package ledger_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/internal/pgtest"
	"qbank/observations/ledger"
)

func TestTheFirstMarkOfAStageStays(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	reissue, ann, bo := uuid.New(), uuid.New(), uuid.New()
	run := func(mark func(*ledger.Book)) map[uuid.UUID]ledger.Marks {
		t.Helper()
		book, err := ledger.New(pool, ledger.Options{Every: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- book.Run(ctx) }()
		mark(book)
		stop() // what waits is written at the end
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		marks, err := book.Of(t.Context(), reissue, []uuid.UUID{ann, bo, uuid.New()})
		if err != nil {
			t.Fatal(err)
		}
		return marks
	}
	run(func(b *ledger.Book) {
		b.Mark(reissue, ann, ledger.Told, 5)
		b.Mark(reissue, ann, ledger.Told, 6)
		b.Mark(uuid.New(), bo, ledger.Told, 6)
	})
	marks := run(func(b *ledger.Book) { // another node
		b.Mark(reissue, ann, ledger.Told, 3)
		b.Mark(reissue, ann, ledger.Running, 7)
		b.Mark(reissue, bo, ledger.Failed, 8)
	})
	if len(marks) != 2 || marks[ann] != (ledger.Marks{ledger.Told: 5, ledger.Running: 7}) || marks[bo] != (ledger.Marks{ledger.Failed: 8}) {
		t.Errorf("%+v", marks)
	}
}

func TestMoreThanWaitIsDropped(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	book, err := ledger.New(pool, ledger.Options{Most: 2})
	if err != nil {
		t.Fatal(err)
	}
	reissue := uuid.New()
	students := []uuid.UUID{uuid.New(), uuid.New(), uuid.New()}
	for _, s := range students {
		book.Mark(reissue, s, ledger.Told, 1)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := book.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if marks, err := book.Of(t.Context(), reissue, students); err != nil || len(marks) != 2 {
		t.Errorf("%v, %v", marks, err)
	}
}
