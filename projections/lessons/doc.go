// Package lessons is the authors' list of lessons: drafts, published versions, and where each question is used.
//
//	reader := lessons.NewReader(pool)
//	uses, err := reader.Uses(ctx, actor.Scope.Org, question, read.Page{})
//
// A use is a place in a lesson's draft (version 0) or in one of its published versions. The uses of a published version stay for ever: what was
// published may be released again.
//
// What is live is the business of package delivery.
package lessons
