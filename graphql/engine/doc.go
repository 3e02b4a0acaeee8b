// Package engine is the machinery under the GraphQL door: it decides whether a document may run, runs it over
// graphql-go's schema types, and speaks GraphQL over HTTP. It knows nothing of questions or lessons.
//
// graphql-go (imported as gql) gives types, parsing and validation. Three things are done here instead:
//
//   - What is refused before it can hurt. A cyclic fragment overflows the library's stack and ends the process; a
//     web of fragments keeps its validation busy for ever; comparing overlapping fields is quadratic. See [Limits].
//   - Execution. A validated document is compiled once into a plan; a request then calls resolvers, writes leaves
//     as JSON at once, and puts the answer together in query order. See [Engine.Execute].
//   - HTTP. GET is for queries, POST takes JSON only, and status codes follow the GraphQL over HTTP draft. See
//     [Engine.ServeHTTP].
//
// A schema is written with gql.NewObject and friends. Every field of an object needs a resolver of its own ([New]
// says which lack one): the library's default resolver reflects over structs, which is slow and shows what
// nobody decided to show. A resolver returns a value, or a thunk, func() (any, error), which is run after every
// resolver that could be run before it; that is how a [Loader] turns a hundred lookups into one.
//
// # Streams
//
// A subscription is answered with Server-Sent Events in the distinct connections mode of
// github.com/enisdenjo/graphql-sse (PROTOCOL.md): POST or GET with "Accept: text/event-stream", event next with a result, event complete at the
// end, a comment now and then so that nobody takes the connection for dead. What is wrong with a document comes as a result, as the protocol
// has it; what is no GraphQL request, or comes from nobody we know, is refused with a status before there is a stream. A field of the
// subscription type has a Subscribe function besides its resolver; it returns a [Source]. Each value of that is resolved as a request of its
// own: [Config].Renew finds out anew who is calling, so a stream does not outlive the right to it.
//
// # Persisted documents
//
// A request may name a document by its SHA-256 instead of bringing it: {"documentId": "sha256:…"} or
// {"extensions": {"persistedQuery": {"sha256Hash": "…"}}}. Only what [Config].Persisted knows can be named. That a text was sent once with its hash
// does not register it: what clients may run is decided by who registers documents, not by whoever asks first. [Config].AdHoc may refuse all others.
//
// # Errors
//
// A *fault.Fault anywhere in the error chain reaches the client as its message in the request's language with
// extensions {code, kind, problems, details}. Everything else, panics included, becomes "internal error" with a
// reference, and the log has the rest.
//
// # Null
//
// The parser of graphql-go v0.8.1 takes no null literal: writing one is a syntax error. A null variable is as good as
// an absent one, and null inside an input object is dropped. A mutation that must empty a field therefore takes the
// field's name in a list, by convention called clear. The JSON scalar keeps nulls inside a variable.
//
// # Text
//
// NUL and lone surrogates are refused wherever a string comes in, since PostgreSQL cannot keep them. Escapes of
// surrogates in a document's string literals are refused too (the library would turn them into U+FFFD): write the
// character itself or use a variable. Comments are blanked before parsing, because the library loses its place after
// one that is not ASCII.
package engine
