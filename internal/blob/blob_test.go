package blob

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

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

func TestADraftIsNoBlobUntilItIsKept(t *testing.T) {
	t.Parallel()
	f := Folder{Dir: t.TempDir()}
	draft, err := f.Receive(strings.NewReader("some bytes"), 100)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(draft); string(got) != "some bytes" || f.Has(draft.Hash) {
		t.Fatalf("%q is a blob: %v", got, f.Has(draft.Hash))
	}
	if err := draft.Keep(); err != nil {
		t.Fatal(err)
	}
	draft.Discard()
	if !f.Has(draft.Hash) {
		t.Fatal("it was kept and is gone")
	}
	lost, err := f.Receive(strings.NewReader("lost"), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		age  time.Duration
		want int
	}{{time.Hour, 2}, {-time.Hour, 1}} {
		if err := f.Tidy(time.Now(), c.age); err != nil {
			t.Fatal(err)
		}
		if left, _ := os.ReadDir(f.Dir); len(left) != c.want {
			t.Fatal(left)
		}
	}
	lost.Discard()
	if err := (Folder{Dir: f.Dir + "/none"}).Tidy(time.Now(), 0); err != nil {
		t.Fatal(err)
	}
}

func TestPartsOfABlobAreServed(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]struct {
		status int
		body   string
	}{
		"": {200, "0123456789"}, "bytes=2-4": {206, "234"}, "bytes=-3": {206, "789"}, "bytes=7-": {206, "789"}, "lines=1-2": {200, "0123456789"},
		"bytes=20-30": {0, ""}, "bytes=5-2": {0, ""}, "nonsense": {0, ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Range", header)
		w := httptest.NewRecorder()
		err := Serve(w, r, strings.NewReader("0123456789"))
		if want.status == 0 {
			if !fault.Is(err, "blob.range") || w.Body.Len() > 0 {
				t.Errorf("%q: %v, %q", header, err, w.Body)
			}
			continue
		}
		if err != nil || w.Code != want.status || w.Body.String() != want.body {
			t.Errorf("%q: %d %q, %v", header, w.Code, w.Body, err)
		}
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
