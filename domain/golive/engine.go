package golive

import (
	"strconv"
	"strings"
)

// Supports reports whether a range such as ">=1.0 <2.0 || ^3.1" holds a version. What cannot be read supports nothing.
func Supports(versions, version string) bool {
	v, ok := numbers(version)
	if !ok {
		return false
	}
	for alternative := range strings.SplitSeq(versions, "||") {
		comparators, holds := strings.Fields(alternative), true
		for _, c := range comparators {
			holds = holds && within(c, v)
		}
		if holds && len(comparators) > 0 {
			return true
		}
	}
	return false
}

func within(comparator string, v [3]int) bool {
	operator := comparator[:len(comparator)-len(strings.TrimLeft(comparator, "<>=^~"))]
	rest := comparator[len(operator):]
	if rest == "*" && operator == "" {
		return true
	}
	bound, ok := numbers(rest)
	if !ok {
		return false
	}
	switch order := compare(v, bound); operator {
	case ">=":
		return order >= 0
	case ">":
		return order > 0
	case "<=":
		return order <= 0
	case "<":
		return order < 0
	case "^":
		return order >= 0 && v[0] == bound[0]
	case "~":
		return order >= 0 && v[0] == bound[0] && v[1] == bound[1]
	case "", "=":
		return order == 0
	}
	return false
}

func numbers(version string) (v [3]int, ok bool) {
	parts := strings.Split(version, ".")
	if len(parts) > len(v) {
		return v, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			return v, false
		}
		v[i] = int(n)
	}
	return v, true
}

func compare(a, b [3]int) int {
	for i := range a {
		if a[i] != b[i] {
			return a[i] - b[i]
		}
	}
	return 0
}
