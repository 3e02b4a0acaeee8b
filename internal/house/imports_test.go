package house

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// allowed says, for each part of the house, which parts its packages may import (tests aside). The longest prefix of a
// package's path decides. What is not listed is not allowed.
var allowed = map[string][]string{
	"domain":       {"domain"},
	"eventstore":   {"domain/fault"},
	"schemas":      {"domain"},
	"migrations":   {"domain/fault"},
	"observations": {"domain", "eventstore", "internal"},
	"interchange":  {"domain", "interchange"},
	"projections":  {"domain", "eventstore", "internal", "projections"},
	"commands":     {"domain", "eventstore", "interchange"},
	"processes":    {"domain", "eventstore", "commands", "projections", "observations", "internal", "processes"},
	"graphql":      {"domain", "eventstore", "commands", "projections", "observations", "interchange", "internal", "graphql"},
	"delivery":     {"domain", "eventstore", "commands", "projections", "observations", "internal", "delivery"},
	"internal":     {"domain", "eventstore", "commands", "projections", "processes", "observations", "interchange", "migrations", "schemas", "internal"},
	"cmd":          {"domain", "eventstore", "commands", "projections", "processes", "observations", "interchange", "migrations", "schemas", "internal", "graphql", "delivery"},
}

// pure lists what nothing in the domain may reach: it decides, and leaves the world to others.
var impure = []string{"os", "net", "net/http", "time/tzdata", "database/sql", "math/rand", "math/rand/v2", "crypto/rand", "log", "log/slog",
	"github.com/jackc/pgx/v5", "io/ioutil", "os/exec"}

type goPackage struct {
	ImportPath string
	Name       string
	Doc        string
	Imports    []string
	GoFiles    []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	touched(t)
	list := exec.Command("go", "list", "-json=ImportPath,Name,Doc,Imports,GoFiles", "qbank/...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}

// touched looks at every source file, for go test remembers a result until a file changes that the test itself has looked at, and go list is another program.
func touched(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".go" {
			_, err = os.Stat(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestImportsGoOneWay(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, "qbank/")
		part, _, _ := strings.Cut(from, "/")
		parts, known := allowed[part]
		if !known {
			t.Errorf("%s: the part %q of the house is not listed", p.ImportPath, part)
			continue
		}
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, "qbank/")
			if ours && !within(to, parts) {
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			}
			if part == "domain" && contains(impure, imported) {
				t.Errorf("%s must not import %s: the domain is pure", p.ImportPath, imported)
			}
		}
	}
}

// A read model never reads another one: packages under projections import the engine and what several share, not each other.
func TestReadModelsDoNotKnowEachOther(t *testing.T) {
	t.Parallel()
	all := packages(t)
	models := map[string]bool{}
	for _, p := range all {
		if rest, under := strings.CutPrefix(p.ImportPath, "qbank/projections/"); under && !strings.Contains(rest, "/") && contains(p.GoFiles, "queries.go") {
			models[p.ImportPath] = true
		}
	}
	for _, p := range all {
		for _, imported := range p.Imports {
			if models[p.ImportPath] && models[imported] {
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			}
		}
	}
}

func TestEveryPackageExplainsItself(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && (p.Doc == "" || !contains(p.GoFiles, "doc.go")) {
			t.Errorf("%s has no doc.go with a package comment", p.ImportPath)
		}
	}
}

func within(path string, parts []string) bool {
	for _, part := range parts {
		if path == part || strings.HasPrefix(path, part+"/") {
			return true
		}
	}
	return false
}

func contains(list []string, item string) bool {
	for _, candidate := range list {
		if candidate == item {
			return true
		}
	}
	return false
}
