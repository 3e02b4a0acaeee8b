package stack

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"qbank/commands"
	"qbank/domain/fault"
	"qbank/projections/delivery"
)

// cachedJudges bounds the prepared versions a process keeps.
const cachedJudges = 50_000

type version struct {
	question uuid.UUID
	number   int
}

// judges prepares published versions for scoring, each once.
type judges struct {
	delivery *delivery.Reader
	known    *lru.Cache[version, *commands.Judge]
}

func newJudges(d *delivery.Reader) (*judges, error) {
	known, err := lru.New[version, *commands.Judge](cachedJudges)
	return &judges{d, known}, err
}

// Judge returns a prepared version.
func (j *judges) Judge(ctx context.Context, question uuid.UUID, number int) (*commands.Judge, error) {
	key := version{question, number}
	if known, ok := j.known.Get(key); ok {
		return known, nil
	}
	typ, public, solution, _, err := j.delivery.Judge(ctx, question, number)
	if fault.Of(err) != nil {
		// Whoever asks has the version from a release or an attempt: that it is not there is no mistake of the caller's.
		return nil, fmt.Errorf("prepare version %d of question %s: %s", number, question, err) //nolint:errorlint // not wrapped, so that it is no fault
	}
	if err != nil {
		return nil, err
	}
	judge := &commands.Judge{Type: typ, Public: public, Solution: solution}
	if judge.Scorer, err = typ.Scorer(typ.Join(public, solution)); err != nil {
		return nil, fmt.Errorf("prepare version %d of question %s: %w", number, question, err)
	}
	j.known.Add(key, judge)
	return judge, nil
}
