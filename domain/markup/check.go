package markup

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"qbank/domain/fault"
)

// Code is the code of every problem of a text.
const Code = "html.unsafe"

// The bounds of what is told of one text.
const (
	maxProblems = 20
	maxName     = 60 // characters of an element's or attribute's name
)

// Check lists what a text at a place may not hold, each element or attribute once, in the order in which they stand.
func Check(pointer, text string) []fault.Problem {
	if !strings.Contains(text, "<") {
		return nil
	}
	c := checker{pointer: pointer, told: map[string]bool{}}
	z := html.NewTokenizer(strings.NewReader(text))
	for len(c.problems) < maxProblems {
		switch z.Next() {
		case html.ErrorToken: // the end
			if len(z.Raw()) > 0 || strings.HasSuffix(text, "<") || strings.HasSuffix(text, "</") {
				c.wrong("<", fault.Say("the text ends inside a tag", "文本在标签内中断"))
			}
			return c.problems
		case html.CommentToken, html.DoctypeToken:
			c.wrong("<!", fault.Say("comments and declarations are not allowed in rich text", "富文本中不允许注释和声明"))
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			c.tag(z)
		}
	}
	return c.problems
}

// checker collects what is wrong with one text.
type checker struct {
	pointer  string
	told     map[string]bool
	problems []fault.Problem
}

func (c *checker) wrong(what string, message fault.Text) {
	if !c.told[what] && len(c.problems) < maxProblems {
		c.told[what] = true
		c.problems = append(c.problems, fault.Problem{Pointer: c.pointer, Code: Code, Message: message})
	}
}

func (c *checker) tag(z *html.Tokenizer) {
	raw, more := z.TagName()
	element := string(raw)
	if !slices.Contains(elements, element) {
		c.wrong(element, fault.Say("the element %.60q is not allowed in rich text", "富文本中不允许元素 %.60q", short(element)))
		return
	}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if attribute := string(key); attribute != "" {
			c.attribute(element, attribute, string(value))
		}
	}
}

func (c *checker) attribute(element, attribute, value string) {
	what := short(element + " " + attribute)
	rule, allowed := ruleOf(element, attribute)
	switch {
	case !allowed:
		c.wrong(what, fault.Say("the attribute %q is not allowed in rich text", "富文本中不允许属性 %q", what))
	case rule.Kind == Link && !safeLink(value):
		c.wrong(what, fault.Say("%q may only lead to https, mailto or a place beside the text", "%q 只能指向 https、mailto 或相对地址", what))
	case rule.Kind == File && !keptFile.MatchString(value):
		c.wrong(what, fault.Say("%q must name a file that is kept here: asset:<id> or its SHA-256", "%q 应引用已上传的文件：asset:<id> 或其 SHA-256", what))
	case rule.Value != nil && !rule.Value.MatchString(value):
		c.wrong(what, fault.Say("the value of %q is not allowed in rich text", "富文本中不允许属性 %q 取此值", what))
	}
}

// keptFile is how a text names a file.
var keptFile = regexp.MustCompile(`^(asset:[^\s<>"'&]{1,64}|(/v1/blobs/)?[0-9a-f]{64})$`)

var schemePattern = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*$`)

// safeLink reads an address as a browser does, which leaves out spaces and control characters before it and tabs and line ends inside it: they
// have no business in an address.
func safeLink(address string) bool {
	if strings.ContainsFunc(address, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '\\' }) || strings.TrimSpace(address) != address {
		return false
	}
	before, _, colon := strings.Cut(address, ":")
	if !colon || strings.ContainsAny(before, "/?#") {
		return true // beside the text
	}
	return schemePattern.MatchString(before) && slices.Contains(Schemes, strings.ToLower(before))
}

func short(name string) string {
	if runes := []rune(name); len(runes) > maxName {
		return string(runes[:maxName])
	}
	return name
}
