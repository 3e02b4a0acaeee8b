package media

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	nethtml "golang.org/x/net/html"

	"qbank/domain/markup"
)

// ownFile is how a page names a file that is kept here. Nothing else is loaded by a page.
var ownFile = regexp.MustCompile(`^(/v1/blobs/)?[0-9a-f]{64}$`)

// pages is what an article may consist of: what rich text may.
var pages = newPages()

func newPages() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(markup.Elements()...)
	for _, rule := range markup.Rules() {
		attribute := p.AllowAttrs(rule.Attribute)
		switch {
		case rule.Kind == markup.File:
			attribute = attribute.Matching(ownFile)
		case rule.Value != nil:
			attribute = attribute.Matching(rule.Value)
		}
		if len(rule.Elements) == 0 {
			attribute.Globally()
		} else {
			attribute.OnElements(rule.Elements...)
		}
	}
	p.AllowURLSchemes(markup.Schemes...)
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
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
