package items

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"qbank/domain/itemstats"
	"qbank/domain/scoring"
)

func TestChosenOptionsAreASet(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长", longest)
	got := chosen([]scoring.Part{{Item: "B", Given: "y"}, {Item: "A", Right: true}, {Item: "B", Given: "x"}, {Item: "A", Right: true}, {Item: long}})
	want := []itemstats.Option{{Item: "A", Right: true}, {Item: "B", Given: "x"}, {Item: "B", Given: "y"}, {Item: short(long)}}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if id := short(long); len(id) > longest+len("…") || !utf8.ValidString(id) || !strings.HasPrefix(long, strings.TrimSuffix(id, "…")) {
		t.Errorf("a long id is kept as %q", id)
	}
}

func TestWhatDoesNotFitTheFormIsAnError(t *testing.T) {
	t.Parallel()
	s := started("ann", 1, 1)
	sheet := start([16]byte{1}, s, formOf(s.Items))
	if err := sheet.answer(chose(5, "A")); err == nil || !strings.Contains(err.Error(), `"s5"`) {
		t.Errorf("an answer at a place that was not asked: %v", err)
	}
	if err := sheet.grade(graded(5, 0)); err == nil {
		t.Error("a mark at a place that was not asked")
	}
	odd := chose(0, "A")
	odd.Status = "guessed"
	if err := sheet.answer(odd); err == nil || !strings.Contains(err.Error(), "guessed") {
		t.Errorf("an unknown status: %v", err)
	}
}

func TestAFormIsWhatWasAsked(t *testing.T) {
	t.Parallel()
	same, again := started("ann", 1, 1, 1), started("ben", 2, 1, 1)
	if formOf(same.Items).id != formOf(again.Items).id {
		t.Error("two attempts that were asked the same have two forms")
	}
	again.Items[1].Max++
	if formOf(same.Items).id == formOf(again.Items).id {
		t.Error("other marks are the same form")
	}
}
