package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/workflow"
)

// Policies reads those of an organisation and of the ones above it. It checks no permission.
//
// A submission reads them beside its own stream: what it was told then stands in its event, whole.
func (b *Bus) Policies(ctx context.Context, org string) (workflow.Policies, error) {
	line := workflow.Lineage(org)
	ids := make([]uuid.UUID, len(line))
	for i, ancestor := range line {
		ids[i] = workflow.PolicyStream(ancestor)
	}
	streams, err := b.Log.ReadStreams(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	policies := make(workflow.Policies, len(line))
	for i, ancestor := range line {
		if policies[i], err = fold(b.Codec, workflow.Policy{Org: ancestor}, streams[ids[i]]); err != nil {
			return nil, err
		}
	}
	return policies, nil
}

// applying is the workflow that applies to a thing of an organisation.
func (w *Work) applying(ctx context.Context, org string, kind workflow.Kind, subject string) (workflow.Applying, error) {
	policies, err := w.Policies(ctx, org)
	if err != nil {
		return workflow.Applying{}, err
	}
	return policies.Applying(kind, subject), nil
}

// noWriting are events that do not make their actor an author of what is reviewed.
var noWriting = []string{
	question.Described{}.Name(), question.Submitted{}.Name(), question.Approved{}.Name(), question.Returned{}.Name(), question.Retired{}.Name(),
	question.Reinstated{}.Name(), question.Withdrawn{}.Name(), question.Assigned{}.Name(), question.Unassigned{}.Name(),
	lesson.Submitted{}.Name(), lesson.Approved{}.Name(), lesson.Returned{}.Name(), lesson.Retired{}.Name(), lesson.Assigned{}.Name(),
	lesson.Unassigned{}.Name(), lesson.Recalled{}.Name(),
}

// authors lists the persons who wrote a question or a lesson since it was published last, and the one who submits it. Whose suggestion was applied wrote
// it as well as who applied it.
func (w *Work) authors(ctx context.Context, stream uuid.UUID) ([]string, error) {
	recorded, err := w.read(ctx, stream, 0)
	if err != nil {
		return nil, err
	}
	authors := []string{w.Actor.ID}
	for _, r := range recorded {
		switch {
		case r.Type == question.Published{}.Name() || r.Type == lesson.Published{}.Name():
			authors = authors[:1]
		case !slices.Contains(noWriting, r.Type):
			var meta event.Meta
			if err := json.Unmarshal(r.Meta, &meta); err != nil {
				return nil, fmt.Errorf("stream %s version %d: decode metadata: %w", stream, r.Version, err)
			}
			authors = append(authors, meta.Actor)
			if r.Type == (question.Edited{}).Name() {
				e, err := w.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
				if err != nil {
					return nil, fmt.Errorf("stream %s version %d: %w", stream, r.Version, err)
				}
				if by := e.(question.Edited).SuggestedBy; by != "" {
					authors = append(authors, by)
				}
			}
		}
	}
	return w.persons(ctx, authors)
}
