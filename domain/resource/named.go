package resource

import (
	"qbank/domain/content"
)

// hashLength is that of a SHA-256 in hexadecimal digits.
const hashLength = 64

// IsHash reports whether a text is the hash of a file.
func IsHash(text string) bool { return len(text) == hashLength && digits(text) == hashLength }

// Named counts the hashes that stand in the strings of a document, wherever that is: as the whole string, or as a part of a text, such as
// the address of a picture. What it finds too much only keeps a file that could go.
func Named(document any) map[content.Hash]int {
	found := map[content.Hash]int{}
	Count(found, document, 1)
	return found
}

// Count adds n to the count of each hash in a document, for each time that it stands there.
func Count(into map[content.Hash]int, document any, n int) {
	switch t := document.(type) {
	case map[string]any:
		for _, value := range t {
			Count(into, value, n)
		}
	case []any:
		for _, item := range t {
			Count(into, item, n)
		}
	case string:
		for len(t) >= hashLength {
			run := digits(t)
			if run == hashLength {
				into[content.Hash(t[:run])] += n
			}
			t = t[min(run+1, len(t)):]
		}
	}
}

// digits is how many hexadecimal digits a text begins with.
func digits(text string) int {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return i
		}
	}
	return len(text)
}

// Mentions reports whether a JSON text may hold a hash, which is quicker than to read it.
func Mentions(text []byte) bool {
	run := 0
	for _, c := range text {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			if run == hashLength {
				return true
			}
			run = -1
		}
		run++
	}
	return run == hashLength
}
