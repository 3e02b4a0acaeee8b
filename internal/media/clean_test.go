package media_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	nethtml "golang.org/x/net/html"

	"qbank/domain/fault"
	"qbank/internal/media"
)

const (
	svg  = "image/svg+xml"
	html = "text/html"
)

func TestADrawingKeepsItsShapesAndLosesItsPrograms(t *testing.T) {
	t.Parallel()
	dirty := `<?xml version="1.0"?><!DOCTYPE svg><svg:svg xmlns:svg="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" id="root" onload="alert(1)" viewBox="0 0 10 10">
	<script>alert(1)</script><defs><g id="g"><circle r="3" fill="url(#paint)"/><use href="#h"/></g></defs>
	<rect width="5" height="5" style="fill: red" onclick="x()" fill="url(https://evil/x)"/>
	<svg:use xlink:href="#g"/><use href="https://evil/x.svg#a"/><use href="data:image/svg+xml,x"/>
	<a href="javascript:alert(1)"><text>hi</text></a><foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><iframe src="x"/></body></foreignObject>
	<image href="https://evil/x.png"/><animate attributeName="href" to="javascript:alert(1)"/><style>@import url(https://evil/x.css);</style>
	<style>.a { fill: url(#paint); }</style><text x="1">a &lt; b &amp; c</text></svg:svg>`
	clean, removed, err := media.Clean(svg, []byte(dirty))
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">`, `<circle r="3" fill="url(#paint)">`, `<rect width="5" height="5" style="fill: red">`,
		`<use href="#g">`, `<text x="1">a &lt; b &amp; c</text>`, `<style>.a { fill: url(#paint); }</style>`} {
		if !bytes.Contains(clean, []byte(kept)) {
			t.Errorf("%s is missing in %s", kept, clean)
		}
	}
	for _, gone := range []string{"script", "alert", "evil", "data:", "foreignObject", "iframe", "image", "animate", "import", "onclick", "DOCTYPE", `href="#h"`, "hi"} {
		if bytes.Contains(clean, []byte(gone)) {
			t.Errorf("%s is left in %s", gone, clean)
		}
	}
	for _, told := range []string{`"script" ×1`, `"svg onload" ×1`, `"use href" ×2`, `"foreignObject" ×1`, `"style" ×1`, `"use" ×1`} {
		if !slices.Contains(removed, told) {
			t.Errorf("%s is not told: %v", told, removed)
		}
	}
}

func TestAPageKeepsItsTextAndLosesItsPrograms(t *testing.T) {
	t.Parallel()
	own := strings.Repeat("a1", 32)
	dirty := `<!DOCTYPE html><html><head><title>x</title><script src="https://evil/x.js"></script></head><body onload="x()">
	<h1 class="big">题目</h1><p style="background:url(https://evil)">a <b>b</b></p><img src="/v1/blobs/` + own + `" alt="own"><img src="https://evil/x.png">
	<img src=x onerror=alert(1)><a href="https://example.org/">link</a><a href="javascript:alert(1)">bad</a><a href="data:text/html,x">worse</a>
	<iframe src="https://evil"></iframe><form action="https://evil"><input name=q></form><svg><script>alert(1)</script></svg><table><tr><td colspan="2">1</td></tr></table>
	<video controls src="` + own + `"></video></body></html>`
	clean, removed, err := media.Clean(html, []byte(dirty))
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{"<!doctype html>", "题目", "<b>b</b>", `src="/v1/blobs/` + own + `"`, `href="https://example.org/"`, "<td colspan=\"2\">1</td>", "<video controls"} {
		if !bytes.Contains(clean, []byte(kept)) {
			t.Errorf("%s is missing in %s", kept, clean)
		}
	}
	for _, gone := range []string{"script", "alert", "evil", "onerror", "iframe", "form", "input", "svg", "style", "data:"} {
		if bytes.Contains(clean, []byte(gone)) {
			t.Errorf("%s is left in %s", gone, clean)
		}
	}
	if !slices.Contains(removed, `"iframe" ×1`) || !slices.Contains(removed, `"img onerror" ×1`) {
		t.Errorf("told %v", removed)
	}
	if kind, err := media.Guess(clean); err != nil || kind.Type != html {
		t.Errorf("what is left is %v, %v", kind, err)
	}
}

func TestCleanDocumentsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	for kind, document := range map[string]string{
		svg:  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><g id="a"><path d="M0 0h1"></path></g><use href="#a"></use></svg>`,
		html: "<!doctype html><meta charset=\"utf-8\">\n<p>plain</p>",
	} {
		clean, removed, err := media.Clean(kind, []byte(document))
		if err != nil || string(clean) != document || len(removed) > 0 {
			t.Errorf("%s became %s, %v, %v", document, clean, removed, err)
		}
	}
}

func TestDrawingsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{
		"an open element": "<svg><g></svg>", "no end": "<svg>", "two roots": "<svg></svg><svg></svg>", "another root": "<html></html>", "nothing": "",
		"an entity of its own": `<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg><text>&a;</text></svg>`, "no UTF-8": "<svg>\xff</svg>",
		"another encoding": `<?xml version="1.0" encoding="utf-7"?><svg></svg>`, "a well of elements": strings.Repeat("<svg>", 300) + strings.Repeat("</svg>", 300),
	} {
		if got, _, err := media.Clean(svg, []byte(document)); !fault.Is(err, "resource.damaged") {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

var bad = []string{"script", "foreignobject", "iframe", "object", "embed", "animate", "set", "image", "link", "meta http-equiv", "form", "base"}

func FuzzCleanSVG(f *testing.F) {
	for _, seed := range []string{`<svg onload="x"><script/></svg>`, `<svg><style>a{}</style><use href="#a"/></svg>`, `<svg><a:b xmlns:a="x" a:href="javascript:x"/></svg>`,
		`<svg><text>&#13;&lt;]]&gt;</text></svg>`, "<svg style='x:\\75rl(x)'/>", "<svg><![CDATA[<script>]]></svg>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		clean, _, err := media.Clean(svg, []byte(document))
		if err != nil {
			return
		}
		again, removed, err := media.Clean(svg, clean)
		if err != nil || !bytes.Equal(again, clean) || len(removed) > 0 {
			t.Fatalf("%q\nis cleaned again to\n%q, %v, %v", clean, again, removed, err)
		}
		for d := xml.NewDecoder(bytes.NewReader(clean)); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatalf("%q: %v", clean, err)
			}
			start, is := token.(xml.StartElement)
			if !is {
				continue
			}
			if slices.Contains(bad, strings.ToLower(start.Name.Local)) || start.Name.Space != "http://www.w3.org/2000/svg" {
				t.Fatalf("%v is left in %q", start.Name, clean)
			}
			for _, a := range start.Attr {
				if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || a.Name.Local == "href" && !strings.HasPrefix(a.Value, "#") ||
					a.Name.Local != "class" && a.Name.Local != "id" && a.Name.Local != "xmlns" && strings.Contains(strings.ToLower(a.Value), "javascript:") {
					t.Fatalf("%v is left in %q", a, clean)
				}
			}
		}
	})
}

func FuzzCleanHTML(f *testing.F) {
	for _, seed := range []string{"<p>a</p>", "<img src=x onerror=y>", "<svg><p><style><a title='</style><img src onerror=x>'>", "<a href=' java\tscript:x'>", "<!--><img src=x>-->",
		"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		clean, _, err := media.Clean(html, []byte(document))
		if err != nil {
			return
		}
		if again, removed, err := media.Clean(html, clean); err != nil || !bytes.Equal(again, clean) || len(removed) > 0 {
			t.Fatalf("%q\nis cleaned again to\n%q, %v, %v", clean, again, removed, err)
		}
		root, err := nethtml.Parse(bytes.NewReader(clean)) // as a browser does, not as the cleaner does
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			if n.Type == nethtml.ElementNode && slices.Contains(bad, n.Data) {
				t.Fatalf("%s is left in %q", n.Data, clean)
			}
			for _, a := range n.Attr {
				value := strings.ToLower(strings.TrimSpace(a.Val))
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || (a.Key == "href" || a.Key == "src") && (strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:")) {
					t.Fatalf("%v is left in %q", a, clean)
				}
			}
		}
	})
}

func FuzzInspect(f *testing.F) {
	f.Add(pngOf(f, 3, 3))
	f.Add(movie("isom", 600, 6000))
	f.Add(wave(1))
	f.Add([]byte(webp))
	f.Add([]byte("<svg/>"))
	f.Fuzz(func(t *testing.T, file []byte) {
		facts, err := media.Inspect(bytes.NewReader(file))
		if err != nil && fault.Of(err) == nil {
			t.Fatal(err)
		}
		if err == nil && (!slices.Contains(media.Types(), facts.Type) || facts.Width < 0 || facts.Duration < 0) {
			t.Fatalf("%+v", facts)
		}
	})
}
