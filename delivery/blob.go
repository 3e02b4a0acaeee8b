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
	"qbank/observations/ledger"
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
func (d *Door) blob(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	hash := r.PathValue("sha256")
	tomb, reissues, err := d.Bus.Overruled(r.Context(), actor, content.Hash(hash))
	if err != nil {
		return err
	}
	if tomb != nil {
		return takenDown(tomb.Since)
	}
	b, err := d.blobOf(r.Context(), content.Hash(hash))
	if err != nil {
		return err
	}
	if unit, _, found := strings.Cut(r.Header.Get("Range"), "="); found && unit != "bytes" {
		r.Header.Del("Range") // an unknown unit is to be ignored (RFC 9110, 14.2); ServeContent would answer 416
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
	ranged := &rangeRefused{ResponseWriter: w}
	http.ServeContent(ranged, r, "", time.Time{}, bytes.NewReader(body))
	if ranged.refused {
		return fault.Refuse(fault.Invalid, "blob.range", fault.Say("the range lies outside of the blob's %d bytes", "请求的范围超出资源的 %d 字节", len(body)))
	}
	return nil
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

// rangeRefused holds back ServeContent's plain text where a range cannot be satisfied, so that a problem document goes out.
type rangeRefused struct {
	http.ResponseWriter
	refused bool
}

func (w *rangeRefused) WriteHeader(status int) {
	if w.refused = status == http.StatusRequestedRangeNotSatisfiable; !w.refused {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *rangeRefused) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
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
