package eventstore

import (
	"bytes"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"qbank/domain/fault"
)

// What one append may be. Everything is checked before it joins a group, so that a bad append cannot harm its neighbours.
const (
	MaxEvents    = 10_000   // events of one append
	MaxBytes     = 16 << 20 // data and metadata of one append
	MaxTypeBytes = 200
	MaxDepth     = 512 // nesting of data and metadata; PostgreSQL's own stack ends somewhere above 5,000
)

// check returns the reason why an append cannot be stored, or nil, and how many bytes it is.
func (a *Append) check() (size int, bad *fault.Fault) {
	switch {
	case a.Stream == uuid.Nil:
		return 0, refuse("append.no_stream", "an append needs the id of a stream", "追加事件时必须指明事件流")
	case a.Expected < 0 || a.Expected > math.MaxInt32-MaxEvents:
		return 0, refuse("append.bad_version", "expected version %d is out of range", "预期版本 %d 超出范围", a.Expected)
	case len(a.Events) == 0:
		return 0, refuse("append.empty", "an append needs an event", "追加事件时至少需要一个事件")
	case len(a.Events) > MaxEvents:
		return 0, limit("append.too_many_events", "%d events in one append; up to %d are accepted",
			"一次追加了 %d 个事件,最多 %d 个", len(a.Events), MaxEvents)
	}
	for i := range a.Events {
		e := &a.Events[i]
		if size += len(e.Type) + len(e.Data) + len(e.Meta); size > MaxBytes {
			return 0, limit("append.too_large", "more than %d bytes in one append", "一次追加超过 %d 字节", MaxBytes)
		}
		if bad := e.check(); bad != nil {
			return 0, bad.With("event", i)
		}
	}
	if twice, found := repeated(a.Events); found {
		return 0, refuse("append.repeated_id", "event id %s stands twice in one append", "事件标识 %s 在一次追加中重复出现", twice)
	}
	return size, nil
}

func (e *Event) check() *fault.Fault {
	switch {
	case e.ID == uuid.Nil:
		return refuse("event.no_id", "an event needs an id", "事件必须有标识")
	case e.Type == "" || len(e.Type) > MaxTypeBytes || !utf8.ValidString(e.Type) || strings.IndexByte(e.Type, 0) >= 0:
		return refuse("event.bad_type", "an event's type is 1 to %d bytes of UTF-8 without NUL", "事件类型须为 1 至 %d 字节的 UTF-8 文本,且不含 NUL", MaxTypeBytes)
	case e.SchemaVersion < 1 || e.SchemaVersion > math.MaxInt16:
		return refuse("event.bad_schema_version", "schema version %d of %q is not within 1 to %d", "事件 %[2]q 的模式版本 %[1]d 不在 1 至 %[3]d 之间",
			e.SchemaVersion, e.Type, math.MaxInt16)
	}
	if at, why := checkJSON(e.Data); why != nil {
		return why.fault("data", e.Type, at)
	}
	if len(e.Meta) > 0 {
		if at, why := checkJSON(e.Meta); why != nil {
			return why.fault("meta", e.Type, at)
		}
	}
	return nil
}

func refuse(code, en, zh string, args ...any) *fault.Fault {
	return fault.Refuse(fault.Invalid, code, fault.Say(en, zh, args...))
}

func limit(code, en, zh string, args ...any) *fault.Fault {
	return fault.Refuse(fault.Limit, code, fault.Say(en, zh, args...))
}

func repeated(events []Event) (uuid.UUID, bool) {
	if len(events) == 1 {
		return uuid.Nil, false
	}
	seen := make(map[uuid.UUID]struct{}, len(events))
	for i := range events {
		if _, twice := seen[events[i].ID]; twice {
			return events[i].ID, true
		}
		seen[events[i].ID] = struct{}{}
	}
	return uuid.Nil, false
}

// flaw is why a text is not JSON that the log can keep and everybody can read again.
type flaw struct{ code, en, zh string }

var (
	notJSON       = &flaw{"event.invalid_json", "not valid JSON", "不是有效的 JSON"}
	notUTF8       = &flaw{"event.invalid_utf8", "not valid UTF-8", "不是有效的 UTF-8"}
	hasNUL        = &flaw{"event.nul", `the character NUL (\u0000)`, `含有 NUL 字符(\u0000)`}
	loneSurrogate = &flaw{"event.lone_surrogate", "half of a surrogate pair", "含有不成对的代理字符"}
	tooDeep       = &flaw{"event.too_deep", "nested too deep", "嵌套过深"}
)

func (f *flaw) fault(field, eventType string, at int) *fault.Fault {
	return refuse(f.code, "%s of %q at byte %d: "+f.en, "%s(事件 %q)第 %d 字节:"+f.zh, field, eventType, at)
}

// checkJSON tells whether text is one JSON value (RFC 8259) in valid UTF-8, without escaped NUL and lone surrogates, and nested
// at most MaxDepth deep. PostgreSQL's json type keeps the two escapes and fails when somebody reads the text behind them,
// which is too late. One pass, no allocation: it stands before every commit.
func checkJSON(text []byte) (at int, why *flaw) {
	if !utf8.Valid(text) {
		for at < len(text) {
			r, n := utf8.DecodeRune(text[at:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
		return at, notUTF8
	}
	c := cursor{text: text}
	c.space()
	if c.value(0); c.why == nil {
		if c.space(); c.at < len(text) {
			c.fail(notJSON)
		}
	}
	return c.at, c.why
}

// cursor walks through a JSON text and stops at the first flaw.
type cursor struct {
	text []byte
	at   int
	why  *flaw
}

func (c *cursor) fail(why *flaw) bool {
	c.why = why
	return false
}

// peek returns the next byte, or 0 at the end, which no JSON text has.
func (c *cursor) peek() byte {
	if c.at < len(c.text) {
		return c.text[c.at]
	}
	return 0
}

func (c *cursor) space() {
	for c.at < len(c.text) {
		switch c.text[c.at] {
		case ' ', '\t', '\n', '\r':
			c.at++
		default:
			return
		}
	}
}

func (c *cursor) value(depth int) bool {
	switch b := c.peek(); {
	case b == '{':
		return c.list('}', depth+1, true)
	case b == '[':
		return c.list(']', depth+1, false)
	case b == '"':
		return c.string()
	case b == '-' || '0' <= b && b <= '9':
		return c.number()
	case b == 't':
		return c.word("true")
	case b == 'f':
		return c.word("false")
	case b == 'n':
		return c.word("null")
	}
	return c.fail(notJSON)
}

func (c *cursor) list(end byte, depth int, named bool) bool {
	if depth > MaxDepth {
		return c.fail(tooDeep)
	}
	c.at++
	if c.space(); c.peek() == end {
		c.at++
		return true
	}
	for {
		if named && !c.name() {
			return false
		}
		if !c.value(depth) {
			return false
		}
		c.space()
		switch c.peek() {
		case ',':
			c.at++
			c.space()
		case end:
			c.at++
			return true
		default:
			return c.fail(notJSON)
		}
	}
}

func (c *cursor) name() bool {
	if c.peek() != '"' {
		return c.fail(notJSON)
	}
	if !c.string() {
		return false
	}
	if c.space(); c.peek() != ':' {
		return c.fail(notJSON)
	}
	c.at++
	c.space()
	return true
}

func (c *cursor) word(w string) bool {
	if !bytes.HasPrefix(c.text[c.at:], []byte(w)) {
		return c.fail(notJSON)
	}
	c.at += len(w)
	return true
}

func (c *cursor) digits() bool {
	from := c.at
	for b := c.peek(); '0' <= b && b <= '9'; b = c.peek() {
		c.at++
	}
	return c.at > from || c.fail(notJSON)
}

func (c *cursor) number() bool {
	if c.peek() == '-' {
		c.at++
	}
	if c.peek() == '0' {
		c.at++
	} else if !c.digits() {
		return false
	}
	if c.peek() == '.' {
		if c.at++; !c.digits() {
			return false
		}
	}
	if b := c.peek(); b == 'e' || b == 'E' {
		c.at++
		if b := c.peek(); b == '+' || b == '-' {
			c.at++
		}
		return c.digits()
	}
	return true
}

func (c *cursor) string() bool {
	c.at++
	for c.at < len(c.text) {
		switch b := c.text[c.at]; {
		case b == '"':
			c.at++
			return true
		case b == '\\':
			if !c.escape() {
				return false
			}
		case b < ' ':
			return c.fail(notJSON)
		default:
			c.at++
		}
	}
	return c.fail(notJSON)
}

func (c *cursor) escape() bool {
	if c.at+1 >= len(c.text) {
		return c.fail(notJSON)
	}
	switch c.text[c.at+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		c.at += 2
		return true
	case 'u':
		return c.unicode()
	}
	return c.fail(notJSON)
}

func (c *cursor) unicode() bool {
	switch r := hex4(c.text[c.at:]); {
	case r < 0:
		return c.fail(notJSON)
	case r == 0:
		return c.fail(hasNUL)
	case 0xD800 <= r && r < 0xDC00:
		if low := hex4(c.text[c.at+6:]); low < 0xDC00 || low > 0xDFFF {
			return c.fail(loneSurrogate)
		}
		c.at += 12
	case 0xDC00 <= r && r < 0xE000:
		return c.fail(loneSurrogate)
	default:
		c.at += 6
	}
	return true
}

// hex4 reads \uXXXX, or returns -1.
func hex4(text []byte) (r rune) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	for _, b := range text[2:6] {
		switch {
		case '0' <= b && b <= '9':
			r = r<<4 | rune(b-'0')
		case 'a' <= b && b <= 'f':
			r = r<<4 | rune(b-'a'+10)
		case 'A' <= b && b <= 'F':
			r = r<<4 | rune(b-'A'+10)
		default:
			return -1
		}
	}
	return r
}
