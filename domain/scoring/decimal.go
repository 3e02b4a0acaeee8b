package scoring

import (
	"math/big"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Bounds on a number as written: nobody answers a question with more, and exact arithmetic stays quick.
const (
	maxNumberBytes    = 200
	maxNumberExponent = 400
)

// ParseNumber reads a number as students and authors write it and returns it exactly. It accepts full-width digits and signs,
// the minus sign U+2212, scientific notation (1.5e-3, 1.5×10^-3, 1.5×10⁻³), and both decimal conventions:
//
//   - where '.' and ',' both stand, the last one is the decimal sign and the other groups thousands;
//   - a single ',' followed by exactly three digits groups thousands (1,500 is fifteen hundred), unless the number begins
//     with zero (0,500 is a half); any other single ',' is the decimal sign (1,5 is one and a half);
//   - a '.' alone is always the decimal sign;
//   - spaces and apostrophes may group thousands.
func ParseNumber(text string) (*big.Rat, bool) {
	if len(text) > maxNumberBytes {
		return nil, false
	}
	text = strings.TrimSpace(norm.NFKC.String(raisedDigits(text)))
	text, negative := cutSign(text)
	mantissa, exponent, ok := splitExponent(text)
	if !ok {
		return nil, false
	}
	whole, decimals, ok := splitDecimals(mantissa)
	if !ok {
		return nil, false
	}
	value, ok := new(big.Int).SetString(whole+decimals, 10)
	if !ok {
		return nil, false
	}
	if negative {
		value.Neg(value)
	}
	exponent -= len(decimals)
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(exponent, -exponent))), nil)
	if exponent < 0 {
		return new(big.Rat).SetFrac(value, power), true
	}
	return new(big.Rat).SetInt(value.Mul(value, power)), true
}

// cutSign takes one sign off, and the spaces behind it.
func cutSign(text string) (rest string, negative bool) {
	for _, sign := range []string{"-", "−", "+"} {
		if rest, found := strings.CutPrefix(text, sign); found {
			return strings.TrimLeft(rest, " "), sign != "+"
		}
	}
	return text, false
}

// raisedDigits writes superscripts after a caret: NFKC would make 105 of 10⁵.
func raisedDigits(text string) string {
	if !strings.ContainsAny(text, raised) {
		return text
	}
	var b strings.Builder
	inside := false
	for _, r := range text {
		i := strings.IndexRune(raised, r)
		if i < 0 {
			inside = false
			b.WriteRune(r)
			continue
		}
		if !inside {
			b.WriteByte('^')
			inside = true
		}
		b.WriteByte(plain[len([]rune(raised[:i]))])
	}
	return b.String()
}

const (
	raised = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
	plain  = "0123456789+-"
)

var tenTo = strings.NewReplacer("×10^", "e", "x10^", "e", "X10^", "e", "*10^", "e", "·10^", "e", "−", "-", "E", "e")

func splitExponent(text string) (mantissa string, exponent int, ok bool) {
	at := strings.IndexAny(text, "eE×xX*·")
	if at < 0 {
		return text, 0, true
	}
	tail := tenTo.Replace(strings.ReplaceAll(text[at:], " ", ""))
	if !strings.HasPrefix(tail, "e") {
		return "", 0, false
	}
	tail = strings.TrimPrefix(tail[1:], "+")
	if len(tail) > 5 || !isDigits(strings.TrimPrefix(tail, "-")) {
		return "", 0, false
	}
	exponent, err := strconv.Atoi(tail)
	if err != nil || exponent > maxNumberExponent || exponent < -maxNumberExponent {
		return "", 0, false
	}
	return strings.TrimRight(text[:at], " "), exponent, true
}

// splitDecimals returns the digits before and after the decimal sign, without what groups them.
func splitDecimals(text string) (whole, decimals string, ok bool) {
	dot, comma := strings.LastIndexByte(text, '.'), strings.LastIndexByte(text, ',')
	sign := dot
	switch {
	case comma > dot && (dot >= 0 || isDecimalComma(text, comma)):
		sign = comma
	case dot >= 0 && strings.Count(text, ".") > 1:
		return "", "", false
	}
	whole = text
	if sign >= 0 {
		whole, decimals = text[:sign], text[sign+1:]
		if decimals != "" && !isDigits(decimals) {
			return "", "", false
		}
	}
	if whole == "" {
		return "0", decimals, decimals != ""
	}
	whole, ok = ungroup(whole)
	return whole, decimals, ok
}

func isDecimalComma(text string, comma int) bool {
	if strings.Count(text, ",") > 1 {
		return false
	}
	return len(text)-comma-1 != 3 || strings.HasPrefix(text, "0") || comma == 0 || comma > 3
}

// ungroup joins groups of thousands, which all use the same sign.
func ungroup(text string) (string, bool) {
	at := strings.IndexAny(text, ",. '’")
	if at < 0 {
		return text, isDigits(text)
	}
	sign := string([]rune(text[at:])[0])
	groups := strings.Split(text, sign)
	if !isDigits(groups[0]) || len(groups[0]) > 3 {
		return "", false
	}
	for _, group := range groups[1:] {
		if len(group) != 3 || !isDigits(group) {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

func isDigits(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
