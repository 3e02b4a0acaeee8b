package graphql

import (
	"github.com/google/uuid"

	"qbank/domain/scoring"
	"qbank/graphql/engine"
)

// What Go values become in answers. A nil pointer to a struct is null by itself; here is what makes null of values that stand for nothing,
// and of lists what the engine walks.

// filled gives null for "": a text that was never given.
func filled[S ~string](s S) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// chosen gives null for an enumeration's value that was never given.
func chosen[T ~string](v T) any {
	if v == "" {
		return nil
	}
	return v
}

// positive gives null for 0: a number that counts from 1, or was never given.
func positive[N int | int64 | scoring.Mark](n N) any {
	if n == 0 {
		return nil
	}
	return n
}

// since gives null for 0: an instant that has not come.
func since(micros int64) any { return positive(micros) }

// given gives null for a number that was left out, or is not defined.
func given[N int | int64 | float64](n *N) any {
	if n == nil {
		return nil
	}
	return *n
}

// anys is a list as the engine takes it.
func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// pointers are the items of a list as sources of objects.
func pointers[T any](list []T) []any {
	out := make([]any, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}

func globalIDs(typ string, ids []uuid.UUID) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = engine.GlobalID(typ, id.String())
	}
	return out
}
