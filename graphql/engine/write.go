package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"unicode/utf8"

	gql "github.com/graphql-go/graphql"
)

// leafWriter appends the JSON of a resolved leaf. null tells that it is none after all.
type leafWriter func(out []byte, v any) (_ []byte, null bool, err error)

// leafWriterOf knows the usual Go types of the built-in scalars; the rest goes through the type's own Serialize.
func leafWriterOf(t gql.Leaf) leafWriter {
	slow := func(out []byte, v any) ([]byte, bool, error) {
		s := t.Serialize(v)
		if isNull(s) {
			return out, true, fmt.Errorf("%s cannot stand for a value of type %T", t.Name(), v)
		}
		return appendJSON(out, s)
	}
	switch t {
	case gql.Leaf(gql.String), gql.Leaf(gql.ID):
		return func(out []byte, v any) ([]byte, bool, error) {
			switch s := v.(type) {
			case string:
				return appendString(out, s), false, nil
			case fmt.Stringer, error, *string:
				return slow(out, v)
			default:
				if r := reflect.ValueOf(v); r.Kind() == reflect.String {
					return appendString(out, r.String()), false, nil
				}
				return slow(out, s)
			}
		}
	case gql.Leaf(gql.Int):
		return func(out []byte, v any) ([]byte, bool, error) {
			if n, ok := v.(int); ok && n >= math.MinInt32 && n <= math.MaxInt32 {
				return strconv.AppendInt(out, int64(n), 10), false, nil
			}
			return slow(out, v)
		}
	case gql.Leaf(gql.Boolean):
		return func(out []byte, v any) ([]byte, bool, error) {
			if b, ok := v.(bool); ok {
				return strconv.AppendBool(out, b), false, nil
			}
			return slow(out, v)
		}
	case gql.Leaf(Long):
		return func(out []byte, v any) ([]byte, bool, error) {
			if n, ok := v.(int64); ok && n >= -maxExact && n <= maxExact {
				return strconv.AppendInt(out, n, 10), false, nil
			}
			return slow(out, v)
		}
	}
	return slow
}

// appendJSON writes what a Serialize function returned.
func appendJSON(out []byte, v any) ([]byte, bool, error) {
	switch v := v.(type) {
	case string:
		return appendString(out, v), false, nil
	case bool:
		return strconv.AppendBool(out, v), false, nil
	case int:
		return strconv.AppendInt(out, int64(v), 10), false, nil
	case int64:
		return strconv.AppendInt(out, v, 10), false, nil
	case jsonOut:
		return appendAny(out, v.value)
	}
	return appendAny(out, v)
}

func appendAny(out []byte, v any) ([]byte, bool, error) {
	raw, ok := v.(json.RawMessage)
	if ok {
		if !json.Valid(raw) {
			return out, true, errors.New("a resolver's json.RawMessage is not JSON")
		}
		return append(out, raw...), string(bytes.TrimSpace(raw)) == "null", nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return out, true, err
	}
	encoded := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	return append(out, encoded...), string(encoded) == "null", nil
}

const hexDigits = "0123456789abcdef"

// appendString writes a JSON string. Bytes that are not UTF-8 become U+FFFD.
func appendString(out []byte, s string) []byte {
	out = append(out, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				out = append(append(out, s[from:i]...), `\ufffd`...)
				from = i + 1
			}
			i += n
			continue
		}
		out = append(out, s[from:i]...)
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, `\n`...)
		case '\r':
			out = append(out, `\r`...)
		case '\t':
			out = append(out, `\t`...)
		default:
			out = append(out, `\u00`...)
			out = append(out, hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		from = i
	}
	return append(append(out, s[from:]...), '"')
}

// appendPath writes a response path as a JSON array.
func appendPath(out []byte, p *gql.ResponsePath) []byte {
	out = append(out, '[')
	var keys []any
	for ; p != nil; p = p.Prev {
		keys = append(keys, p.Key)
	}
	for i := len(keys) - 1; i >= 0; i-- {
		switch k := keys[i].(type) {
		case string:
			out = appendString(out, k)
		case int:
			out = strconv.AppendInt(out, int64(k), 10)
		}
		if i > 0 {
			out = append(out, ',')
		}
	}
	return append(out, ']')
}
