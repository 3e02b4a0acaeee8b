package delivery

import (
	"net/http"
	"strings"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
)

// cachedManifests bounds the manifests a node keeps, one per release.
const cachedManifests = 10_000

// manifest is what a client loads, ready to be sent.
type manifest struct {
	body []byte
	etag []string // as a header's value
}

type manifestCache struct {
	byRelease *lru.Cache[uuid.UUID, *manifest]
}

func newManifestCache() (*manifestCache, error) {
	byRelease, err := lru.New[uuid.UUID, *manifest](cachedManifests)
	return &manifestCache{byRelease}, err
}

// manifest serves the manifest of a live lesson. A release is frozen, so its manifest is made once; whether the release is
// still the live one is asked each time.
func (d *Door) manifest(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	lesson, err := id(r)
	if err != nil {
		return err
	}
	live, err := d.Bus.Live.Lesson(r.Context(), actor.Scope, lesson)
	if err != nil {
		return err
	}
	m := d.manifestOf(live)
	h := w.Header()
	h["Etag"] = m.etag
	h["Cache-Control"] = revalidate
	if tag := r.Header.Get("If-None-Match"); tag != "" && matches(tag, m.etag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h["Content-Type"] = jsonType
	_, _ = w.Write(m.body) // a client that went away will ask again
	return nil
}

var revalidate = []string{"private, no-cache"} // keep it, but ask whether it still holds

func (d *Door) manifestOf(live *commands.LiveLesson) *manifest {
	if m, known := d.manifests.byRelease.Get(live.Release.Release); known {
		return m
	}
	body := content.Canonical(describe(live))
	m := &manifest{body: body, etag: []string{`"` + string(content.HashBytes(body)) + `"`}}
	d.manifests.byRelease.Add(live.Release.Release, m)
	return m
}

// describe writes a manifest. Only public hashes and public facts go in: the hash of a whole content could be tried out.
func describe(live *commands.LiveLesson) map[string]any {
	items := make([]any, len(live.Plan.Items))
	for i, item := range live.Plan.Items {
		place := live.Places[i]
		items[i] = map[string]any{
			"slot": string(item.Slot), "question": item.Question.String(), "version": float64(place.Version), "type": place.Type.String(),
			"max": float64(item.Max) / 1e6, "sha256": string(place.Public), "source": "/v1/blobs/" + string(place.Public),
		}
	}
	return map[string]any{
		"lesson": live.Release.Lesson.String(), "version": float64(live.Release.Version), "release": live.Release.Release.String(),
		"title": live.Plan.Title, "items": items, "reveal": string(live.Plan.Reveal), "max_attempts": float64(live.Plan.MaxAttempts),
	}
}

// matches reports whether an If-None-Match header names the tag (RFC 9110, 13.1.2: weak comparison).
func matches(header, tag string) bool {
	if header == tag || header == "*" {
		return true
	}
	for candidate := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(candidate), "W/") == tag {
			return true
		}
	}
	return false
}
