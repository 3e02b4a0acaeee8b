// Package markup says what rich text written in HTML may consist of: an allow-list of elements, of their attributes and of the addresses
// in them. What is not on it is a problem that names it:
//
//	problems := markup.Check("/stem/text", `<p onclick="x()">2 + 2?</p>`)
//	// [{"/stem/text", "html.unsafe", "p onclick is not allowed in rich text"}]
//
// Text that passes has no script, no handler and no address that runs anything, however a browser reads it: it holds no element whose
// content is read in another way than HTML's own (script, style, svg, math, noscript, template, …), no comment, and no tag that is left open
// at its end. The text is not changed: whoever wrote it decides what becomes of what is refused.
//
// A link leads to https, mailto or a place beside the text. What is loaded with the text (src, poster) is a file that is kept here: asset:<id>
// where the document lists its files, or its SHA-256. The cleaner of uploaded pages keeps by the same list.
package markup
