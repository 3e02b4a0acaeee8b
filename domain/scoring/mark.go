package scoring

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
)

// Fraction is a share of the marks to be had, in millionths. It may be negative: a wrong answer can cost marks.
type Fraction int64

// Mark is an amount of marks, in millionths of one mark.
type Mark int64

// Whole amounts.
const (
	Full    Fraction = 1_000_000
	OneMark Mark     = 1_000_000
)

// Of returns this fraction of max, rounded to the nearest millionth of a mark, halves away from zero. The product is
// taken in 128 bits, so nothing is lost before the rounding; a result beyond int64 becomes the nearest int64.
func (f Fraction) Of(max Mark) Mark {
	negative := (f < 0) != (max < 0)
	hi, lo := bits.Mul64(magnitude(int64(f)), magnitude(int64(max)))
	lo, carry := bits.Add64(lo, uint64(Full)/2, 0)
	hi += carry
	quotient := uint64(math.MaxUint64)
	if hi < uint64(Full) {
		quotient, _ = bits.Div64(hi, lo, uint64(Full))
	}
	quotient = min(quotient, math.MaxInt64)
	if negative {
		return -Mark(quotient)
	}
	return Mark(quotient)
}

func magnitude(i int64) uint64 {
	if i < 0 {
		return -uint64(i)
	}
	return uint64(i)
}

// String writes the fraction as a percentage, such as "33.3333%".
func (f Fraction) String() string { return strconv.FormatFloat(float64(f)/1e4, 'f', -1, 64) + "%" }

// weight is a fraction with one digit more: percentages come with five decimals, and a third and two thirds must
// add up to the whole before anything is rounded to millionths.
type weight int64

const fullWeight weight = 10_000_000

// weightOf reads a percentage.
func weightOf(percent float64) weight { return weight(math.Round(percent * 1e5)) }

// fraction rounds to millionths, halves away from zero.
func (w weight) fraction() Fraction {
	if w < 0 {
		return -Fraction((-w + 5) / 10)
	}
	return Fraction((w + 5) / 10)
}

// share returns n of total as a fraction, rounded to the nearest millionth, halves away from zero.
func share(n, total int) Fraction {
	if total == 0 {
		return 0
	}
	return Fraction((2*int64(n)*int64(Full) + int64(total)) / (2 * int64(total)))
}

// fractionOf rounds a float of a CEL expression; what is not within -1..1 is refused by the caller.
func fractionOf(f float64) (Fraction, error) {
	if math.IsNaN(f) || f < -1 || f > 1 {
		return 0, fmt.Errorf("%v is not a fraction between -1 and 1", f)
	}
	return Fraction(math.Round(f * float64(Full))), nil
}
