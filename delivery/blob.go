package delivery

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/klauspost/compress/gzip"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
)

// cachedBlobs bounds the public views a node keeps in memory.
const cachedBlobs = 20_000

// worthZipping is the size from which a compressed form is kept too, bytes.
const worthZipping = 512

type blob struct {
	plain, zipped []byte // zipped is nil where it would not be smaller
}

type blobCache struct {
	byHash *lru.Cache[content.Hash, blob]
}

func newBlobCache() (*blobCache, error) {
	byHash, err := lru.New[content.Hash, blob](cachedBlobs)
	return &blobCache{byHash}, err
}

// blob serves a public view by its hash. It never changes, so a client may keep it for ever.
func (d *Door) blob(w http.ResponseWriter, r *http.Request, _ access.Actor) error {
	hash := r.PathValue("hash")
	if len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "" {
		return fault.Refuse(fault.NotFound, "blob.not_found", fault.Say("there is no such blob", "没有这个资源"))
	}
	b, err := d.blobOf(r.Context(), content.Hash(hash))
	if err != nil {
		return err
	}
	h := w.Header()
	h["Content-Type"] = jsonType
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", `"`+hash+`"`)
	if unit, _, found := strings.Cut(r.Header.Get("Range"), "="); found && unit != "bytes" {
		r.Header.Del("Range") // an unknown unit is to be ignored (RFC 9110, 14.2); ServeContent would answer 416
	}
	body := b.plain
	if b.zipped != nil && r.Header.Get("Range") == "" && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = b.zipped
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	return nil
}

func (d *Door) blobOf(ctx context.Context, hash content.Hash) (blob, error) {
	if b, known := d.blobs.byHash.Get(hash); known {
		return b, nil
	}
	plain, err := d.Views.Public(ctx, hash)
	if err != nil {
		return blob{}, err
	}
	b := blob{plain: plain}
	if len(plain) >= worthZipping {
		if zipped := zip(plain); len(zipped) < len(plain) {
			b.zipped = zipped
		}
	}
	d.blobs.byHash.Add(hash, b)
	return b, nil
}

func zip(plain []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(plain); err != nil {
		return plain
	}
	if err := w.Close(); err != nil {
		return plain
	}
	return out.Bytes()
}
