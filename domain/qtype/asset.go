package qtype

import (
	"strconv"

	"qbank/domain/content"
)

// Asset is a file, or a group of files, that a content names in a place marked x-asset.
type Asset struct {
	Pointer string // where it is named
	Kind    string // "resource" or "group"
	Name    string
	Secret  bool // whether students may only have it once answers are revealed
}

// Assets lists what a content names, in the order of members' names. Publishing replicates them and a manifest lists the
// ones that are not secret.
func (t *Type) Assets(doc any) []Asset {
	var a assets
	a.walk(t.content.places, doc, "", false)
	return a.found
}

type assets struct{ found []Asset }

func (a *assets) walk(p *place, v any, at string, hidden bool) {
	if p == nil {
		return
	}
	hidden = hidden || p.secret != ""
	switch t := v.(type) {
	case map[string]any:
		for _, name := range sortedKeys(t) {
			a.walk(p.below(name), t[name], at+"/"+content.Escape(name), hidden)
		}
	case []any:
		for i, item := range t {
			a.walk(p.item(i), item, at+"/"+strconv.Itoa(i), hidden)
		}
	case string:
		if p.asset != "" {
			a.found = append(a.found, Asset{Pointer: at, Kind: p.asset, Name: t, Secret: hidden})
		}
	}
}
