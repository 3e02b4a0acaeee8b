package gift_test

import (
	"fmt"
	"io"
	"strings"

	"qbank/interchange/gift"
)

func Example() {
	const file = `$CATEGORY: Geography

// [id:g-1] score=2
::Capital::Which city is the capital of {~Lyon =Paris} today?

Broken { =no end
`
	r := gift.NewReader(strings.NewReader(file), gift.Options{})
	for {
		item, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		score, _ := item.Field("score")
		fmt.Println(item.Category, item.ID, item.Kind, score, item.Sentence("_____"))
		for _, p := range item.Problems {
			fmt.Printf("line %d, column %d: %s\n", p.Line, p.Column, p.Message.EN)
		}
	}
	// Output:
	// Geography g-1 single-choice 2 Which city is the capital of _____ today?
	// Geography    Broken { =no end
	// line 6, column 8: this { is not closed before the next blank line; close it, or write \{ for the character
}
