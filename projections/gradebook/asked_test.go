package gradebook

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/projections/projtest"
	"qbank/projections/read"
)

// Everybody who was asked a version and answered comes once, a few at a time, whatever else they were asked.
func TestWhoWasAsked(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, attempt.Events)
	question := projtest.StreamID("the question")
	var want []uuid.UUID
	for i := range 40 {
		s := started(fmt.Sprint("student ", i), 1)
		s.Items = slices.Clone(s.Items)
		s.Items[0].Question, s.Items[0].Version = question, 1+i%4
		s.Items[1].Version = i % 7 // many forms
		s.Environment = []string{"prod", "dev"}[i%5/4]
		facts := of(s, scored(0, "k", 0))
		if i%10 == 9 {
			facts = of(s) // has answered nothing
		}
		log.Append(facts)
		if v := s.Items[0].Version; v >= 2 && v < 4 && s.Environment == "prod" && i%10 != 9 {
			want = append(want, projtest.StreamID(stream(s)))
		}
	}
	log.Run(New())
	reader, q := NewReader(log.Pool), Asked{Question: question, From: 2, To: 4}
	scope := access.Scope{Org: started("x", 1).Org, Environment: "prod"}
	compare := func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }
	slices.SortFunc(want, compare)
	var got []uuid.UUID
	err := reader.EachAsked(t.Context(), scope, q, 3, func(ids []uuid.UUID) error {
		if len(ids) > 3 {
			t.Errorf("%d at once", len(ids))
		}
		got = append(got, ids...)
		return nil
	})
	slices.SortFunc(got, compare)
	if err != nil || !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	var paged []uuid.UUID
	for page := (read.Page{First: 4}); ; {
		list, err := reader.AskedOf(t.Context(), scope, q, page)
		if err != nil {
			t.Fatal(err)
		}
		paged = append(paged, list.Rows...)
		if !list.More {
			break
		}
		page.After = list.Cursors[len(list.Cursors)-1]
	}
	if !slices.Equal(paged, want) {
		t.Errorf("paged %v, want %v", paged, want)
	}
	broken := errors.New("broken")
	if err := reader.EachAsked(t.Context(), scope, q, 3, func([]uuid.UUID) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	lanes, err := reader.Lanes(t.Context(), q)
	if err != nil || len(lanes) != 2 || lanes[1] != scope {
		t.Errorf("lanes %+v, %v", lanes, err)
	}
}
