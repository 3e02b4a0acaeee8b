// Package attempt decides what may happen to one student's run through a lesson.
//
// An attempt is self-contained: its first event pins the version of every question, its type, how much it is worth and the
// order its options were shown in. Nothing that happens to a question later changes what an answer meant.
//
// Every answer carries a key of the client's choosing. The same key with the same payload is the same answer, however
// often it is sent; the same key with another payload is refused. The keys live in the attempt's own events, so they are
// as durable as the answers. The last answer to a place counts.
//
// Staff that looks through a student's eyes may be let to try things out. What it answers is a shadow: an attempt that works in the same way
// under an id of its own and with kinds of events of its own.
package attempt
