package roster

import (
	"maps"

	"qbank/domain/fault"
)

// ReadEvents reads CloudEvents 1.0 in JSON: one event, or a batch of them.
func ReadEvents(data []byte) ([]Entry, error) {
	decoded, err := decode(data)
	if err != nil {
		return nil, err
	}
	list, batch := decoded.([]any)
	if !batch {
		list = []any{decoded}
	}
	out, err := entries(list, "", event)
	if err == nil && !batch {
		out[0].Place = ""
	}
	return out, err
}

// event reads the record that an event carries. An event is known by source and id; sent again it says the same again, which changes nothing, so
// neither has to be remembered.
func event(v any) (Record, error) {
	given, is := v.(map[string]any)
	t := taker{fields: given}
	if !is {
		return Record{}, fault.Refuse(fault.Invalid, "event.invalid", fault.Say("a CloudEvent is a JSON object", "CloudEvent 应为 JSON 对象"))
	}
	for _, name := range []string{"id", "source", "type", "specversion"} {
		if t.text(name) == "" {
			t.wrong(name, "required", fault.Say("this is needed", "必填"))
		}
	}
	if version := t.text("specversion"); version != "1.0" && version != "" {
		t.wrong("specversion", "enum", fault.Say("only 1.0 is known", "仅支持 1.0"))
	}
	kind, known := Events[t.text("type")]
	if !known {
		t.wrong("type", "enum", fault.Say("not a type of event that is known here", "未知的事件类型"))
	}
	if media := t.text("datacontenttype"); media != "" && media != "application/json" {
		t.wrong("datacontenttype", "enum", fault.Say("only application/json is read", "仅支持 application/json"))
	}
	data, is := given["data"].(map[string]any)
	if !is {
		t.wrong("data", "type", fault.Say("the data must be a JSON object", "data 应为 JSON 对象"))
	}
	t.instant("time")
	t.number("sequence")
	if len(t.problems) > 0 {
		return Record{}, fault.Refuse(fault.Invalid, "event.invalid", fault.Say("the event cannot be used", "该事件无法使用"), t.problems...)
	}
	data = maps.Clone(data)
	data["kind"] = string(kind)
	for from, to := range map[string]string{"time": "as_of", "sequence": "sequence"} {
		if v, given := given[from]; given {
			data[to] = v
		}
	}
	r, err := take(data)
	if f := fault.Of(err); f != nil {
		for i := range f.Problems {
			f.Problems[i].Pointer = "/data" + f.Problems[i].Pointer
		}
	}
	return r, err
}
