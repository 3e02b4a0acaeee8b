package bench

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
)

// measureManifest compares the manifest of a warm node with a handler that writes the same bytes.
func measureManifest(ctx context.Context, r *run) ([]Figure, error) {
	s, err := r.openSchool(ctx, false)
	if err != nil {
		return nil, err
	}
	defer s.shut()
	bearer, err := s.token(0)
	if err != nil {
		return nil, err
	}
	path := "/v1/lessons/" + s.test.released.Lesson.String() + "/manifest"
	body, header, err := s.get(ctx, s.server.base+path, bearer, http.StatusOK)
	if err != nil {
		return nil, err
	}
	etag := header.Get("ETag")
	if err := os.WriteFile(r.file("manifest"), body, 0o600); err != nil {
		return nil, err
	}
	bare, err := s.baseline(ctx, "--manifest", r.file("manifest"), "--etag", etag)
	if err != nil {
		return nil, err
	}
	for _, server := range []*server{s.server, bare} {
		if err := s.sameManifest(ctx, server.base+path, bearer, body, etag); err != nil {
			return nil, err
		}
	}
	fetch := func(from *server, headers ...string) func(context.Context) (sample, error) {
		return func(ctx context.Context) (sample, error) {
			got, err := s.wrk(ctx, load{url: from.base + path, headers: append([]string{"Authorization: Bearer " + bearer}, headers...)})
			return got.sample(), err
		}
	}
	unchanged := "If-None-Match: " + etag
	medians, err := r.compare(ctx, side{"bare 200", fetch(bare)}, side{"qbank 200", fetch(s.server)},
		side{"bare 304", fetch(bare, unchanged)}, side{"qbank 304", fetch(s.server, unchanged)})
	if err != nil {
		return nil, err
	}
	return []Figure{
		ratio("manifest_200", "requests/s", medians[1].rate, medians[0].rate, "net/http writing the same bytes", 0.7),
		ratio("manifest_304", "requests/s", medians[3].rate, medians[2].rate, "net/http comparing the same ETag", 0.8),
	}, nil
}

// sameManifest makes sure that a server serves the manifest and knows when it has not changed.
func (s *school) sameManifest(ctx context.Context, url, bearer string, body []byte, etag string) error {
	got, header, err := s.get(ctx, url, bearer, http.StatusOK)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, body) || header.Get("ETag") != etag {
		return errors.New("the two sides serve different manifests")
	}
	_, _, err = s.get(ctx, url, bearer, http.StatusNotModified, "If-None-Match", etag)
	return err
}
