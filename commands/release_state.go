package commands

import (
	"context"
	"fmt"

	"qbank/domain/release"
	"qbank/eventstore"
)

// ReleaseState folds a release from the log, with its revision; one that is not there has none. Like States it is for programs, not for doors.
func (b *Bus) ReleaseState(ctx context.Context, id release.ID) (release.Release, error) {
	recorded, err := b.Log.ReadStream(ctx, id, eventstore.Range{})
	if err != nil {
		return release.Release{}, fmt.Errorf("read release %s: %w", id, err)
	}
	return fold(b.Codec, release.Release{}, recorded)
}
