package itemstats_test

import (
	"fmt"
	"testing"

	"qbank/domain/itemstats"
	"qbank/domain/scoring"
)

func Example() {
	right := itemstats.Response{State: itemstats.Marked, Mark: scoring.OneMark, Tries: 1, Chosen: []itemstats.Option{{Item: "A", Right: true}}}
	wrong := itemstats.Response{State: itemstats.Marked, Tries: 1, Chosen: []itemstats.Option{{Item: "B"}}}

	tally := itemstats.New(2)
	tally.Add(itemstats.Vector{right, right})
	tally.Add(itemstats.Vector{right, wrong})
	tally.Add(itemstats.Vector{wrong, wrong})
	revised := itemstats.Vector{wrong, right}
	tally.Add(revised)
	tally.Remove(revised) // a grade changed: the attempt is taken out and comes back as it is now
	tally.Add(itemstats.Vector{right, right})

	test, item := tally.Figures(), tally.Item(0).Figures(scoring.OneMark)
	fmt.Printf("mean %.2f marks, α %.2f\n", *test.Mean.Value, *test.Alpha.Value)
	fmt.Printf("facility %.2f ± %.2f (n = %d), discrimination %.1f\n", *item.Facility.Value, *item.Facility.SE, item.Facility.N, *item.ItemRest.Value)
	for _, option := range item.Options {
		fmt.Printf("%s: %.0f%%\n", option.Item, 100**option.Share.Value)
	}
	// Output:
	// mean 1.25 marks, α 0.73
	// facility 0.75 ± 0.25 (n = 4), discrimination 57.7
	// A: 75%
	// B: 25%
}

func BenchmarkAdd(b *testing.B) {
	const items = 40
	v := make(itemstats.Vector, items)
	tally := itemstats.New(items)
	for n := 0; b.Loop(); n++ {
		for i := range v {
			v[i] = itemstats.Response{State: itemstats.Marked, Mark: scoring.OneMark * scoring.Mark((n*7919+i*104729)>>4%2), Tries: 1}
		}
		tally.Add(v)
	}
}
