package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/lesson"
	"qbank/domain/paper"
	"qbank/domain/qtype"
	"qbank/domain/scoring"
	"qbank/eventstore"
)

// Log is what commands need of the event store.
type Log interface {
	Append(ctx context.Context, appends ...eventstore.Append) ([]eventstore.Outcome, error)
	ReadStream(ctx context.Context, stream uuid.UUID, r eventstore.Range) ([]eventstore.Recorded, error)
	ReadStreams(ctx context.Context, streams []uuid.UUID) (map[uuid.UUID][]eventstore.Recorded, error)
}

// Numbers hands out the numbers behind question codes. Each is given once; gaps are fine.
type Numbers interface {
	Next(ctx context.Context, count int) ([]int64, error)
}

// Judge is all that is needed to take an answer to one published version.
type Judge struct {
	Type     *qtype.Type
	Public   any
	Solution any // for reveal; never sent before
	Scorer   scoring.Scorer
}

// Judges finds judges. Published versions are immutable: a judge may be kept for ever.
type Judges interface {
	Judge(ctx context.Context, question uuid.UUID, version int) (*Judge, error)
}

// LiveLesson is a lesson as an environment's releases have it: a snapshot.
type LiveLesson struct {
	Release  environment.Released
	Plan     lesson.Plan
	Places   []LivePlace // one for each item of the plan, in its order
	Position int64       // of the read model
}

// LivePlace is what is live at one place of a lesson.
type LivePlace struct {
	Version int
	Type    qtype.Ref
	Public  content.Hash
}

// Live reads what is live. A lesson that is not live in the scope is the fault "lesson.not_live".
type Live interface {
	Lesson(ctx context.Context, scope access.Scope, lesson uuid.UUID) (*LiveLesson, error)
}

// Classes reads the roster.
type Classes interface {
	ClassesOf(ctx context.Context, scope access.Scope, student string) ([]uuid.UUID, error)
}

// People keeps what is known of persons outside the log, where it can be erased.
type People interface {
	// KeepNames stores or replaces display names by opaque id.
	KeepNames(ctx context.Context, names map[uuid.UUID]string) error
	// Seal enciphers text with the person's own key and returns a digest that only the key's holder can compute.
	Seal(ctx context.Context, person uuid.UUID, text []byte) (sealed, digest []byte, err error)
	// Open deciphers what Seal made.
	Open(ctx context.Context, person uuid.UUID, sealed []byte) ([]byte, error)
}

// Candidates reads what papers are put together from: a named snapshot of read models, whose positions it tells.
type Candidates interface {
	// Stock reads the questions of the scope's organisation and below, how hard they are in its environment, and which of them the audience was
	// given there before.
	Stock(ctx context.Context, scope access.Scope, audience paper.Audience) (paper.Stock, error)
}
