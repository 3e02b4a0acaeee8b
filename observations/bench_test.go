package observations_test

import (
	"fmt"
	"testing"

	"qbank/domain/access"
	"qbank/domain/release"
	"qbank/observations"
)

// What a manifest pays for being counted: for a student who was served it a moment ago, and for one who is new.
func BenchmarkServed(b *testing.B) {
	r, err := observations.NewRecorder(nil, observations.Options{Logger: quiet, Room: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	known := student("ann")
	b.Run("known", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.Served(known, candidate)
		}
	})
	b.Run("new", func(b *testing.B) {
		actors := make([]access.Actor, 100_000)
		for i := range actors {
			actors[i] = student(fmt.Sprint("s", i))
		}
		b.ReportAllocs()
		n, other := 0, release.Served{}
		for b.Loop() {
			if n%len(actors) == 0 {
				other.Version++
				other.Release[0], other.Release[1] = byte(other.Version), byte(other.Version>>8)
			}
			r.Served(actors[n%len(actors)], other)
			n++
		}
	})
}
