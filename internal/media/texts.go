package media

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// The kinds that are texts.
const (
	svg      = "image/svg+xml"
	html     = "text/html"
	vtt      = "text/vtt"
	jsonText = "application/json"
)

// guessText tells texts apart by what they begin with, comments and the like left aside.
func guessText(head []byte) (Kind, bool) {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if !plainText(head) {
		return Kind{}, false
	}
	text := strings.TrimLeft(string(head), " \t\r\n")
	if rest, is := strings.CutPrefix(string(head), "WEBVTT"); is && (rest == "" || strings.ContainsAny(rest[:1], " \t\r\n")) {
		return kindOf(vtt), true
	}
	if text != "" && (text[0] == '{' || text[0] == '[') {
		return kindOf(jsonText), true
	}
	switch name := firstElement(text); name {
	case "svg":
		return kindOf(svg), true
	case "html", "head", "body", "p", "div", "h1", "h2", "h3", "article", "section", "main", "table", "ul", "ol", "figure", "!doctype html":
		return kindOf(html), true
	}
	return Kind{}, false
}

// plainText reports whether bytes are UTF-8 without control characters; the last character may be cut off.
func plainText(head []byte) bool {
	for len(head) > 0 {
		r, size := utf8.DecodeRune(head)
		if r == utf8.RuneError && size == 1 {
			return len(head) < utf8.UTFMax && !utf8.FullRune(head)
		}
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' {
			return false
		}
		head = head[size:]
	}
	return true
}

// declares is what firstElement says of a document type that declares something itself, such as entities.
const declares = "!doctype ["

// firstElement is the name of the first element of markup, in lower case, "!doctype html" or declares.
func firstElement(text string) string {
	for {
		text = strings.TrimLeft(text, " \t\r\n")
		switch {
		case strings.HasPrefix(text, "<!--"):
			_, text, _ = strings.Cut(text, "-->")
		case strings.HasPrefix(text, "<?"):
			_, text, _ = strings.Cut(text, "?>")
		case len(text) >= 14 && strings.EqualFold(text[:14], "<!doctype html"):
			return "!doctype html"
		case strings.HasPrefix(text, "<!"):
			var declaration string
			if declaration, text, _ = strings.Cut(text, ">"); strings.Contains(declaration, "[") {
				return declares
			}
		case strings.HasPrefix(text, "<"):
			name := text[1:]
			if end := strings.IndexAny(name, " \t\r\n/>"); end >= 0 {
				name = name[:end]
			}
			if _, local, prefixed := strings.Cut(name, ":"); prefixed {
				name = local
			}
			return strings.ToLower(name)
		default:
			return ""
		}
	}
}
