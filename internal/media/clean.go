package media

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// Cleaned reports whether files of a type must be cleaned before they are kept.
func Cleaned(name string) bool { return name == svg || name == html }

// rounds bounds how often a document is cleaned until it stays as it is.
const rounds = 6

// Clean returns a document without what could run or reach elsewhere, and what was taken out: "script", "rect onclick", with how
// often. Cleaning what came out changes nothing: a document that never settles is refused (resource.damaged).
func Clean(name string, document []byte) (clean []byte, removed []string, err error) {
	dropped := drops{}
	pass := cleanHTML
	if name == svg {
		pass = cleanSVG
	}
	for range rounds {
		clean, err = pass(document, dropped)
		if err != nil {
			return nil, nil, err
		}
		if bytes.Equal(clean, document) {
			return clean, dropped.list(), nil
		}
		document = clean
	}
	return nil, nil, damaged(nil)
}

// drops counts what was taken out.
type drops map[string]int

// maxNamed bounds the list of what was taken out, and how long a name in it is.
const (
	maxNamed    = 50
	maxDropName = 80
)

func (d drops) add(what string) {
	what = what[:min(len(what), maxDropName)]
	if _, known := d[what]; known || len(d) < maxNamed {
		d[what]++
	}
}

func (d drops) list() []string {
	var out []string
	for _, what := range slices.Sorted(maps.Keys(d)) {
		out = append(out, fmt.Sprintf("%q ×%d", what, d[what]))
	}
	return out
}
