// Package eventstore keeps what was decided, in the order in which it was decided, and hands it on in that order.
//
// # Writing
//
// An event belongs to a stream: the history of one thing. Whoever appends says which version of the stream they saw; if
// somebody else was faster, nothing is stored and the conflict tells what is there:
//
//	outcomes, err := store.Append(ctx, eventstore.Append{Stream: id, Expected: 3, Events: events})
//
// Several appends in one call are several decisions: each has its own outcome. The events of one append are stored together or
// not at all. Event ids are the caller's: the same append again finds its events stored already, so whoever does not know how
// a call ended calls again.
//
// # Reading
//
// Every event has a position: 1, 2, 3, ... without a gap, in the order of the commits. A reader remembers one number, and whoever sees position
// n has seen everything up to n. Nothing ever appears behind a reader's back. A reader that finds a gap has found a damaged log
// and stops with [GapError].
//
//	err := store.Follow(ctx, checkpoint, func(ctx context.Context, batch []eventstore.Recorded) error { ... })
//
// Events are never rewritten. When the shape of a type changes, its schema version rises and an [Upcaster] turns the old
// shape into the new one whenever it is read.
//
// # How it is made
//
// Gapless positions need a lock that is held over the commit. What makes it free is group commit: the appends that wait while a
// transaction is under way share the next one, so the busier the store, the larger the groups (append.go, queue.go,
// commit.go). A group is one call of the SQL function append_events (see package migrations), one round trip. A bad append
// is turned away before it joins a group (check.go).
//
// A commit whose answer is lost is sent again, with the same ids, until the outcome is known. A caller that gives up does not undo what
// it has asked for.
//
// # What it leaves to others
//
// It knows nothing of what events mean. It does not store checkpoints, does not decide who may read what, and does not tell
// other processes: [Options].OnCommit is the doorbell to carry there, and [Store.Wake] is the button to press on arrival.
package eventstore
