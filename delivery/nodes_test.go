package delivery_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/attempt"
	"qbank/domain/scoring"
)

func TestAnotherProcessSeesAndGoesOn(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	here := s.student("wang")
	other := startNode(t, s.Pool, nil)
	there := client{n: other, t: t, token: here.token}

	id := here.start(s.lesson).ID
	first := here.answer(id, "1", "q1", pick("b")).is(200)
	if again := there.answer(id, "1", "q1", pick("b")).is(200); !bytes.Equal(first.body, again.body) {
		t.Errorf("%s here, %s there", first.body, again.body)
	}
	there.answer(id, "1", "q1", pick("c")).refused(422, "answer.key_reused")
	there.answer(id, "2", "q2", pick("c")).is(200)
	if items := decode[delivery.Attempt](here.get(path(id, "")).is(200)).Items; items[1].Answer == nil {
		t.Error("an answer taken there is not seen here")
	}
	here.answer(id, "3", "q3", map[string]any{"text": "so"}).is(200)
	if items := decode[delivery.Attempt](there.get(path(id, "")).is(200)).Items; items[2].Answer == nil {
		t.Error("an answer taken here is not seen there")
	}
	there.finish(id).is(200)
	here.answer(id, "4", "q1", pick("a")).refused(409, "attempt.finished")
	here.result(id).is(200)
	s.do(teacher, commands.GradeAnswer{Attempt: id, Slot: "q3", Key: "3", Mark: 6 * scoring.OneMark})
	if result := decode[delivery.Result](there.result(id).is(200)); *result.Total != 10 {
		t.Errorf("a mark given here is not seen there: %v", *result.Total)
	}
	if next := there.start(s.lesson); next.Number != 2 || here.start(s.lesson).ID != next.ID {
		t.Errorf("the next attempt is %+v", next)
	}
}

// TestTwoProcessesTakeOneAttemptsAnswers sends drawn answers, many of them twice, to two processes at once. Every answer is
// stored once, whoever was told so holds the same receipt, and both processes show the same.
func TestTwoProcessesTakeOneAttemptsAnswers(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	nodes := []*node{s.node, startNode(t, s.Pool, nil)}
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		student := s.student(fmt.Sprint("student-", round))
		id := student.start(s.lesson).ID
		type sending struct {
			node      int
			key, slot string
			response  any
		}
		drawn := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) sending {
			slot := rapid.SampledFrom([]string{"q1", "q2"}).Draw(rt, "slot")
			return sending{rapid.IntRange(0, 1).Draw(rt, "node"), fmt.Sprint("k", rapid.IntRange(0, 6).Draw(rt, "key")), slot,
				pick(rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "choice"))}
		}), 4, 24).Draw(rt, "sendings")

		replies := make([]reply, len(drawn))
		var all sync.WaitGroup
		for i, d := range drawn {
			all.Go(func() {
				replies[i] = client{n: nodes[d.node], t: t, token: student.token}.answer(id, d.key, d.slot, d.response)
			})
		}
		all.Wait()

		receipts := map[string][]byte{}
		for i, r := range replies {
			if r.status == 422 && r.problem().Code == "answer.key_reused" {
				continue
			}
			if r.status != 200 {
				rt.Fatalf("%d %s", r.status, r.body)
			}
			if known := receipts[drawn[i].key]; known != nil && !bytes.Equal(known, r.body) {
				rt.Fatalf("two receipts of one key: %s and %s", known, r.body)
			}
			receipts[drawn[i].key] = r.body
		}
		keys := s.storedKeys(rt, id)
		if len(keys) != len(receipts) {
			rt.Fatalf("%d receipts, stored are %v", len(receipts), keys)
		}
		for i, key := range keys {
			if got := decode[attempt.Receipt](reply{t: t, body: receipts[key]}); got.Sequence != i+2 {
				rt.Fatalf("%s stands at %d, its receipt says %d", key, i+2, got.Sequence)
			}
		}
		one := client{n: nodes[0], t: t, token: student.token}.get(path(id, "")).is(200)
		two := client{n: nodes[1], t: t, token: student.token}.get(path(id, "")).is(200)
		if !bytes.Equal(one.body, two.body) {
			rt.Fatalf("%s here, %s there", one.body, two.body)
		}
	})
}

// storedKeys lists the keys of an attempt's answers, in the order of the log.
func (n *node) storedKeys(t rapid.TB, id uuid.UUID) []string {
	rows, err := n.Pool.Query(n.t.Context(), `select data->>'key' from events where stream_id = $1 and type = 'attempt.answered' order by version`, id)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
