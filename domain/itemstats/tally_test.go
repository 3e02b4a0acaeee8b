package itemstats

import (
	"bytes"
	"math/big"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/scoring"
)

func mark(m float64) Response { return Response{State: Marked, Mark: scoring.Mark(m * 1e6), Tries: 1} }

// vectors draws attempts at a test, with every state, few or many different marks, and marks as large as they come.
func vectors(t *rapid.T, items int) []Vector {
	unit := rapid.SampledFrom([]scoring.Mark{scoring.OneMark, 333_333, 10_000 * scoring.OneMark}).Draw(t, "unit")
	response := rapid.Custom(func(t *rapid.T) Response {
		r := Response{State: State(rapid.SampledFrom([]int{0, 1, 2, 2, 2, 2, 3, 4}).Draw(t, "state"))}
		if r.State == Marked {
			r.Mark = unit * scoring.Mark(rapid.IntRange(-1, 3).Draw(t, "mark"))
		}
		if r.State >= Marked {
			r.Tries = rapid.IntRange(1, 3).Draw(t, "tries")
			for _, id := range rapid.SampledFrom([][]string{nil, {"A"}, {"B"}, {"A", "B"}, {""}}).Draw(t, "chosen") {
				r.Chosen = append(r.Chosen, Option{Item: id, Right: id == "A"})
			}
		}
		return r
	})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Vector {
		return rapid.SliceOfN(response, items, items).Draw(t, "vector")
	}), 0, 30).Draw(t, "vectors")
}

func tallyOf(items int, vectors ...Vector) *Tally {
	t := New(items)
	for _, v := range vectors {
		t.Add(v)
	}
	return t
}

func encoded(t interface{ Fatal(...any) }, tally *Tally) []byte {
	data, err := tally.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRemoveUndoesAdd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := vectors(t, 3)
		kept := rapid.IntRange(0, len(all)).Draw(t, "kept")
		tally := tallyOf(3, all...)
		for _, v := range rapid.Permutation(all[kept:]).Draw(t, "order of removal") {
			tally.Remove(v)
		}
		if !bytes.Equal(encoded(t, tally), encoded(t, tallyOf(3, all[:kept]...))) {
			t.Fatal("what was removed left a trace")
		}
		if kept == 0 && !tally.Empty() {
			t.Fatal("everything was removed and the tally is not empty")
		}
	})
}

func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := vectors(t, 3)
		shuffled := rapid.Permutation(all).Draw(t, "order")
		if !bytes.Equal(encoded(t, tallyOf(3, all...)), encoded(t, tallyOf(3, shuffled...))) {
			t.Fatal("another order gave another tally")
		}
	})
}

func TestMergeIsTheTallyOfBoth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := vectors(t, 3)
		cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
		merged := tallyOf(3, all[:cut]...)
		merged.Merge(tallyOf(3, all[cut:]...))
		if !bytes.Equal(encoded(t, merged), encoded(t, tallyOf(3, all...))) {
			t.Fatal("merging two tallies is not counting all")
		}
	})
}

func TestAnEncodedTallyIsTheTally(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		data := encoded(t, tallyOf(3, vectors(t, 3)...))
		var back Tally
		if err := back.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(encoded(t, &back), data) {
			t.Fatal("reading and writing changed the tally")
		}
	})
}

func TestSumsGoBeyond64Bits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var s sum
		want := new(big.Int)
		for _, v := range rapid.SliceOf(rapid.Int64()).Draw(t, "values") {
			s.add(v)
			want.Add(want, big.NewInt(v))
		}
		if s.big().Cmp(want) != 0 {
			t.Fatalf("the sum is %s, want %s", s.big(), want)
		}
	})
}

func TestAnEncodedVectorIsTheVector(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		for _, v := range vectors(t, 3) {
			data, err := v.AppendBinary(nil)
			if err != nil {
				t.Fatal(err)
			}
			var back Vector
			if err := back.UnmarshalBinary(data); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(back, v) {
				t.Fatalf("%+v came back as %+v", v, back)
			}
			for n := range data {
				if back.UnmarshalBinary(data[:n]) == nil {
					t.Fatalf("the first %d of %d bytes were taken for an attempt", n, len(data))
				}
			}
		}
	})
}

func TestSettle(t *testing.T) {
	t.Parallel()
	got := Vector{{}, mark(0), {}, {State: Pending}, {}, {State: Omitted}}.Settle()
	want := []State{Omitted, Marked, Omitted, Pending, NotReached, NotReached}
	for i, r := range got {
		if r.State != want[i] {
			t.Errorf("item %d is in state %d, want %d", i, r.State, want[i])
		}
	}
}

func TestDamagedBytesAreRefused(t *testing.T) {
	t.Parallel()
	data := encoded(t, tallyOf(2, Vector{mark(1), mark(0)}, Vector{mark(0), {State: Pending, Tries: 1, Chosen: []Option{{Item: "A"}}}}))
	for n := range data {
		var back Tally
		if back.UnmarshalBinary(data[:n]) == nil {
			t.Errorf("the first %d of %d bytes were taken for a tally", n, len(data))
		}
	}
	var back Tally
	if back.UnmarshalBinary(append(data, 0)) == nil {
		t.Error("a byte too many was not noticed")
	}
}

func FuzzUnmarshalBinary(f *testing.F) {
	f.Add(encoded(f, tallyOf(2, Vector{mark(1), {State: Marked, Tries: 2, Chosen: []Option{{Item: "A", Given: "x", Right: true}}}})))
	f.Add([]byte{format, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, data []byte) {
		var tally Tally
		if tally.UnmarshalBinary(data) == nil && len(data) < 1000 {
			tally.Figures()
			for i := range tally.items {
				tally.items[i].Figures(scoring.OneMark)
			}
		}
	})
}

func FuzzUnmarshalVector(f *testing.F) {
	f.Add([]byte{2, 1, 10, 1, 2, 3, 'A', 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		var v Vector
		if v.UnmarshalBinary(data) == nil {
			v.Settle().Total()
		}
	})
}
