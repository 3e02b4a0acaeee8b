package delivery

import (
	"context"
	"net/http"
	"os"
	"time"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	blobs "qbank/internal/blob"
	"qbank/projections/resources"
)

// Files are the resource files. What an organisation may not have is a fault "blob.not_found".
type Files interface {
	// Shown finds a file that students of an organisation may have: of an organisation around it, or named by what they are given.
	Shown(ctx context.Context, org string, hash content.Hash) (resources.File, error)
	// Open opens its bytes.
	Open(hash content.Hash) (*os.File, error)
}

const (
	cachedFiles = 50_000
	// Who may have a file changes seldom, and a file that is gone cannot be opened whatever is remembered.
	fileKnown = time.Minute
	// That there is none is forgotten soon: it may be uploaded in the next moment.
	fileUnknown = 2 * time.Second
)

type fileKey struct {
	org  string
	hash content.Hash
}

type fileFacts struct {
	media string
	err   error
	until time.Time
}

// file serves a file, whole or in parts.
func (d *Door) file(w http.ResponseWriter, r *http.Request, actor access.Actor, hash content.Hash) error {
	facts, err := d.fileOf(r.Context(), fileKey{actor.Scope.Org, hash})
	if err != nil {
		return err
	}
	return blobs.ServeFile(w, r, d.Files.Open, hash, facts.media)
}

func (d *Door) fileOf(ctx context.Context, key fileKey) (fileFacts, error) {
	now := d.Now()
	if known, ok := d.blobs.files.Get(key); ok && now.Before(known.until) {
		return known, known.err
	}
	if d.Files == nil {
		return fileFacts{}, fault.Refuse(fault.NotFound, "blob.not_found", fault.Say("there is nothing under this hash", "没有该哈希对应的内容"))
	}
	found, err := d.Files.Shown(ctx, key.org, key.hash)
	facts := fileFacts{media: found.Media, err: err, until: now.Add(fileKnown)}
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		facts.until = now.Add(fileUnknown)
	} else if err != nil {
		return facts, err
	}
	if len(key.hash) == len(content.HashBytes(nil)) { // what is no hash is not worth remembering
		d.blobs.files.Add(key, facts)
	}
	return facts, err
}
