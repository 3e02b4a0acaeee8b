package markup

import (
	"regexp"
	"slices"
	"strings"
)

// Rule allows an attribute.
type Rule struct {
	Attribute string
	Elements  []string       // none: every element
	Value     *regexp.Regexp // nil: any text; addresses have rules of their own, see Kind
	Kind      Kind
}

// Kind is what an attribute's value is.
type Kind int

// The kinds of values.
const (
	Word Kind = iota // what Value matches
	Link             // where somebody may go
	File             // what is loaded with the text
)

// Schemes are those that a link may have.
var Schemes = []string{"https", "mailto"}

// elements are those that text may have.
var elements = strings.Fields(`article section main header footer aside figure figcaption h1 h2 h3 h4 h5 h6
	p div span br hr blockquote pre code kbd samp var b strong i em u s del ins mark small sub sup abbr cite q time ruby rb rt rp
	details summary wbr dl dt dd ul ol li table caption colgroup col thead tbody tfoot tr td th a img audio video source track`)

// Patterns of values.
var (
	tokens    = regexp.MustCompile(`^[\s\p{L}\p{N}_-]+$`)
	number    = regexp.MustCompile(`^[0-9]{1,6}$`)
	length    = regexp.MustCompile(`^[0-9]{1,6}%?$`)
	align     = regexp.MustCompile(`(?i)^(center|justify|left|right|char)$`)
	valign    = regexp.MustCompile(`(?i)^(baseline|bottom|middle|top)$`)
	marker    = regexp.MustCompile(`(?i)^(circle|disc|square|a|i|1)$`)
	direction = regexp.MustCompile(`(?i)^(rtl|ltr|auto)$`)
	language  = regexp.MustCompile(`^[a-zA-Z]{2,20}(-[a-zA-Z0-9]{1,8}){0,4}$`)
	name      = regexp.MustCompile(`^[\p{L}\p{N}:_.-]{1,200}$`)
	scope     = regexp.MustCompile(`(?i)^(row|col)(group)?$`)
	onOrOff   = regexp.MustCompile(`(?i)^(|controls|loop|muted|open|nowrap|reversed)$`)
)

var rules = []Rule{
	{Attribute: "class", Value: tokens},
	{Attribute: "dir", Value: direction},
	{Attribute: "lang", Value: language},
	{Attribute: "id", Value: name},
	{Attribute: "title"},
	{Attribute: "href", Elements: []string{"a"}, Kind: Link},
	{Attribute: "rel", Elements: []string{"a"}, Value: tokens},
	{Attribute: "src", Elements: []string{"img", "audio", "video", "source", "track"}, Kind: File},
	{Attribute: "poster", Elements: []string{"video"}, Kind: File},
	{Attribute: "alt", Elements: []string{"img"}},
	{Attribute: "width", Elements: []string{"img", "video", "table", "col", "colgroup", "td", "th"}, Value: length},
	{Attribute: "height", Elements: []string{"img", "video", "table", "col", "colgroup", "td", "th"}, Value: length},
	{Attribute: "controls", Elements: []string{"audio", "video"}, Value: onOrOff},
	{Attribute: "loop", Elements: []string{"audio", "video"}, Value: onOrOff},
	{Attribute: "muted", Elements: []string{"audio", "video"}, Value: onOrOff},
	{Attribute: "kind", Elements: []string{"track"}, Value: tokens},
	{Attribute: "srclang", Elements: []string{"track"}, Value: tokens},
	{Attribute: "label", Elements: []string{"track"}, Value: tokens},
	{Attribute: "open", Elements: []string{"details"}, Value: onOrOff},
	{Attribute: "type", Elements: []string{"ol", "ul", "li"}, Value: marker},
	{Attribute: "start", Elements: []string{"ol"}, Value: number},
	{Attribute: "reversed", Elements: []string{"ol"}, Value: onOrOff},
	{Attribute: "value", Elements: []string{"li"}, Value: number},
	{Attribute: "summary", Elements: []string{"table"}},
	{Attribute: "span", Elements: []string{"col", "colgroup"}, Value: number},
	{Attribute: "colspan", Elements: []string{"td", "th"}, Value: number},
	{Attribute: "rowspan", Elements: []string{"td", "th"}, Value: number},
	{Attribute: "headers", Elements: []string{"td", "th"}, Value: tokens},
	{Attribute: "abbr", Elements: []string{"td", "th"}},
	{Attribute: "scope", Elements: []string{"td", "th"}, Value: scope},
	{Attribute: "nowrap", Elements: []string{"td", "th"}, Value: onOrOff},
	{Attribute: "align", Elements: []string{"col", "colgroup", "thead", "tbody", "tfoot", "tr", "td", "th"}, Value: align},
	{Attribute: "valign", Elements: []string{"col", "colgroup", "thead", "tbody", "tfoot", "tr", "td", "th"}, Value: valign},
	{Attribute: "datetime", Elements: []string{"time"}},
}

// Elements lists the elements that text may have.
func Elements() []string { return slices.Clone(elements) }

// Rules lists the attributes that elements may have.
func Rules() []Rule { return slices.Clone(rules) }

// ruleOf is the rule for an attribute of an element; false: there is none, so it is not allowed.
func ruleOf(element, attribute string) (Rule, bool) {
	for _, r := range rules {
		if r.Attribute == attribute && (len(r.Elements) == 0 || slices.Contains(r.Elements, element)) {
			return r, true
		}
	}
	return Rule{}, false
}
