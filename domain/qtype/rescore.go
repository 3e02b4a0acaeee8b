package qtype

import (
	"reflect"

	"qbank/domain/content"
)

// Rescores reports whether a content may be scored otherwise than the one before it: where anything differs that is marked x-secret answer, or that is
// prepared for scoring. Feedback is neither. A rule that is a formula may look at anything, so under one every change counts.
func (t *Type) Rescores(before, after any) bool {
	if !content.Equal(t.content.places.answers(before), t.content.places.answers(after)) {
		return true
	}
	was, err := t.Scorer(before)
	if err != nil {
		return true
	}
	now, err := t.Scorer(after)
	return err != nil || !reflect.DeepEqual(was, now)
}

// answers copies what is marked as answer, also where it stands among feedback; nil where nothing is.
func (p *place) answers(v any) any {
	if p.secret == "answer" {
		return p.declared(v)
	}
	switch t := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range t {
			if below := p.below(name); below != nil {
				if answers := below.answers(value); answers != nil {
					out[name] = answers
				}
			}
		}
		if len(out) > 0 {
			return out
		}
	case []any:
		var out []any
		for i, item := range t {
			if below := p.item(i); below != nil {
				if answers := below.answers(item); answers != nil {
					out = append(out, map[string]any{"of": idOf(item), "answers": answers})
				}
			}
		}
		if out != nil {
			return out
		}
	}
	return nil
}
