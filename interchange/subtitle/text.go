package subtitle

import (
	"regexp"
	"strings"
)

// Tidy trims the lines of a text and drops blank ones: a blank line would end the cue.
func Tidy(text string) string {
	var lines []string
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

var (
	tagsOf = map[Format]*regexp.Regexp{
		SRT: regexp.MustCompile(`</?[A-Za-z][^<>]*>|\{\\[^{}]*\}`), // {\an8} is a position
		VTT: regexp.MustCompile(`<[^<>]*>`),
	}
	entities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&nbsp;", "\u00a0", "&lrm;", "\u200e", "&rlm;", "\u200f", "&#123;", "{")
	// escapes write what would be read as something else.
	escapes = map[Format]*strings.Replacer{
		SRT: strings.NewReplacer("&", "&amp;", "<", "&lt;", "-->", "--&gt;", `{\`, `&#123;\`),
		VTT: strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;"),
	}
)

// plain is a cue's text without its tags.
func (r *reader) plain(text string) string {
	return entities.Replace(tagsOf[r.format].ReplaceAllString(text, ""))
}
