package compare

import "slices"

// maxDistance bounds how many tokens may differ before a text counts as written anew.
const maxDistance = 1500

// shortest finds a shortest sequence of insertions and deletions that leads from a to b: the greedy algorithm of Myers, "An O(ND)
// Difference Algorithm and Its Variations", 1986. Each step is taken from left; found is false where it runs out or the texts are too far apart.
func shortest(a, b []string, left *int) (ops []Op, found bool) {
	x, y := numbered(a, b)
	n, m := len(x), len(y)
	most := min(n+m, maxDistance)
	reach := make([]int32, 2*most+3) // furthest place on a for each diagonal, from -most-1 to most+1
	at := func(k int) *int32 { return &reach[k+most+1] }
	var trace [][]int32 // reach before each round d, for diagonals -d to d
	for d := 0; d <= most; d++ {
		trace = append(trace, slices.Clone(reach[most+1-d:most+2+d]))
		for k := -d; k <= d; k += 2 {
			var i int32
			if k == -d || (k != d && *at(k - 1) < *at(k + 1)) {
				i = *at(k + 1) // down: an insertion
			} else {
				i = *at(k - 1) + 1 // right: a deletion
			}
			from := i
			for int(i) < n && int(i)-k < m && x[i] == y[int(i)-k] {
				i++
			}
			*at(k) = i
			if *left -= 1 + int(i-from); *left < 0 {
				return nil, false
			}
			if int(i) >= n && int(i)-k >= m {
				return back(trace, n, m), true
			}
		}
	}
	return nil, false
}

// back follows the rounds from the end to the beginning.
func back(trace [][]int32, i, j int) []Op {
	ops := make([]Op, 0, i+j)
	for d := len(trace) - 1; d > 0; d-- {
		reach := func(k int) int { return int(trace[d][k+d]) } // what round d started from
		k := i - j
		op, previous := Deleted, k-1
		if k == -d || (k != d && reach(k-1) < reach(k+1)) {
			op, previous = Inserted, k+1
		}
		start := reach(previous)
		for i > start && j > start-previous {
			ops = append(ops, Equal)
			i, j = i-1, j-1
		}
		ops = append(ops, op)
		i, j = start, start-previous
	}
	for ; i > 0; i-- {
		ops = append(ops, Equal)
	}
	slices.Reverse(ops)
	return ops
}

// numbered gives equal tokens equal numbers, which are quicker to compare.
func numbered(a, b []string) (x, y []int32) {
	known := map[string]int32{}
	number := func(tokens []string) []int32 {
		out := make([]int32, len(tokens))
		for i, token := range tokens {
			n, is := known[token]
			if !is {
				n = int32(len(known)) //nolint:gosec // a content has fewer bytes
				known[token] = n
			}
			out[i] = n
		}
		return out
	}
	return number(a), number(b)
}
