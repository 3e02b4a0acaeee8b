package qtype

import (
	"cmp"
	"slices"

	"qbank/domain/content"
)

// Split parts a content into what students see and what they do not. The public view holds exactly the places that the
// content schema declares and does not mark secret; what the schema does not declare is in neither part. Lists
// marked x-order neutral stand in an order that depends on their public text alone. The solution mirrors
// the content with the secrets only; list items keep their id beside them.
//
// Two contents that differ only in secrets have the same public view, byte for byte.
func (t *Type) Split(doc any) (public, solution any) {
	public = t.content.places.public(doc)
	solution, _ = t.content.places.solution(doc)
	if solution == nil {
		solution = map[string]any{}
	}
	return public, solution
}

// Join puts a public view and its solution together for scoring: the result scores as the content does that was split.
func (t *Type) Join(public, solution any) any { return t.content.places.join(public, solution) }

// Reveal is what a student may see once answers are shown: the question with its keys and feedback. It never
// holds more than the type declares, whatever stands in the solution.
func (t *Type) Reveal(public, solution any) any {
	declared, _ := t.content.places.solution(t.Join(public, solution))
	return t.Join(t.content.places.public(public), declared)
}

// public copies the declared places that are not secret.
func (p *place) public(v any) any {
	if p.secret != "" { // the whole content
		return map[string]any{}
	}
	switch t := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(t))
		for name, value := range t {
			if below := p.below(name); below != nil && below.secret == "" {
				out[name] = below.public(value)
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(t))
		for i, item := range t {
			if below := p.item(i); below != nil && below.secret == "" {
				out = append(out, below.public(item))
			}
		}
		if p.neutral {
			sortNeutrally(out)
		}
		return out
	}
	return v
}

// sortNeutrally orders items by the hash of what students see of them. Alphabetical order would be as independent of the
// key, but would itself be the key where the task is to put words or years in order.
func sortNeutrally(items []any) {
	type keyed struct {
		key  content.Hash
		item any
	}
	order := make([]keyed, len(items))
	for i, item := range items {
		order[i] = keyed{content.HashOf(item), item}
	}
	slices.SortFunc(order, func(a, b keyed) int { return cmp.Compare(a.key, b.key) })
	for i, k := range order {
		items[i] = k.item
	}
}

// declared copies the declared places below a secret.
func (p *place) declared(v any) any {
	switch t := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(t))
		for name, value := range t {
			if below := p.below(name); below != nil {
				out[name] = below.declared(value)
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(t))
		for i, item := range t {
			if below := p.item(i); below != nil {
				out = append(out, below.declared(item))
			}
		}
		return out
	}
	return v
}

// solution copies the secrets, and reports whether there are any.
func (p *place) solution(v any) (any, bool) {
	if p.secret != "" {
		return p.declared(v), true
	}
	if !p.deep {
		return nil, false
	}
	switch t := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range t {
			if below := p.below(name); below != nil {
				if secret, some := below.solution(value); some {
					out[name] = secret
				}
			}
		}
		return out, len(out) > 0
	case []any:
		return p.itemSolutions(t)
	}
	return nil, false
}

// itemSolutions keeps the id beside each item's secrets. Without an id nothing could be put back; Check asks for it.
func (p *place) itemSolutions(items []any) (any, bool) {
	out := []any{}
	for _, item := range items {
		id := idOf(item)
		if p.items == nil || id == "" {
			continue
		}
		secret, _ := p.items.solution(item)
		if secrets, some := secret.(map[string]any); some && len(secrets) > 0 {
			secrets["id"] = id
			out = append(out, secrets)
		}
	}
	return out, len(out) > 0
}

// join lays the secrets over a public view; neither is changed.
func (p *place) join(public, solution any) any {
	if p.secret != "" {
		return solution
	}
	if !p.deep || solution == nil {
		return public
	}
	switch t := public.(type) {
	case map[string]any:
		secrets, _ := solution.(map[string]any)
		out := make(map[string]any, len(t)+len(secrets))
		for name, value := range t {
			out[name] = value
		}
		for name, secret := range secrets {
			below := p.below(name)
			if below == nil {
				continue
			}
			if value, there := t[name]; there || below.secret != "" {
				out[name] = below.join(value, secret)
			}
		}
		return out
	case []any:
		return p.joinItems(t, solution)
	}
	return public
}

func (p *place) joinItems(items []any, solution any) []any {
	list, _ := solution.([]any)
	byID := make(map[string]any, len(list))
	for _, secret := range list {
		byID[idOf(secret)] = secret
	}
	out := make([]any, len(items))
	for i, item := range items {
		if secret, has := byID[idOf(item)]; has && p.items != nil && idOf(item) != "" {
			item = p.items.join(item, secret)
		}
		out[i] = item
	}
	return out
}

// idOf returns the id of a list item, or "".
func idOf(item any) string {
	object, _ := item.(map[string]any)
	id, _ := object["id"].(string)
	return id
}
