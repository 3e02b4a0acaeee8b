package textenc

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"qbank/domain/fault"
)

// Name is an encoding.
type Name string

// The encodings. GB18030 contains GBK and GB2312.
const (
	UTF8    Name = "UTF-8"
	UTF16LE Name = "UTF-16LE"
	UTF16BE Name = "UTF-16BE"
	GB18030 Name = "GB18030"
	Big5    Name = "Big5"
)

// codec is how to read one encoding.
type codec struct {
	name        Name
	encoding    encoding.Encoding
	mark        string // byte order mark
	replacement string // how U+FFFD itself is written, which is no mistake
}

// codecs, the likeliest first.
var codecs = []codec{
	{UTF8, unicode.UTF8, "\xef\xbb\xbf", "\xef\xbf\xbd"},
	{GB18030, simplifiedchinese.GB18030, "\x84\x31\x95\x33", "\x84\x31\xa4\x37"},
	{Big5, traditionalchinese.Big5, "", ""},
	{UTF16LE, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "\xff\xfe", "\xfd\xff"},
	{UTF16BE, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "\xfe\xff", "\xff\xfd"},
}

// bytewise are the encodings that contain ASCII.
var bytewise = codecs[:3]

func codecOf(name Name) (codec, error) {
	for _, c := range codecs {
		if c.name == name {
			return c, nil
		}
	}
	return codec{}, fault.Refuse(fault.Invalid, "textenc.unknown", fault.Say(
		"the encoding %q is not known; use UTF-8, UTF-16LE, UTF-16BE, GB18030 or Big5",
		"未知的编码 %q；请使用 UTF-8、UTF-16LE、UTF-16BE、GB18030 或 Big5", string(name)))
}

// decode reads as much of src as is whole characters, at the end everything. bad is where the first invalid byte
// stands, or -1; then text ends before it.
func (c codec) decode(src []byte, atEnd bool) (text []byte, used, bad int) {
	text = make([]byte, 3*len(src)+utf8.UTFMax)
	n, used, _ := c.encoding.NewDecoder().Transform(text, src, atEnd)
	text = text[:n]
	if !bytes.Contains(text, []byte("\ufffd")) {
		return text, used, -1
	}
	if bad = c.firstInvalid(src[:used], atEnd); bad < 0 {
		return text, used, -1
	}
	n, _, _ = c.encoding.NewDecoder().Transform(text, src[:bad], true)
	return text[:n], bad, bad
}

// force decodes with U+FFFD in place of what is invalid; bad is where the first such byte stands, or -1.
func (c codec) force(src []byte, atEnd bool) (text []byte, bad int) {
	text, _, bad = c.decode(src, atEnd)
	if bad < 0 {
		return text, bad
	}
	text = make([]byte, 3*len(src)+utf8.UTFMax)
	n, _, _ := c.encoding.NewDecoder().Transform(text, src, atEnd)
	return text[:n], bad
}

// firstInvalid goes character by character: decoders replace what is invalid without saying where.
func (c codec) firstInvalid(src []byte, atEnd bool) int {
	d := c.encoding.NewDecoder()
	var out [2 * utf8.UTFMax]byte
	for at := 0; at < len(src); {
		taken := 0
		for width := 1; taken == 0; width++ {
			end := min(at+width, len(src))
			last := end == len(src)
			n, used, err := d.Transform(out[:], src[at:end], last && atEnd)
			if errors.Is(err, transform.ErrShortSrc) && used == 0 {
				if last {
					return -1
				}
				continue
			}
			if used == 0 {
				return at
			}
			if r, _ := utf8.DecodeRune(out[:n]); r == utf8.RuneError && !bytes.HasPrefix(src[at:], []byte(orNever(c.replacement))) {
				return at
			}
			taken = used
		}
		at += taken
	}
	return -1
}

// orNever is a prefix that no text in Big5, which has no U+FFFD, begins with.
func orNever(s string) string {
	if s == "" {
		return "\xff\xff"
	}
	return s
}
