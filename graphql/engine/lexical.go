package engine

import (
	"bytes"
	"unicode/utf8"

	"qbank/domain/fault"
)

// lexicon walks over the tokens of a document without understanding them, so that what is too large is refused
// before the library's recursive parser sees it. It returns a copy for the parser in which comments and byte order
// marks are blanks: after one that is not ASCII the library counts runes where it should count bytes and loses its place.
func (l Limits) lexicon(text string) ([]byte, error) {
	if len(text) > l.Document {
		return nil, tooMuch(CodeTooLarge, "bytes of document", "文档字节数", int64(l.Document))
	}
	if !utf8.ValidString(text) {
		return nil, refuse(fault.Invalid, CodeBadText, fault.Say("the document is not UTF-8", "文档不是合法的 UTF-8 编码"))
	}
	body := []byte(text)
	tokens, open := 0, 0
	for i := 0; i < len(body); {
		start := i
		switch c := body[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',':
			i++
			continue
		case c == '#':
			for i < len(body) && body[i] != '\n' && body[i] != '\r' {
				if body[i] < ' ' && body[i] != '\t' {
					return nil, refuse(fault.Invalid, CodeSyntax, fault.Say("a control character in a comment", "注释中含有控制字符"), lineOf(text, i))
				}
				body[i] = ' '
				i++
			}
			continue
		case c == 0xEF && bytes.HasPrefix(body[i:], []byte("\uFEFF")):
			copy(body[i:], "   ")
			i += 3
			continue
		case c == '"':
			end, err := skipString(text, i)
			if err != nil {
				return nil, err
			}
			i = end
		case isNameByte(c) || c == '-':
			for i++; i < len(body) && (isNameByte(body[i]) || body[i] == '.' && isDigit(c)); i++ {
			}
			if i-start > l.Name {
				return nil, tooMuch(CodeTooLarge, "bytes in a name or number", "名称或数字的长度", int64(l.Name), lineOf(text, start))
			}
		case c == '(' || c == '[' || c == '{':
			i++
			if open++; open > l.Nesting {
				return nil, tooMuch(CodeTooDeep, "nested brackets", "括号嵌套层数", int64(l.Nesting), lineOf(text, start))
			}
		case c == ')' || c == ']' || c == '}':
			i++
			open--
		default:
			i++
		}
		if tokens++; tokens > l.Tokens {
			return nil, tooMuch(CodeTooLarge, "tokens", "词法单元数", int64(l.Tokens), lineOf(text, start))
		}
	}
	return body, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isNameByte(c byte) bool {
	return c == '_' || isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// skipString returns the position after the string that starts at i. An unterminated one ends with the document: the
// parser says so better.
func skipString(text string, i int) (int, error) {
	if len(text) >= i+3 && text[i:i+3] == `"""` {
		for j := i + 3; j < len(text); j++ {
			switch {
			case text[j] == '\\' && len(text) >= j+4 && text[j:j+4] == `\"""`:
				j += 3
			case len(text) >= j+3 && text[j:j+3] == `"""`:
				return j + 3, nil
			}
		}
		return len(text), nil
	}
	for j := i + 1; j < len(text); j++ {
		switch text[j] {
		case '"':
			return j + 1, nil
		case '\n', '\r':
			return j, nil
		case '\\':
			if code, ok := escape(text, j); ok && (code == 0 || code >= 0xD800 && code <= 0xDFFF) {
				return 0, refuse(fault.Invalid, CodeBadText, fault.Say(
					"a string may not contain NUL, nor escapes of surrogates: write the character itself or use a variable",
					"字符串中不能含有 NUL 或代理对转义：请直接书写该字符，或使用变量"), lineOf(text, j))
			}
			j++
		}
	}
	return len(text), nil
}

// escape reads \uXXXX at i.
func escape[T ~string | ~[]byte](s T, i int) (code int, ok bool) {
	if i+6 > len(s) || s[i] != '\\' || s[i+1] != 'u' {
		return 0, false
	}
	for _, c := range []byte(s[i+2 : i+6]) {
		switch {
		case isDigit(c):
			code = code<<4 | int(c-'0')
		case c >= 'a' && c <= 'f':
			code = code<<4 | int(c-'a'+10)
		case c >= 'A' && c <= 'F':
			code = code<<4 | int(c-'A'+10)
		default:
			return 0, false
		}
	}
	return code, true
}

// lineOf finds the line and column of a byte position.
func lineOf(text string, at int) Location {
	at = min(max(at, 0), len(text))
	loc := Location{1, 1}
	for i := 0; i < at; i++ {
		if text[i] == '\n' || text[i] == '\r' && (i+1 >= len(text) || text[i+1] != '\n') {
			loc.Line++
			loc.Column = 0
		}
		loc.Column++
	}
	return loc
}

// checkJSON bounds the nesting of a JSON text and refuses the escapes that a PostgreSQL text cannot keep, both before it
// is decoded. What is not JSON at all is left to the decoder.
func checkJSON(body []byte, maxDepth int) error {
	if !utf8.Valid(body) {
		return refuse(fault.Invalid, CodeBadText, fault.Say("the request is not UTF-8", "请求不是合法的 UTF-8 编码"))
	}
	depth, inString := 0, false
	for i := 0; i < len(body); i++ {
		c := body[i]
		if inString {
			switch c {
			case '"':
				inString = false
			case '\\':
				code, ok := escape(body, i)
				if !ok {
					i++
					continue
				}
				i += 5
				if code >= 0xD800 && code <= 0xDBFF {
					if low, ok := escape(body, i+1); ok && low >= 0xDC00 && low <= 0xDFFF {
						i += 6
						continue
					}
				}
				if code == 0 || code >= 0xD800 && code <= 0xDFFF {
					return refuse(fault.Invalid, CodeBadText, fault.Say(
						"a string contains NUL or half of a surrogate pair", "字符串中含有 NUL 或不成对的代理字符"))
				}
			}
			continue
		}
		switch c {
		case '"':
			inString = true
		case '{', '[':
			if depth++; depth > maxDepth {
				return tooMuch(CodeTooDeep, "nested brackets", "括号嵌套层数", int64(maxDepth))
			}
		case '}', ']':
			depth--
		}
	}
	return nil
}
