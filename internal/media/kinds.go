package media

import (
	"bytes"
	"slices"

	"qbank/domain/fault"
)

// Kind is a type of file that is taken.
type Kind struct {
	Type   string   // media type, as it is served
	Limit  int64    // bytes
	Marked []mark   // any of them
	Also   []string // other names that senders give it
}

// mark is what stands at a place of every file of a kind.
type mark struct {
	at    int
	bytes string
	more  int // where a second piece stands, if one is not enough
	rest  string
}

const (
	kB = 1 << 10
	mB = 1 << 20
)

// kinds is the table of what is taken. The first that fits is what a file is. Texts have no marks: texts.go tells them apart.
var kinds = []Kind{
	{Type: "image/png", Limit: 20 * mB, Marked: []mark{{bytes: "\x89PNG\r\n\x1a\n"}}},
	{Type: "image/jpeg", Limit: 20 * mB, Marked: []mark{{bytes: "\xff\xd8\xff"}}, Also: []string{"image/jpg"}},
	{Type: "image/gif", Limit: 20 * mB, Marked: []mark{{bytes: "GIF87a"}, {bytes: "GIF89a"}}},
	{Type: "image/webp", Limit: 20 * mB, Marked: []mark{{bytes: "RIFF", more: 8, rest: "WEBP"}}},
	{Type: "audio/wav", Limit: 200 * mB, Marked: []mark{{bytes: "RIFF", more: 8, rest: "WAVE"}}, Also: []string{"audio/x-wav", "audio/wave", "audio/vnd.wave"}},
	{Type: "audio/mpeg", Limit: 200 * mB, Marked: []mark{{bytes: "ID3"}, {bytes: "\xff\xfb"}, {bytes: "\xff\xf3"}, {bytes: "\xff\xf2"}, {bytes: "\xff\xfa"}},
		Also: []string{"audio/mp3"}},
	{Type: "audio/ogg", Limit: 200 * mB, Marked: []mark{{bytes: "OggS", more: 28, rest: "\x01vorbis"}, {bytes: "OggS", more: 28, rest: "OpusHead"}},
		Also: []string{"application/ogg"}},
	{Type: "audio/flac", Limit: 200 * mB, Marked: []mark{{bytes: "fLaC"}}, Also: []string{"audio/x-flac"}},
	{Type: "audio/mp4", Limit: 200 * mB, Marked: []mark{{at: 4, bytes: "ftypM4A"}, {at: 4, bytes: "ftypM4B"}}, Also: []string{"audio/x-m4a", "audio/m4a"}},
	{Type: "video/mp4", Limit: 2048 * mB, Marked: boxed("isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "dash", "M4V ", "MSNV")},
	{Type: "video/webm", Limit: 2048 * mB, Marked: []mark{{bytes: "\x1a\x45\xdf\xa3"}}},
	{Type: "application/pdf", Limit: 100 * mB, Marked: []mark{{bytes: "%PDF-"}}},
	{Type: "font/woff2", Limit: 20 * mB, Marked: []mark{{bytes: "wOF2"}}},
	{Type: "font/woff", Limit: 20 * mB, Marked: []mark{{bytes: "wOFF"}}, Also: []string{"application/font-woff"}},
	{Type: "font/otf", Limit: 20 * mB, Marked: []mark{{bytes: "OTTO"}}},
	{Type: "font/ttf", Limit: 20 * mB, Marked: []mark{{bytes: "\x00\x01\x00\x00\x00"}, {bytes: "true\x00"}}},
	{Type: svg, Limit: 2 * mB},
	{Type: html, Limit: 2 * mB, Also: []string{"application/xhtml+xml"}},
	{Type: vtt, Limit: 2 * mB},
	{Type: jsonText, Limit: 5 * mB, Also: []string{"text/json"}},
}

// boxed are the marks of an ISO base media file (ISO/IEC 14496-12) of these brands.
func boxed(brands ...string) (marks []mark) {
	for _, brand := range brands {
		marks = append(marks, mark{at: 4, bytes: "ftyp" + brand})
	}
	return marks
}

// Head is how many bytes Guess wants to see.
const Head = 4 * kB

// Guess names the kind by the first bytes of a file. It bounds an upload before it is there; Inspect decides.
func Guess(head []byte) (Kind, error) {
	for _, k := range kinds {
		if slices.ContainsFunc(k.Marked, func(m mark) bool { return m.in(head) }) {
			return k, nil
		}
	}
	if kind, is := guessText(head); is {
		return kind, nil
	}
	if plainText(head) && firstElement(string(head)) == declares {
		return Kind{}, fault.Refuse(fault.Invalid, "resource.doctype", fault.Say(
			"the file begins with a DOCTYPE that declares something ([…]); remove the DOCTYPE, which no drawing needs",
			"文件开头的 DOCTYPE 含有内部声明（[…]）；请删除 DOCTYPE，图形文件不需要它"))
	}
	return Kind{}, unknown()
}

func (m mark) in(head []byte) bool {
	return has(head, m.at, m.bytes) && (m.rest == "" || has(head, m.more, m.rest))
}

func has(head []byte, at int, piece string) bool {
	return len(head) >= at+len(piece) && bytes.Equal(head[at:at+len(piece)], []byte(piece))
}

func kindOf(name string) Kind {
	return kinds[slices.IndexFunc(kinds, func(k Kind) bool { return k.Type == name })]
}

// Fits reports whether what a sender says of a file may stand: nothing at all, or one of the kind's names.
func (k Kind) Fits(claimed string) bool {
	return claimed == "" || claimed == "application/octet-stream" || claimed == k.Type || slices.Contains(k.Also, claimed)
}

// Types lists the media types that are taken.
func Types() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Type
	}
	return names
}

func unknown() error {
	return fault.Refuse(fault.Invalid, "resource.type_unknown", fault.Say(
		"this is no type of file that is taken; images, audio, video, PDF, SVG, HTML, WebVTT, JSON and fonts are",
		"不支持的文件类型；可上传图片、音频、视频、PDF、SVG、HTML、WebVTT、JSON 和字体")).With("types", Types())
}

func damaged(err error) error {
	return fault.Refuse(fault.Invalid, "resource.damaged", fault.Say(
		"the file is damaged, or is not what it begins like", "文件已损坏，或与其文件头不符")).Because(err)
}
