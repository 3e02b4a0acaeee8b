package blob

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"strings"
	"testing"

	"qbank/domain/fault"
)

func TestABlobIsKeptByItsHashOnce(t *testing.T) {
	t.Parallel()
	f := Folder{Dir: t.TempDir()}
	text := []byte("some bytes")
	sum := sha256.Sum256(text)
	for range 2 {
		hash, size, err := f.Put(bytes.NewReader(text), 100)
		if err != nil || hash != hex.EncodeToString(sum[:]) || size != int64(len(text)) {
			t.Fatalf("%s, %d, %v", hash, size, err)
		}
	}
	file, err := f.Open(hex.EncodeToString(sum[:]))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got, _ := io.ReadAll(file); !bytes.Equal(got, text) {
		t.Fatalf("%q", got)
	}
}

func TestABlobTooLargeLeavesNothing(t *testing.T) {
	t.Parallel()
	f := Folder{Dir: t.TempDir()}
	if _, _, err := f.Put(strings.NewReader("12345"), 4); !fault.Is(err, "file.too_large") {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(f.Dir); len(left) != 0 {
		t.Fatal(left)
	}
}

func TestNoPathIsEverOpened(t *testing.T) {
	t.Parallel()
	f := Folder{Dir: t.TempDir()}
	for _, hash := range []string{"", "../../etc/passwd", strings.Repeat("/", 64), strings.Repeat("A", 64), strings.Repeat("a", 64)} {
		if _, err := f.Open(hash); !fault.Is(err, "blob.not_found") {
			t.Errorf("%q: %v", hash, err)
		}
	}
}

func TestARemovedBlobIsGoneAndMayBeRemovedAgain(t *testing.T) {
	t.Parallel()
	f := Folder{Dir: t.TempDir()}
	hash, _, err := f.Put(strings.NewReader("some bytes"), 100)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.Remove(hash); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Open(hash); !fault.Is(err, "blob.not_found") {
		t.Fatal(err)
	}
	if err := f.Remove("../../etc/passwd"); !fault.Is(err, "blob.not_found") {
		t.Fatal(err)
	}
}

type stalled struct{}

func (stalled) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

func TestAnUploadThatStallsIsTheSendersFault(t *testing.T) {
	t.Parallel()
	f := Folder{Dir: t.TempDir()}
	if _, _, err := f.Put(stalled{}, 100); !fault.Is(err, "file.incomplete") {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(f.Dir); len(left) != 0 {
		t.Fatal(left)
	}
}
