package eventstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"qbank/domain/fault"
)

// StreamID names a stream: the history of one thing.
type StreamID = uuid.UUID

// Event is a fact to be stored.
type Event struct {
	ID            uuid.UUID       // the same fact sent again has the same id; that is what makes a retry harmless
	Type          string          // such as "question.published"; up to 200 bytes
	SchemaVersion int             // of Data, from 1 to 32767; see Upcaster
	Data          json.RawMessage // kept byte for byte
	Meta          json.RawMessage // who, why, through what; may be empty, which is stored as {}
	Person        uuid.UUID       // whose key enciphers what is personal in Data; uuid.Nil where nothing is
}

// Recorded is an event with its place in the log.
type Recorded struct {
	Event
	Lane       int16     // the order that Position belongs to
	Position   int64     // 1, 2, 3, ... in its lane, without a gap
	Stream     StreamID  //
	Version    int       // 1, 2, 3, ... in its stream, without a gap
	RecordedAt time.Time // UTC, microseconds; never earlier than that of the position before
}

// Append asks for events at the end of one stream: all of them or none.
type Append struct {
	Stream   StreamID
	Expected int // version of the stream that the caller saw; 0: the stream must not exist
	Events   []Event
}

// Status sorts outcomes. The zero value is none of them.
type Status uint8

// What can become of an append.
const (
	Stored        Status = iota + 1 // stored now
	StoredAlready                   // the same events stand there, by an earlier call or a try whose answer was lost
	Conflicted                      // the stream is not at the version the caller saw
	Refused                         // cannot be stored, now or later
)

var statusNames = [...]string{"unknown", "stored", "stored_already", "conflicted", "refused"}

// String returns the status as it stands in logs and metrics.
func (s Status) String() string { return statusNames[s] }

// Outcome tells what became of one append.
type Outcome struct {
	Status   Status
	Position int64 // of its last event; 0 unless stored
	Version  int   // of the stream now; 0 where refused
	Err      error // nil when stored; *ConflictError when conflicted; why, when refused
}

// ConflictError says that a stream is not at the version that the caller saw. Doors find the fault "stream.conflict" in it.
type ConflictError struct {
	Stream   StreamID
	Expected int
	Actual   int // lower than Expected when the caller saw what is not there
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("stream %s is at version %d, not %d", e.Stream, e.Actual, e.Expected)
}

// Unwrap returns the conflict as a fault.
func (e *ConflictError) Unwrap() error {
	return fault.Refuse(fault.Conflict, "stream.conflict", fault.Say(
		"Somebody else changed this in the meantime; load it again and repeat the change.",
		"内容已被他人修改;请重新加载后再操作。")).With("expected", e.Expected).With("actual", e.Actual)
}

// GapError says that the log is not what it promises to be: an event is missing or out of order. It is never to be
// skipped over: restore the log.
type GapError struct {
	After int64 // the position that the reader had
	Found int64 // the position that came next
}

func (e *GapError) Error() string {
	return fmt.Sprintf("the log has a gap: after position %d comes %d", e.After, e.Found)
}
