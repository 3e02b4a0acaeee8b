package media

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The bounds of a drawing.
const (
	maxElements = 100_000
	maxNesting  = 200
)

// cleanSVG writes a drawing anew from the elements and attributes on the lists. Of what is not on them, elements go with
// everything in them. Names lose their prefixes: the only name space is SVG's.
func cleanSVG(document []byte, dropped drops) ([]byte, error) {
	if !utf8.Valid(document) || bytes.ContainsRune(document, 0) {
		return nil, damaged(nil)
	}
	c := svgCleaner{in: xml.NewDecoder(bytes.NewReader(document)), dropped: dropped}
	c.in.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("only UTF-8 is read") }
	for {
		token, err := c.in.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = c.take(token)
		}
		if err != nil {
			return nil, damaged(err)
		}
	}
	if len(c.open) > 0 || !c.ended {
		return nil, damaged(errors.New("an element is not closed"))
	}
	return c.out.Bytes(), nil
}

type svgCleaner struct {
	in       *xml.Decoder
	out      bytes.Buffer
	open     []element
	ended    bool // the root was closed
	elements int
	dropped  drops
}

// element is one that is not closed yet.
type element struct {
	raw   xml.Name
	name  string
	kept  bool
	named bool // it or one above it can be drawn again by <use>
	style *strings.Builder
}

func (c *svgCleaner) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return c.start(t)
	case xml.EndElement:
		return c.end(t)
	case xml.CharData:
		c.text(string(t))
	}
	return nil // comments, processing instructions and document types are left out
}

func (c *svgCleaner) start(t xml.StartElement) error {
	if c.elements++; c.elements > maxElements || len(c.open) >= maxNesting {
		return errors.New("too many elements")
	}
	e := element{raw: t.Name, name: t.Name.Local, kept: svgElements[t.Name.Local]}
	if len(c.open) == 0 {
		if c.ended || e.name != "svg" {
			return errors.New("the root is no drawing")
		}
	} else {
		above := c.open[len(c.open)-1]
		e.named = above.named
		if e.name == "use" && above.named { // what is drawn again must not draw again: ten such levels are a billion shapes
			e.kept = false
		}
		if !above.kept {
			e.kept = false
		} else if !e.kept {
			c.dropped.add(e.name)
		}
	}
	if e.kept {
		c.out.WriteByte('<')
		c.out.WriteString(e.name)
		if len(c.open) == 0 {
			c.out.WriteString(` xmlns="http://www.w3.org/2000/svg"`)
		}
		e.named = c.attributes(t, e) || e.named
		c.out.WriteByte('>')
		if e.name == "style" {
			e.style = &strings.Builder{}
		}
	}
	c.open = append(c.open, e)
	return nil
}

// attributes writes the ones that stay and reports whether one is an id.
func (c *svgCleaner) attributes(t xml.StartElement, e element) (named bool) {
	seen := map[string]bool{}
	for _, a := range t.Attr {
		name := a.Name.Local
		if a.Name.Space == "xmlns" || (a.Name.Space == "" && name == "xmlns") {
			continue
		}
		if a.Name.Space == "xlink" && name == "href" {
			a.Name.Space = ""
		}
		root := len(c.open) == 0 && name == "id" // the drawing as a whole cannot be drawn in itself
		if a.Name.Space != "" || seen[name] || root || !svgAttributes[name] || !safeValue(name, a.Value) {
			if !root {
				c.dropped.add(e.name + " " + name)
			}
			continue
		}
		seen[name], named = true, named || name == "id"
		c.out.WriteByte(' ')
		c.out.WriteString(name)
		c.out.WriteString(`="`)
		c.escape(a.Value)
		c.out.WriteByte('"')
	}
	return named
}

func (c *svgCleaner) end(t xml.EndElement) error {
	if len(c.open) == 0 || c.open[len(c.open)-1].raw != t.Name {
		return errors.New("an end without a beginning")
	}
	e := c.open[len(c.open)-1]
	c.open = c.open[:len(c.open)-1]
	c.ended = len(c.open) == 0
	if !e.kept {
		return nil
	}
	if e.style != nil {
		if css := e.style.String(); safeCSS(css) {
			c.escape(css)
		} else {
			c.dropped.add("style")
		}
	}
	c.out.WriteString("</" + e.name + ">")
	return nil
}

func (c *svgCleaner) text(t string) {
	if len(c.open) == 0 || !c.open[len(c.open)-1].kept {
		return
	}
	if style := c.open[len(c.open)-1].style; style != nil {
		style.WriteString(t)
		return
	}
	c.escape(t)
}

var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "\r", "&#13;", "\n", "\n", "\t", "\t")

func (c *svgCleaner) escape(text string) { _, _ = xmlEscapes.WriteString(&c.out, text) }

// reference is a place of the drawing itself, which is all that a drawing may refer to.
var reference = regexp.MustCompile(`^#[\p{L}\p{N}_.:-]{1,200}$`)

// inner are the references of paints, masks and the like to places of the drawing itself.
var inner = regexp.MustCompile(`url\(\s*["']?#[\p{L}\p{N}_.:-]{1,200}["']?\s*\)`)

func safeValue(name, value string) bool {
	if name == "href" {
		return reference.MatchString(value)
	}
	if name == "style" {
		return safeCSS(value)
	}
	value = strings.ToLower(inner.ReplaceAllString(value, ""))
	return !strings.Contains(value, "url(") && !strings.Contains(value, "javascript:") && !strings.Contains(value, "data:") && !strings.Contains(value, "\\")
}

// safeCSS lets through what neither loads nor runs anything. Escapes could spell either, and rules that begin with @ can import.
func safeCSS(css string) bool {
	css = strings.ToLower(inner.ReplaceAllString(css, ""))
	for _, word := range []string{"url", "@", "\\", "expression", "javascript", "behavior", "binding", "data:", "image(", "image-set", "<"} {
		if strings.Contains(css, word) {
			return false
		}
	}
	return true
}

// svgElements draw, and nothing else: no scripts, no foreign objects, no images from elsewhere, no animation (which can set a link).
var svgElements = words(`svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan textPath
	linearGradient radialGradient stop clipPath mask pattern marker style switch
	filter feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight
	feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology feOffset fePointLight
	feSpecularLighting feSpotLight feTile feTurbulence`)

var svgAttributes = words(`id class style href lang role aria-label aria-labelledby aria-hidden version
	x y x1 y1 x2 y2 cx cy r rx ry fx fy fr dx dy d points width height viewBox preserveAspectRatio transform pathLength rotate textLength
	lengthAdjust startOffset method spacing side offset gradientUnits gradientTransform spreadMethod patternUnits patternContentUnits
	patternTransform clipPathUnits maskUnits maskContentUnits markerUnits markerWidth markerHeight refX refY orient
	fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray
	stroke-dashoffset opacity color display visibility overflow clip-path clip-rule mask filter marker-start marker-mid marker-end
	stop-color stop-opacity flood-color flood-opacity lighting-color paint-order vector-effect shape-rendering text-rendering
	color-interpolation color-interpolation-filters image-rendering mix-blend-mode isolation transform-origin
	font-family font-size font-weight font-style font-variant font-stretch text-anchor text-decoration dominant-baseline
	alignment-baseline baseline-shift letter-spacing word-spacing writing-mode direction unicode-bidi white-space
	filterUnits primitiveUnits in in2 result mode type values tableValues slope intercept amplitude exponent operator k1 k2 k3 k4 order
	kernelMatrix divisor bias targetX targetY edgeMode preserveAlpha surfaceScale diffuseConstant specularConstant specularExponent
	scale xChannelSelector yChannelSelector azimuth elevation z pointsAtX pointsAtY pointsAtZ limitingConeAngle stdDeviation radius
	baseFrequency numOctaves seed stitchTiles`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}
