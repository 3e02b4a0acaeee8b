package compare

import (
	"strings"

	"github.com/rivo/uniseg"
)

// tokens cuts a text into what is compared: words, spaces, signs, and by the format of the text tags and commands.
// Joined, they are the text.
func tokens(text, format string) []string {
	tags := format == "html" || format == "markdown" || format == "moodle"
	commands := tags || format == "latex"
	var out []string
	state := -1
	for text != "" {
		n := 0
		switch {
		case tags && text[0] == '<':
			n = tag(text)
		case tags && text[0] == '&':
			n = entity(text)
		case commands && text[0] == '\\':
			n = command(text)
		}
		if n > 0 {
			out, text, state = append(out, text[:n]), text[n:], -1
			continue
		}
		var word string
		word, text, state = uniseg.FirstWordInString(text, state)
		out = append(out, word)
	}
	return out
}

// maxTag is how long a tag may be, bytes; what goes on longer is a sign like any other, so that no text is searched over and over.
const maxTag = 2000

// tag is the length of the tag or comment that text begins with, or 0.
func tag(text string) int {
	if len(text) < 2 || !(letter(text[1]) || text[1] == '/' || text[1] == '!') {
		return 0
	}
	closing := ">"
	if strings.HasPrefix(text, "<!--") {
		closing = "-->"
	}
	if at := strings.Index(text[:min(len(text), maxTag)], closing); at >= 0 {
		return at + len(closing)
	}
	return 0
}

// entity is the length of an entity such as &amp; or &#8230;, or 0.
func entity(text string) int {
	for i := 1; i < min(len(text), 12); i++ {
		switch c := text[i]; {
		case c == ';' && i > 1:
			return i + 1
		case !letter(c) && (c < '0' || c > '9') && (c != '#' || i > 1):
			return 0
		}
	}
	return 0
}

// command is the length of a command such as \frac, \\ or \{, or 0.
func command(text string) int {
	n := 1
	for n < len(text) && letter(text[n]) {
		n++
	}
	if n == 1 && len(text) > 1 && text[1] < 0x80 {
		return 2
	}
	if n == 1 {
		return 0
	}
	return n
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
