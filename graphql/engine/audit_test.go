package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAuditsOfGraphQLOverHTTP runs the audits of npm's graphql-http against a server. It needs node and npm, and the
// registry on its first run; then the packages are in the user's cache.
func TestAuditsOfGraphQLOverHTTP(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("needs node")
	}
	folder := auditFolder(t)
	server := httptest.NewServer(toy(t))
	defer server.Close()
	out, err := exec.CommandContext(t.Context(), "node", filepath.Join(folder, "audit.mjs"), server.URL).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "61 of 61 passed") {
		t.Errorf("%v\n%s", err, out)
	}
}

// auditFolder has the packages installed exactly as package-lock.json says.
func auditFolder(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	sum := sha256.New()
	files := map[string][]byte{}
	for _, name := range []string{"package.json", "package-lock.json", "audit.mjs", "subscribe.mjs"} {
		text, err := os.ReadFile(filepath.Join("audit", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = text
		sum.Write(text)
	}
	folder := filepath.Join(cache, "qbank", "graphql-audit-"+hex.EncodeToString(sum.Sum(nil))[:16])
	if _, err := os.Stat(folder); err == nil {
		return folder
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		t.Fatal(err)
	}
	// Installed beside and moved, so that a run that is broken off leaves nothing half done.
	work, err := os.MkdirTemp(filepath.Dir(folder), "new-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(work)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(work, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	npm.Dir = work
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	if err := os.Rename(work, folder); err != nil {
		if _, gone := os.Stat(folder); gone != nil {
			t.Fatal(err)
		}
	}
	return folder
}
