package guides

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Names are the values that answers have given names to.
type Names map[string]string

var (
	name  = regexp.MustCompile(`\$[a-z][A-Za-z]*`)
	alone = regexp.MustCompile(`^\$[a-z][A-Za-z]*$`)
)

// more stands for what an answer leaves out.
const more = "…"

// Fill puts the known values in the places of their names; other names stay, such as variables of GraphQL.
func (n Names) Fill(text string) string {
	return name.ReplaceAllStringFunc(text, func(found string) string {
		if value, known := n[found[1:]]; known {
			return value
		}
		return found
	})
}

// MatchJSON holds an answer in JSON to what is shown of it, and learns the names.
func (n Names) MatchJSON(shown string, got []byte) error {
	want, err := decode([]byte(shown))
	if err != nil {
		return fmt.Errorf("what is shown is no JSON: %w", err)
	}
	have, err := decode(got)
	if err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	return n.match("", want, have)
}

func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // as they are written
	var v any
	err := d.Decode(&v)
	return v, err
}

// MatchText wants every line that is shown among those that came, in this order.
func (n Names) MatchText(shown, got string) error {
	lines := strings.Split(got, "\n")
	for _, want := range strings.Split(strings.TrimSpace(shown), "\n") {
		at := slices.IndexFunc(lines, func(line string) bool { return like(n.Fill(want), line) })
		if at < 0 {
			return fmt.Errorf("no line %q", want)
		}
		lines = lines[at+1:]
	}
	return nil
}

func (n Names) match(at string, want, got any) error {
	switch want := want.(type) {
	case map[string]any:
		return n.matchObject(at, want, got)
	case []any:
		return n.matchList(at, want, got)
	case string:
		return n.matchString(at, want, got)
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Errorf("%s is %s, not %s", at, encode(got), encode(want))
	}
	return nil
}

func (n Names) matchObject(at string, want map[string]any, got any) error {
	object, is := got.(map[string]any)
	if !is {
		return fmt.Errorf("%s is %s, no object", at, encode(got))
	}
	for _, key := range slices.Sorted(maps.Keys(want)) { // a name is bound where it stands first: in the same order each time
		w := want[key]
		g, there := object[key]
		if !there {
			return fmt.Errorf("%s has no %s", at, key)
		}
		if err := n.match(at+"/"+key, w, g); err != nil {
			return err
		}
	}
	return nil
}

func (n Names) matchList(at string, want []any, got any) error {
	list, is := got.([]any)
	if !is {
		return fmt.Errorf("%s is %s, no list", at, encode(got))
	}
	if len(want) > 0 && want[len(want)-1] == more {
		want = want[:len(want)-1]
		list = list[:min(len(want), len(list))]
	}
	if len(list) != len(want) {
		return fmt.Errorf("%s has %d entries, not %d: %s", at, len(list), len(want), encode(got))
	}
	for i, w := range want {
		if err := n.match(fmt.Sprintf("%s/%d", at, i), w, list[i]); err != nil {
			return err
		}
	}
	return nil
}

func (n Names) matchString(at, want string, got any) error {
	if got == nil {
		return fmt.Errorf("%s is null, not %q", at, want)
	}
	text, isString := got.(string)
	if !isString {
		text = encode(got)
	}
	if alone.MatchString(want) {
		if _, known := n[want[1:]]; !known {
			n[want[1:]] = text
			return nil
		}
	} else if !isString {
		return fmt.Errorf("%s is %s, not %q", at, text, want)
	}
	if !like(n.Fill(want), text) {
		return fmt.Errorf("%s is %q, not %q", at, text, n.Fill(want))
	}
	return nil
}

// like compares texts where … stands for any.
func like(want, got string) bool {
	parts := strings.Split(want, more)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile(`(?s)^` + strings.Join(parts, ".*") + `$`).MatchString(got)
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
