package paper

import "slices"

// Draw takes count of a pool, each subset of that size equally likely, by the seed alone: the same seed draws the same. What is drawn keeps the order
// of the pool, so that those who drew the same were asked the same. All of a pool that is too small are drawn.
func Draw[T any](seed uint64, pool []T, count int) []T {
	if count >= len(pool) {
		return slices.Clone(pool)
	}
	places := make([]int, len(pool))
	for i := range places {
		places[i] = i
	}
	next := dice(seed)
	for i := range max(count, 0) { // the beginning of a Fisher–Yates shuffle
		j := i + next.below(len(places)-i)
		places[i], places[j] = places[j], places[i]
	}
	places = places[:max(count, 0)]
	slices.Sort(places)
	drawn := make([]T, len(places))
	for i, place := range places {
		drawn[i] = pool[place]
	}
	return drawn
}

// SeedOf makes the seed of one draw of an attempt: two draws of an attempt have nothing to do with each other.
func SeedOf(attempt uint64, draw string) uint64 {
	h := uint64(14695981039346656037) // FNV-1a
	for i := 0; i < len(draw); i++ {
		h = (h ^ uint64(draw[i])) * 1099511628211
	}
	return mix(attempt ^ mix(h))
}

// dice are random numbers by SplitMix64 (Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, 2014). Attempts
// rest on its numbers: it never changes.
type dice uint64

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	return mix(uint64(*d))
}

// below is a number from 0 to n-1, each equally likely.
func (d *dice) below(n int) int {
	bound := uint64(n)
	for reject := -bound % bound; ; { // the first 2^64 mod n numbers would be one too many
		if v := d.next(); v >= reject {
			return int(v % bound)
		}
	}
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
