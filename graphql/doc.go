// Package graphql is the door for authors, teachers and analysts: one GraphQL schema over the commands and the read models.
//
//	door := &graphql.Door{Stack: st, Tokens: verifier}
//	handler, err := door.Handler() // mount it at /graphql
//
// What a request may do, how it is run and how errors look is package engine's business. This package says what there is:
// one file per subject (question.go, lesson.go, attempt.go …), each with its types, its root fields and its mutations.
//
// # How to read it
//
// A type is a list of members (field.go): name, type, description and a function of the Go value behind it. A root field
// says which permission it needs; a mutation takes that from its command. So the tables at the ends of the files are the whole
// truth about who may do what, and a golden file holds it to them.
//
// Most mutations are steps of a thing as its revision was seen (thing.go): they say how the thing is named, what else they take, and which
// command that makes. What fields look up one by one is read at once (lookups.go).
//
// # Who sees what
//
// A bearer token, an API key or the cookie of a sign-in says who is calling, for which organisation and in which environment
// (of a sign-in's, headers choose among those granted: package signin). Things of other organisations do
// not exist: they are not found, or missing from lists. Results and statistics are those of the caller's environment. Whatever
// may hold answer keys (contents, their history, words to search for) needs the permission questions.read.
//
// # Reading what was just written
//
// A mutation returns the position of its last event, and the changed object as it is at that position. A query that is
// given "at" waits, for a bounded time, until every read model it touches has come that far.
//
// # Following what happens
//
// A subscription (subscription.go) is an entry of a table: what wakes it, which read model must have come that far, and what is told. Events of the
// log reach it through the hub of package watch, whichever node appended them. An event is read anew, with the rights that the caller has by
// then; so what belongs to others is never told, and a burst of changes, or a slow client, makes fewer events and not a longer queue.
//
// # What is refused for its cost
//
// The engine prices every operation before it runs, and refuses the one that is too dear. Door.CostPerMinute bounds what a caller may spend in
// all ("query.cost"); with the header GraphQL-Cost an answer says what it cost and what is left. Events of streams are paid for like requests.
//
// # Ids
//
// Every object has a global id, which node and nodes take. Where an argument wants the id of one kind of thing, its bare UUID
// will do too; where it wants a question, so will its code (题号), however it is typed.
package graphql
