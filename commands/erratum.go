package commands

import (
	"context"
	"fmt"
	"reflect"

	"qbank/domain/fault"
	"qbank/domain/question"
	"qbank/domain/regrade"
	"qbank/eventstore"
)

// Corrects is the first of the versions that an erratum puts right: back to the revision that began them.
func (b *Bus) Corrects(ctx context.Context, id question.ID, erratum int) (from int, err error) {
	recorded, err := b.Log.ReadStream(ctx, id, eventstore.Range{})
	if err != nil {
		return 0, fmt.Errorf("read question %s: %w", id, err)
	}
	kinds := map[int]question.Kind{}
	for _, r := range recorded {
		if r.Type != (question.Published{}).Name() {
			continue
		}
		e, err := b.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			return 0, err
		}
		p := e.(question.Published)
		kinds[p.Version] = p.Kind
	}
	for from = erratum; kinds[from] == question.Erratum; from-- {
	}
	if from == erratum {
		return 0, fault.Refuse(fault.Invalid, "regrade.no_erratum", fault.Say("version %d is no erratum", "第 %d 版不是勘误", erratum))
	}
	return from, nil
}

// Rescored reports whether a version may score an answer otherwise than the one before it. What is prepared for scoring holds the key and the
// rule, and no feedback: where it is the same, so is every mark. For a rule that is a formula over the whole content, any change counts.
func (b *Bus) Rescored(ctx context.Context, id question.ID, version int) (bool, error) {
	now, err := b.Judges.Judge(ctx, id, version)
	if err != nil {
		return false, err
	}
	before, err := b.Judges.Judge(ctx, id, version-1)
	if err != nil {
		return false, err
	}
	return !reflect.DeepEqual(before.Scorer, now.Scorer), nil
}

// RegradeState folds a regrade from the log. It checks no permission: it is for programs, not for doors.
func (b *Bus) RegradeState(ctx context.Context, id regrade.ID) (regrade.Regrade, error) {
	r, _, err := load[regrade.Regrade](ctx, &Work{Bus: b}, id, 0)
	return r, err
}
