// Package lessons is the authors' list of lessons: drafts, published versions, copies and their masters, locks with the changes that are
// asked for (临调), and where each question is used.
//
//	reader := lessons.NewReader(pool)
//	uses, err := reader.Uses(ctx, actor.Scope.Org, question, read.Page{})
//	plans, err := reader.Plans(ctx, actor.Scope.Org, []lessons.Key{{Lesson: id}, {Lesson: id, Version: 3}})
//
// A plan can be long: a film has thousands of subtitles. So lists say of plans their titles alone; outlines, which count cues and leave out texts,
// and whole plans are read by key.
//
// A use is a place in a lesson's draft (version 0) or in one of its published versions: in a stage, at a cue, or in the pool of a draw. The
// uses of a published version stay for ever: what was published may be released again.
//
// What is live is the business of package delivery.
package lessons
