package cue_test

import (
	"strings"
	"testing"

	"qbank/domain/cue"
	"qbank/domain/fault"
)

const card = `{"name": "card", "version": "1.0.0", "title": {"en": "Card", "zh-CN": "卡片"}, "places": ["moment"], "interactive": true,
	"data": {"type": "object", "additionalProperties": false, "properties": {
		"deck": {"type": "array", "items": {"type": "object", "properties": {"slot": {"type": "string", "x-slot": true}, "file": {"type": "string", "x-asset": "resource"}}}}}}}`

func compile(t *testing.T, document string) *cue.Plugin {
	t.Helper()
	p, err := cue.Compile([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestReferencesAreFoundWhereverTheyStand(t *testing.T) {
	t.Parallel()
	p := compile(t, card)
	data := map[string]any{"deck": []any{map[string]any{"slot": "a", "file": "f"}, map[string]any{"slot": "b", "other": "c"}}}
	slots := p.Slots(data)
	if len(slots) != 2 || slots[1] != (cue.Reference{Pointer: "/deck/1/slot", Name: "b"}) {
		t.Errorf("slots %+v", slots)
	}
	if assets := p.Assets(data); len(assets) != 1 || assets[0] != (cue.Reference{Pointer: "/deck/0/file", Name: "f"}) {
		t.Errorf("assets %+v", assets)
	}
	if !p.Allows(cue.Moment) || p.Allows(cue.Page) || !p.Interactive() {
		t.Errorf("%+v", p)
	}
	if problems := p.Check(nil); problems != nil {
		t.Errorf("no data is an empty object: %+v", problems)
	}
}

func TestTheNewestVersionIsMeantByTheBareName(t *testing.T) {
	t.Parallel()
	var plugins []*cue.Plugin
	for _, v := range []string{"1.2.10", "1.2.9", "1.0.0"} {
		plugins = append(plugins, compile(t, strings.Replace(card, `"version": "1.0.0"`, `"version": "`+v+`"`, 1)))
	}
	r := cue.NewRegistry(plugins...)
	for name, want := range map[string]string{"card": "card@1.2.10", "card@1.2.9": "card@1.2.9", "card@2.0.0": "", "board": ""} {
		if _, ref := r.Find(name); ref != want {
			t.Errorf("%s is %q, want %q", name, ref, want)
		}
	}
	var none *cue.Registry
	if p, ref := none.Find("card"); p != nil || ref != "" || none.All() != nil {
		t.Error("a registry that is not there knows something")
	}
}

func TestAPluginThatCannotBeUsedIsRefused(t *testing.T) {
	t.Parallel()
	for pointer, document := range map[string]string{
		"/name":    strings.Replace(card, `"card"`, `"Card"`, 1),
		"/version": strings.Replace(card, `"1.0.0"`, `"1"`, 1),
		"/places":  strings.Replace(card, `["moment"]`, `[]`, 1),
		"/title":   strings.Replace(card, `"title": {"en": "Card", "zh-CN": "卡片"}`, `"title": "Card"`, 1),
		"/data":    strings.Replace(card, `"type": "array"`, `"type": "list"`, 1),
	} {
		_, err := cue.Compile([]byte(document))
		if f := fault.Of(err); f == nil || f.Code != "cue.plugin_invalid" || !strings.HasPrefix(f.Problems[0].Pointer, pointer) {
			t.Errorf("%s: got %v", pointer, err)
		}
	}
	if _, err := cue.Compile([]byte(`{`)); !fault.Is(err, "json.syntax") {
		t.Errorf("got %v", err)
	}
}

func TestPeriodsAreKeptApartByWhatThePluginSays(t *testing.T) {
	t.Parallel()
	with := func(apart string) *cue.Plugin {
		return compile(t, strings.Replace(card, `"interactive": true`, `"interactive": false, "apart": `+apart, 1))
	}
	zh, en := map[string]any{"language": "zh-CN"}, map[string]any{"language": "en"}
	if p := compile(t, card); p.Apart(zh) != "" {
		t.Error("what says nothing keeps nothing apart")
	}
	if p := with(`[]`); p.Apart(zh) == "" || p.Apart(zh) != p.Apart(en) || p.Apart(nil) != p.Apart(en) {
		t.Error("all of them are kept apart")
	}
	if p := with(`["language"]`); p.Apart(zh) == p.Apart(en) || p.Apart(zh) == "" {
		t.Error("those of one language are kept apart")
	}
}
