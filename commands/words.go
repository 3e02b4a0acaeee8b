package commands

import (
	"context"

	"qbank/domain/attempt"
	"qbank/domain/fault"
	"qbank/domain/roster"
)

// Words deciphers what is kept under a student's key: own words, and what was said of them. erased says that they cannot be read any more.
func (b *Bus) Words(ctx context.Context, student string, sealed []byte) (text []byte, erased bool, err error) {
	text, err = b.People.Open(ctx, roster.PersonOf(student), sealed)
	if fault.Is(err, "person.erased") {
		return nil, true, nil
	}
	return text, false, err
}

// Response is what a student answered.
func (b *Bus) Response(ctx context.Context, student string, a attempt.Answered) (response []byte, erased bool, err error) {
	if a.Sealed == nil {
		return a.Response, false, nil
	}
	return b.Words(ctx, student, a.Sealed)
}

// NoteOf is what was said with a mark by hand; "": nothing.
func (b *Bus) NoteOf(ctx context.Context, student string, g attempt.Graded) (note string, erased bool, err error) {
	if g.Sealed == nil {
		return g.Note, false, nil
	}
	text, erased, err := b.Words(ctx, student, g.Sealed)
	return string(text), erased, err
}
