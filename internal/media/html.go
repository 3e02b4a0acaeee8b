package media

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	nethtml "golang.org/x/net/html"
)

// ownFile is how a page names a file that is kept here. Nothing else is loaded by a page.
var ownFile = regexp.MustCompile(`^(/v1/blobs/)?[0-9a-f]{64}$`)

// pages is what an article may consist of.
var pages = newPages()

func newPages() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowStandardAttributes()
	p.AllowAttrs("class").Matching(bluemonday.SpaceSeparatedTokens).Globally()
	p.AllowElements("article", "section", "main", "header", "footer", "aside", "figure", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6",
		"p", "div", "span", "br", "hr", "blockquote", "pre", "code", "kbd", "samp", "var", "b", "strong", "i", "em", "u", "s", "del", "ins", "mark",
		"small", "sub", "sup", "abbr", "cite", "q", "time", "ruby", "rb", "rt", "rp", "details", "summary", "wbr", "dl", "dt", "dd")
	p.AllowLists()
	p.AllowTables()
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "mailto")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AllowAttrs("src").Matching(ownFile).OnElements("img", "audio", "video", "source", "track")
	p.AllowAttrs("poster").Matching(ownFile).OnElements("video")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("width", "height").Matching(bluemonday.NumberOrPercent).OnElements("img", "video")
	p.AllowAttrs("controls", "loop", "muted").Matching(regexp.MustCompile(`^(|controls|loop|muted)$`)).OnElements("audio", "video")
	p.AllowAttrs("kind", "srclang", "label").Matching(bluemonday.SpaceSeparatedTokens).OnElements("track")
	p.AllowAttrs("open").Matching(regexp.MustCompile(`^(|open)$`)).OnElements("details")
	p.SkipElementsContent("script", "style", "iframe", "object", "embed", "template", "noscript", "svg", "math", "title")
	return p
}

// pageHead begins every page that is kept: what is left of a page's own head would be nothing.
const pageHead = "<!doctype html><meta charset=\"utf-8\">\n"

// cleanHTML keeps the body of a page. Links to other pages stay, for nobody follows them without wanting to.
func cleanHTML(document []byte, dropped drops) ([]byte, error) {
	if !utf8.Valid(document) || bytes.ContainsRune(document, 0) {
		return nil, damaged(nil)
	}
	document = bytes.TrimPrefix(document, []byte("\xef\xbb\xbf"))
	document = bytes.TrimPrefix(document, []byte(pageHead))
	clean := append([]byte(pageHead), bytes.TrimSpace(pages.SanitizeBytes(document))...)
	before, after := census(document), census(clean)
	for what, count := range before {
		for range count - after[what] {
			dropped.add(what)
		}
	}
	return clean, nil
}

// frame are elements that only hold a page together; that they go is no loss worth telling.
var frame = map[string]bool{"html": true, "head": true, "body": true, "meta": true, "title": true}

// census counts elements and attributes.
func census(document []byte) map[string]int {
	counts := map[string]int{}
	for z := nethtml.NewTokenizer(bytes.NewReader(document)); ; {
		switch z.Next() {
		case nethtml.ErrorToken:
			return counts
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			raw, more := z.TagName()
			name := string(raw)
			if frame[name] {
				continue
			}
			counts[name]++
			for more {
				var key []byte
				if key, _, more = z.TagAttr(); len(key) > 0 {
					counts[name+" "+strings.ToLower(string(key))]++
				}
			}
		}
	}
}
