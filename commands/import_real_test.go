package commands

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/batch"
	"qbank/domain/fault"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/interchange"
)

// realItems is how many questions the real exam file has.
const realItems = 1485

// realFile finds the real exam file beside the project.
func realFile(t *testing.T) string {
	t.Helper()
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; at = filepath.Dir(at) {
		name := filepath.Join(at, "shared", "data", "gaokao", "gaokao.gift")
		if _, err := os.Stat(name); err == nil {
			return name
		}
		if at == filepath.Dir(at) {
			t.Skip("THE REAL EXAM FILE IS NOT HERE: the import of real questions is not tested")
		}
	}
}

// Every real question is taken in and can be published; taken in again, none changes; taken back, none is left in use.
func TestRealQuestions(t *testing.T) {
	t.Parallel()
	name := realFile(t)
	d := newDesk(t)
	take := func() (uuid.UUID, []batch.Item, ImportTotals) {
		t.Helper()
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		source, err := interchange.OpenGIFT(file, interchange.Defaults{})
		if err != nil {
			t.Fatal(err)
		}
		var report []batch.Item
		id := uuid.New()
		totals, err := d.bus.Import(t.Context(), author, Import{Batch: id, Format: "gift", File: "f", Hash: "h", Source: source,
			Report: func(i batch.Item) error { report = append(report, i); return nil }})
		if err != nil {
			t.Fatal(err)
		}
		return id, report, totals
	}
	id, report, totals := take()
	if totals.Items != realItems || totals.Created != realItems || totals.Refused != 0 {
		t.Errorf("got %+v", totals)
	}
	notes := map[string]int{}
	for _, item := range report {
		for _, n := range item.Notes {
			notes[n.Code]++
			if strings.HasPrefix(n.Code, "incomplete.") {
				t.Errorf("item %d (%s): %s", item.Index, item.Source, n.Message.EN)
			}
		}
	}
	t.Logf("%d changed on the way: %v", totals.Noted, notes)
	for _, item := range report {
		state, err := d.bus.States(t.Context(), []uuid.UUID{item.Question})
		if err != nil {
			t.Fatal(err)
		}
		q := state[item.Question]
		d.do(SubmitQuestion{Question: item.Question, Revision: 1})
		d.approve(ApproveQuestion{Question: item.Question, Revision: 2, Hash: q.Draft.Hash})
		d.do(PublishQuestion{Question: item.Question, Revision: 3, Kind: question.Revision})
	}
	if _, _, totals = take(); totals.Same != realItems || totals.Created+totals.Updated+totals.Refused != 0 {
		t.Errorf("imported again: %+v", totals)
	}
	d.undo(id)
	for _, item := range report {
		state, err := d.bus.States(t.Context(), []uuid.UUID{item.Question})
		if err != nil || state[item.Question].State != workflow.Retired {
			t.Fatalf("item %d is %s, %v", item.Index, state[item.Question].State, err)
		}
	}
	if _, err := d.bus.Do(t.Context(), author, UndoImport{Batch: uuid.New(), Reason: "none"}); !fault.Is(err, "import.not_found") {
		t.Error(err)
	}
}
