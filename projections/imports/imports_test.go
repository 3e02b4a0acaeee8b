package imports_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"qbank/domain/batch"
	"qbank/domain/fault"
	"qbank/projections/imports"
	"qbank/projections/projtest"
	"qbank/projections/read"
)

func item(index int, status batch.Status, notes ...string) batch.Item {
	i := batch.Item{Index: index, Source: fmt.Sprint("src-", index), Title: fmt.Sprint("Item ", index), Status: status}
	if status != batch.Refused {
		i.Question, i.Revision = projtest.StreamID(i.Source), 1
	}
	for _, note := range notes {
		i.Notes = append(i.Notes, batch.Note{Code: note, Message: fault.Say("changed", "已修改"), Line: index + 1})
	}
	return i
}

func started(org string) batch.Started {
	return batch.Started{Org: org, Format: "gift", File: "exam.gift", Hash: strings.Repeat("0", 64)}
}

func history() []projtest.Facts {
	return []projtest.Facts{
		projtest.In("b1", started("acme/math")).By("wang"),
		projtest.In("b1", batch.Reported{Items: []batch.Item{item(0, batch.Created), item(1, batch.Refused, "syntax"), item(2, batch.Created, "rounded")}}),
		projtest.In("b2", started("acme/physics")).By("li"),
		projtest.In("b1", batch.Reported{Items: []batch.Item{item(3, batch.Updated), item(4, batch.Unchanged)}}),
		projtest.In("b1", batch.Finished{Totals: map[batch.Status]int{batch.Created: 2, batch.Refused: 1, batch.Updated: 1, batch.Unchanged: 1}, Noted: 1}),
		projtest.In("b1", batch.Undone{Reason: "wrong file"}).By("zhao"),
		projtest.In("b2", batch.Reported{Items: []batch.Item{item(0, batch.Created)}}),
	}
}

func TestAnImportTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	reader := imports.NewReader(projtest.Given(t, batch.Events, imports.New(), history()...).Pool)
	b1, err := reader.Get(t.Context(), "acme", projtest.StreamID("b1"))
	if err != nil {
		t.Fatal(err)
	}
	totals := map[batch.Status]int{batch.Created: 2, batch.Refused: 1, batch.Updated: 1, batch.Unchanged: 1}
	if !maps.Equal(b1.Totals, totals) || b1.Noted != 1 || b1.Reported() != 5 || b1.FinishedAt <= b1.StartedAt || b1.UndoneAt <= b1.FinishedAt ||
		b1.UndoneBy != "zhao" || b1.UndoReason != "wrong file" || b1.StartedBy != "wang" || b1.File != "exam.gift" {
		t.Errorf("got %+v", b1)
	}
	b2, err := reader.Get(t.Context(), "acme/physics", projtest.StreamID("b2"))
	if err != nil || b2.FinishedAt != 0 || b2.UndoneAt != 0 || b2.Reported() != 1 {
		t.Errorf("got %+v, %v", b2, err)
	}
	if _, err := reader.Get(t.Context(), "acme/physics", projtest.StreamID("b1")); !fault.Is(err, "import.not_found") {
		t.Errorf("the import of others: %v", err)
	}
	for org, want := range map[string]int{"acme": 2, "acme/math": 1, "acme/ma": 0} {
		list, err := reader.List(t.Context(), org, read.Page{})
		if err != nil || len(list.Rows) != want || want == 2 && list.Rows[0].ID != projtest.StreamID("b2") {
			t.Errorf("%s sees %+v, %v", org, list.Rows, err)
		}
	}
}

func TestItemsAreListedByStatus(t *testing.T) {
	t.Parallel()
	reader := imports.NewReader(projtest.Given(t, batch.Events, imports.New(), history()...).Pool)
	for _, c := range []struct {
		org      string
		statuses []batch.Status
		want     string
	}{
		{"acme", nil, "0 1 2 3 4"},
		{"acme/math", []batch.Status{batch.Created}, "0 2"},
		{"acme", []batch.Status{batch.Refused, batch.Updated}, "1 3"},
		{"acme", []batch.Status{"odd"}, ""},
		{"acme/physics", nil, ""},
	} {
		var got []string
		page := read.Page{First: 2}
		for {
			list, err := reader.Items(t.Context(), c.org, projtest.StreamID("b1"), c.statuses, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range list.Rows {
				got = append(got, fmt.Sprint(i.Index))
				if want := history()[1].Events[0].(batch.Reported).Items; i.Index < 3 && fmt.Sprint(i) != fmt.Sprint(want[i.Index]) {
					t.Errorf("got %+v, want %+v", i, want[i.Index])
				}
			}
			if !list.More {
				break
			}
			page.After = list.Cursors[1]
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	facts := history()
	for i := range 30 {
		status := []batch.Status{batch.Created, batch.Updated, batch.Unchanged, batch.Refused}[i%4]
		facts = append(facts, projtest.In("b2", batch.Reported{Items: []batch.Item{item(2*i+1, status, "note"), item(2*i+2, status)}}))
	}
	facts = append(facts, projtest.In("b2", batch.Finished{}, batch.Undone{Reason: "test"}))
	projtest.Given(t, batch.Events, imports.New(), facts...).RebuildEquals(t, imports.New())
}
