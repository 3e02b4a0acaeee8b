package graphql_test

import (
	"fmt"
	"testing"

	"qbank/domain/access"
	"qbank/projections/catalog"
	"qbank/projections/read"
)

// A list of 50 questions with 8 fields: what the door adds to the one query is the difference of the two.
func BenchmarkFiftyQuestions(b *testing.B) {
	h := open(b)
	author := h.as(b, access.Author)
	for i := range 60 {
		author.create(single(fmt.Sprint(i), 1), vars{"title": fmt.Sprint("title ", i), "subject": "math"})
	}
	b.Run("door", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			author.post([]byte(`{"query":"{ questions(first: 50) { nodes { id code state revision summary title updatedAt typeRef } } }"}`))
		}
	})
	b.Run("rows", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := h.Catalog.List(b.Context(), "school", catalog.Filter{}, catalog.Updated, read.Page{First: 50}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
