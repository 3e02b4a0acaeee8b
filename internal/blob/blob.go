package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"qbank/domain/fault"
)

// Folder keeps blobs in a directory, two levels deep.
type Folder struct{ Dir string }

// Put stores what it reads, at most limit bytes, and returns its hash. A blob appears whole or not at all; one that is there already is
// left alone.
func (f Folder) Put(source io.Reader, limit int64) (hash string, size int64, err error) {
	if err := os.MkdirAll(f.Dir, 0o750); err != nil {
		return "", 0, fmt.Errorf("make the blob folder: %w", err)
	}
	draft, err := os.CreateTemp(f.Dir, ".draft-*")
	if err != nil {
		return "", 0, fmt.Errorf("store a blob: %w", err)
	}
	defer os.Remove(draft.Name())
	sum := sha256.New()
	size, err = io.Copy(io.MultiWriter(draft, sum), io.LimitReader(source, limit+1))
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fault.Refuse(fault.Invalid, "file.incomplete", fault.Say("the file did not arrive whole; send it again", "文件未完整到达，请重新上传")).Because(err)
	}
	if err == nil && size > limit {
		err = fault.Refuse(fault.Limit, "file.too_large", fault.Say("the file may have %d bytes at most", "文件最多 %d 字节", limit))
	}
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return "", 0, err
	}
	hash = hex.EncodeToString(sum.Sum(nil))
	place, err := f.place(hash)
	if err != nil {
		return "", 0, err
	}
	if err := os.MkdirAll(filepath.Dir(place), 0o750); err != nil {
		return "", 0, fmt.Errorf("store a blob: %w", err)
	}
	if err := os.Link(draft.Name(), place); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", 0, fmt.Errorf("store a blob: %w", err)
	}
	return hash, size, nil
}

// Remove deletes a blob; one that is not there is gone already.
func (f Folder) Remove(hash string) error {
	place, err := f.place(hash)
	if err != nil {
		return err
	}
	if err := os.Remove(place); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a blob: %w", err)
	}
	return nil
}

// Open opens a blob.
func (f Folder) Open(hash string) (*os.File, error) {
	place, err := f.place(hash)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(place)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing()
	}
	return file, err
}

// place is where a blob lies. What is no hash lies nowhere: no path of a caller's choosing is ever opened.
func (f Folder) place(hash string) (string, error) {
	if len(hash) != 2*sha256.Size || strings.Trim(hash, "0123456789abcdef") != "" {
		return "", missing()
	}
	return filepath.Join(f.Dir, hash[:2], hash[2:]), nil
}

func missing() error {
	return fault.Refuse(fault.NotFound, "blob.not_found", fault.Say("there is no such file", "没有这个文件"))
}
