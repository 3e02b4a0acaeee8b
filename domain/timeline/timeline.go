package timeline

import (
	"cmp"
	"slices"
	"strconv"

	"qbank/domain/fault"
)

// Span is a part of the old medium, From to before To, that begins At in the new one; all in milliseconds.
type Span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
	At   int64 `json:"at"`
}

// Cut is an edit list: the spans that are kept, in the order of the new medium. What lies between them there is new.
type Cut []Span

// Period is from one instant to before another, in milliseconds.
type Period struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// MaxSpans bounds an edit list.
const MaxSpans = 2_000

// Check lists what is wrong with an edit list between two media of the given durations. No millisecond of either is used twice.
func (c Cut) Check(before, after int64) []fault.Problem {
	if len(c) > MaxSpans {
		return []fault.Problem{{Pointer: "", Code: "max_items", Message: fault.Say("at most %d spans", "最多 %d 段", MaxSpans)}}
	}
	var problems []fault.Problem
	wrong := func(i int, field, code string, message fault.Text) {
		problems = append(problems, fault.Problem{Pointer: "/" + strconv.Itoa(i) + "/" + field, Code: code, Message: message})
	}
	end := int64(0) // of the span before, in the new medium
	for i, s := range c {
		switch {
		case s.From < 0 || s.To > before:
			wrong(i, "from", "past_end", fault.Say("the old medium goes from 0 to %d ms", "原媒体的范围是 0 到 %d 毫秒", before))
		case s.From >= s.To:
			wrong(i, "to", "backwards", fault.Say("a span ends after it begins", "结束时间应晚于开始时间"))
		case s.At < 0 || s.At > after || s.To-s.From > after-s.At:
			wrong(i, "at", "past_end", fault.Say("the span does not fit into the new medium of %d ms", "该段超出新媒体的时长 %d 毫秒", after))
		case s.At < end:
			wrong(i, "at", "overlap", fault.Say("spans stand in the order of the new medium and do not overlap in it", "各段应按新媒体的顺序排列且互不重叠"))
		default:
			end = s.At + s.To - s.From
		}
	}
	if len(problems) > 0 {
		return problems
	}
	order := c.byOld()
	for n := 1; n < len(order); n++ {
		if c[order[n]].From < c[order[n-1]].To {
			wrong(order[n], "from", "overlap", fault.Say("a part of the old medium is used twice", "原媒体的同一部分被使用了两次"))
		}
	}
	return problems
}

// byOld lists the indices of the spans in the order of the old medium.
func (c Cut) byOld() []int {
	order := make([]int, len(c))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(c[a].From, c[b].From) })
	return order
}

// Moment carries an instant over; false: it was cut out.
func (c Cut) Moment(at int64) (int64, bool) {
	for _, s := range c {
		if s.From <= at && at < s.To {
			return s.At + at - s.From, true
		}
	}
	return 0, false
}

// Period carries a period over: what is left of it, in the order of the new medium. Parts that meet there are one; no part: all of it
// was cut out.
func (c Cut) Period(from, to int64) []Period {
	var pieces []Period
	for _, s := range c {
		begin, end := max(from, s.From), min(to, s.To)
		if begin >= end {
			continue
		}
		piece := Period{s.At + begin - s.From, s.At + end - s.From}
		if n := len(pieces); n > 0 && pieces[n-1].To == piece.From {
			pieces[n-1].To = piece.To
			continue
		}
		pieces = append(pieces, piece)
	}
	return pieces
}

// Then is the edit list that does what c does and after it next: next's old medium is c's new one.
func (c Cut) Then(next Cut) Cut {
	var both Cut
	for _, second := range next {
		for _, first := range c {
			begin, end := max(second.From, first.At), min(second.To, first.At+first.To-first.From)
			if begin < end {
				both = append(both, Span{From: first.From + begin - first.At, To: first.From + end - first.At, At: second.At + begin - second.From})
			}
		}
	}
	return both
}
