package localpg

import (
	"os"
	"path/filepath"
	"testing"
)

func TestALockThatCannotBeWrittenIsNotTaken(t *testing.T) {
	t.Parallel()
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skipf("this system has no %s", full)
	}
	dir := t.TempDir()
	if err := os.Symlink(full, filepath.Join(dir, "lock")); err != nil {
		t.Fatal(err)
	}
	if f, err := lockDir(dir); err == nil {
		f.Close()
		t.Error("the lock is held, and nobody can tell by whom")
	}
}
