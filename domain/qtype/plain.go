package qtype

import (
	"html"
	"regexp"
	"strings"
)

// plainHTML takes out tags, comments, scripts and styles, and reads entities. It is for search and lists: it does not make
// anything safe to show as HTML.
func plainHTML(text string) string {
	var b strings.Builder
	for {
		start := strings.IndexByte(text, '<')
		if start < 0 || start+1 >= len(text) {
			break
		}
		if !isTagStart(text[start+1]) { // a < b
			b.WriteString(text[:start+1])
			text = text[start+1:]
			continue
		}
		b.WriteString(text[:start])
		end, isSpace := tagEnd(text[start:])
		if isSpace {
			b.WriteByte(' ')
		}
		text = text[start+end:]
	}
	b.WriteString(text)
	return html.UnescapeString(b.String())
}

func isTagStart(c byte) bool {
	return c == '/' || c == '!' || (c|0x20 >= 'a' && c|0x20 <= 'z')
}

// inline are tags that stand inside words.
var inline = map[string]bool{"b": true, "i": true, "u": true, "em": true, "strong": true, "span": true, "sub": true, "sup": true, "a": true, "font": true}

// tagEnd returns how long the tag is that text begins with, and whether it parts words.
func tagEnd(text string) (int, bool) {
	if strings.HasPrefix(text, "<!--") {
		if end := strings.Index(text, "-->"); end >= 0 {
			return end + len("-->"), false
		}
		return len(text), false
	}
	end := strings.IndexByte(text, '>')
	if end < 0 {
		return len(text), true
	}
	name := strings.ToLower(strings.TrimLeft(text[1:end], "/"))
	if at := strings.IndexAny(name, " \t\r\n/"); at >= 0 {
		name = name[:at]
	}
	if (name == "script" || name == "style") && text[1] != '/' {
		if at := strings.Index(strings.ToLower(text[end:]), "</"+name); at >= 0 {
			return end + at, true
		}
		return len(text), true
	}
	return end + 1, !inline[name]
}

var (
	markdownLink  = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	markdownStart = regexp.MustCompile(`(?m)^\s{0,3}(#{1,6}\s+|>\s?|[-*+]\s+|\d{1,3}[.)]\s+)`)
	markdownMarks = strings.NewReplacer("**", "", "__", "", "~~", "", "`", "")
	formula       = regexp.MustCompile(`\$[^$]+\$`)
)

// plainMarkdown takes out the marks of headings, lists, links and emphasis, outside formulas.
func plainMarkdown(text string) string {
	text = markdownLink.ReplaceAllString(markdownStart.ReplaceAllString(text, ""), "$1")
	var b strings.Builder
	from := 0
	for _, span := range formula.FindAllStringIndex(text, -1) {
		b.WriteString(plainHTML(markdownMarks.Replace(text[from:span[0]])))
		b.WriteString(text[span[0]:span[1]])
		from = span[1]
	}
	b.WriteString(plainHTML(markdownMarks.Replace(text[from:])))
	return b.String()
}
