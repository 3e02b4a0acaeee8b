package localpg

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qbank/domain/fault"
)

func TestFindPrograms(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	install := func(version string) string {
		dir := filepath.Join(root, "lib", version, "bin")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"postgres", "initdb"} {
			script := fmt.Sprintf("#!/bin/sh\necho '%s (PostgreSQL) %s (Debian)'\n", name, version)
			if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	for _, version := range []string{"9.6.1", "13.2", "14.11", "16.0", "17devel"} {
		install(version)
	}
	links := filepath.Join(root, "links")
	if err := os.Mkdir(links, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "lib", "14.11", "bin", "postgres"), filepath.Join(links, "postgres")); err != nil {
		t.Fatal(err)
	}
	all := filepath.Join(root, "lib", "*", "bin")
	tests := []struct {
		name, path string
		places     []string
		major      int
		want       int
		code       string
	}{
		{"the newest", "", []string{all}, 0, 17, ""},
		{"that of the data", "", []string{all}, 16, 16, ""},
		{"a link on PATH", links, nil, 0, 14, ""},
		{"a version that is too old", "", []string{filepath.Join(root, "lib", "13*", "bin")}, 0, 0, "postgres.missing"},
		{"none", "", nil, 0, 0, "postgres.missing"},
		{"not that of the data", "", []string{all}, 15, 0, "postgres.version"},
	}
	for _, tt := range tests {
		got, err := findPrograms(t.Context(), tt.path, tt.places, tt.major)
		if tt.code != "" {
			if !fault.Is(err, tt.code) {
				t.Errorf("%s: got %v, want %s", tt.name, err, tt.code)
			}
			continue
		}
		if err != nil || got.major != tt.want || !strings.HasPrefix(got.path("initdb"), filepath.Join(root, "lib")) {
			t.Errorf("%s: got %+v, %v", tt.name, got, err)
		}
	}
}
