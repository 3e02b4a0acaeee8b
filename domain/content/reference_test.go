package content_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// maxSafeInteger is the largest integer below which float64 tells all integers apart (2^53 - 1, as in I-JSON, RFC 7493).
const maxSafeInteger = 1<<53 - 1

// reference reads a document by means of encoding/json, token by token: slower, and somebody else's reading of the grammar.
func reference(data []byte, limits content.Limits) (any, error) {
	if len(data) > limits.Bytes {
		return nil, fault.Refuse(fault.Limit, "json.too_large",
			fault.Say("the document has %d bytes, the limit is %d", "文档有 %d 字节，上限为 %d", len(data), limits.Bytes))
	}
	if at := invalidUTF8(data); at >= 0 {
		return nil, refuse("", int64(at), "json.utf8", fault.Say("invalid UTF-8", "不是有效的 UTF-8"))
	}
	if at := forbiddenEscape(data); at >= 0 {
		return nil, refuse("", int64(at), "json.character", fault.Say("NUL and lone surrogates are not text", "NUL 与孤立代理项不是文本"))
	}
	d := decoder{json: json.NewDecoder(bytes.NewReader(data)), limits: limits}
	d.json.UseNumber()
	value, err := d.value("", 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.json.Token(); err != io.EOF {
		return nil, d.syntax("", fault.Say("text after the end of the document", "文档结束后还有内容"))
	}
	return value, nil
}

type decoder struct {
	json   *json.Decoder
	limits content.Limits
	nodes  int
}

func (d *decoder) value(at string, depth int) (any, error) {
	token, err := d.json.Token()
	if err != nil {
		return nil, d.syntax(at, fault.Say("not valid JSON", "不是有效的 JSON"))
	}
	if d.nodes++; d.nodes > d.limits.Nodes {
		return nil, fault.Refuse(fault.Limit, "json.too_many", fault.Say("more than %d values", "超过 %d 个值", d.limits.Nodes))
	}
	switch t := token.(type) {
	case json.Delim:
		if depth >= d.limits.Depth {
			return nil, fault.Refuse(fault.Limit, "json.too_deep", fault.Say("nested deeper than %d levels", "嵌套超过 %d 层", d.limits.Depth))
		}
		if t == '[' {
			return d.array(at, depth+1)
		}
		return d.object(at, depth+1)
	case json.Number:
		return d.number(at, t)
	default: // nil, bool, string
		return t, nil
	}
}

func (d *decoder) array(at string, depth int) (any, error) {
	list := []any{}
	for d.json.More() {
		item, err := d.value(at+"/"+strconv.Itoa(len(list)), depth)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	if _, err := d.json.Token(); err != nil {
		return nil, d.syntax(at, fault.Say("the array is not closed", "数组没有结束"))
	}
	return list, nil
}

func (d *decoder) object(at string, depth int) (any, error) {
	object := map[string]any{}
	for d.json.More() {
		token, err := d.json.Token()
		name, isName := token.(string)
		if err != nil || !isName {
			return nil, d.syntax(at, fault.Say("a member's name is expected", "此处应为成员名"))
		}
		place := at + "/" + content.Escape(name)
		if _, twice := object[name]; twice {
			return nil, refuse(place, d.json.InputOffset(), "json.duplicate_name", fault.Say("the name stands twice", "成员名重复"))
		}
		if object[name], err = d.value(place, depth); err != nil {
			return nil, err
		}
	}
	if _, err := d.json.Token(); err != nil {
		return nil, d.syntax(at, fault.Say("the object is not closed", "对象没有结束"))
	}
	return object, nil
}

func (d *decoder) number(at string, n json.Number) (any, error) {
	f, err := strconv.ParseFloat(string(n), 64)
	whole := err == nil && f == math.Trunc(f) && !bytes.ContainsAny([]byte(n), ".eE")
	if err != nil || (whole && math.Abs(f) > maxSafeInteger && string(content.Canonical(f)) != string(n)) {
		return nil, refuse(at, d.json.InputOffset(), "json.number",
			fault.Say("the number %.40s cannot be kept exactly; write it as a string", "数字 %.40s 无法精确保存，请写成字符串", string(n)))
	}
	if f == 0 {
		f = 0 // minus zero and zero are one value, also for the hash
	}
	return f, nil
}

func (d *decoder) syntax(at string, message fault.Text) error {
	return refuse(at, d.json.InputOffset(), "json.syntax", message)
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

// forbiddenEscape finds \u0000 and \uD800 to \uDFFF that are not a pair; encoding/json would quietly replace them.
func forbiddenEscape(data []byte) int {
	for i := 0; i+1 < len(data); i++ {
		if data[i] != '\\' {
			if data[i] == 0 {
				return i
			}
			continue
		}
		if data[i+1] != 'u' {
			i++ // an escaped character, possibly a backslash
			continue
		}
		code, ok := hex4(data[i+2:])
		if !ok {
			return -1 // the decoder will say what is wrong
		}
		switch {
		case code == 0, code >= 0xDC00 && code <= 0xDFFF:
			return i
		case code >= 0xD800 && code <= 0xDBFF:
			low, ok := uint64(0), false
			if i+12 <= len(data) && data[i+6] == '\\' && data[i+7] == 'u' {
				low, ok = hex4(data[i+8:])
			}
			if !ok || low < 0xDC00 || low > 0xDFFF {
				return i
			}
			i += 11
		default:
			i += 5
		}
	}
	return -1
}

func hex4(data []byte) (uint64, bool) {
	if len(data) < 4 {
		return 0, false
	}
	code, err := strconv.ParseUint(string(data[:4]), 16, 32)
	return code, err == nil
}
