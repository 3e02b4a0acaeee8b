package content

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"qbank/domain/fault"
)

// Limits bound what Decode accepts. The zero value means DefaultLimits.
type Limits struct {
	Bytes int // of the encoded document
	Depth int // nested arrays and objects
	Nodes int // values, members and items together
}

// DefaultLimits suit one question: a long passage with formulas fits, an attack does not.
var DefaultLimits = Limits{Bytes: 1 << 20, Depth: 32, Nodes: 50_000}

// maxSafeInteger is the largest integer below which float64 tells all integers apart (2^53 - 1, as in I-JSON, RFC 7493).
const maxSafeInteger = 1<<53 - 1

// Decode reads exactly one JSON document. Refusals are faults of code "json.*" with the pointer and the byte offset.
func Decode(data []byte, limits Limits) (any, error) {
	if limits == (Limits{}) {
		limits = DefaultLimits
	}
	if len(data) > limits.Bytes {
		return nil, fault.Refuse(fault.Limit, "json.too_large",
			fault.Say("the document has %d bytes, the limit is %d", "文档有 %d 字节，上限为 %d", len(data), limits.Bytes))
	}
	if at := invalidUTF8(data); at >= 0 {
		return nil, refuse("", int64(at), "json.utf8", fault.Say("invalid UTF-8", "不是有效的 UTF-8"))
	}
	p := parser{data: data, limits: limits}
	value, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(data) {
		return nil, p.syntax(fault.Say("text after the end of the document", "文档结束后还有内容"))
	}
	return value, nil
}

// parser reads a document in one pass. (Answers of a whole class in one second pass here: encoding/json takes four times as long.)
type parser struct {
	data   []byte // valid UTF-8
	at     int
	limits Limits
	nodes  int
	path   []step // where the value being read stands, for refusals
}

// step is a member's name, or an item's index.
type step struct {
	name  string
	index int // -1: a member
}

func (p *parser) value(depth int) (any, error) {
	if p.nodes++; p.nodes > p.limits.Nodes {
		return nil, fault.Refuse(fault.Limit, "json.too_many", fault.Say("more than %d values", "超过 %d 个值", p.limits.Nodes))
	}
	switch p.space() {
	case '{', '[':
		if depth >= p.limits.Depth {
			return nil, fault.Refuse(fault.Limit, "json.too_deep", fault.Say("nested deeper than %d levels", "嵌套超过 %d 层", p.limits.Depth))
		}
		p.at++
		if p.data[p.at-1] == '[' {
			return p.array(depth + 1)
		}
		return p.object(depth + 1)
	case '"':
		return p.text()
	case 't':
		return true, p.word("true")
	case 'f':
		return false, p.word("false")
	case 'n':
		return nil, p.word("null")
	default:
		return p.number()
	}
}

// space skips white space and returns the byte behind it, 0 at the end.
func (p *parser) space() byte {
	for ; p.at < len(p.data); p.at++ {
		switch c := p.data[p.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (p *parser) word(w string) error {
	if !bytes.HasPrefix(p.data[p.at:], []byte(w)) {
		return p.notJSON()
	}
	p.at += len(w)
	return nil
}

func (p *parser) array(depth int) (any, error) {
	list := []any{}
	if p.space() == ']' {
		p.at++
		return list, nil
	}
	p.path = append(p.path, step{})
	for {
		p.path[len(p.path)-1].index = len(list)
		item, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
		switch p.space() {
		case ',':
			p.at++
		case ']':
			p.at++
			p.path = p.path[:len(p.path)-1]
			return list, nil
		default:
			p.path = p.path[:len(p.path)-1]
			return nil, p.syntax(fault.Say("a comma or the end of the array is expected", "此处应为逗号或数组结束"))
		}
	}
}

func (p *parser) object(depth int) (any, error) {
	object := map[string]any{}
	if p.space() == '}' {
		p.at++
		return object, nil
	}
	for {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		p.path = append(p.path, step{name, -1})
		if _, twice := object[name]; twice {
			return nil, p.refuse("json.duplicate_name", fault.Say("the name stands twice", "成员名重复"))
		}
		if object[name], err = p.value(depth); err != nil {
			return nil, err
		}
		p.path = p.path[:len(p.path)-1]
		switch p.space() {
		case ',':
			p.at++
		case '}':
			p.at++
			return object, nil
		default:
			return nil, p.syntax(fault.Say("a comma or the end of the object is expected", "此处应为逗号或对象结束"))
		}
	}
}

func (p *parser) name() (string, error) {
	if p.space() != '"' {
		return "", p.syntax(fault.Say("a member's name is expected", "此处应为成员名"))
	}
	name, err := p.text()
	if err == nil && p.space() != ':' {
		err = p.syntax(fault.Say("a colon is expected", "此处应为冒号"))
	}
	p.at++
	return name, err
}

// text reads a string. Most have no escapes and are copied as they are.
func (p *parser) text() (string, error) {
	from := p.at + 1
	for p.at = from; p.at < len(p.data); p.at++ {
		switch c := p.data[p.at]; {
		case c == '"':
			p.at++
			return string(p.data[from : p.at-1]), nil
		case c == '\\':
			return p.escaped(bytes.Clone(p.data[from:p.at]))
		case c < ' ':
			return "", p.control(c)
		}
	}
	return "", p.notJSON()
}

// escaped reads the rest of a string from its first escape on.
func (p *parser) escaped(out []byte) (string, error) {
	for p.at < len(p.data) {
		switch c := p.data[p.at]; {
		case c == '"':
			p.at++
			return string(out), nil
		case c < ' ':
			return "", p.control(c)
		case c != '\\':
			out = append(out, c)
			p.at++
		default:
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		}
	}
	return "", p.notJSON()
}

const (
	escapes  = `"\/bfnrt`
	meanings = "\"\\/\b\f\n\r\t"
)

// escape reads one escape, or the two of a surrogate pair.
func (p *parser) escape() (rune, error) {
	if p.at+1 >= len(p.data) {
		return 0, p.notJSON()
	}
	if i := strings.IndexByte(escapes, p.data[p.at+1]); i >= 0 {
		p.at += 2
		return rune(meanings[i]), nil
	}
	r, ok := p.hex(p.at)
	switch {
	case !ok:
		return 0, p.notJSON()
	case r == 0:
		return 0, p.noText()
	case !utf16.IsSurrogate(r):
		p.at += 6
		return r, nil
	}
	low, _ := p.hex(p.at + 6)
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, p.noText()
	}
	p.at += 12
	return r, nil
}

// hex reads \uXXXX.
func (p *parser) hex(at int) (rune, bool) {
	if at+6 > len(p.data) || p.data[at] != '\\' || p.data[at+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range p.data[at+2 : at+6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func (p *parser) number() (any, error) {
	from := p.at
	whole, ok := p.digits()
	if !ok {
		p.at = from
		return nil, p.notJSON()
	}
	literal := string(p.data[from:p.at])
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil || (whole && math.Abs(f) > maxSafeInteger && string(appendNumber(nil, f)) != literal) {
		return nil, p.refuse("json.number",
			fault.Say("the number %.40s cannot be kept exactly; write it as a string", "数字 %.40s 无法精确保存，请写成字符串", literal))
	}
	if f == 0 {
		f = 0 // minus zero and zero are one value, also for the hash
	}
	return f, nil
}

// digits skips a number (RFC 8259, 6) and tells whether it is written without fraction and exponent.
func (p *parser) digits() (whole, ok bool) {
	if p.peek() == '-' {
		p.at++
	}
	if p.peek() == '0' {
		p.at++
	} else if !p.some() {
		return false, false
	}
	whole = true
	if p.peek() == '.' {
		p.at++
		if whole = false; !p.some() {
			return false, false
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if whole = false; !p.some() {
			return false, false
		}
	}
	return whole, true
}

func (p *parser) peek() byte {
	if p.at < len(p.data) {
		return p.data[p.at]
	}
	return 0
}

// some skips digits and reports whether there were any.
func (p *parser) some() bool {
	from := p.at
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		p.at++
	}
	return p.at > from
}

func (p *parser) control(c byte) error {
	if c == 0 {
		return p.noText()
	}
	return p.notJSON()
}

func (p *parser) noText() error {
	return p.refuse("json.character", fault.Say("NUL and lone surrogates are not text", "NUL 与孤立代理项不是文本"))
}

func (p *parser) notJSON() error {
	return p.syntax(fault.Say("not valid JSON", "不是有效的 JSON"))
}

func (p *parser) syntax(message fault.Text) error { return p.refuse("json.syntax", message) }

func (p *parser) refuse(code string, message fault.Text) error {
	pointer := ""
	for _, s := range p.path {
		if s.index < 0 {
			pointer += "/" + Escape(s.name)
		} else {
			pointer += "/" + strconv.Itoa(s.index)
		}
	}
	return refuse(pointer, int64(p.at), code, message)
}

func refuse(pointer string, offset int64, code string, message fault.Text) error {
	return fault.Refuse(fault.Invalid, code, fault.Say("the JSON cannot be accepted", "无法接受这段 JSON"),
		fault.Problem{Pointer: pointer, Code: code, Message: fault.Text{
			EN: fmt.Sprintf("%s (byte %d)", message.EN, offset), ZH: fmt.Sprintf("%s（第 %d 字节）", message.ZH, offset)}})
}

func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
