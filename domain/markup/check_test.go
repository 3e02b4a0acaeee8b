package markup_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"qbank/domain/fault"
	"qbank/domain/markup"
)

var own = strings.Repeat("a1", 32)

func TestTextThatIsAllowed(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "a < b and c > d", "2 <3", "<p>题目 <b>b</b><br/>x<sub>1</sub></p>", `<a href="https://example.org/?a=1:2#x" rel="nofollow">x</a>`,
		`<a href="mailto:a@b.cn">x</a><a href="page#part:2">x</a><a href="#x">x</a>`, `<img src="asset:graph" alt="a &lt; b" width="50%">`,
		`<img src="/v1/blobs/` + own + `"><video controls poster=` + own + ` src=` + own + `></video>`,
		`<table><tr><td colspan="2" align="center">1</td></tr></table>`, `<P CLASS="big red">x</P>`, "&lt;script&gt;",
	} {
		if problems := markup.Check("/text", text); len(problems) > 0 {
			t.Errorf("%s: %+v", text, problems)
		}
	}
}

func TestWhatMayRunIsNamed(t *testing.T) {
	t.Parallel()
	for text, named := range map[string]string{
		"<script>x()</script>":                          "script",
		"<p onclick=a()>t</p>":                          "p onclick",
		"<p/onclick=a()>t":                              "p onclick",
		"<img src=asset:a onerror=x>":                   "img onerror",
		"<IMG SRC=x>":                                   "img src",
		`<img src="https://evil/x.png">`:                "img src",
		`<a href="javascript:x()">t</a>`:                "a href",
		"<a href=' java\tscript:x'>t</a>":               "a href",
		"<a href='java&Tab;script&colon;x'>t</a>":       "a href",
		`<a href="\x">t</a>`:                            "a href",
		`<a href="data:text/html,x">t</a>`:              "a href",
		`<p style="background:url(https://evil)">t</p>`: "p style",
		"<svg><style><img src onerror=x></style></svg>": "svg",
		"<math><mtext><mglyph>":                         "math",
		`<iframe srcdoc="x"></iframe>`:                  "iframe",
		"<form action=x><input></form>":                 "form",
		"<base href=//evil>":                            "base",
		"</script>":                                     "script",
		"<!--><script>-->":                              "comments",
		"<!doctype html>":                               "comments",
		"t </":                                          "inside a tag",
		"t <":                                           "inside a tag",
		"t <p onclick=a()":                              "inside a tag",
		`t <img src="`:                                  "inside a tag",
		"<p title=a title=b onclick=c>":                 "p onclick",
	} {
		problems := markup.Check("/stem/text", text)
		if len(problems) == 0 || problems[0].Pointer != "/stem/text" || problems[0].Code != "html.unsafe" ||
			!slices.ContainsFunc(problems, func(p fault.Problem) bool { return strings.Contains(p.Message.EN, named) && p.Message.ZH != "" }) {
			t.Errorf("%s: want %q named, got %+v", text, named, problems)
		}
	}
}

func TestAProblemIsToldOnceAndTheListIsBounded(t *testing.T) {
	t.Parallel()
	if got := markup.Check("", strings.Repeat("<p onclick=x>", 1000)); len(got) != 1 {
		t.Errorf("told %d times", len(got))
	}
	var many strings.Builder
	for i := range 1000 {
		many.WriteString("<x" + strings.Repeat("y", i+1) + ">")
	}
	if got := markup.Check("", many.String()); len(got) == 0 || len(got) > 20 {
		t.Errorf("%d problems", len(got))
	}
}

// What passes has, as a browser reads it, nothing that runs: with scripts on or off, on its own, before other markup and inside of some.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"<p>a</p>", "<img src=asset:a>", "<svg><p><style><a title='</style><img src onerror=x>'>", "<a href=' java\tscript:x'>", "<!--><img src=x>-->",
		"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<p title='<script>'>a</p>", "<table><a href=https:x><td>", "a<", "<p", "</", "<p onclick=x", "<a href=x:y>",
		"<a href=/x:y>", "&lt;script>", "<P CLASS=x>", "<ruby><rb>", "<a href='//x'>", "\x00<p\x00onclick=x>", "<p\fid=x>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(markup.Check("", text)) > 0 {
			return
		}
		for _, scripting := range []bool{true, false} {
			for _, inside := range []atom.Atom{atom.Div, atom.P, atom.Td} {
				nodes, err := html.ParseFragmentWithOptions(strings.NewReader(text+`<i title="x">after</i>`),
					&html.Node{Type: html.ElementNode, Data: inside.String(), DataAtom: inside}, html.ParseOptionEnableScripting(scripting))
				if err != nil {
					return // deeper than it reads
				}
				for _, n := range nodes {
					harmless(t, text, n)
					for below := range n.Descendants() {
						harmless(t, text, below)
					}
				}
			}
		}
	})
}

func harmless(t *testing.T, text string, n *html.Node) {
	t.Helper()
	if n.Type == html.CommentNode {
		t.Fatalf("%q has a comment", text)
	}
	if n.Type != html.ElementNode {
		return
	}
	if n.Namespace != "" || slices.Contains([]string{"script", "style", "iframe", "object", "embed", "form", "input", "base", "meta", "link", "svg", "math", "template"}, n.Data) {
		t.Fatalf("%q has %s", text, n.Data)
	}
	for _, a := range n.Attr {
		value := strings.ToLower(strings.Map(func(r rune) rune {
			if r <= ' ' {
				return -1
			}
			return r
		}, a.Val))
		address := a.Key == "href" || a.Key == "src" || a.Key == "poster"
		if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" || address && (strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:") || strings.HasPrefix(value, "vbscript:")) {
			t.Fatalf("%q has %s %v", text, n.Data, a)
		}
	}
}
