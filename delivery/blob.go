package delivery

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/klauspost/compress/gzip"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	blobs "qbank/internal/blob"
	"qbank/internal/sized"
	"qbank/observations/ledger"
)

const (
	cachedViews = 128 << 20 // bytes of public views that a node keeps
	cachedGiven = 200_000   // of which it knows that students of a scope were given them
)

// worthZipping is the size from which a compressed form is kept too, bytes.
const worthZipping = 512

type blob struct {
	plain, zipped []byte // zipped is nil where it would not be smaller
}

// viewKey is a public view in an environment of an organisation.
type viewKey struct {
	scope access.Scope
	hash  content.Hash
}

type blobCache struct {
	byHash *sized.Cache[content.Hash, blob]
	given  *lru.Cache[viewKey, struct{}] // what was given once stays so: nothing is forgotten here because something changed
	files  *lru.Cache[fileKey, fileFacts]
}

func newBlobCache() (*blobCache, error) {
	given, err := lru.New[viewKey, struct{}](cachedGiven)
	if err != nil {
		return nil, err
	}
	files, err := lru.New[fileKey, fileFacts](cachedFiles)
	return &blobCache{sized.New[content.Hash](cachedViews, func(b blob) int { return len(b.plain) + len(b.zipped) }), given, files}, err
}

// blob serves a public view or a file by its hash, where students of the token's scope were given it. Neither ever changes, so a client may keep it for
// ever.
func (d *Door) blob(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	hash := r.PathValue("sha256")
	if known, ok := d.blobs.files.Get(fileKey{actor.Scope.Org, content.Hash(hash)}); ok && known.err == nil {
		return d.file(w, r, actor, content.Hash(hash)) // without asking for a view first
	}
	b, err := d.view(r.Context(), viewKey{actor.Scope, content.Hash(hash)})
	if fault.Is(err, "blob.not_found") {
		return d.file(w, r, actor, content.Hash(hash))
	}
	if err != nil {
		return err
	}
	tomb, reissues, err := d.Bus.Overruled(r.Context(), actor, content.Hash(hash))
	if err != nil {
		return err
	}
	if tomb != nil {
		return takenDown(tomb.Since)
	}
	for _, reissue := range reissues {
		d.mark(actor, reissue, ledger.Fetched)
	}
	h := w.Header()
	h["Content-Type"] = jsonType
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body, tag := b.plain, hash
	if b.zipped != nil && r.Header.Get("Range") == "" && takesGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body, tag = b.zipped, hash+"-gzip" // other bytes, another tag: ranges of the two must not be mixed
	}
	h.Set("ETag", `"`+tag+`"`)
	return blobs.Serve(w, r, bytes.NewReader(body))
}

// takesGzip reads an Accept-Encoding header (RFC 9110, 12.5.3); a wildcard is not taken as a wish for gzip.
func takesGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(part, ";")
		if strings.TrimSpace(coding) != "gzip" {
			continue
		}
		_, q, _ := strings.Cut(weight, "q=")
		return strings.Trim(q, "0. ") != "" || strings.TrimSpace(q) == ""
	}
	return false
}

// view is a public view that students of the scope were given.
func (d *Door) view(ctx context.Context, key viewKey) (blob, error) {
	if _, given := d.blobs.given.Get(key); given {
		if b, known := d.blobs.byHash.Get(key.hash); known {
			return b, nil
		}
	}
	plain, err := d.Views.Public(ctx, key.scope, key.hash)
	if err != nil {
		return blob{}, err
	}
	b := blob{plain: plain}
	if len(plain) >= worthZipping {
		if zipped := zip(plain); len(zipped) < len(plain) {
			b.zipped = zipped
		}
	}
	d.blobs.byHash.Add(key.hash, b)
	d.blobs.given.Add(key, struct{}{})
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
