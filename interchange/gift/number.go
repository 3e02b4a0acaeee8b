package gift

import (
	"math/big"
	"regexp"
	"strings"

	"qbank/domain/fault"
)

// decimal is what PHP takes for a number. The exponent is bounded so that comparing two is cheap.
var decimal = regexp.MustCompile(`^[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3})?$`)

// readNumber reads "3.14", "3.14:0.01", "3.1..3.2" or "*".
func readNumber(s string) (*Number, *complaint) {
	if s == "*" {
		return &Number{Any: true}, nil
	}
	if i := strings.Index(s, ".."); i > 0 {
		n := &Number{Min: trim(s[:i]), Max: trim(s[i+2:])}
		for _, end := range []string{n.Min, n.Max} {
			if !decimal.MatchString(end) {
				return n, notANumber(end)
			}
		}
		if rational(n.Min).Cmp(rational(n.Max)) > 0 {
			return n, &complaint{"gift.range", Error, fault.Say(
				"the range %s..%s ends before it begins; write the smaller number first",
				"区间 %s..%s 的终点小于起点；请先写较小的数", n.Min, n.Max)}
		}
		return n, nil
	}
	n := &Number{Value: trim(s)}
	if i := strings.IndexByte(s, ':'); i > 0 {
		n.Value, n.Tolerance = trim(s[:i]), trim(s[i+1:])
		if !decimal.MatchString(n.Tolerance) {
			return n, notANumber(n.Tolerance)
		}
		if rational(n.Tolerance).Sign() < 0 {
			return n, &complaint{"gift.tolerance", Error, fault.Say(
				"the tolerance %s is negative; write how far an answer may lie off", "误差 %s 为负数；请写允许的偏差", n.Tolerance)}
		}
	}
	if n.Value == "*" && n.Tolerance != "" {
		return &Number{Any: true}, nil
	}
	if !decimal.MatchString(n.Value) {
		return n, notANumber(n.Value)
	}
	return n, nil
}

func notANumber(s string) *complaint {
	return &complaint{"gift.number", Error, fault.Say(
		"%q is not a number; write digits with a point, such as 3.14, 3.14:0.01 or 3.1..3.2",
		"%q 不是数；请用数字和小数点书写，例如 3.14、3.14:0.01 或 3.1..3.2", shorten(s))}
}

func rational(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return new(big.Rat)
	}
	return r
}

// shorten keeps what people read in a message within bounds.
func shorten(s string) string {
	const most = 40
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}
