// Package delivery is the read model behind the students' door: which versions of a lesson and its questions are live in an
// environment, what students see of each question, and, kept apart, what an answer to it is worth.
//
// It folds published questions and lessons, and releases. When a question is published, its content is parted by the schema of its type:
// the public view goes to the public tables under the hash of its own bytes, the solution to a table that only
// [Reader.Judge] reads. Two contents that differ only in secrets leave the same rows in every public table.
//
//	reader := delivery.NewReader(pool, types)
//	live, err := reader.Lesson(ctx, scope, lesson) // fault "lesson.not_live" where nothing was released
//	view, err := reader.Public(ctx, scope, live.Baseline.Places[0].Public)
//
// A lesson has a baseline, which is live for everybody, and may have a candidate: the same lesson as a release under way has it, for those whom that
// release lets in. A snapshot has both, with how far the release is; who is in is decided elsewhere. Only one list of students is kept:
// those who began an attempt with a candidate, because they stay in while its release is frozen.
//
// Being published makes nothing visible: [Reader.Lesson] knows releases only. A public view is served by hash where students were ever given it, by a
// release, a reissue or a class session of their environment and organisation; so an attempt that began under an earlier release can go on, and nobody
// learns by a hash what another environment or organisation has.
//
// A lesson is seen by students of its organisation, of those above it and of those below it: a school's lessons are for its
// classes, and whoever is enrolled with a whole business line gets the lessons of its parts. See [Visible].
package delivery
