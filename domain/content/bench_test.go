package content_test

import (
	"testing"

	"qbank/domain/content"
)

var answer = []byte(`{"key":"k-1024","slot":"q17","response":{"choice":"a"},"event_mono":81240,"sent_mono":81300}`)

func BenchmarkDecodeAnswer(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := content.Decode(answer, content.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReferenceAnswer(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := reference(answer, content.DefaultLimits); err != nil {
			b.Fatal(err)
		}
	}
}
