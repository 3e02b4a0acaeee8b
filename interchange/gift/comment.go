package gift

import (
	"regexp"
	"strings"
)

// Moodle's rule: anything but a bracket and control characters, where \] is a bracket; tags are stricter.
var (
	idToken  = regexp.MustCompile(`\[id:((?:\\\]|[^\]\x00-\x1f\x7f])+)\]`)
	tagToken = regexp.MustCompile("\\[tag:((?:\\\\\\]|[^\\]<>`\\x00-\\x1f\\x7f])*)\\]")
)

// readComment takes the id and the tags out of comment lines (with their //) and returns the rest.
func readComment(lines []string) (id string, tags []string, rest string) {
	var others []string
	for _, line := range lines {
		line = strings.TrimPrefix(line, "//")
		if m := idToken.FindStringSubmatch(line); m != nil && id == "" {
			id = unbracket(m[1])
		}
		// A space, not nothing, so that what stood around a token cannot become one.
		line = idToken.ReplaceAllString(line, " ")
		for _, m := range tagToken.FindAllStringSubmatch(line, -1) {
			if tag := unbracket(m[1]); tag != "" {
				tags = append(tags, tag)
			}
		}
		if line = trim(tagToken.ReplaceAllString(line, " ")); line != "" {
			others = append(others, line)
		}
	}
	return id, tags, strings.Join(others, "\n")
}

func unbracket(s string) string { return strings.ReplaceAll(trim(s), `\]`, "]") }
