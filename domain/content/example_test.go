package content_test

import (
	"fmt"

	"qbank/domain/content"
)

// Two authors edit one question: one corrects an option, the other puts a new one above it.
func ExampleMerge() {
	read := func(text string) any {
		document, err := content.Decode([]byte(text), content.Limits{})
		if err != nil {
			panic(err)
		}
		return document
	}
	base := read(`{"options":[{"id":"a","text":"Pairs"},{"id":"b","text":"Rome"}]}`)
	ours := read(`{"options":[{"id":"a","text":"Paris"},{"id":"b","text":"Rome"}]}`)
	theirs := read(`{"options":[{"id":"c","text":"Oslo"},{"id":"a","text":"Pairs"},{"id":"b","text":"Rome"}]}`)

	for _, change := range content.Diff(base, ours) {
		fmt.Println(change.Op, change.Path, change.Before, "→", change.After)
	}
	merged, conflicts := content.Merge(base, ours, theirs)
	fmt.Println(string(content.Canonical(merged)), len(conflicts))
	// Output:
	// set [options #a text] Pairs → Paris
	// {"options":[{"id":"c","text":"Oslo"},{"id":"a","text":"Paris"},{"id":"b","text":"Rome"}]} 0
}
