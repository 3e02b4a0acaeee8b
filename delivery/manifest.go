package delivery

import (
	"context"
	"maps"
	"net/http"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/release"
	arranged "qbank/internal/manifest"
	"qbank/internal/sized"
	"qbank/observations/ledger"
)

// cachedManifests bounds the manifests a node keeps, one for each set of versions that some student gets; bytes.
const cachedManifests = 128 << 20

// manifest is what a client loads, ready to be sent.
type manifest struct {
	body []byte
	etag []string // as a header's value
}

func newManifests() *sized.Cache[content.Hash, *manifest] {
	return sized.New[content.Hash](cachedManifests, func(m *manifest) int { return len(m.body) })
}

// manifest serves the manifest of a lesson. What a student gets is resolved each time; the manifest of a set of versions never changes, so it is made
// once for all who get the same.
func (d *Door) manifest(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	lesson, err := id(r)
	if err != nil {
		return err
	}
	session, err := sessionOf(r)
	if err != nil {
		return err
	}
	resolved, err := d.Bus.Resolve(r.Context(), actor, commands.Ask{Lesson: lesson, Session: session})
	if err != nil {
		return err
	}
	d.Observations.Served(actor, release.Served{Release: resolved.Release, Lesson: resolved.Lesson, Org: resolved.Org, Version: resolved.Version})
	for _, reissue := range resolved.Reissues {
		d.mark(actor, reissue, ledger.Told)
	}
	m, err := d.manifestOf(r.Context(), resolved)
	if err != nil {
		return err
	}
	revalidated(w, r, m.etag, m.body)
	return nil
}

// sessionOf is the class session that a student is in, where the query names one.
func sessionOf(r *http.Request) (uuid.UUID, error) {
	if r.URL.RawQuery == "" {
		return uuid.Nil, nil
	}
	text := r.URL.Query().Get("session")
	if text == "" {
		return uuid.Nil, nil
	}
	session, err := uuid.Parse(text)
	if err != nil {
		return uuid.Nil, shape("/session", fault.Say("the id of a session is expected", "应为场次的编号"))
	}
	return session, nil
}

func (d *Door) manifestOf(ctx context.Context, resolved *commands.Resolved) (*manifest, error) {
	if m, known := d.manifests.Get(resolved.Hash); known {
		return m, nil
	}
	described := describe(resolved)
	files, err := d.stored(ctx, resolved)
	if err != nil {
		return nil, err
	}
	maps.Copy(described, arranged.Stages(resolved.Plan, d.Bus.Cues, func(h content.Hash) arranged.File {
		file := files[h]
		file.Source = "/v1/blobs/" + string(h)
		return file
	}))
	body := content.Canonical(described)
	m := &manifest{body: body, etag: []string{`"` + string(content.HashBytes(body)) + `"`}}
	d.manifests.Add(resolved.Hash, m)
	return m, nil
}

// stored says how large the files of a lesson are. What was collected meanwhile is left out: the lesson is older than its files' end.
func (d *Door) stored(ctx context.Context, resolved *commands.Resolved) (map[content.Hash]arranged.File, error) {
	found := map[content.Hash]arranged.File{}
	if d.Files == nil {
		return found, nil
	}
	for _, named := range resolved.Plan.Files(d.Bus.Cues) {
		if _, known := found[named.SHA256]; known {
			continue
		}
		file, err := d.Files.Shown(ctx, resolved.Org, named.SHA256)
		switch {
		case fault.Is(err, "blob.not_found"):
		case err != nil:
			return nil, err
		default:
			found[named.SHA256] = arranged.File{Size: file.Size, Type: file.Media}
		}
	}
	return found, nil
}

// describe writes a manifest. Only public hashes and public facts go in: the hash of a whole content could be tried out.
func describe(resolved *commands.Resolved) map[string]any {
	items := make([]any, len(resolved.Places))
	for i, place := range resolved.Places {
		item := resolved.Plan.Items[place.Item]
		items[i] = map[string]any{
			"slot": string(item.Slot), "question": item.Question.String(), "version": float64(place.Version), "type": place.Type.String(),
			"max": float64(item.Max) / 1e6, "sha256": string(place.Public), "source": "/v1/blobs/" + string(place.Public),
		}
	}
	out := map[string]any{
		"lesson": resolved.Lesson.String(), "version": float64(resolved.Version), "release": resolved.Release.String(),
		"title": resolved.Plan.Title, "items": items, "reveal": string(resolved.Plan.Reveal), "max_attempts": float64(resolved.Plan.MaxAttempts),
	}
	if len(resolved.Removed) > 0 {
		tombstones := make([]any, len(resolved.Removed))
		for i, removed := range resolved.Removed {
			tombstones[i] = map[string]any{"slot": string(resolved.Plan.Items[removed.Item].Slot), "version": float64(removed.Version),
				"sha256": string(removed.Public), "since": float64(removed.Since)}
		}
		out["tombstones"] = tombstones
	}
	return out
}
