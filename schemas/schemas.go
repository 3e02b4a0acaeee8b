package schemas

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"qbank/domain/qtype"
)

//go:embed types/*/*/type.json
var files embed.FS

// MetaSchema is the JSON Schema that type documents obey.
var MetaSchema = qtype.MetaSchema()

// BuiltIn returns the types that come with qbank, sorted by id and version. They are compiled once.
func BuiltIn() ([]*qtype.Type, error) {
	types, err := builtIn()
	return slices.Clone(types), err
}

var builtIn = sync.OnceValues(func() ([]*qtype.Type, error) {
	paths, err := fs.Glob(files, "types/*/*/type.json")
	if err != nil {
		return nil, err
	}
	var types []*qtype.Type
	for _, path := range paths {
		document, err := files.ReadFile(path)
		if err != nil {
			return nil, err
		}
		t, err := qtype.Compile(document)
		if err != nil {
			return nil, fmt.Errorf("built-in type %s: %w", path, err)
		}
		if place := "types/" + t.Ref().ID + "/" + t.Ref().Version + "/type.json"; place != path {
			return nil, fmt.Errorf("built-in type %s calls itself %s", path, t.Ref())
		}
		types = append(types, t)
	}
	slices.SortFunc(types, func(a, b *qtype.Type) int {
		return cmp.Or(cmp.Compare(a.Ref().ID, b.Ref().ID), cmp.Compare(a.Ref().Version, b.Ref().Version))
	})
	return types, nil
})
