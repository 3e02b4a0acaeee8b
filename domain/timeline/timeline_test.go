package timeline_test

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/timeline"
)

// cut draws a valid edit list of a medium of the given duration, and the duration of the new one.
func cut(t *rapid.T, duration int64) (timeline.Cut, int64) {
	var kept timeline.Cut
	for at := int64(0); at < duration; {
		length := min(rapid.Int64Range(1, duration).Draw(t, "length"), duration-at)
		if rapid.Bool().Draw(t, "kept") {
			kept = append(kept, timeline.Span{From: at, To: at + length})
		}
		at += length
	}
	kept = rapid.Permutation(kept).Draw(t, "order")
	end := int64(0)
	for i := range kept {
		kept[i].At = end + rapid.Int64Range(0, 3).Draw(t, "new")
		end = kept[i].At + kept[i].To - kept[i].From
	}
	end += rapid.Int64Range(0, 3).Draw(t, "tail")
	if problems := kept.Check(duration, end); len(problems) > 0 {
		t.Fatalf("%+v: %+v", kept, problems)
	}
	return kept, end
}

func period(t *rapid.T, duration int64) timeline.Period {
	from := rapid.Int64Range(0, duration-1).Draw(t, "from")
	return timeline.Period{From: from, To: rapid.Int64Range(from+1, duration).Draw(t, "to")}
}

// keep is the edit list that changes nothing of a medium.
func keep(duration int64) timeline.Cut { return timeline.Cut{{To: duration}} }

func TestKeepingAllChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Int64Range(1, 1000).Draw(t, "duration")
		p := period(t, d)
		if at, kept := keep(d).Moment(p.From); at != p.From || !kept {
			t.Fatalf("%d went to %d, %t", p.From, at, kept)
		}
		if got := keep(d).Period(p.From, p.To); !slices.Equal(got, []timeline.Period{p}) {
			t.Fatalf("%+v became %+v", p, got)
		}
		c, end := cut(t, d)
		for _, same := range []timeline.Cut{c.Then(keep(end)), keep(d).Then(c)} {
			if !slices.Equal(same, c) {
				t.Fatalf("%+v became %+v", c, same)
			}
		}
	})
}

// Millisecond by millisecond: what is kept is there once, in its own place, and what is cut out is nowhere.
func TestNothingIsLostOrInvented(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Int64Range(1, 60).Draw(t, "duration")
		c, end := cut(t, d)
		p := period(t, d)
		want, lost := map[int64]bool{}, int64(0)
		for at := p.From; at < p.To; at++ {
			to, kept := c.Moment(at)
			if !kept {
				lost++
				continue
			}
			if want[to] || to < 0 || to >= end {
				t.Fatalf("%d went to %d, which is taken or outside", at, to)
			}
			want[to] = true
		}
		got, last := map[int64]bool{}, int64(-1)
		for _, piece := range c.Period(p.From, p.To) {
			if piece.From <= last || piece.From >= piece.To {
				t.Fatalf("pieces touch or are out of order: %+v", c.Period(p.From, p.To))
			}
			for at := piece.From; at < piece.To; at++ {
				got[at] = true
			}
			last = piece.To
		}
		if !reflect.DeepEqual(got, want) || int64(len(got))+lost != p.To-p.From {
			t.Fatalf("%+v by %+v became %v, want %v", p, c, got, want)
		}
	})
}

func TestOrderHoldsWithinASpan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Int64Range(2, 500).Draw(t, "duration")
		c, _ := cut(t, d)
		if len(c) == 0 {
			return
		}
		s := rapid.SampledFrom(c).Draw(t, "span")
		a := rapid.Int64Range(s.From, s.To-1).Draw(t, "a")
		b := rapid.Int64Range(a, s.To-1).Draw(t, "b")
		x, _ := c.Moment(a)
		y, _ := c.Moment(b)
		if y-x != b-a {
			t.Fatalf("%d and %d went to %d and %d", a, b, x, y)
		}
	})
}

func TestOneCutAfterAnotherIsBothAtOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Int64Range(1, 200).Draw(t, "duration")
		first, middle := cut(t, d)
		if middle == 0 {
			return
		}
		second, end := cut(t, middle)
		both := first.Then(second)
		if problems := both.Check(d, end); len(problems) > 0 {
			t.Fatalf("%+v: %+v", both, problems)
		}
		p := period(t, d)
		at, kept := first.Moment(p.From)
		if kept {
			at, kept = second.Moment(at)
		}
		if to, still := both.Moment(p.From); still != kept || (kept && to != at) {
			t.Fatalf("%d went to %d, %t at once and to %d, %t in steps", p.From, to, still, at, kept)
		}
		var steps []timeline.Period
		for _, piece := range first.Period(p.From, p.To) {
			steps = append(steps, second.Period(piece.From, piece.To)...)
		}
		if got, want := both.Period(p.From, p.To), joined(steps); !slices.Equal(got, want) {
			t.Fatalf("%+v went to %+v at once and to %+v in steps", p, got, want)
		}
	})
}

// joined is periods that do not overlap, in order, those that meet as one.
func joined(periods []timeline.Period) (out []timeline.Period) {
	slices.SortFunc(periods, func(a, b timeline.Period) int { return int(a.From - b.From) })
	for _, p := range periods {
		if n := len(out); n > 0 && out[n-1].To == p.From {
			out[n-1].To = p.To
		} else {
			out = append(out, p)
		}
	}
	return out
}

func TestWrongEditListsAreRefusedByPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pointer, code string
		cut           timeline.Cut
	}{
		{"/0/from", "past_end", timeline.Cut{{From: -1, To: 5, At: 0}}},
		{"/0/from", "past_end", timeline.Cut{{From: 0, To: 101, At: 0}}},
		{"/0/to", "backwards", timeline.Cut{{From: 5, To: 5, At: 0}}},
		{"/0/at", "past_end", timeline.Cut{{From: 0, To: 10, At: 45}}},
		{"/0/at", "past_end", timeline.Cut{{From: 0, To: 10, At: 1<<63 - 1}}},
		{"/0/at", "past_end", timeline.Cut{{From: 0, To: 10, At: -1}}},
		{"/1/at", "overlap", timeline.Cut{{From: 0, To: 10, At: 0}, {From: 20, To: 30, At: 9}}},
		{"/1/from", "overlap", timeline.Cut{{From: 0, To: 10, At: 0}, {From: 9, To: 20, At: 10}}},
		{"", "max_items", make(timeline.Cut, timeline.MaxSpans+1)},
	} {
		problems := c.cut.Check(100, 50)
		if len(problems) != 1 || problems[0].Pointer != c.pointer || problems[0].Code != c.code || problems[0].Message.ZH == "" {
			t.Errorf("%+v: got %+v, want %s at %q", c.cut, problems, c.code, c.pointer)
		}
	}
}
