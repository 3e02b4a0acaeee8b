package sized_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"qbank/internal/sized"
)

// Whatever is added and asked for, the cache holds what was used last, as far as it fits, and nothing else.
func TestACacheHoldsWhatWasUsedLast(t *testing.T) {
	t.Parallel()
	const overhead = 200
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(0, 5_000).Draw(t, "bytes")
		cache := sized.New[int](most, func(size int) int { return size })
		var used []int // the latest last
		sizes := map[int]int{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			key := rapid.IntRange(0, 9).Draw(t, "key")
			at := slices.Index(used, key)
			if rapid.Bool().Draw(t, "ask") {
				got, known := cache.Get(key)
				if known != (at >= 0) || known && got != sizes[key] {
					t.Fatalf("%d is %d, %v; used last were %v", key, got, known, used)
				}
				if known {
					used = append(slices.Delete(used, at, at+1), key)
				}
				continue
			}
			size := rapid.IntRange(0, 2_000).Draw(t, "size")
			cache.Add(key, size)
			if at >= 0 {
				used = slices.Delete(used, at, at+1)
			}
			if size+overhead > most {
				continue
			}
			used, sizes[key] = append(used, key), size
			for held := 0; ; held = 0 {
				for _, k := range used {
					held += sizes[k] + overhead
				}
				if held <= most {
					break
				}
				used = used[1:]
			}
		}
	})
}
