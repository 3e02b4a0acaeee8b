package gift

import (
	"strconv"
	"strings"
)

// Fraction is a share of an item's mark in hundred-thousandths of a percent, which is how exactly Moodle keeps it:
// 33.33333 % is 3,333,333. It lies between -Full and Full.
type Fraction int64

// Full is 100 %.
const Full Fraction = 10_000_000

// listed are the weights that Moodle offers, and, but for the sign, the only ones it takes.
var listed = [...]Fraction{
	0, Full, 9_000_000, 8_333_333, 8_000_000, 7_500_000, 7_000_000, 6_666_667, 6_000_000, 5_000_000, 4_000_000,
	3_333_333, 3_000_000, 2_500_000, 2_000_000, 1_666_667, 1_428_571, 1_250_000, 1_111_111, 1_000_000, 500_000,
}

// snap returns the listed weight that f stands for: Moodle takes 33.333 for 33.33333, but not 33.33.
func (f Fraction) snap() (Fraction, bool) {
	const near = 100 // 0.001 %
	for _, l := range listed {
		if f >= 0 && -near < f-l && f-l < near {
			return l, true
		}
		if f < 0 && -near < f+l && f+l < near {
			return -l, true
		}
	}
	return f, false
}

// String returns the percentage, without a sign for percent: "33.33333", "-50".
func (f Fraction) String() string {
	sign, n := "", int64(f)
	if n < 0 {
		sign, n = "-", -n
	}
	s := strconv.FormatInt(n/100_000, 10)
	if rest := n % 100_000; rest > 0 {
		s += "." + strings.TrimRight(strconv.FormatInt(100_000+rest, 10)[1:], "0")
	}
	return sign + s
}

// parsePercent reads a percentage of the form -12.5, rounding what is smaller than a Fraction. It fails outside
// -100 … 100.
func parsePercent(s string) (Fraction, bool) {
	sign := Fraction(1)
	if rest, negative := strings.CutPrefix(s, "-"); negative {
		sign, s = -1, rest
	}
	whole, part, _ := strings.Cut(s, ".")
	w, err := strconv.ParseUint(whole, 10, 32)
	if err != nil || w > 100 {
		return 0, false
	}
	part = (part + "000000")[:6]
	p, err := strconv.ParseUint(part, 10, 32)
	if err != nil {
		return 0, false
	}
	f := Fraction(w)*100_000 + Fraction((p+5)/10)
	return sign * f, f <= Full
}

// weight takes a leading %…% off a text, if it has the form that Moodle knows.
func weight(s string) (percent, rest string, found bool) {
	if !strings.HasPrefix(s, "%") {
		return "", s, false
	}
	end := strings.IndexByte(s[1:], '%')
	if end < 0 {
		return "", s, false
	}
	percent = s[1 : 1+end]
	whole, part, _ := strings.Cut(strings.TrimLeft(percent, "-"), ".")
	if whole == "" || !digits(whole) || !digits(part) {
		return "", s, false
	}
	return percent, s[end+2:], true
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
