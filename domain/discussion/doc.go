// Package discussion decides what people may say about a question or a lesson while they work on it.
//
// All that is said about one subject is one [Discussion], a stream of its own whose id follows from the subject's: [Subject.Stream]. It consists of
// threads. A thread hangs on an [Anchor], a field as somebody saw it at a revision, which is found again by the ids of items: where it
// has changed since, the thread is outdated; where it is no longer there, gone. Threads are replied to, resolved and reopened; people
// edit and delete what they wrote themselves, and what is deleted leaves its place behind.
//
// A thread may carry a [Suggestion]: changes to the content of the revision that was seen. Whoever may write the question applies it, as an
// edit that is merged like any other, or declines it with a reason. The edit is an event of the question, and that it was applied an
// event of the discussion: the first is decided under an id that follows from the thread, so that repeating finishes what broke off in between.
//
// Comments are the staff's. Their text is Markdown; clients escape it. People are named by opaque ids.
package discussion
