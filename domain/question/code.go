package question

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"qbank/domain/fault"
)

// Code is the short code (题号) that people read out: "Q", a number of at least six digits and a check digit.
type Code string

// damm is the quasigroup of order 10 by H. Michael Damm (2004): it finds every single wrong digit and every swap of
// neighbours.
var damm = [10][10]byte{
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3}, {4, 2, 0, 6, 8, 7, 1, 3, 5, 9}, {1, 7, 5, 0, 9, 8, 3, 4, 2, 6},
	{6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1}, {5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7},
	{9, 4, 3, 8, 6, 1, 7, 2, 0, 5}, {2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
}

// NewCode writes a number (1 … 10^15) as a code.
func NewCode(number int64) Code {
	digits := pad(strconv.FormatInt(number, 10), 6)
	return Code("Q" + digits + string('0'+checkDigit(digits)))
}

// maxTyped bounds what is looked at as a code, in bytes: the longest one, full-width and with blanks between its digits.
const maxTyped = 120

// ParseCode reads a code as people type it: any case, full-width, with blanks and hyphens, with or without zeros in front. A
// wrong check digit is the fault "question.code".
func ParseCode(typed string) (Code, error) {
	digits, isCode := strings.CutPrefix(plain(typed), "Q")
	if !isCode || len(digits) < 7 || len(digits) > 17 || strings.Trim(digits, "0123456789") != "" || checkDigit(digits) != 0 {
		return "", refuseCode(typed)
	}
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return "", refuseCode(typed)
	}
	return Code("Q" + pad(digits, 7)), nil
}

// LooksLikeCode reports whether the text was meant as a code, right or wrong, rather than as words to search for.
func LooksLikeCode(typed string) bool {
	digits, isCode := strings.CutPrefix(plain(typed), "Q")
	return isCode && len(digits) >= 6 && strings.Trim(digits, "0123456789") == ""
}

// plain is what was typed in upper case and half width, without blanks and dashes.
func plain(typed string) string {
	if len(typed) > maxTyped {
		return ""
	}
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return r
	}, width.Narrow.String(typed)))
}

func pad(digits string, length int) string {
	return strings.Repeat("0", max(0, length-len(digits))) + digits
}

func refuseCode(typed string) error {
	return fault.Refuse(fault.Invalid, "question.code",
		fault.Say("%.40q is not a question's code; check its digits", "%.40q 不是有效的题号，请核对数字", typed))
}

func checkDigit(digits string) byte {
	var interim byte
	for i := 0; i < len(digits); i++ {
		interim = damm[interim][digits[i]-'0']
	}
	return interim
}
