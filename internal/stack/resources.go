package stack

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/google/uuid"

	"qbank/domain"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/resource"
	"qbank/eventstore"
	"qbank/projections/resources"
)

// keptFiles knows files by their own streams, so that what was uploaded a moment ago is known, and what was marked a moment ago is not.
type keptFiles struct {
	store *eventstore.Store
	files *resources.Reader
	begun func(context.Context) error // the read model has tables
}

// Known tells of those of the hashes that content of an organisation may name. Files of the organisation and above it are found by their
// ids; only where there is none, the read model is asked who below has one.
func (s *keptFiles) Known(ctx context.Context, org string, hashes []content.Hash) (map[content.Hash]resource.Facts, error) {
	above := map[uuid.UUID]content.Hash{}
	for _, hash := range hashes {
		for o := org; ; {
			above[resource.IDOf(o, hash)] = hash
			end := strings.LastIndexByte(o, '/')
			if end < 0 {
				break
			}
			o = o[:end]
		}
	}
	kept, err := s.kept(ctx, above)
	if err != nil {
		return nil, err
	}
	var unknown []content.Hash
	for _, hash := range hashes {
		if _, known := kept[hash]; !known {
			unknown = append(unknown, hash)
		}
	}
	if len(unknown) == 0 {
		return kept, nil
	}
	below, err := s.below(ctx, org, unknown)
	maps.Copy(kept, below)
	return kept, err
}

func (s *keptFiles) below(ctx context.Context, org string, hashes []content.Hash) (map[content.Hash]resource.Facts, error) {
	if err := s.begun(ctx); err != nil {
		return nil, err
	}
	holders, err := s.files.Holders(ctx, hashes)
	if err != nil {
		return nil, err
	}
	below := map[uuid.UUID]content.Hash{}
	for _, file := range holders {
		if access.Covers(org, file.Org) {
			below[file.ID] = file.Hash
		}
	}
	return s.kept(ctx, below)
}

// kept folds streams and tells of those that are kept, by hash.
func (s *keptFiles) kept(ctx context.Context, ids map[uuid.UUID]content.Hash) (map[content.Hash]resource.Facts, error) {
	kept := map[content.Hash]resource.Facts{}
	if len(ids) == 0 {
		return kept, nil
	}
	list := make([]uuid.UUID, 0, len(ids))
	for id := range ids {
		list = append(list, id)
	}
	streams, err := s.store.ReadStreams(ctx, list)
	if err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	for id, recorded := range streams {
		var state resource.Resource
		for _, r := range recorded {
			e, err := domain.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
			if err != nil {
				return nil, fmt.Errorf("file %s: %w", id, err)
			}
			state = state.Apply(e)
		}
		if state.State == resource.Kept {
			kept[ids[id]] = state.Facts
		}
	}
	return kept, nil
}
