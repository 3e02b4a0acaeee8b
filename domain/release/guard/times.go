package guard

import (
	"maps"
	"math/bits"
	"slices"
)

// Times counts times by [Bucket]. Times of two samples are added bucket by bucket.
type Times map[int]int64

// Bucket is where a time in milliseconds is counted. A bucket is a sixteenth to a thirty-second as wide as the times in it; under 32 ms each
// has its own.
func Bucket(millis int64) int {
	millis = max(0, millis)
	shift := max(0, bits.Len64(uint64(millis))-5)
	return 16*shift + int(millis>>shift)
}

// lower is the least time of a bucket.
func lower(bucket int) float64 {
	shift := max(0, bucket/16-1)
	return float64(uint64(bucket-16*shift) << shift)
}

// Count is how many there are.
func (t Times) Count() (n int64) {
	for _, count := range t {
		n += count
	}
	return n
}

// Quantile is the time in milliseconds that a share p of them does not exceed; 0 where there are none. Within a bucket, times are taken as
// spread evenly.
func (t Times) Quantile(p float64) float64 {
	rank, before := p*float64(t.Count()), int64(0)
	last := 0.0
	for _, bucket := range slices.Sorted(maps.Keys(t)) {
		count := t[bucket]
		if count <= 0 {
			continue
		}
		from, to := lower(bucket), lower(bucket+1)
		if rank <= float64(before+count) {
			return from + (to-from)*max(0, rank-float64(before))/float64(count)
		}
		before, last = before+count, to
	}
	return last
}
