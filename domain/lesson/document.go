package lesson

import (
	"encoding/json"

	"qbank/domain/content/compare"
	"qbank/domain/fault"
)

// Document is the plan as JSON, for comparing and commenting. What has a slot carries it as "id", too, so that it is followed wherever
// it moves.
func (p Plan) Document() any {
	if p.Items == nil {
		p.Items = []Item{}
	}
	raw, _ := json.Marshal(p) // numbers and texts
	var doc any
	_ = json.Unmarshal(raw, &doc)
	identify(doc)
	return doc
}

// identify gives what has a slot an id, in place.
func identify(v any) {
	switch t := v.(type) {
	case map[string]any:
		if slot, has := t["slot"].(string); has && t["id"] == nil {
			t["id"] = slot
		}
		for _, member := range t {
			identify(member)
		}
	case []any:
		for _, item := range t {
			identify(item)
		}
	}
}

// Names is what the fields of a plan's document are called.
var Names = compare.Names{
	"title":        {Label: fault.Say("Title", "标题"), Format: "plain"},
	"items":        {Label: fault.Say("Questions", "题目")},
	"slot":         {Label: fault.Say("Place", "位置")},
	"question":     {Label: fault.Say("Question", "题目")},
	"version":      {Label: fault.Say("Version", "版本")},
	"max":          {Label: fault.Say("Marks in millionths", "分值（百万分之一）")},
	"reveal":       {Label: fault.Say("Solutions shown", "何时显示答案")},
	"max_attempts": {Label: fault.Say("Attempts allowed", "允许作答次数")},
	"shuffle":      {Label: fault.Say("Options in random order", "选项乱序")},
}
