package roster

import (
	"bytes"
	"strconv"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// The bounds of a document: a class of ten thousand students fits.
const (
	maxDepth = 8
	maxNodes = 1_000_000
)

// ReadJSON reads a document {"records": [...]}, or the list alone.
func ReadJSON(data []byte) ([]Entry, error) {
	decoded, err := decode(data)
	if err != nil {
		return nil, err
	}
	at := ""
	if document, is := decoded.(map[string]any); is {
		decoded, at = document["records"], "/records"
	}
	list, is := decoded.([]any)
	if !is {
		message := fault.Say(`a list of records is expected, or {"records": [...]}`, `应为记录列表，或 {"records": [...]}`)
		return nil, fault.Refuse(fault.Invalid, "roster.document", message, fault.Problem{Pointer: at, Code: "type", Message: message})
	}
	return entries(list, at, record)
}

// ReadLines reads a record from each line that is not empty. A line that is no JSON is refused alone.
func ReadLines(data []byte) ([]Entry, error) {
	if len(data) > MaxBytes {
		return nil, tooLarge()
	}
	var list []Entry
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if len(list) == MaxRecords {
			return nil, tooMany()
		}
		e := Entry{Place: strconv.Itoa(number)}
		if decoded, err := decode(line); err != nil {
			e.Err = err
		} else {
			e.Record, e.Err = record(decoded)
		}
		list = append(list, e)
	}
	return list, nil
}

// entries makes entries of a list's items.
func entries(list []any, at string, read func(any) (Record, error)) ([]Entry, error) {
	if len(list) > MaxRecords {
		return nil, tooMany()
	}
	out := make([]Entry, len(list))
	for i, item := range list {
		out[i].Place = at + "/" + strconv.Itoa(i)
		out[i].Record, out[i].Err = read(item)
	}
	return out, nil
}

func record(v any) (Record, error) {
	given, is := v.(map[string]any)
	if !is {
		return Record{}, fault.Refuse(fault.Invalid, "record.invalid", fault.Say("a record is a JSON object", "记录应为 JSON 对象"))
	}
	return take(given)
}

func decode(data []byte) (any, error) {
	return content.Decode(data, content.Limits{Bytes: MaxBytes, Depth: maxDepth, Nodes: maxNodes})
}

func tooMany() error {
	return fault.Refuse(fault.Limit, "roster.too_many", fault.Say("at most %d records at once; send the rest after them", "一次最多 %d 条记录，其余请分批发送", MaxRecords))
}

func tooLarge() error {
	return fault.Refuse(fault.Limit, "json.too_large", fault.Say("the body may have %d bytes at most", "请求内容最多 %d 字节", MaxBytes))
}
