package content

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Hash is the lower-case hexadecimal SHA-256 of a canonical document.
type Hash string

// HashOf hashes the canonical form of a document.
func HashOf(v any) Hash { return HashBytes(Canonical(v)) }

// HashBytes hashes bytes as they are.
func HashBytes(b []byte) Hash {
	sum := sha256.Sum256(b)
	return Hash(hex.EncodeToString(sum[:]))
}

// Canonical writes a document by the JSON Canonicalization Scheme (RFC 8785): names sorted by UTF-16 units, no
// white space, numbers as ECMAScript prints them. It panics on values that Decode cannot return: that is a defect.
func Canonical(v any) []byte { return appendCanonical(nil, v) }

func appendCanonical(out []byte, v any) []byte {
	switch t := v.(type) {
	case nil:
		return append(out, "null"...)
	case bool:
		return strconv.AppendBool(out, t)
	case string:
		return AppendString(out, t)
	case float64:
		return appendNumber(out, t)
	case []any:
		out = append(out, '[')
		for i, item := range t {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendCanonical(out, item)
		}
		return append(out, ']')
	case map[string]any:
		out = append(out, '{')
		for i, name := range sortedNames(t) {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(AppendString(out, name), ':')
			out = appendCanonical(out, t[name])
		}
		return append(out, '}')
	default:
		panic("content: not a document")
	}
}

func sortedNames(object map[string]any) []string {
	names := make([]string, 0, len(object))
	ascii := true
	for name := range object {
		names = append(names, name)
		for i := 0; ascii && i < len(name); i++ {
			ascii = name[i] < utf8.RuneSelf
		}
	}
	if ascii { // bytes and UTF-16 units sort alike
		slices.Sort(names)
		return names
	}
	slices.SortFunc(names, func(a, b string) int {
		return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
	})
	return names
}

// appendNumber prints as ECMAScript's Number::toString does (ECMA-262, 6.1.6.1.20).
func appendNumber(out []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		panic("content: not a JSON number")
	}
	if f == 0 {
		return append(out, '0')
	}
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(out, f, 'f', -1, 64)
	}
	text := strconv.AppendFloat(nil, f, 'e', -1, 64)
	// Go writes at least two digits of exponent, ECMAScript as few as there are.
	if n := len(text); n >= 4 && text[n-2] == '0' && (text[n-3] == '-' || text[n-3] == '+') {
		text = append(text[:n-2], text[n-1])
	}
	return append(out, text...)
}

const hexDigits = "0123456789abcdef"

// AppendString appends a string as canonical JSON.
func AppendString(out []byte, s string) []byte {
	out = append(out, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		out = append(out, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\b':
			out = append(out, '\\', 'b')
		case '\t':
			out = append(out, '\\', 't')
		case '\n':
			out = append(out, '\\', 'n')
		case '\f':
			out = append(out, '\\', 'f')
		case '\r':
			out = append(out, '\\', 'r')
		default:
			out = append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(out, s[from:]...), '"')
}
