package bucketing

import (
	"math"

	"github.com/twmb/murmur3"
)

// Algorithm is the name under which results can be computed again. Another way to split gets another name.
const Algorithm = "flagd-fractional@2"

// MaxTotal is the largest sum of weights.
const MaxTotal = math.MaxInt32

// Hash is MurmurHash3 (x86, 32 bit, seed 0) of the flag's key and the targeting key, one directly after the other.
func Hash(flagKey, targetingKey string) uint32 {
	var space [128]byte // keys are ids: they rarely need more
	return murmur3.Sum32(append(append(space[:0], flagKey...), targetingKey...))
}

// Bucket maps a hash to 0 … total-1, each as likely as the others: (hash × total) >> 32.
func Bucket(hash uint32, total int) int { return int(uint64(hash) * uint64(total) >> 32) }

// Choose returns which of the weights a hash falls under, -1 where their sum is 0. The weights are 0 or more, their sum is at
// most MaxTotal.
func Choose(hash uint32, weights ...int) int {
	total := 0
	for _, weight := range weights {
		total += weight
	}
	bucket, end := Bucket(hash, total), 0
	for i, weight := range weights {
		if end += weight; bucket < end {
			return i
		}
	}
	return -1
}

// Split is a candidate's share of a total; the baseline has the rest.
type Split struct {
	Candidate int // 0 … Total
	Total     int // 1 … MaxTotal
}

// In reports whether a key falls into the candidate's share.
func (s Split) In(flagKey, targetingKey string) bool {
	return Bucket(Hash(flagKey, targetingKey), s.Total) < s.Candidate
}
