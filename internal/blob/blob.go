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
	"time"

	"qbank/domain/fault"
)

// Folder keeps blobs in a directory, two levels deep.
type Folder struct{ Dir string }

// Put stores what it reads, at most limit bytes, and returns its hash. A blob appears whole or not at all; one that is there already is
// left alone.
func (f Folder) Put(source io.Reader, limit int64) (hash string, size int64, err error) {
	draft, err := f.Receive(source, limit)
	if err != nil {
		return "", 0, err
	}
	defer draft.Discard()
	return draft.Hash, draft.Size, draft.Keep()
}

// Draft is a file that has arrived and is not a blob yet: whoever received it looks at it first.
type Draft struct {
	*os.File // at its beginning
	Hash     string
	Size     int64
	folder   Folder
}

// Receive reads at most limit bytes into a draft. Discard it in the end, whether it was kept or not.
func (f Folder) Receive(source io.Reader, limit int64) (*Draft, error) {
	if err := os.MkdirAll(f.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the blob folder: %w", err)
	}
	file, err := os.CreateTemp(f.Dir, draftPrefix+"*")
	if err != nil {
		return nil, fmt.Errorf("store a blob: %w", err)
	}
	draft := &Draft{File: file, folder: f}
	sum := sha256.New()
	draft.Size, err = io.Copy(io.MultiWriter(file, sum), io.LimitReader(source, limit+1))
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fault.Refuse(fault.Invalid, "file.incomplete", fault.Say("the file did not arrive whole; send it again", "文件未完整到达，请重新上传")).Because(err)
	}
	if err == nil && draft.Size > limit {
		err = fault.Refuse(fault.Limit, "file.too_large", fault.Say("the file may have %d bytes at most", "文件最多 %d 字节", limit))
	}
	draft.Hash = hex.EncodeToString(sum.Sum(nil))
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		draft.Discard()
		return nil, err
	}
	return draft, nil
}

// Keep makes the draft a blob.
func (d *Draft) Keep() error {
	if err := d.Sync(); err != nil {
		return fmt.Errorf("store a blob: %w", err)
	}
	place, err := d.folder.place(d.Hash)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(place), 0o750); err != nil {
		return fmt.Errorf("store a blob: %w", err)
	}
	if err := os.Link(d.Name(), place); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("store a blob: %w", err)
	}
	return nil
}

// Discard forgets the draft; a blob that it became stays.
func (d *Draft) Discard() {
	_ = d.Close()
	_ = os.Remove(d.Name()) // what stays is found by Tidy
}

const draftPrefix = ".draft-"

// Tidy removes drafts that a process left behind when it ended, older than an age that no upload reaches.
func (f Folder) Tidy(now time.Time, age time.Duration) error {
	entries, err := os.ReadDir(f.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for drafts: %w", err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !strings.HasPrefix(entry.Name(), draftPrefix) || now.Sub(info.ModTime()) < age {
			continue
		}
		if err := os.Remove(filepath.Join(f.Dir, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a draft: %w", err)
		}
	}
	return nil
}

// Each visits every blob with the time at which it was stored.
func (f Folder) Each(visit func(hash string, stored time.Time) error) error {
	err := filepath.WalkDir(f.Dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed a moment ago
		}
		if err != nil || entry.IsDir() {
			return err
		}
		hash := filepath.Base(filepath.Dir(path)) + entry.Name()
		if place, err := f.place(hash); err != nil || place != path {
			return nil //nolint:nilerr // a draft
		}
		info, err := entry.Info()
		if err != nil {
			return nil //nolint:nilerr // removed a moment ago
		}
		return visit(hash, info.ModTime())
	})
	if err != nil {
		return fmt.Errorf("look through the blobs: %w", err)
	}
	return nil
}

// Has reports whether a blob is there.
func (f Folder) Has(hash string) bool {
	place, err := f.place(hash)
	if err != nil {
		return false
	}
	_, err = os.Stat(place)
	return err == nil
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
